"""The typed texts of Probing and Activations, and the earlier text that they are compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import TypedDict

from analysis.duplicates.word_alignment import exact_blocks
from analysis.errors import AnalysisError
from analysis.run.run import Run
from app.options import Text
from app.state import ViewState
from app.view_options import TEXT
from components import formats

LINES = 100
LINE_CHARACTERS = 12_000
CHARACTERS = 20_000

BEFORE = Text("before")
"""The earlier text that the typed text is compared with."""

LINE_END = re.compile(r"\r\n|\r|\n")


class KeptText(TypedDict, total=False):
    """A text that the page keeps because it is too long for a link (`assets/probing.js`, `assets/activity.js`).

    Attributes:
        text: The typed text.
        before: The earlier text.
        run: Id of the run for which it was typed.
        focus: The word that was focused when it was typed, or None.
    """

    text: str | None
    before: str | None
    run: str
    focus: int | None


@dataclass(frozen=True)
class ProbedText:
    """The text to probe.

    Attributes:
        text: All lines.
        before: The earlier text, or "".
        in_link: Whether a link reproduces the text.
    """

    text: str
    before: str
    in_link: bool = True


def probed_text(state: ViewState, typed: KeptText | None) -> ProbedText:
    """The text in the link, else the text that the page keeps, else the focused sentence.

    The earlier text may be too long for a link even if the text itself is not.

    Args:
        state: The state from the link.
        typed: The text that the page keeps, or None.
    """
    kept: KeptText = typed if typed and (typed.get("run"), typed.get("focus")) == (state.run.id, state.focus) else {}
    text, before = kept.get("text"), kept.get("before") or ""
    if state.is_set(TEXT):
        linked = state[TEXT]
        return ProbedText(linked, state[BEFORE] or (before if text == linked else ""))
    if text is not None:
        return ProbedText(text, before, in_link=False)
    return ProbedText("" if state.focus is None else sentence_text(state.run, state.focus), "")


def sentence_text(run: Run, word: int) -> str:
    """A word's sentence as one line."""
    return " ".join(" ".join(text.split()) for text in sentence_words(run, word))


def sentence_words(run: Run, word: int) -> list[str]:
    """The words of a word's sentence."""
    rows = run.sentence_words(int(run.words.sentence[word]))
    texts: list[str] = run.words.text.slice(rows.start, rows.stop - rows.start).to_pylist()
    return texts


def lines_of(text: str) -> list[str]:
    """Split a text into lines, including empty ones.

    Raises:
        AnalysisError: The text has too many lines, a line is too long, or the text is too long.
    """
    lines = LINE_END.split(text)
    written = [line for line in lines if line.strip()]
    if len(written) > LINES:
        raise AnalysisError(
            f"The text has {formats.counted(len(written), 'line')}, but at most {LINES} are allowed. "
            f"Remove {formats.counted(len(written) - LINES, 'line')}."
        )
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS:
            raise AnalysisError(
                f"Line {number:,} has {len(line):,} characters, but at most {LINE_CHARACTERS:,} are allowed. "
                "Split or shorten it."
            )
    if len(text) > CHARACTERS:
        raise AnalysisError(
            f"The text has {len(text):,} characters, but at most {CHARACTERS:,} are allowed. "
            f"Remove {formats.counted(len(text) - CHARACTERS, 'character')}."
        )
    return lines


def earlier_lines(before: Sequence[str], after: Sequence[str]) -> list[str | None]:
    """For each line, the earlier version of an edited line; None for an unchanged or new line."""
    found: list[str | None] = [None] * len(after)
    for block in exact_blocks(before, after):
        if not block.same:
            places = range(block.before_start, block.before_end), range(block.after_start, block.after_end)
            for old, new in zip(*places, strict=False):
                found[new] = before[old]
    return found
