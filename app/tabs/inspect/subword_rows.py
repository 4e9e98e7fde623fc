"""The subwords of a sentence, window by window, for components/subword_table.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.run.run import Run
from analysis.run.subwords import RunSubwords, SpecialToken, subwords_of
from analysis.run.tags import MISSING, OUTSIDE_CODE
from analysis.taggers.huggingface.alignment import window_cuts
from components import formats
from components.subword_table import Row, SubwordRow
from components.word_table import TagMark

LONGEST = 600
"""Maximum number of subwords in a table; longer windows are shown in parts."""


@dataclass(frozen=True)
class Part:
    """Subwords of a sentence that are shown together: those of one window, or a range of them.

    Attributes:
        window: Number of the window, from 0.
        rows: Rows of the run's subwords, ascending.
        word: Row of the first word that begins in the part; focusing it shows the part.
        label: Text of the button that shows the part.
    """

    window: int
    rows: range
    word: int
    label: str


def parts_of(run: Run, sentence: int) -> list[Part]:
    """The parts of a sentence; usually one, and none if no word has a subword.

    Raises:
        MissingStageError: The run has no subwords.
    """
    subwords = subwords_of(run)
    rows = subwords.of_words(run.sentence_words(sentence))
    windows = subwords.window[rows]
    parts = []
    for window in np.unique(windows[windows != MISSING]).tolist():
        at = np.flatnonzero(windows == window) + rows.start
        first, stop = int(at[0]), int(at[-1]) + 1
        starts = range(first, stop, LONGEST)
        for number, start in enumerate(starts, start=1):
            label = f"{window}" if len(starts) == 1 else f"{window} ({number} of {len(starts)})"
            part_rows = range(start, min(start + LONGEST, stop))
            word_start = next((row for row in part_rows if subwords.within[row] == 0), start)
            parts.append(Part(window, part_rows, int(subwords.word[word_start]), label))
    return parts


def part_of_word(run: Run, parts: Sequence[Part], word: int) -> Part:
    """The part with a word's first subword; for a word without subwords, the part of the previous word."""
    first = int(subwords_of(run).first[word])
    return next((part for part in reversed(parts) if part.rows.start <= first), parts[0])


def part_rows(run: Run, sentence: int, part: Part, focus: int | None) -> list[Row]:
    """The table rows of a part, including the special tokens and context around it.

    Args:
        run: The run.
        sentence: Row of the sentence.
        part: One of the sentence's parts.
        focus: Row of the focused word.
    """
    subwords = subwords_of(run)
    whole = subwords.of_words(run.sentence_words(sentence))
    cuts = window_cuts(whole.stop - whole.start, subwords.capacity)
    begin = whole.start + int(cuts[part.window])
    end = min(begin + subwords.capacity, whole.stop)
    offset = len(subwords.prefix)

    def special(tokens: Sequence[SpecialToken], place: int) -> list[Row]:
        return [SubwordRow(place + number, one.id, one.token, part.window) for number, one in enumerate(tokens)]

    def gap(number: int, text: str) -> list[Row]:
        return [f"{formats.counted(number, 'subword')} {text}"] if number else []

    before, after = part.rows.start - begin, end - part.rows.stop
    context = "of context, read in another window" if len(cuts) > 1 else "shown in another part"
    rows: list[Row] = [*special(subwords.prefix, 0), *gap(before, context)]
    rows += [_row(run, subwords, row, offset + row - begin, focus) for row in part.rows]
    rows += [*gap(after, context), *special(subwords.suffix, offset + end - begin)]
    unread = _unread_after(subwords, part, whole.stop)
    return [*rows, *gap(unread, "of the last word do not fit into its window and are not read")]


def _unread_after(subwords: RunSubwords, part: Part, stop: int) -> int:
    """Number of subwords of the part's last word that are in no window."""
    last = part.rows.stop - 1
    rest = subwords.window[last + 1 : stop]
    same_word = subwords.word[last + 1 : stop] == subwords.word[last]
    return int(np.count_nonzero(same_word & (rest == MISSING)))


def _row(run: Run, subwords: RunSubwords, row: int, place: int, focus: int | None) -> SubwordRow:
    words, word = run.words, int(subwords.word[row])
    first = int(subwords.within[row]) == 0
    return SubwordRow(
        place=place,
        id=int(subwords.id[row]),
        token=subwords.tokens(np.array([row]))[0].as_py(),
        window=int(subwords.window[row]),
        word_row=word,
        word=words.text[word].as_py() if first else "",
        position=int(words.position[word]),
        label=_mark(run, int(words.gold_tag[word])) if first else None,
        no_label="unlabelled" if first else "ignored",
        predicted=_mark(run, int(subwords.tag[row])),
        p=float(words.p_predicted[word] if first else subwords.p[row]),
        loss=float(words.loss[word]) if first else float("nan"),
        wrong=first and bool(words.is_wrong[word]),
        in_focus=word == focus,
    )


def _mark(run: Run, code: int) -> TagMark | None:
    if code == MISSING:
        return None
    return run.tag_set.tags[code], MISSING if code == OUTSIDE_CODE else (code - 1) // 2
