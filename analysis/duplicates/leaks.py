"""Sentences of a run that also occur in other splits, from the results of the stage `leakage`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.duplicates.comparison import GoldSentence, compare, gold_sentence
from analysis.duplicates.groups import differing_labels_of_copies, distinct_text
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
        label: Its label in the interface.
        sentences: Number of sentences.
    """

    label: str
    sentences: int


@dataclass(frozen=True)
class Leaks:
    """Each text of the run with each reference that has it, exactly or nearly (analysis.duplicates.values.LEAKS).

    Attributes:
        table: The stored table.
        reference: Which reference.
        text: Number of the distinct text.
        exact: Whether the reference has it, ignoring white space and letter case.
        cosine: To the reference's most similar sentence.
        differing_labels: Shared words with different labels.
        levels: The level that the cosine reaches (analysis.duplicates.similarity).
    """

    table: pa.Table
    reference: npt.NDArray[np.int16]
    text: npt.NDArray[np.int32]
    exact: Bool
    cosine: npt.NDArray[np.float32]
    differing_labels: npt.NDArray[np.int32]
    levels: npt.NDArray[np.int8]

    def reaching(self, level: int) -> Bool:
        """Rows that are exact or reach a level; above the highest level only exact ones."""
        reached: Bool = self.exact | (self.levels >= level)
        return reached


_LEAKS: RunCache[Leaks] = RunCache(1)
_DIFFERING_LABELS: RunCache[Bool] = RunCache(1)


def references_of(run: Run) -> list[Reference]:
    """The references of the run."""
    return [Reference(entry["label"], entry["sentences"]) for entry in run.read(REFERENCES)]


def leaks_of(run: Run) -> Leaks:
    """The leaks of a run.

    Raises:
        MissingStageError: The run has no leakage results.
    """

    def read() -> Leaks:
        table = run.read(LEAKS).combine_chunks()
        cosine = table["cosine"].to_numpy()
        return Leaks(
            table=table,
            reference=table["reference"].to_numpy(),
            text=table["text"].to_numpy(),
            exact=table["exact"].to_numpy(),
            cosine=cosine,
            differing_labels=table["relabelled"].to_numpy(),
            levels=levels_of(cosine),
        )

    return _LEAKS.get(run, None, read)


def leaked_sentences(run: Run, rows: Bool) -> Bool:
    """Which sentences have a text that is in some of the leaks.

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
    """For each reference and sentence the row of `leaks_of` with the sentence's text; NO_ROW if it has none.

    Of shape references x sentences.
    """
    leaks, distinct = leaks_of(run), distinct_text(run)
    texts = int(distinct.max(initial=NO_TEXT)) + 1
    rows = np.full((len(references_of(run)), texts + 1), NO_ROW, np.int64)  # the last column is that of NO_TEXT
    rows[leaks.reference, leaks.text] = np.arange(len(leaks.text))
    found: Int64 = rows[:, distinct]
    return found


def leaks_with_differing_labels(run: Run) -> Bool:
    """Which sentences share a word with different labels with a reference: references x sentences.

    The stage compared the first sentence of each text; its copies with different labels are compared here.
    """

    def compare_copies() -> Bool:
        leaks, rows = leaks_of(run), leak_rows(run)
        leaked = rows != NO_ROW
        differing_labels: Bool = leaked & (np.append(leaks.differing_labels, 0)[rows] > 0)
        for reference, sentence in np.argwhere(leaked & (differing_labels_of_copies(run) > 0)).tolist():
            row = {name: leaks.table[name][int(rows[reference, sentence])].as_py() for name in ("words", "tags")}
            own = gold_sentence(run.words, run.sentences, run.tag_set.tags, sentence)
            differing_labels[reference, sentence] = bool(compare(GoldSentence(**row), own).differing_labels)
        return differing_labels

    return _DIFFERING_LABELS.get(run, None, compare_copies)
