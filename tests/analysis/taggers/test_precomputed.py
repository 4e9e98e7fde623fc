"""Predictions from a file: what is read, what is refused, and that the scores are those of seqeval."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from analysis.command_line.cli import main
from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.duplicates.values import SENTENCE_VECTORS
from analysis.errors import AnalysisError
from analysis.options import OptionError, Options
from analysis.pipeline.pipeline import NO_ENCODER, run_analyses, run_analysis
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.run.schema import SPANS
from analysis.store.store import Store
from analysis.taggers.backend import Backend, Reading, missing_of
from analysis.taggers.capabilities import CAPABILITIES
from analysis.taggers.precomputed.options import PRECOMPUTED

GOLD = """# sent_id = a
Ada\tB-PER
Lovelace\tI-PER
saw\tO
Rome\tB-LOC

# sent_id = b
IBM\tB-ORG
fell\tO

# sent_id = c
Nothing\tO
"""


def corpus_in(folder: Path, text: str = GOLD, **options: Any) -> Corpus:
    path = folder / "gold.conll"
    path.write_text(text, encoding="utf-8")
    return load_corpus(CorpusOptions(dataset=str(path), **options))


def backend_of(predictions: Path | str, **options: Any) -> Backend:
    values = {"predictions": str(predictions), "dataset": "not read", **options}
    return PRECOMPUTED.open(Options.from_values(RUN_OPTIONS, values))


def reading_of(corpus: Corpus, folder: Path, name: str, text: str, column: str | None = None) -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return backend_of(path, prediction_column=column).read(corpus, folder, lambda *_: None)


def lines(*objects: dict[str, Any]) -> str:
    return "".join(json.dumps(each) + "\n" for each in objects)


def entity(start: int, end: int, label: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **more}


PREDICTED_COLUMN = """Ada B-PER B-PER
Lovelace I-PER O
saw O O
Rome B-LOC B-ORG

IBM B-ORG B-ORG
fell O _

