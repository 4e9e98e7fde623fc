"""What the words of the field mean, written once: said where they stand, and listed in the help."""

from __future__ import annotations

from dash import html

GLOSSARY = {
    "BIO2": "How tags mark entities, also called IOB2: B- at an entity's first word, I- at its others, O outside.",
    "span": "An entity: the words from its first to its last, with one type.",
    "ledger": (
        "The list of all gold and predicted spans, paired one to one where they overlap. Every row has one outcome, "
        "and every count of the matrix of types is a number of rows."
    ),
    "outcome": (
        "What became of a span: correct; type wrong, bounds right; boundary wrong, type right; type+boundary, both "
        "wrong; missed, in the corpus alone; spurious, predicted alone."
    ),
    "nat": (
        "The unit of loss: minus the natural logarithm of the probability that the tagger gives the gold tag. 0.1 nat "
        "is a probability of 0.90, 0.7 of 0.50, 3 of 0.05, 10 of 0.00005."
    ),
    "micro": "Over all entities together: a frequent type weighs more.",
    "macro": "The mean over the types: a rare type weighs as much as a frequent one.",
    "weighted": "The mean over the types, each weighted by its support, the number of its gold entities.",
    "bootstrap": (
        "How sure a score is: the sentences are drawn anew many times, with repetition, and the score is computed "
        "each time. The interval holds 95% of these scores."
    ),
    "few far worse": (
        "The mean loss of the row's words lies far above their median: most are easy for the tagger, a few cost very "
        "much. Those may be labelled wrongly."
    ),
    "few far better": (
        "The mean loss of the row's words lies far below their median: most are hard for the tagger, a few are easy. "
        "Tagger and corpus then differ as a rule."
    ),
    "runner-up": "The tag that the tagger finds second-likeliest for a word.",
    "margin": (
        "The probability of the prediction less that of the runner-up: near 0 the tagger could as well say the other."
    ),
    "flag": "A word is flagged as low where the tagger gives its own prediction a probability below the threshold.",
    "component": (
        "Neurons of the tagger's feed-forward layers that are active at the same words. Non-negative matrix "
        "factorisation (NMF) writes the activity of all neurons as a sum of a few components. A word's activity is the "
        "mean over its subwords, after the non-linearity; negative activity counts as zero."
    ),
    "hidden space": "Each word is a point by the tagger's last hidden layer: words near each other look alike to it.",
    "cosine": (
        "How alike two vectors are, by the angle between them: 1 is the same direction, 0 has nothing in common."
    ),
    "seed": (
        "The number that a random draw starts from: the same seed draws the same, so a link shows others what you see."
    ),
}
"""Word -> what it means."""


def term(word: str, text: str | None = None) -> html.Abbr:
    """A word of the glossary as it stands in a view, with its meaning as a tooltip.

    Args:
        word: A key of GLOSSARY.
        text: What is written in its place.
    """
    return html.Abbr(text or word, title=GLOSSARY[word], className="term")


def gloss(word: str) -> str:
    """A word of the glossary with its meaning, for the end of a tooltip."""
    return f"{word}: {GLOSSARY[word]}"


def glossary() -> html.Dl:
    """All words with their meanings."""
    return html.Dl([html.Div([html.Dt(word), html.Dd(said)]) for word, said in GLOSSARY.items()], className="glossary")
