"""Runs in memory that also hold subwords and the tags of a source."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run
from analysis.run.schema import SOURCE_LINES, SOURCE_TAG_NAMES, SOURCE_TAGS, SPECIAL_TOKENS, SUBWORDS, VOCABULARY
from analysis.taggers.huggingface.alignment import ABSENT, Subwords, cut_windows
from analysis.taggers.huggingface.window_batches import subwords_read
from tests.runs import with_values

PIECE = 3
"""Letters of a subword."""


def with_pieces(run: Run, capacity: int = 1_000, special: int = 1) -> Run:
    """A copy of a run, each predicted word of it cut into pieces of three letters, and written as IOBES in its source.

    Args:
        run: From tests.runs.
        capacity: Most pieces of a window.
        special: Special tokens before and after each window.
    """
    predicted = run.words.predicted_tag
    pieces = [
        [("" if at == 0 else "##") + text[at : at + PIECE] for at in range(0, len(text), PIECE)] if tag >= 0 else []
        for text, tag in zip(run.words.text.to_pylist(), predicted, strict=True)
    ]
    tokens = sorted({piece for parts in pieces for piece in parts})
    numbers = {token: 10 + 2 * place for place, token in enumerate(tokens)}
    counts = np.array([len(parts) for parts in pieces], np.int64)
    first = np.where(counts > 0, np.cumsum(counts) - counts, ABSENT)
    offsets = np.append(run.sentences.first_word, len(counts)).astype(np.int64)
    ids = np.array([numbers[piece] for parts in pieces for piece in parts], np.int32)
    starts = np.concatenate([[0], np.cumsum(counts)])[offsets]
    cut = Subwords(ids, starts, first, counts)
    windows = cut_windows(cut, offsets, capacity)
    read = subwords_read(cut, windows, np.arange(len(windows.start)))
    window = np.full(len(ids), -1, np.int16)
    window[read.subwords] = windows.number[read.rows]
    word = np.repeat(np.arange(len(counts)), counts)
    is_first = np.diff(word, prepend=-1) > 0
    random = np.random.default_rng(0)
    tag = np.where(is_first, predicted[word], random.integers(0, len(run.tag_set.tags), len(ids)))
    p = np.where(is_first, run.words.p_predicted[word], random.random(len(ids)))
    columns = {
        "id": ids,
        "word": word,
        "tag": np.where(window < 0, -1, tag),
        "p": np.where(window < 0, np.nan, p).astype(np.float16),
        "window": window,
    }
    gold = run.words.gold_tag
    ends = np.append(gold[1:], 0)
    ends[offsets[1:-1][offsets[1:-1] > 0] - 1] = 0
    closes = (gold > 0) & ~((ends > 0) & (ends % 2 == 0) & ((ends - 1) // 2 == (gold - 1) // 2))
    written = [
        None if code < 0 else _iobes(run.tag_set.tags[code], close) for code, close in zip(gold, closes, strict=True)
    ]
    names = sorted({name for name in written if name is not None})
    sides = {
        side: [{"id": number, "token": f"[{side.upper()} {number}]"} for number in range(special)]
        for side in ("prefix", "suffix")
    }
    values = {
        SUBWORDS: SUBWORDS.make(columns),
        VOCABULARY: VOCABULARY.make({"id": [numbers[token] for token in tokens], "token": tokens}),
        SPECIAL_TOKENS: {"capacity": capacity, **sides},
        SOURCE_TAGS: np.array([-1 if name is None else names.index(name) for name in written], np.int32),
        SOURCE_TAG_NAMES: [{"written": name, "named": name} for name in names],
        SOURCE_LINES: np.arange(len(run.sentences)) * 7 + 1,
    }
    return with_values(run, {value.key: data for value, data in values.items()})


def _iobes(tag: str, closes: bool) -> str:
    if tag == "O" or not closes:
        return tag
    return ("S-" if tag[0] == "B" else "E-") + tag[2:]
