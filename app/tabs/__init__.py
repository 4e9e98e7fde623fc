"""The tabs, one module each; TABS is the rail from top to bottom."""

from app.tabs import embeddings, hunt, metrics, misclassified

TABS = (hunt.TAB, metrics.TAB, embeddings.TAB, misclassified.TAB)
