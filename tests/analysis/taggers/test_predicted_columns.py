"""Which column of a file without a header has the predicted tags: never the gold ones, whatever the tagger predicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from analysis.options import Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.taggers.backend import Reading
from analysis.taggers.precomputed.options import PRECOMPUTED

WORDS = ("Mia", "Sorel", "left", "Lyon", "and", "met", "Ida", ".")
GOLD = ("B-PER", "I-PER", "O", "B-LOC", "O", "O", "B-PER", "O")
TYPES = ("PER", "PER", "O", "LOC", "O", "O", "O", "O")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "gold.conll"
    path.write_text(columns(WORDS, GOLD))
    return load_corpus(CorpusOptions(dataset=str(path)))


def columns(*cells: tuple[str, ...]) -> str:
    return "".join(" ".join(row) + "\n" for row in zip(*cells, strict=True))


def reading_of(corpus: Corpus, tmp_path: Path, text: str, **options: str) -> Reading:
    path = tmp_path / "predicted.conll"
    path.write_text(text)
    values = Options.from_values(RUN_OPTIONS, {"predictions": str(path), "dataset": "not read", **options})
    return PRECOMPUTED.open(values).read(corpus, tmp_path, lambda *_: None)


ALL_OUTSIDE = ("O",) * len(WORDS)
POS = ("NNP", "NNP", "VBD", "NNP", "CC", "VBD", "NNP", ".")


@pytest.mark.parametrize(
    ("cells", "tags", "column"),
    [
        ((GOLD, ALL_OUTSIDE), ALL_OUTSIDE, 2),
        ((POS, GOLD, ALL_OUTSIDE), ALL_OUTSIDE, 3),
        ((GOLD, ALL_OUTSIDE, ("0.5",) * len(WORDS)), ALL_OUTSIDE, 2),
        ((GOLD, ALL_OUTSIDE, ("-12.5",) * len(WORDS)), ALL_OUTSIDE, 2),
        ((GOLD, ALL_OUTSIDE, POS), ALL_OUTSIDE, 2),
        ((GOLD, TYPES), ("B-PER", "I-PER", "O", "B-LOC", "O", "O", "O", "O"), 2),
    ],
)
def test_the_last_column_of_tags_has_the_predictions(
    cells: tuple[tuple[str, ...], ...], tags: tuple[str, ...], column: int, corpus: Corpus, tmp_path: Path
) -> None:
    reading = reading_of(corpus, tmp_path, columns(WORDS, *cells))
    assert tuple(reading.tags) == tags
    assert f"tags from column {column} (" in reading.audit["predictions_read_as"]
    assert any("Tags were also found in column" in note for note in reading.audit["warnings"])


@pytest.mark.parametrize("wrong", ["87.5", "2.5", "90%", "-0.1", "95.0%"])
@pytest.mark.parametrize("count", [1, len(WORDS)])
def test_numbers_that_are_no_scores_are_counted_and_said(
    wrong: str, count: int, corpus: Corpus, tmp_path: Path
) -> None:
    numbers = (*(wrong,) * count, *("0.5",) * (len(WORDS) - count))
    reading = reading_of(corpus, tmp_path, columns(WORDS, GOLD, GOLD, numbers))
    assert tuple(reading.tags) == GOLD
    said = f'were found in column 3, which was not read: {count} (for example "{wrong}")'
    assert any(f"Numbers that are no scores from 0 to 1 {said}" in one for one in reading.audit["warnings"])
    assert reading.audit["counts"]["numbers_that_are_no_scores_in_predictions"] == count


def test_a_row_without_a_word_has_no_score(corpus: Corpus, tmp_path: Path) -> None:
    rows = columns(WORDS, GOLD, GOLD, ("0.5",) * len(WORDS)).replace(" ", "\t") + "\tO\tO\t0.5\n"
    reading = reading_of(corpus, tmp_path, rows)
    assert reading.p_predicted == pytest.approx([0.5] * len(WORDS))


@pytest.mark.parametrize(
    "last",
    [
        ("1", "2", "0", "3", "0", "0", "1", "0"),
        ("1", "1", "0", "1", "0", "0", "1", "0"),
        ("_",) * len(WORDS),
        ("B-NP", "I-NP", "B-VP", "B-NP", "O", "B-VP", "B-NP", "O"),
    ],
)
def test_gold_tags_before_a_column_that_may_be_the_predictions_are_not_read(
    last: tuple[str, ...], corpus: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError, match=r"2: .*--prediction-column"):
        reading_of(corpus, tmp_path, columns(WORDS, GOLD, last))
    assert tuple(reading_of(corpus, tmp_path, columns(WORDS, GOLD, last), prediction_column="1").tags) == GOLD
