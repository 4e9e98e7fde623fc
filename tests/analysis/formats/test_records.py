"""Rows of JSON, Parquet and datasets: every usual way to write words and tags, and messages for the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from tests.analysis.formats.reading import corpus_of, shown

WORDS = [["Eve", "Max", "sang", "in", "Bonn"], ["So", "what"]]
TAGS = [["B-PER", "I-PER", "O", "O", "B-LOC"], ["O", "O"]]
TEXTS = [" ".join(words) for words in WORDS]


def load(path: Path, **options: object) -> Corpus:
    return load_corpus(CorpusOptions(str(path), **options))  # type: ignore[arg-type]


def lines(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "x.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def sentences(corpus: Corpus) -> list[list[str]]:
    return [corpus.text.sentence(row) for row in range(len(corpus.sentence_ids))]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        (WORDS, TAGS),
        (WORDS, [" ".join(one) for one in TAGS]),
        (TEXTS, TAGS),
        (TEXTS, [" ".join(one) for one in TAGS]),
        (WORDS, [str(one) for one in TAGS]),
        ([json.dumps(one) for one in WORDS], TAGS),
    ],
    ids=["lists", "words and text of tags", "text and list of tags", "texts", "tags as text", "words as text"],
)
def test_words_and_tags_are_lists_or_texts(words: list[Any], tags: list[Any], tmp_path: Path) -> None:
    rows = [
        {"id": number, "sentence": one, "tags": other}
        for number, (one, other) in enumerate(zip(words, tags, strict=True))
    ]
    corpus = load(lines(tmp_path, rows))
    assert sentences(corpus) == WORDS
    assert corpus.tags == [tag for one in TAGS for tag in one]
    assert corpus.sentence_ids == ["0", "1"]


def test_numbers_as_a_text_are_named(tmp_path: Path) -> None:
    path = lines(tmp_path, [{"text": "Eve sang", "labels": "1 0"}])
    assert load(path, tag_names=("O", "B-PER")).tags == ["B-PER", "O"]


def test_another_white_space_is_part_of_a_word(tmp_path: Path) -> None:
    corpus = load(lines(tmp_path, [{"text": "a\u00a0b  Eve\n", "labels": "O B-PER"}]))
    assert corpus.words == ["a\u00a0b", "Eve"]


def test_a_text_with_one_label_is_refused_with_its_counts(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"line 1 has 2 words .* 1 tags .*split at spaces"):
        load(lines(tmp_path, [{"text": "Eve sang", "labels": ["music"]}]))


TOKENS = [
    [{"text": word, "ner": tag, "pos": "X"} for word, tag in zip(*one, strict=True)]
    for one in zip(WORDS, TAGS, strict=True)
]


@pytest.mark.parametrize("write", ["jsonl", "parquet", "saved", "numbers"])
def test_structs_of_words_and_tags_are_read(write: str, tmp_path: Path) -> None:
    rows = [{"id": number, "text": "unused", "tokens": one} for number, one in enumerate(TOKENS)]
    path = lines(tmp_path, rows)
    if write != "jsonl":
        made = datasets.Dataset.from_list(rows)
        path = tmp_path / ("x.parquet" if write != "saved" else "x")
        if write == "numbers":
            tokens = {
                "text": datasets.Value("string"),
                "ner": datasets.ClassLabel(names=["O", "B-PER", "I-PER", "B-LOC"]),
            }
            made = datasets.Dataset.from_list(
                [{"tokens": [{"text": one["text"], "ner": one["ner"]} for one in row["tokens"]]} for row in rows],
                features=datasets.Features({"tokens": datasets.List(tokens)}),
            )
        if write == "saved":
            made.save_to_disk(str(path))
        else:
            made.to_parquet(str(path))
    corpus = load(path)
    assert sentences(corpus) == WORDS
    assert corpus.tags == [tag for one in TAGS for tag in one]


def test_structs_are_refused_with_their_fields(tmp_path: Path) -> None:
    rows = [{"tokens": [{"surface": "Eve", "ner": "B-PER"}], "tags": ["O"]}]
    with pytest.raises(AnalysisError, match=r'"tokens" contains structs with the fields surface, ner\. Convert'):
        load(lines(tmp_path, rows))
    rows = [{"tokens": ["Eve"], "tags": [{"form": "Eve", "ner": "B-PER"}]}]
    with pytest.raises(AnalysisError, match=r'"tags" contains structs with the fields form, ner\. Convert'):
        load(lines(tmp_path, rows))


ENTITIES = [
    [{"start": 0, "end": 7, "label": 1}, {"start": 16, "end": 20, "label": 0}],
    [],
]


@pytest.mark.parametrize("write", ["parquet", "saved"])
def test_class_labels_of_entities_are_named(write: str, tmp_path: Path) -> None:
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "entities": datasets.List(
                {
                    "start": datasets.Value("int64"),
                    "end": datasets.Value("int64"),
                    "label": datasets.ClassLabel(names=["LOC", "PER"]),
                }
            ),
        }
    )
    made = datasets.Dataset.from_dict({"text": TEXTS, "entities": ENTITIES}, features=features)
    path = tmp_path / ("x.parquet" if write == "parquet" else "x")
    if write == "parquet":
        made.to_parquet(str(path))
    else:
        made.save_to_disk(str(path))
    corpus = load(path)
    assert (sentences(corpus), corpus.tags[:5]) == (WORDS, TAGS[0])


def test_a_struct_of_lists_is_a_list_of_structs(tmp_path: Path) -> None:
    rows = [{"text": TEXTS[0], "entities": {"start": [0, 16], "end": [7, 20], "label": ["PER", "LOC"]}}]
    assert load(lines(tmp_path, rows)).tags == TAGS[0]


@pytest.mark.parametrize("names", [["0", "1", "2"], ["LABEL_0", "LABEL_1", "LABEL_2"]])
def test_class_names_that_are_numbers_need_names(names: list[str], tmp_path: Path) -> None:
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "ner_tags": datasets.List(datasets.ClassLabel(names=names))}
    )
    path = tmp_path / "x.parquet"
    datasets.Dataset.from_dict({"tokens": [["Eve", "x"]], "ner_tags": [[1, 0]]}, features=features).to_parquet(
        str(path)
    )
    with pytest.raises(AnalysisError, match=r"their names are numbers too .*Give --tag-names O,B-PER"):
        load(path)
    assert load(path, tag_names=("O", "B-PER", "I-PER")).tags == ["B-PER", "O"]


@pytest.mark.parametrize("placeholder", ["_", ""])
def test_placeholders_are_outside_if_no_word_is(placeholder: str, tmp_path: Path) -> None:
    path = lines(tmp_path, [{"tokens": ["Eve", "sang"], "tags": ["B-PER", placeholder]}])
    corpus = load(path)
    assert corpus.tags == ["B-PER", "O"]
    assert "No word has the tag O" in corpus.audit["notes"][0]
    path = lines(tmp_path, [{"tokens": ["Eve", "sang", "x"], "tags": ["B-PER", placeholder, "O"]}])
    assert load(path).tags == ["B-PER", None, "O"]


def test_a_byte_order_mark_of_joined_json_lines_is_left_out(tmp_path: Path) -> None:
    lines = (json.dumps({"tokens": [word], "ner_tags": ["B-PER"]}) for word in ("Mia", "Ek"))
    path = tmp_path / "joined.jsonl"
    path.write_text("\n\ufeff".join(lines))
    assert list(shown(corpus_of(path)).values()) == ["Mia/B-PER", "Ek/B-PER"]
    texts = (json.dumps({"text": f"{word} sang", "entities": [[0, 3, "PER"]]}) for word in ("Mia", "Ida"))
    path.write_text("\n\ufeff".join(texts))
    assert list(shown(corpus_of(path)).values()) == ["Mia/B-PER sang", "Ida/B-PER sang"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("more", [{}, {"version": "1.1", "size": 2}])
def test_records_may_be_wrapped_in_an_object(indent: int | None, more: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "wrapped.json"
    words = [{"tokens": one, "ner_tags": tags} for one, tags in zip(WORDS, TAGS, strict=True)]
    texts = [{"text": "Eve sang", "entities": [{"start": 0, "end": 3, "label": "PER"}]}, {"text": "So", "entities": []}]
    read = {"Eve/B-PER Max/I-PER sang in Bonn/B-LOC": words, "Eve/B-PER sang": texts}
    for first, records in read.items():
        path.write_text(json.dumps({**more, "data": records}, indent=indent))
        assert next(iter(shown(corpus_of(path)).values())) == first


def test_a_wrapper_larger_than_the_sample_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wrapped.json"
    record = {"text": "Eve sang " * 500, "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    path.write_text(json.dumps({"data": [record] * 300}))
    assert corpus_of(path).audit["spans"] == {"PER": 300}


def test_lines_with_a_list_of_data_are_no_wrapper(tmp_path: Path) -> None:
    rows = [{"data": [{"x": 1}], "tokens": ["Eve"], "tags": ["B-PER"]}] * 2
    assert corpus_of(lines(tmp_path, rows)).tags == ["B-PER", "B-PER"]
    rows = [{"data": [{"x": 1}], "tokens": ["Eve"], "tags": ["B-PER"]}]
    assert corpus_of(lines(tmp_path, rows)).tags == ["B-PER"]
