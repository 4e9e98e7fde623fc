"""The glossary: the meaning of technical terms, shown as tooltips and listed in the help."""

from __future__ import annotations

from dash import html

GLOSSARY = {
    "BIO2": "The tag scheme, also called IOB2: B- marks an entity's first word, I- its other words, O all others.",
    "span": "An entity: a sequence of words with one type.",
    "ledger": (
        "The list of all gold and predicted spans, paired one to one where they overlap. Each row has one outcome. "
        "Each count in the matrix of types is a number of rows."
    ),
    "outcome": (
        "The result for a span. correct: type and boundaries match. type: only the type is wrong. boundary: only the "
        "boundaries are wrong. type+boundary: both are wrong. missed: gold, but not predicted. spurious: predicted, "
        "but not gold."
    ),
    "nat": (
        "The unit of loss, which is the negative natural logarithm of the probability that the tagger gives to the "
        "gold tag. 0.1 nats is a probability of 0.90, 0.7 of 0.50, 3 of 0.05, 10 of 0.00005."
    ),
    "micro": "Computed over all entities together, so frequent types weigh more.",
    "macro": "The unweighted mean over the types: rare types weigh as much as frequent ones.",
    "weighted": "The mean over the types, weighted by support, which is the number of gold entities of a type.",
    "bootstrap": (
        "Measures how certain a score is. The sentences are resampled many times, with replacement, and the score is "
        "computed each time. The interval contains 95% of these scores."
    ),
    "high-loss outliers": (
        "The mean loss of the row's words is far above the median: most words are easy for the tagger, and a few have "
        "a very large loss. The gold labels of those few may be wrong."
    ),
    "low-loss outliers": (
        "The mean loss of the row's words is far below the median: most words are hard for the tagger, and a few are "
        "easy. Tagger and corpus then usually disagree systematically."
    ),
    "runner-up": "The second most probable tag of a word.",
    "margin": "The probability of the prediction minus that of the runner-up. Near 0, the tagger is undecided.",
    "flag": "A word is flagged as low if the probability of its prediction is below the threshold.",
    "component": (
        "A group of neurons in the tagger's feed-forward layers that are active at the same words. Non-negative matrix "
        "factorisation (NMF) approximates the activity of all neurons by a sum of a few components. The activity at a "
        "word is the mean over its subwords, after the non-linearity; negative activity counts as zero."
    ),
    "hidden space": "The space of the tagger's last hidden states: words that are close look similar to the tagger.",
    "cosine": "The similarity of two vectors, by the angle between them: 1 is the same direction, 0 is unrelated.",
    "seed": (
        "The start value of a random sample. The same seed gives the same sample, so a link shows others what you see."
    ),
}
"""Term -> its meaning."""


def term(word: str, text: str | None = None) -> html.Abbr:
    """A term with its meaning as a tooltip.

    Args:
        word: A key of GLOSSARY.
        text: The displayed text, if it differs from the key.
    """
    return html.Abbr(text or word, title=GLOSSARY[word], className="term")


def gloss(word: str) -> str:
    """A term with its meaning, for the end of a tooltip."""
    return f"{word}: {GLOSSARY[word]}"


def glossary() -> html.Dl:
    """All terms with their meanings."""
    entries = [html.Div([html.Dt(word), html.Dd(meaning)]) for word, meaning in GLOSSARY.items()]
    return html.Dl(entries, className="glossary")
