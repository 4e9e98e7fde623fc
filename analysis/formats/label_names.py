"""Names of columns and keys that say whether gold or predicted labels stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Labels = Literal["gold", "predicted"]

_PATTERNS: dict[Labels, re.Pattern[str]] = {
    "gold": re.compile(r"(?<![a-z])(gold|true|truth)(?![a-z])"),
    "predicted": re.compile(r"(?<![a-z])(preds?|predicted|predictions?|guess(es|ed)?)(?![a-z])|^predict(ed|ions?)"),
}
_NUMBERS = re.compile(r"scores?|conf|prob|logit|(?<![a-z])p(?![a-z])")
"""Names of columns that hold numbers beside labels, such as `predicted_score`."""


def labels_said(name: str) -> Labels | None:
    """The labels that a name promises; None: it says nothing of them."""
    name = name.lower()
    if _NUMBERS.search(name):
        return None
    return next((labels for labels, pattern in _PATTERNS.items() if pattern.search(name)), None)


def says_other(name: str, labels: Labels) -> bool:
    """Whether a name promises other labels than these."""
    return labels_said(name) not in (None, labels)


def in_order(names: Iterable[str], usual: Sequence[str], labels: Labels) -> list[str]:
    """The names under which labels may stand, the likeliest first.

    Names that promise these labels come first, then usual names, and last usual names that promise the others.

    Args:
        names: All names of a source.
        usual: Usual names in lower case, the most usual first.
        labels: The labels that are looked for.
    """
    names = list(names)
    by_lower = {name.lower(): name for name in reversed(names)}
    said = [name for name in names if labels_said(name) == labels]
    known = [by_lower[name] for name in usual if name in by_lower]
    return list(dict.fromkeys([*said, *sorted(known, key=lambda name: says_other(name, labels))]))
