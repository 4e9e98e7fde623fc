"""The tabs, one module each; TABS is the rail from top to bottom."""

from app.tabs import (
    activations,
    duplicates,
    embeddings,
    hunt,
    inspect,
    losses,
    metrics,
    misclassified,
    probing,
    random_samples,
    raw,
    samples,
)

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
