"""Refuses sentences that a line-based format cannot represent."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import AnalysisError
from analysis.formats.written import LabelledSentence
from analysis.messages import quoted, shown

CONTROL = frozenset("\t\n\r\0")
"""Characters that end a cell or a line, or that text files may not contain."""


def check_cells(sentence: LabelledSentence, tags: Sequence[Sequence[str | None]], title: str) -> None:
    """Refuse a sentence with a word, tag or id that would be read as something else.

    Args:
        sentence: The sentence.
        tags: The rows of tags to write, one tag per word.
        title: The title of the format.

    Raises:
        AnalysisError: A word or tag is empty, begins or ends with a space, or contains a character of CONTROL; or an
            id contains one.
    """
    for word in sentence.words:
        _check(sentence, "word", word, title)
    for tag in {tag for row in tags for tag in row if tag is not None}:
        _check(sentence, "tag", tag, title)
    for name in (sentence.id, sentence.document or ""):
        if not CONTROL.isdisjoint(name):
            raise unwritable(sentence, f"the id {shown(name)} contains a tab, a line break or NUL", title)


def _check(sentence: LabelledSentence, what: str, text: str, title: str) -> None:
    if not CONTROL.isdisjoint(text):
        raise unwritable(sentence, f"its {what} {shown(text)} contains a tab, a line break or NUL", title)
    if not text or text != text.strip(" "):
        raise unwritable(sentence, f"its {what} {shown(text)} is empty, or has a space at an end", title)


def unwritable(sentence: LabelledSentence, why: str, title: str) -> AnalysisError:
    """The message that a sentence does not fit into a format."""
    return AnalysisError(
        f"Sentence {quoted(sentence.id)} cannot be written as {title}: {why}. Choose a JSON format, such as spans, or "
        "leave the sentence out."
    )
