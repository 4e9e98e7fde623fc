"""Files of predictions in all shapes: the same predictions are read the same way from each of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus, match_labels
from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.format import Format
from analysis.formats.registry import FORMATS
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.formats.written import LabelledSentence
from analysis.options import OptionError, Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.taggers.backend import Backend, Reading
from analysis.taggers.precomputed.options import PRECOMPUTED, PREDICTIONS, file_and_name

SENTENCES = (
    (("Ada", "Lovelace", "saw", "Rome"), ("B-PER", "I-PER", "O", "B-LOC"), ("B-PER", "I-PER", "O", "B-ORG")),
    (("IBM", "fell"), ("B-ORG", "O"), ("B-ORG", "O")),
    (("Ada", "Byron"), ("B-PER", "B-PER"), ("B-PER", "B-LOC")),
    (("Nothing",), ("O",), ("O",)),
    (("IBM", "fell"), ("B-ORG", "O"), ("O", "O")),
)
"""Words, gold tags, predicted tags. A text occurs twice, and two entities stand side by side."""
TYPES = ("PER", "LOC", "ORG")
TAGS = ("O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BI"))
EXPECTED = [tag for _, _, predicted in SENTENCES for tag in predicted]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "gold.conll"
    path.write_text("".join(f"{rows(words, gold)}\n" for words, gold, _ in SENTENCES))
    return load_corpus(CorpusOptions(dataset=str(path)))


def rows(*columns: tuple[str, ...]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in zip(*columns, strict=True))


def opened(source: Path | str, **options: Any) -> list[Backend]:
    values = {"predictions": source, "dataset": "not read", **options}
    return [PRECOMPUTED.open(one) for one in PRECOMPUTED.each(Options.from_values(RUN_OPTIONS, values))]


def reading_of(corpus: Corpus, path: Path, **options: Any) -> Reading:
    (backend,) = opened(path, **options)
    return backend.read(corpus, path.parent, lambda *_: None)


def entities_of(words: tuple[str, ...], tags: tuple[str, ...]) -> list[dict[str, Any]]:
    """The entities of valid BIO2 tags, by offsets in the words joined with spaces."""
    found: list[dict[str, Any]] = []
    start = 0
    for word, tag in zip(words, tags, strict=True):
        if tag[0] == "B":
            found.append({"start": start, "end": start + len(word), "label": tag[2:]})
        elif tag[0] == "I":
            found[-1]["end"] = start + len(word)
        start += len(word) + 1
    return found


def jsonl(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def as_conll() -> str:
    return "".join(f"{rows(words, predicted)}\n" for words, _, predicted in SENTENCES)


def as_conlleval() -> str:
    return "".join(f"{rows(words, gold, tags, ('0.75',) * len(words))}\n" for words, gold, tags in SENTENCES)


def as_csv_of_lists() -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "tokens", "ner_tags", "predicted"])
    for number, (words, gold, predicted) in enumerate(SENTENCES):
        writer.writerow([number, json.dumps(words), json.dumps(gold), json.dumps(predicted)])
    return text.getvalue()


def as_csv_of_words() -> str:
    cells = [
        f"{number},{word},{right},{tag}\n"
        for number, sentence in enumerate(SENTENCES)
        for word, right, tag in zip(*sentence, strict=True)
    ]
    return "sentence_id,word,tag,predicted\n" + "".join(cells)


def as_spacy() -> str:
    return jsonl(*({"text": " ".join(words), "ents": entities_of(words, tags)} for words, _, tags in SENTENCES))


def as_spans_by_id() -> str:
    return jsonl(*({"id": n, "entities": entities_of(words, tags)} for n, (words, _, tags) in enumerate(SENTENCES)))


def pipeline_output() -> list[list[dict[str, Any]]]:
    """As pipelines of Hugging Face give it: a list of entities for each text, without the text."""
    return [
        [
            {
                "entity_group": one["label"],
                "score": 0.5,
                "word": " ".join(words)[one["start"] : one["end"]],
                "start": one["start"],
                "end": one["end"],
            }
            for one in entities_of(words, tags)
        ]
        for words, _, tags in SENTENCES
    ]


def as_tokens() -> str:
    """As pipelines of Hugging Face give it without aggregation; every word is two tokens with the same tag."""
    lines = []
    for words, _, tags in SENTENCES:
        tokens: list[dict[str, Any]] = []
        start = index = 0
        for word, tag in zip(words, tags, strict=True):
            for first, end in ((0, 2), (2, len(word))):
                index += 1
                if tag != "O":
                    bounds = {"start": start + first, "end": start + end, "index": index}
                    tokens.append(
                        {"entity": tag, "score": 0.5, "word": f"##{word[first:end]}" if first else word[:end], **bounds}
                    )
            start += len(word) + 1
        lines.append({"text": " ".join(words), "entities": tokens})
    return jsonl(*lines)


def as_lists_of_triples() -> str:
    return jsonl(
        *(
            {"text": " ".join(words), "label": [[one["start"], one["end"], one["label"]] for one in spans]}
            for words, spans in ((words, entities_of(words, tags)) for words, _, tags in SENTENCES)
        )
    )


def as_entities_beside_gold() -> str:
    """The gold entities stand under the usual name, and come first."""
    lines = []
    for words, gold, predicted in SENTENCES:
        spans = {"entities": entities_of(words, gold), "predicted_entities": entities_of(words, predicted)}
        lines.append({"text": " ".join(words), **spans})
    return jsonl(*lines)


def as_words_in_json() -> str:
    return jsonl(*({"tokens": words, "tags": gold, "predicted": tags} for words, gold, tags in SENTENCES))


def as_probabilities() -> str:
    certain = ([{tag: 0.9, "O" if tag != "O" else "B-PER": 0.1} for tag in tags] for _, _, tags in SENTENCES)
    return jsonl(*({"tokens": words, "probabilities": p} for (words, _, _), p in zip(SENTENCES, certain, strict=True)))


def as_probability_lists() -> str:
    def one_hot(tag: str) -> list[float]:
        return [1.0 if tag == name else 0.0 for name in TAGS]

    first, *others = [{"tokens": words, "probabilities": [*map(one_hot, tags)]} for words, _, tags in SENTENCES]
    return jsonl({**first, "tag_names": TAGS}, *others)


SHAPES: dict[str, tuple[str, Callable[[], str]]] = {
    "tags in the last column": ("p.conll", as_conll),
    "IOBES": ("p.txt", lambda: as_conll().replace("B-ORG", "S-ORG").replace("B-LOC", "S-LOC").replace("I-P", "E-P")),
    "words, gold, predicted, confidence": ("p.tsv", as_conlleval),
    "spaCy": ("p.jsonl", as_spacy),
    "entities beside gold ones": ("p.jsonl", as_entities_beside_gold),
    "ids": ("p.jsonl", as_spans_by_id),
    "triples": ("p.jsonl", as_lists_of_triples),
    "pipeline, a list": ("p.json", lambda: json.dumps(pipeline_output(), indent=1)),
    "pipeline, lines": ("p.jsonl", lambda: jsonl(*pipeline_output())),
    "pipeline without aggregation": ("p.jsonl", as_tokens),
    "pipeline, an unknown file extension": ("p.out", lambda: jsonl(*({"entities": one} for one in pipeline_output()))),
    "word tags in JSON": ("p.jsonl", as_words_in_json),
    "probabilities": ("p.jsonl", as_probabilities),
    "probability lists": ("p.jsonl", as_probability_lists),
    "CSV of lists": ("p.csv", as_csv_of_lists),
    "CSV of words": ("p.csv", as_csv_of_words),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_predictions_are_read_from_every_shape(shape: str, corpus: Corpus, tmp_path: Path) -> None:
    name, write = SHAPES[shape]
    (tmp_path / name).write_text(write(), encoding="utf-8")
    reading = reading_of(corpus, tmp_path / name)
    assert list(reading.tags) == EXPECTED
    said = {"comment_lines_in_predictions", "lines_read_in_predictions", "invalid_predicted_transitions"}
    adjusted = reading.audit["counts"].keys() - said
    assert not adjusted, "every entity has the bounds of words"


WRITTEN = [one for one in FORMATS if one.write is not None and one.read is not None]


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.name)
def test_what_a_format_writes_is_read_from_it(kind: Format, corpus: Corpus, tmp_path: Path) -> None:
    assert kind.write is not None
    if kind.package is not None:
        pytest.importorskip(kind.package)
    path = tmp_path / f"predicted{kind.endings[0]}"
    path.write_bytes(b"".join(kind.write(map(labelled, range(len(SENTENCES))), "predicted", "my tagger")))
    assert list(reading_of(corpus, path).tags) == EXPECTED


def labelled(number: int) -> LabelledSentence:
    words, gold, predicted = SENTENCES[number]
    ends = list(accumulate(len(word) + 1 for word in words))
    return LabelledSentence(
        id=str(number),
        document=None,
        words=words,
        text=" ".join(words),
        bounds=[(end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)],
        gold_tags=gold,
        predicted_tags=predicted,
        p_predicted=[None] * len(words),
        gold=[Entity(**one) for one in entities_of(words, gold)],
        predicted=[Entity(**one) for one in entities_of(words, predicted)],
    )


def test_parquet_with_gold_and_predicted_tags(corpus: Corpus, tmp_path: Path) -> None:
    words, gold, predicted = zip(*SENTENCES, strict=True)
    codes = [[TAGS.index(tag) for tag in tags] for tags in predicted]
    columns = {"tokens": words, "ner_tags": gold, "predicted": predicted, "codes": codes}
    pq.write_table(
        pa.table({name: pa.array(list(map(list, cells))) for name, cells in columns.items()}), tmp_path / "p"
    )
    assert list(reading_of(corpus, tmp_path / "p").tags) == EXPECTED
    numbered = reading_of(corpus, tmp_path / "p", prediction_column="codes", tag_names=TAGS)
    assert list(numbered.tags) == EXPECTED
    with pytest.raises(AnalysisError, match=r"the predicted tag 1 is a number without a name\. .* --tag-names"):
        reading_of(corpus, tmp_path / "p", prediction_column="codes")


def read_pipes(path: Path, _columns: Columns) -> TextRecords:
    """A format that returns texts with entities: `text|start|end|label|...`, and gives each of two taggers a name."""
    records = TextRecords(str(path))
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text, *cells = line.split("|")
        spans = [(*map(int, cells[at : at + 2]), cells[at + 2]) for at in range(0, len(cells), 3)]
        entities = [Entity(start, end, label, 0.25) for start, end, label in spans]
        predictions = {"first": entities, "second": []} if path.name == "two.pipes" else {}
        records.records.append(TextRecord(f"line {number}", text, entities, predictions=predictions))
    return records


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    known = Format("pipes", "pipes", (".pipes",), "both", lambda sample: sample.ending == ".pipes", read_pipes)
    monkeypatch.setattr("analysis.formats.registry.FORMATS", (known, *FORMATS))
    lines = []
    for words, _, tags in SENTENCES:
        spans = [[one["start"], one["end"], one["label"]] for one in entities_of(words, tags)]
        lines.append("|".join(map(str, (" ".join(words), *(cell for span in spans for cell in span)))))
    for name in ("one.pipes", "two.pipes", "pre:dicted.pipes"):
        (tmp_path / name).write_text("\n".join(lines))
    return tmp_path


def test_entities_of_a_registered_format_are_predictions(corpus: Corpus, pipes: Path) -> None:
    reading = reading_of(corpus, pipes / "one.pipes")
    assert list(reading.tags) == EXPECTED
    expected = [0.25 if tag != "O" else np.nan for tag in EXPECTED]
    np.testing.assert_array_equal(reading.p_predicted, np.array(expected, "f4"))
    with pytest.raises(AnalysisError, match=r"is read as pipes, .* Omit --prediction-column, or give"):
        opened(pipes / "one.pipes", prediction_column="x")
    (pipes / "other").write_text((pipes / "one.pipes").read_text())
    assert list(reading_of(corpus, pipes / "other", prediction_format="pipes").tags) == EXPECTED


def test_every_tagger_of_a_file_is_a_tagger(corpus: Corpus, pipes: Path) -> None:
    first, second = opened(pipes / "two.pipes")
    assert (first.label, second.label) == ("first", "second")
    assert first.identity != second.identity
    assert list(first.read(corpus, pipes, lambda *_: None).tags) == EXPECTED
    assert set(second.read(corpus, pipes, lambda *_: None).tags) == {"O"}
    (chosen,) = opened(f"{pipes / 'two.pipes'}:second")
    assert chosen.identity == second.identity
    with pytest.raises(AnalysisError, match=r'no predictions of "third"\. Its predictions are of: first, second\.'):
        opened(f"{pipes / 'two.pipes'}:third")


def test_taggers_by_name_in_json(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    lines = []
    for words, gold, tags in SENTENCES:
        lines.append({"tokens": words, "predictions": {"words": tags, "spans": entities_of(words, tags), "gold": gold}})
    path.write_text(jsonl(*lines))
    words, spans, gold = (backend.read(corpus, tmp_path, lambda *_: None) for backend in opened(path))
    assert list(words.tags) == list(spans.tags) == EXPECTED
    assert list(gold.tags) == corpus.tags


def test_a_name_may_follow_a_file_whose_name_contains_colons(pipes: Path) -> None:
    (pipes / "pre").write_text("another file")
    file = str(pipes / "pre:dicted.pipes")
    assert file_and_name(file) == (file, None)
    assert file_and_name(f"{file}:spacy:en") == (file, "spacy:en")
    (backend,) = opened(f"{file}:mine")
    assert backend.label == "mine"
    (unnamed,) = opened(file)
    assert (unnamed.label, unnamed.identity) == ("pre:dicted.pipes", backend.identity)


def test_each_tagger_gets_options_that_name_it_alone(pipes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pipes)
    given = Options.from_values(RUN_OPTIONS, {"predictions": ["two.pipes", "one.pipes"], "dataset": "d"})
    kept = [one.to_json() for one in PRECOMPUTED.each(given)]
    assert [one["name"] for one in kept] == ["first", "second", None]
    names = ("two.pipes:first", "two.pipes:second", "one.pipes")
    assert [one["predictions"] for one in kept] == [[str(pipes.resolve() / name)] for name in names]
    with pytest.raises(OptionError, match=r"--name names one run, but the predictions give 3 \(two\.pipes:first, "):
        opened(["two.pipes", "one.pipes"], name="x")


@pytest.mark.parametrize("stored", [None, [], "p.jsonl", ["p.jsonl"]])
def test_options_of_older_runs_are_read(stored: Any) -> None:
    options = Options.from_json([PREDICTIONS], {"predictions": stored})
    assert options[PREDICTIONS] == (("p.jsonl",) if stored else ())


def test_confidences_of_words(corpus: Corpus, tmp_path: Path) -> None:
    header = "word\tgold\tguess\tconfidence\n"
    for name, text in (("a.tsv", as_conlleval()), ("b.tsv", header + as_conlleval())):
        (tmp_path / name).write_text(text)
        reading = reading_of(corpus, tmp_path / name)
        assert list(reading.tags) == EXPECTED
        assert set(reading.p_predicted.tolist()) == {0.75}
        assert reading.log_probabilities is None
    path = tmp_path / "p.jsonl"
    words, _, tags = zip(*SENTENCES, strict=True)
    lines = [
        {"words": w, "pred_tags": t, "scores": [0.5, None][: len(w)] + [1] * (len(w) - 2)}
        for w, t in zip(words, tags, strict=True)
    ]
    path.write_text(jsonl(*lines))
    np.testing.assert_array_equal(reading_of(corpus, path).p_predicted[:4], np.array([0.5, np.nan, 1, 1], "f4"))


def test_distributions_give_losses(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(as_probabilities())
    (backend,) = opened(path)
    assert backend.provides == {"losses", "probabilities"}
    reading = backend.read(corpus, tmp_path, lambda *_: None)
    assert reading.log_probabilities is not None
    p = np.exp(reading.log_probabilities)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    rome = corpus.words.index("Rome")
    at = {tag: float(p[rome, column]) for column, tag in enumerate(backend.tags)}
    assert at["B-ORG"] == pytest.approx(0.9)
    assert at["O"] == pytest.approx(0.1)
    gold = backend.gold_column("B-LOC")
    assert gold is not None
    assert -reading.log_probabilities[rome, gold] == pytest.approx(-np.log(1e-10), rel=1e-3), "named nowhere: not 0"
    np.testing.assert_allclose(reading.p_predicted, 0.9, rtol=1e-6)


def test_tags_that_a_distribution_leaves_out_share_the_rest(corpus: Corpus, tmp_path: Path) -> None:
    distributions = [[{"B-PER": 0.6, "O": 0.4, "B-ORG": 0}] * len(words) for words, _, _ in SENTENCES]
    distributions[0][3] = {"B-ORG": 0.7, "O": 0.1}  # a list shared by four words, of which this one differs
    lines = [{"tokens": words, "probabilities": p} for (words, _, _), p in zip(SENTENCES, distributions, strict=True)]
    (tmp_path / "p.jsonl").write_text(jsonl(*lines))
    (backend,) = opened(tmp_path / "p.jsonl")
    reading = backend.read(corpus, tmp_path, lambda *_: None)
    assert reading.log_probabilities is not None
    at = dict(zip(backend.tags, np.exp(reading.log_probabilities[3]).tolist(), strict=True))
    assert at == pytest.approx({"B-PER": 0.2, "O": 0.1, "B-ORG": 0.7}, rel=1e-6)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ({"B-PER": 0.9, "O": 0.9}, "have the sum 1.800"),
        ({"B-PER": 5, "O": -3}, "is not a distribution"),
        ([0.1, 0.9], '"tag_names" has 0 names'),
        ("B-PER", "is not a distribution"),
    ],
)
def test_what_is_not_a_distribution_is_refused(word: Any, said: str, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(jsonl({"tokens": ["Nothing"], "probabilities": [word]}))
    with pytest.raises(AnalysisError, match=said):
        reading_of(corpus, tmp_path / "p.jsonl")


def test_a_word_without_any_probability_has_no_prediction(tmp_path: Path) -> None:
    (tmp_path / "gold.conll").write_text("Ada\tB-PER\nsaw\tO\n")
    corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll")))
    (tmp_path / "p.json").write_text(
        json.dumps({"tokens": corpus.words, "probabilities": [{}, {"B-PER": 1}]}, indent=1)
    )
    reading = reading_of(corpus, tmp_path / "p.json")
    assert list(reading.tags) == [None, "B-PER"]


@pytest.mark.parametrize("tag", ["O", "LABEL_0"])
def test_probabilities_of_no_entity_tag_are_refused(tag: str, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(jsonl({"tokens": ["Nothing"], "probabilities": [{tag: 1}]}))
    with pytest.raises(AnalysisError, match=rf"The probabilities in .*p\.jsonl are of no entity tag \({tag}\)"):
        _ = opened(tmp_path / "p.jsonl")[0].tags


def test_white_space_does_not_separate_texts(tmp_path: Path) -> None:
    (tmp_path / "gold.conll").write_text("Ada\tB-PER\n,\tO\nRome\tB-LOC\n.\tO\n")
    corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll")))
    for text, start in (("Ada, Rome.", 5), ("Ada ,\u00a0Rome .", 6), ("  Ada,\n\tRome . ", 8)):
        (tmp_path / "p.jsonl").write_text(
            jsonl({"text": text, "entities": [{"start": start, "end": start + 4, "label": "LOC", "score": 0.5}]})
        )
        reading = reading_of(corpus, tmp_path / "p.jsonl")
        assert list(reading.tags) == ["O", "O", "B-LOC", "O"]
        assert "snapped_entities_in_predictions" not in reading.audit["counts"]


def test_other_words_of_the_same_text_are_aligned_by_characters(tmp_path: Path) -> None:
    (tmp_path / "gold.conll").write_text("New-York\tB-LOC\n's\tO\nAda\tB-PER\nLovelace\tI-PER\n")
    corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll")))
    (tmp_path / "p.conll").write_text("New B-LOC 0.5\n- I-LOC 0.9\nYork's I-LOC 0.7\nAdaLovelace B-PER 1\n")
    reading = reading_of(corpus, tmp_path / "p.conll", prediction_column="1")
    assert list(reading.tags) == ["B-LOC", "I-LOC", "B-PER", "I-PER"]
    assert reading.audit["counts"]["sentences_with_other_words"] == 1


@pytest.mark.parametrize("ids", [range(1, 6), range(1, 5)])
def test_ids_that_count_from_one_are_refused(corpus: Corpus, tmp_path: Path, ids: range) -> None:
    (tmp_path / "p.jsonl").write_text(jsonl(*({"id": number, "entities": []} for number in ids)))
    with pytest.raises(AnalysisError, match="numbered from 1, but the corpus has no ids"):
        reading_of(corpus, tmp_path / "p.jsonl")


def test_the_audit_says_how_sentences_were_matched(corpus: Corpus, tmp_path: Path) -> None:
    texts = [" ".join(corpus.text.sentence(row)) for row in range(len(corpus.sentence_ids))]
    lines = [
        {"id": row, "entities": []} if row < 2 else {"text": text, "entities": []} for row, text in enumerate(texts)
    ]
    (tmp_path / "p.jsonl").write_text(jsonl(*lines))
    read_as = reading_of(corpus, tmp_path / "p.jsonl").audit["predictions_read_as"]
    assert read_as.endswith(f"Sentences matched by id: 2, by text: {len(texts) - 2}.")


def test_a_file_without_a_type_of_the_corpus_is_refused_like_a_tagger(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "p.conll").write_text(as_conll().replace("PER", "x").replace("LOC", "y").replace("ORG", "z"))
    (backend,) = opened(tmp_path / "p.conll")
    with pytest.raises(AnalysisError, match="share no entity type"):
        match_labels(corpus, backend.tags)


def test_a_shuffled_file_is_matched_by_text(corpus: Corpus, tmp_path: Path) -> None:
    first, *others = as_spacy().splitlines(keepends=True)
    (tmp_path / "p.jsonl").write_text("".join([*others, first]))
    assert list(reading_of(corpus, tmp_path / "p.jsonl").tags) == EXPECTED


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_of_repeated_texts_gets_its_own_predictions(tmp_path: Path, seed: int) -> None:
    (tmp_path / "gold.conll").write_text("IBM\tB-ORG\n\n" * 8)
    corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll"), limit=3, seed=seed))
    tags = ["B-ORG" if number % 2 else "O" for number in range(8)]
    (tmp_path / "p.conll").write_text("".join(f"IBM\t{tag}\n\n" for tag in tags))
    assert list(reading_of(corpus, tmp_path / "p.conll").tags) == [tags[row] for row in corpus.source_rows]