Nothing O O
"""


def test_the_last_column_is_the_prediction(tmp_path: Path) -> None:
    reading = reading_of(corpus_in(tmp_path), tmp_path, "predicted.conll", PREDICTED_COLUMN)
    assert reading.tags == ["B-PER", "O", "O", "B-ORG", "B-ORG", None, "O"]
    assert np.isnan(reading.p_predicted).all()
    assert reading.log_probabilities is None
    assert reading.hidden is None


def test_another_column_may_be_named(tmp_path: Path) -> None:
    reading = reading_of(corpus_in(tmp_path), tmp_path, "predicted.conll", PREDICTED_COLUMN, "1")
    assert reading.tags == ["B-PER", "I-PER", "O", "B-LOC", "B-ORG", "O", "O"]


def test_schemes_of_predictions_are_read_as_bio2(tmp_path: Path) -> None:
    text = "Ada B-PER\nLovelace E-PER\nsaw O\nRome S-LOC\n\nIBM S-ORG\nfell O\n\nNothing O\n"
    reading = reading_of(corpus_in(tmp_path), tmp_path, "predicted.conll", text)
    assert reading.tags == ["B-PER", "I-PER", "O", "B-LOC", "B-ORG", "O", "O"]


def test_a_sample_takes_the_predictions_of_its_sentences(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, limit=2, seed=3)
    reading = reading_of(corpus, tmp_path, "predicted.conll", PREDICTED_COLUMN)
    whole = {"Ada": "B-PER", "Lovelace": "O", "saw": "O", "Rome": "B-ORG", "IBM": "B-ORG", "fell": None, "Nothing": "O"}
    assert len(corpus.sentence_ids) == 2
    assert reading.tags == [whole[word] for word in corpus.words]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            PREDICTED_COLUMN.replace("Rome", "Rom"),
            "has no prediction for 1 of the corpus's 3 sentences (33%; at most 5% may lack one), for example "
            '"a" ("Ada Lovelace saw Rome"). Without a sentence in the corpus: ',
        ),
        (PREDICTED_COLUMN.replace("Rome", "Rom"), "predicted.conll: sentence 0 at line 1. Use the ids or the texts"),
        (PREDICTED_COLUMN.removesuffix("\nNothing O O\n"), '"c" ("Nothing"). Use the ids'),
        (PREDICTED_COLUMN.replace("B-ORG\n\n", "person\n\n"), '"person" is not a valid predicted tag'),
    ],
)
def test_a_column_that_does_not_fit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    corpus = corpus_in(tmp_path)
    with pytest.raises(AnalysisError) as refused:
        reading_of(corpus, tmp_path, "predicted.conll", text)
    assert said in str(refused.value)
    assert "predicted.conll" in str(refused.value)


def test_entities_lie_over_the_words_they_cover(tmp_path: Path) -> None:
    text = lines(
        {"id": "a", "entities": [entity(0, 12, "PER", score=0.75), entity(17, 21, "LOC")]},
        {"text": "IBM  fell", "entities": [entity(0, 3, "ORG", score=1)]},
        {"id": "c", "entities": []},
    )
    reading = reading_of(corpus_in(tmp_path), tmp_path, "predicted.jsonl", text)
    assert reading.tags == ["B-PER", "I-PER", "O", "B-LOC", "B-ORG", "O", "O"]
    np.testing.assert_array_equal(reading.p_predicted, np.array([0.75, 0.75, np.nan, np.nan, 1, np.nan, np.nan], "f4"))


def many(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"text": f"Ada met nobody {number}", "entities": [entity(0, 3, "PER")]} for number in range(first, count)]


@pytest.mark.parametrize("missing", [1, 2])
def test_a_twentieth_of_the_corpus_may_lack_predictions(tmp_path: Path, missing: int) -> None:
    corpus = corpus_in(tmp_path, "".join(f"Ada B-PER\nmet O\nnobody O\n{number} O\n\n" for number in range(20)))
    if missing == 1:
        reading = reading_of(corpus, tmp_path, "predicted.jsonl", lines(*many(20, first=1)))
        assert reading.tags == [None] * 4 + ["B-PER", "O", "O", "O"] * 19
        assert reading.audit["counts"]["sentences_without_prediction"] == 1
        assert 'for example: sentence "0" ("Ada met nobody 0").' in reading.audit["warnings"][0]
    else:
        with pytest.raises(AnalysisError, match=r'2 of the corpus\'s 20 sentences \(10%.*"1" \("Ada met nobody 1"\)'):
            reading_of(corpus, tmp_path, "predicted.jsonl", lines(*many(20, first=2)))


def test_bounds_inside_words_and_overlaps_are_counted(tmp_path: Path) -> None:
    text = lines(
        {"id": "a", "entities": [entity(1, 12, "PER"), entity(0, 3, "LOC"), entity(17, 21, "LOC")]},
        {"id": "b", "entities": []},
        {"id": "c", "entities": []},
        {"id": "elsewhere", "entities": []},
    )
    reading = reading_of(corpus_in(tmp_path), tmp_path, "predicted.jsonl", text)
    assert reading.tags == ["B-PER", "I-PER", "O", "B-LOC", "O", "O", "O"]
    assert reading.audit["counts"]["snapped_entities_in_predictions"] == 1
    assert reading.audit["counts"]["crossing_entities_in_predictions"] == 1
    assert any(note.startswith("Predictions: Entities that begin or end inside") for note in reading.audit["warnings"])
    assert reading.audit["counts"]["predictions_without_sentence"] == 1


def test_offsets_are_those_of_the_text_that_the_corpus_was_read_from(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(lines({"id": "t", "text": "Hi,  Rome!", "entities": [entity(5, 9, "LOC")]}))
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    assert corpus.words == ["Hi", ",", "Rome", "!"]
    text = lines({"id": "t", "entities": [entity(5, 9, "LOC", score=0.5)]})
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", text)
    assert reading.tags == corpus.tags
    assert "snapped_entities_in_predictions" not in reading.audit["counts"]


def test_entities_are_placed_like_those_of_a_corpus(tmp_path: Path) -> None:
    """Offsets in UTF-16 code units, a text without offsets, and white space."""
    corpus = corpus_in(tmp_path, "\U0001f600\tO\nAda\tB-PER\nsaw\tO\nAda\tO\n")
    text = "\U0001f600 Ada saw Ada"
    found = [entity(3, 6, "PER", text="Ada", score=0.75), entity(11, 14, "ORG", text="Ada")]
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", lines({"text": text, "entities": found}))
    assert reading.tags == ["O", "B-PER", "O", "B-ORG"]
    assert reading.p_predicted[1] == 0.75
    assert reading.audit["counts"] == {"utf16_offsets_in_predictions": 2}
    mentions = [{"label": "PER", "text": "ada"}, {"label": "ORG", "text": "Ada"}, {"label": "LOC", "text": "Rome"}]
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", lines({"text": text, "entities": mentions}))
    assert sorted(tag for tag in reading.tags if tag not in (None, "O")) == ["B-ORG", "B-PER"]
    assert reading.audit["counts"] == {"unplaced_entities_in_predictions": 1}
    wordless = lines({"text": text, "entities": [entity(1, 2, "PER")]})
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", wordless)
    assert reading.audit["counts"] == {"wordless_entities_in_predictions": 1}


def test_equal_texts_are_taken_in_order(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, "IBM\tB-ORG\n\nIBM\tO\n")
    text = lines({"text": "IBM", "entities": [entity(0, 3, "ORG")]}, {"text": "IBM", "entities": []})
    assert reading_of(corpus, tmp_path, "predicted.jsonl", text).tags == ["B-ORG", "O"]


def test_lone_surrogates_in_ids_and_texts_are_read_as_in_the_corpus(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    rome = {"id": "\ud800", "text": "\udfff Rome", "entities": [entity(2, 6, "LOC")]}
    path.write_text(lines(rome))
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    assert reading_of(corpus, tmp_path, "predicted.jsonl", lines(rome)).tags == corpus.tags
    without_text = {"id": rome["id"], "entities": rome["entities"]}
    assert reading_of(corpus, tmp_path, "predicted.jsonl", lines(without_text)).tags == corpus.tags


SAME_ID = GOLD.replace("sent_id = b", "sent_id = a")


def test_of_sentences_with_the_same_id_the_text_decides(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, SAME_ID)
    ibm = {"id": "a", "text": "IBM fell", "entities": [entity(0, 3, "ORG")]}
    ada = {"id": "a", "text": "Ada Lovelace saw Rome", "entities": [entity(17, 21, "LOC")]}
    nothing = {"id": "c", "entities": []}
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", lines(ibm, ada, nothing))
    assert reading.tags == ["O", "O", "O", "B-LOC", "B-ORG", "O", "O"]


def test_sentences_with_the_same_id_and_text_are_taken_in_order(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, "# sent_id = a\nIBM\tB-ORG\n\n# sent_id = a\nIBM\tO\n")
    ibm, none = ({"id": "a", "text": "IBM", "entities": found} for found in ([entity(0, 3, "ORG")], []))
    assert reading_of(corpus, tmp_path, "predicted.jsonl", lines(ibm, none)).tags == ["B-ORG", "O"]
    with pytest.raises(AnalysisError, match="line 3 is a second line"):
        reading_of(corpus, tmp_path, "predicted.jsonl", lines(ibm, none, none))


def test_a_sample_of_sentences_with_the_same_id_takes_its_own(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, SAME_ID, limit=1, seed=1)
    assert corpus.sentence_ids == ["a"]
    texts = ("IBM fell", "Ada Lovelace saw Rome")
    text = lines(*({"id": "a", "text": one, "entities": []} for one in texts))
    reading = reading_of(corpus, tmp_path, "predicted.jsonl", text)
    assert set(reading.tags) == {"O"}
    assert reading.audit["counts"]["predictions_outside_the_sample"] == 1
    assert "predictions_without_sentence" not in reading.audit["counts"]
    by_id = {"id": "a", "entities": []}
    with pytest.raises(AnalysisError, match=r'line 2 is a second line .* different sentences, add their "text"'):
        reading_of(corpus, tmp_path, "predicted.jsonl", lines(by_id, by_id))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"id": "a"}, 'line 1: the corpus has the id "a" 2 times. Add "text" to the lines'),
        ({"id": "a", "text": "IBM rose"}, "Without a sentence in the corpus: "),
    ],
)
def test_a_line_that_fits_several_sentences_is_refused(tmp_path: Path, line: dict[str, Any], said: str) -> None:
    corpus = corpus_in(tmp_path, SAME_ID)
    with pytest.raises(AnalysisError) as refused:
        reading_of(corpus, tmp_path, "predicted.jsonl", lines({**line, "entities": []}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1 is not valid JSON"),
        (lines({"id": "a", "entities": [{"start": 0}]}), "does not have the form"),
        (lines({"id": "a", "entities": [entity(3, 3, "PER")]}), "is empty"),
        (
            lines({"id": "a", "entities": [entity(17, 99, "LOC")]}),
            'predicted.jsonl, line 1: the entity "LOC" [17, 99) is empty or outside the text of 21 characters',
        ),
        (
            lines({"text": "Ada Lovelace saw  Rome", "entities": [entity(18, 23, "LOC")]}),
            "outside the text of 22 characters",
        ),
        (
            lines({"id": "a", "entities": [entity(0, 3, "X\ud800")]}),
            r'line 1: the label "X\ud800" contains a lone surrogate',
        ),
        (lines({"id": "a", "entities": [entity(0, 3, "\x1b", score=2)]}), "line 1: the score 2 is not a number"),
        (lines({"id": "a", "entities": [entity(3, 3, "\x1b")]}), r'line 1: the entity "\x1b" [3, 3) is empty'),
        (
            '{"id": "a", "entities": [{"start": ' + "1" * 5000 + "}]}",
            "line 1 contains a number with too many digits. Correct",
        ),
        ('{"id": "a", "entities": ' + "[" * 200_000, "line 1 is nested too deeply"),
        (lines({"id": ["a"], "entities": []}), "line 1: \"id\" contains ['a'], which is not an id"),
        (lines({"id": "a", "text": 5, "entities": []}), 'line 1: "text" contains 5, which is not a text'),
        (lines({"id": "a", "entities": [entity(0, 3, "PER", score=1.5)]}), "not a number from 0 to 1"),
        (lines({"id": "a", "entities": [entity(0, 3, "PER", score=True)]}), "not a number from 0 to 1"),
        (lines({"id": "a", "entities": []}, {"id": "a", "entities": []}), "line 2 is a second line"),
        (lines({"id": "a", "text": "Ada Byron", "entities": []}), 'for example "a" ("Ada Lovelace saw Rome")'),
    ],
)
def test_lines_that_cannot_be_used_are_refused(tmp_path: Path, text: str, said: str) -> None:
    corpus = corpus_in(tmp_path)
    others = lines(*({"id": name, "entities": []} for name in "bc"))
    with pytest.raises(AnalysisError) as refused:
        reading_of(corpus, tmp_path, "predicted.jsonl", f"{text.rstrip()}\n{others}")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "is empty"),
        ('["a"]', 'element 0 is not a JSON object, but "a"'),
        ('{"entities": []}', "predictions for 1 sentences without their ids or texts, but the corpus has 3 sentences"),
        ('{"id": "a", "entities": []}\n{"entities": []}', "line 2 gives neither an id nor a text"),
        (lines({"id": "x", "entities": []}), "no prediction for 3 of the corpus's 3 sentences (100%"),
        ("\n", "is empty"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path: Path, text: str, said: str) -> None:
    corpus = corpus_in(tmp_path)
    with pytest.raises(AnalysisError) as refused:
        reading_of(corpus, tmp_path, "predicted.jsonl", text)
    assert said in str(refused.value)


def test_a_missing_file_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    with pytest.raises(AnalysisError, match=r"does not exist\. Check --predictions"):
        backend_of(tmp_path / "none.conll")
    with pytest.raises(AnalysisError, match=r'has no key "2" .* Correct --prediction-column'):
        reading_of(corpus, tmp_path, "predicted.jsonl", lines({"id": "a", "entities": []}), "2")


def test_what_a_file_cannot_tell_is_said_with_what_would_bring_it(tmp_path: Path) -> None:
    (tmp_path / "predicted.conll").write_text(PREDICTED_COLUMN)
    backend = backend_of(tmp_path / "predicted.conll")
    assert backend.tags == ("O", "B-ORG", "I-ORG", "B-PER", "I-PER")
    assert {"losses", "hidden", "live", "neurons"} <= missing_of(backend).keys()
    assert "predicted.conll" in backend.reason
    assert "--model" in backend.reason
    identity = backend.identity
    (tmp_path / "predicted.conll").write_text(PREDICTED_COLUMN.replace("I-PER O", "I-PER I-PER"))
    assert backend_of(tmp_path / "predicted.conll").identity != identity


def test_without_an_encoder_either_the_run_has_neither_map_nor_duplicates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.pipeline.pipeline.find_encoder", lambda name: None)
    (tmp_path / "gold.conll").write_text(GOLD)
    (tmp_path / "predicted.conll").write_text(PREDICTED_COLUMN)
    messages, store = StringIO(), Store(tmp_path / "store")
    files = {"dataset": str(tmp_path / "gold.conll"), "predictions": str(tmp_path / "predicted.conll")}
    run = store.open(run_analysis(store, Reporter(messages), **files))
    assert "The run gets no embedding map and no duplicates. To get them, run `pip install" in messages.getvalue()
    assert run.why_missing(SENTENCE_VECTORS).endswith(NO_ENCODER)


def test_each_tagger_gets_a_run_with_the_same_ledger_from_every_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("analysis.pipeline.pipeline.find_encoder", lambda name: None)
    (tmp_path / "gold.conll").write_text(GOLD)
    spans = (
        [entity(0, 12, "PER", score=0.9), entity(17, 21, "ORG", score=0.4)],
        [entity(0, 3, "ORG", score=0.5)],
        [],
    )
    named = [{"id": name, "predictions": {"v1": found, "v2": []}} for name, found in zip("abc", spans, strict=True)]
    (tmp_path / "named.jsonl").write_text(lines(*named))
    (tmp_path / "tags.conll").write_text(
        "Ada B-PER\nLovelace I-PER\nsaw O\nRome B-ORG\n\nIBM B-ORG\nfell O\n\nNothing O"
    )
    store = Store(tmp_path / "store")
    files = [str(tmp_path / "named.jsonl"), f"{tmp_path / 'tags.conll'}:tags"]
    ids = run_analyses(store, Reporter(StringIO()), predictions=files, dataset=str(tmp_path / "gold.conll"))
    assert [store.manifest(run_id)["name"] for run_id in ids] == ["v1", "v2", "tags"]
    v1, v2, tags = map(store.open, ids)
    kept = [name for name in v1.read(SPANS).schema.names if not name.startswith(("p_", "loss_"))]
    assert v1.read(SPANS).select(kept).equals(tags.read(SPANS).select(kept))
    assert np.count_nonzero(v2.spans.predicted_type >= 0) == 0
    np.testing.assert_array_equal(v1.spans.p_min, np.array([0.9, 0.4, 0.5], "f4"))
    none = ("losses", "hidden states", "neurons", "live tagging")
    lacks = {run.id: run.lacks for run in store.runs()}
    assert [lacks[run_id] for run_id in ids] == [none, tuple(CAPABILITIES), tuple(CAPABILITIES)]
    assert main(["show", "v1", "--store", str(store.path)]) == 0
    shown = capsys.readouterr().out
    assert "\nHas       predicted tags, confidences\n" in shown
    assert f"\nLacks     {', '.join(none)}: its predictions were read from the file named.jsonl. Analyse" in shown
    repeated = shlex.split(v2.rerun_command)
    assert f"{tmp_path / 'named.jsonl'}:v2" in repeated
    with pytest.raises(OptionError, match=r"name 2 taggers\. Name one, or call run_analyses"):
        run_analysis(store, Reporter(StringIO()), predictions=files[0], dataset=str(tmp_path / "gold.conll"))


class CountedRows(list[int]):
    """Counts how often it is iterated over."""

    iterations = 0

    def __iter__(self) -> Iterator[int]:
        self.iterations += 1
        return super().__iter__()

    def tolist(self) -> CountedRows:
        return self


def test_the_rows_are_not_read_once_per_invalid_transition(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path, "IBM\tO\n" * 82)
    iterations = []
    for invalid in (1, 20):
        rows = CountedRows(corpus.source_rows.tolist())
        text = "IBM B-A\nIBM O\n" * (41 - invalid) + "IBM O\nIBM I-A\n" * invalid
        reading = reading_of(replace(corpus, source_rows=cast(Any, rows)), tmp_path, "predicted.conll", text)
        assert reading.audit["counts"]["invalid_predicted_transitions"] == invalid
        iterations.append(rows.iterations)
    assert iterations[0] == iterations[1]


def test_messages_escape_and_shorten_what_a_file_contains(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    with pytest.raises(AnalysisError) as refused:
        text = PREDICTED_COLUMN.replace("Rome", "\x1b[2J" + "R" * 99)
        reading_of(corpus, tmp_path, "predicted.conll", text)
    assert "\x1b" not in str(refused.value)
    with pytest.raises(AnalysisError, match=r'line 6: "\\x1b\[2J" is not a valid predicted tag'):
        reading_of(corpus, tmp_path, "predicted.conll", PREDICTED_COLUMN.replace("fell O _", "fell O \x1b[2J"))
