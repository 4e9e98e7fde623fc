"""The tabs, one module or package each; TABS is in the order of the rail."""

from app.tabs import embeddings, hunt, metrics, misclassified, random_samples, raw, samples
from app.tabs.activations import tab as activations
from app.tabs.duplicates import tab as duplicates
from app.tabs.inspect import tab as inspect
from app.tabs.losses import tab as losses
from app.tabs.probing import tab as probing

TABS = (
    hunt.TAB,
    metrics.TAB,
    embeddings.TAB,
    misclassified.TAB,
    samples.TAB,
    losses.TAB,
    activations.TAB,
    probing.TAB,
    random_samples.TAB,
    duplicates.TAB,
    inspect.TAB,
    raw.TAB,
)
