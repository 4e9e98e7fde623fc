"""The texts of the tab Probing: which they are, and what they are compared with."""

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
"""What was typed before, which the text is compared with."""

LINE_END = re.compile(r"\r\n|\r|\n")


class KeptText(TypedDict, total=False):
    """What the page keeps because it is too long for a link (`assets/probing.js`, `assets/activity.js`).

    Attributes:
        text: What is typed.
        before: What was typed before.
        run: The run for which it was typed.
        focus: The word in focus for which it was typed, or None.
    """

    text: str | None
    before: str | None
    run: str
    focus: int | None


@dataclass(frozen=True)
class ProbedText:
    """What is typed.

    Attributes:
        text: All lines.
        before: What was typed before, or "".
        in_link: Whether a link reproduces it.
    """

    text: str
    before: str
    in_link: bool = True


def probed_text(state: ViewState, typed: KeptText | None) -> ProbedText:
    """What the link says, else what the page keeps because it is too long for a link, else the sentence in focus.

    The text before may be too long for a link while the text is not.

    Args:
        state: The link.
        typed: What the page keeps.
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
    """The sentence of a word as one line."""
    return " ".join(" ".join(text.split()) for text in sentence_words(run, word))


def sentence_words(run: Run, word: int) -> list[str]:
    """The texts of the words of a word's sentence."""
    rows = run.sentence_words(int(run.words.sentence[word]))
    texts: list[str] = run.words.text.slice(rows.start, rows.stop - rows.start).to_pylist()
    return texts


def lines_of(text: str) -> list[str]:
    """The lines, empty ones too.

    Raises:
        AnalysisError: There is more text than is tagged at once.
    """
    lines = LINE_END.split(text)
    written = [line for line in lines if line.strip()]
    if len(written) > LINES:
        raise AnalysisError(
            f"{formats.counted(len(written), 'line')} are more than the {LINES} that are tagged at once: "
            f"take {len(written) - LINES:,} out."
        )
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS:
            raise AnalysisError(
                f"Line {number:,} has {len(line):,} characters, more than the {LINE_CHARACTERS:,} that a line may "
                "have: break it, or shorten it."
            )
    if len(text) > CHARACTERS:
        raise AnalysisError(
            f"The text has {len(text):,} characters, more than the {CHARACTERS:,} that are tagged at once: "
            f"take {len(text) - CHARACTERS:,} out."
        )
    return lines


def earlier_lines(before: Sequence[str], after: Sequence[str]) -> list[str | None]:
    """For each line what it was before it was edited; None for a line that is as it was, or new."""
    found: list[str | None] = [None] * len(after)
    for block in exact_blocks(before, after):
        if not block.same:
            places = range(block.before_start, block.before_end), range(block.after_start, block.after_end)
            for old, new in zip(*places, strict=False):
                found[new] = before[old]
    return found
