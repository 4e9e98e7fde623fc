"""Files with gold and predicted labels: `--dataset` reads the gold ones, `--predictions` the predicted ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from analysis.formats.conll_writer import write_conll
from analysis.options import Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.taggers.backend import Reading
from analysis.taggers.precomputed.options import PRECOMPUTED
from tests.analysis.taggers.test_prediction_files import SENTENCES, entities_of, jsonl, labelled

Spans = list[dict[str, Any]]
GOLD = [tag for _, tags, _ in SENTENCES for tag in tags]
PREDICTED = [tag for _, _, tags in SENTENCES for tag in tags]


def read_both(path: Path) -> tuple[list[Any], list[Any]]:
    """The tags of a file that is the corpus and the predictions."""
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    return list(corpus.tags), list(predicted(corpus, path).tags)


def predicted(corpus: Corpus, path: Path, **options: Any) -> Reading:
    values = {"predictions": str(path), "dataset": "not read", **options}
    (one,) = PRECOMPUTED.each(Options.from_values(RUN_OPTIONS, values))
    return PRECOMPUTED.open(one).read(corpus, path.parent, lambda *_: None)


def triples(spans: Spans) -> list[list[Any]]:
    return [[one["start"], one["end"], one["label"]] for one in spans]


def with_prodigy_tokens(words: Sequence[str], gold: Spans, found: Spans) -> dict[str, Any]:
    starts = [len(" ".join([*words[:at], ""])) for at in range(len(words))]
    tokens = [
        {"text": word, "start": start, "end": start + len(word), "id": number}
        for number, (word, start) in enumerate(zip(words, starts, strict=True))
    ]
    return {"text": " ".join(words), "tokens": tokens, "spans": gold, "answer": "accept", "pred": found}


def as_pieces(words: Sequence[str], found: Spans) -> Spans:
    """The entities of one word each as a pipeline without aggregation returns them."""
    text = " ".join(words)
    return [
        {
            "entity": f"{prefix}-{one['label']}",
            "score": 0.5,
            "word": text[start:end],
            "start": start,
            "end": end,
            "index": text[:start].count(" ") + 1,
        }
        for one in found
        for prefix, start, end in _words_of(text, one)
    ]


def _words_of(text: str, one: dict[str, Any]) -> list[tuple[str, int, int]]:
    found, start = [], one["start"]
    for number, word in enumerate(text[one["start"] : one["end"]].split(" ")):
        found.append(("I" if number else "B", start, start + len(word)))
        start += len(word) + 1
    return found


JSON_SHAPES: dict[str, Callable[[Sequence[str], Spans, Spans], dict[str, Any]]] = {
    "entities and predicted_entities": lambda words, gold, found: {
        "text": " ".join(words),
        "entities": gold,
        "predicted_entities": found,
    },
    "predictions before entities": lambda words, gold, found: {
        "text": " ".join(words),
        "predictions": found,
        "entities": gold,
    },
    "Argilla's key beside entities": lambda words, gold, found: {
        "text": " ".join(words),
        "prediction": found,
        "entities": gold,
    },
    "a key that says gold": lambda words, gold, found: {
        "text": " ".join(words),
        "entities": found,
        "gold_entities": gold,
    },
    "both say it": lambda words, gold, found: {"text": " ".join(words), "true_spans": gold, "model_pred": found},
    "doccano": lambda words, gold, found: {
        "text": " ".join(words),
        "label": triples(gold),
        "predicted": triples(found),
    },
    "Prodigy": with_prodigy_tokens,
    "words with entities": lambda words, gold, found: {
        "text": " ".join(words),
        "tokens": words,
        "entities": gold,
        "predicted": found,
    },
    "spaCy": lambda words, gold, found: {"text": " ".join(words), "ents": gold, "predicted_ents": found},
    "pieces of a pipeline": lambda words, gold, found: {
        "text": " ".join(words),
        "entities": gold,
        "predictions": as_pieces(words, found),
    },
    "types": lambda words, gold, found: {
        "text": " ".join(words),
        "entities": gold,
        "predictions": {
            name: [{"start": one["start"], "end": one["end"]} for one in found if one["label"] == name]
            for name in ("PER", "ORG", "LOC")
        },
    },
}


@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_json_with_gold_and_predicted_entities(shape: str, tmp_path: Path) -> None:
    lines = [
        JSON_SHAPES[shape](words, entities_of(words, gold), entities_of(words, found))
        for words, gold, found in SENTENCES
    ]
    path = tmp_path / "both.jsonl"
    path.write_text(jsonl(*lines))
    assert read_both(path) == (GOLD, PREDICTED)
    (tmp_path / "both.json").write_text(json.dumps(lines, indent=1))
    assert read_both(tmp_path / "both.json") == (GOLD, PREDICTED)


@pytest.mark.parametrize(
    "names", [("tags", "predicted"), ("gold", "predicted"), ("y_true", "y_pred"), ("gold", "tags"), ("tags", "guesses")]
)
@pytest.mark.parametrize("order", [1, -1])
def test_tables_with_gold_and_predicted_tags(names: tuple[str, str], order: int, tmp_path: Path) -> None:
    columns = {
        "tokens": [list(words) for words, _, _ in SENTENCES],
        **dict(
            [(names[0], [list(tags) for _, tags, _ in SENTENCES]), (names[1], [list(t) for _, _, t in SENTENCES])][
                ::order
            ]
        ),
    }
    pq.write_table(pa.table(columns), tmp_path / "both.parquet")
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    (tmp_path / "both.jsonl").write_text(jsonl(*rows))
    lines = ["\t".join(["word", *list(columns)[1:]])]
    for row in rows:
        lines += ["\t".join(cells) for cells in zip(*row.values(), strict=True)] + [""]
    (tmp_path / "both.tsv").write_text("\n".join(lines))
    for name in ("both.parquet", "both.jsonl", "both.tsv"):
        assert read_both(tmp_path / name) == (GOLD, PREDICTED), name


def test_the_own_export_as_conll(tmp_path: Path) -> None:
    path = tmp_path / "export.conll"
    path.write_bytes(b"".join(write_conll(map(labelled, range(len(SENTENCES))), "gold", "tagger")))
    assert read_both(path) == (GOLD, PREDICTED)


def test_a_column_of_predictions_is_gold_only_if_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    path.write_text("word\tpos\tpredicted\nAda\tNNP\tB-PER\nsaw\tVBD\tO\nRome\tNNP\tB-LOC\n")
    with pytest.raises(AnalysisError, match=r"cannot be told which of them contains the tags .* --tag-column"):
        load_corpus(CorpusOptions(dataset=str(path)))
    assert load_corpus(CorpusOptions(dataset=str(path), tag_column="predicted")).tags == ["B-PER", "O", "B-LOC"]


def test_a_key_of_json_may_be_given(tmp_path: Path) -> None:
    lines = [
        {"text": " ".join(words), "entities": entities_of(words, gold), "second": entities_of(words, found)}
        for words, gold, found in SENTENCES
    ]
    path = tmp_path / "both.jsonl"
    path.write_text(jsonl(*lines))
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    reading = predicted(corpus, path, prediction_column="second")
    assert list(reading.tags) == PREDICTED
    assert reading.audit["predictions_read_as"] == (
        'Read as JSON with spans: 5 texts from "text", entities from "second". Sentences matched by text: 5.'
    )
    with pytest.raises(AnalysisError, match=r'no key "third" \(keys: .*Correct --prediction-column'):
        predicted(corpus, path, prediction_column="third")


def test_predictions_without_an_entity_come_last(tmp_path: Path) -> None:
    for ending in ("", "\t0.9"):
        path = tmp_path / "p.tsv"
        path.write_text("".join(f"{word}\t{tag}\tO{ending}\n" for word, tag in (("Ada", "B-PER"), ("saw", "O"))))
        (tmp_path / "gold.tsv").write_text("Ada\tB-PER\nsaw\tO\n")
        corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.tsv")))
        assert list(predicted(corpus, path).tags) == ["O", "O"]
