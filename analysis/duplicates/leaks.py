"""Sentences of a run that also stand in other splits: what the stage `leakage` stored, as views need it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.duplicates.comparison import GoldSentence, compare, gold_sentence
from analysis.duplicates.groups import distinct_text, relabelled_copies
from analysis.duplicates.same_text import NO_TEXT
from analysis.duplicates.similarity import levels_of
from analysis.duplicates.values import LEAKS, REFERENCES
from analysis.run.run import Run
from analysis.run.run_cache import RunCache

Bool = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]

NO_ROW = -1


@dataclass(frozen=True)
class Reference:
    """Another split.

    Attributes:
        label: As the run picker would call it.
        sentences: How many it has.
    """

    label: str
    sentences: int


@dataclass(frozen=True)
class Leaks:
    """Each text of the run with each reference that has it, exactly or nearly (analysis.duplicates.values.LEAKS).

    Attributes:
        table: The rows, whole.
        reference: Which reference.
        text: Number of the distinct text.
        exact: Whether the reference has it but for white space and letter case.
        cosine: To the reference's most similar sentence.
        relabelled: Words that both have and that they label otherwise.
        levels: The level that the cosine reaches (analysis.duplicates.similarity).
    """

    table: pa.Table
    reference: npt.NDArray[np.int16]
    text: npt.NDArray[np.int32]
    exact: Bool
    cosine: npt.NDArray[np.float32]
    relabelled: npt.NDArray[np.int32]
    levels: npt.NDArray[np.int8]

    def reaching(self, level: int) -> Bool:
        """Rows that are exact or reach a level; beyond the highest level exact ones alone."""
        reached: Bool = self.exact | (self.levels >= level)
        return reached


_LEAKS: RunCache[Leaks] = RunCache(1)
_RELABELLED: RunCache[Bool] = RunCache(1)


def references_of(run: Run) -> list[Reference]:
    """The references that the run was held against."""
    return [Reference(entry["label"], entry["sentences"]) for entry in run.read(REFERENCES)]


def leaks_of(run: Run) -> Leaks:
    """The leaks of a run.

    Raises:
        MissingStageError: Leakage was not looked for.
    """

    def read() -> Leaks:
        table = run.read(LEAKS).combine_chunks()
        names = ("reference", "text", "exact", "cosine", "relabelled")
        columns = {name: table[name].to_numpy() for name in names}
        return Leaks(table=table, levels=levels_of(columns["cosine"]), **columns)

    return _LEAKS.get(run, None, read)


def leaked_sentences(run: Run, rows: Bool) -> Bool:
    """Which sentences say a text of some of the leaks.

    Args:
        run: The run.
        rows: bool, one a row of `leaks_of`.
    """
    distinct = distinct_text(run)
    leaked = np.zeros(int(distinct.max(initial=NO_TEXT)) + 1, np.bool_)
    leaked[leaks_of(run).text[rows]] = True
    mask = np.zeros(len(distinct), np.bool_)
    with_text = distinct != NO_TEXT
    mask[with_text] = leaked[distinct[with_text]]
    return mask


def leak_rows(run: Run) -> Int64:
    """For each reference and sentence the row of `leaks_of` with the sentence's text; NO_ROW: the reference lacks it.

    Of shape references x sentences.
    """
    leaks, distinct = leaks_of(run), distinct_text(run)
    texts = int(distinct.max(initial=NO_TEXT)) + 1
    rows = np.full((len(references_of(run)), texts + 1), NO_ROW, np.int64)  # the last column is that of NO_TEXT
    rows[leaks.reference, leaks.text] = np.arange(len(leaks.text))
    found: Int64 = rows[:, distinct]
    return found


def relabelled_leaks(run: Run) -> Bool:
    """Which sentences share a word with a reference's that the two label otherwise: references x sentences.

    The stage compared the first sentence of each text; its copies that are labelled otherwise are compared here.
    """

    def compare_copies() -> Bool:
        leaks, rows = leaks_of(run), leak_rows(run)
        leaked = rows != NO_ROW
        relabelled: Bool = leaked & (np.append(leaks.relabelled, 0)[rows] > 0)
        for reference, sentence in np.argwhere(leaked & (relabelled_copies(run) > 0)).tolist():
            row = {name: leaks.table[name][int(rows[reference, sentence])].as_py() for name in ("words", "tags")}
            own = gold_sentence(run.words, run.sentences, run.tag_set.tags, sentence)
            relabelled[reference, sentence] = bool(compare(GoldSentence(**row), own).relabelled)
        return relabelled

    return _RELABELLED.get(run, None, compare_copies)
