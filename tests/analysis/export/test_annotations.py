"""Exported sentences have the spans of the run, by characters, in every format."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from analysis.errors import AnalysisError
from analysis.export import sentences
from analysis.export.annotations import LABELS, WRITERS, AnnotationExport, Writer, export_annotations
from analysis.formats import optional_package as packages
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.format import Format
from analysis.formats.registry import FORMATS
from analysis.formats.tag_schemes import detect_scheme, to_bio2
from analysis.formats.text_records import TextRecords
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from tests.analysis.export.exported_spans import READERS, Spans
from tests.runs import make_run, random_run

GROWTH = 2
"""How many times the memory the export of a corpus of ten times the size may take."""

TYPES = ("PER", "creative-work", "Ort (Stadt)", "人", "a=b", "😀", "I-B")
TAGS = ("O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BI"), None)
WORDS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\n\r\0"), min_size=1, max_size=6
) | st.sampled_from(["#", "# x", "a b", "😀", "e\u0301", "\u202eab", "\u2028", "\x85x", "<b>", '"', "_", "O"])


def is_writable(word: str) -> bool:
    """Whether a line of CoNLL can begin with the word."""
    return word == word.strip(" ") != "" and "  " not in word and not word.startswith(("-DOCSTART-", "#"))


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Corpora of unicode words and tags, in documents, some words without a tag or a prediction."""
    sentences = []
    for _ in range(draw(st.integers(0, 5))):
        words = draw(st.lists(WORDS.filter(is_writable), max_size=8))
        gold, predicted = (
            draw(st.lists(st.sampled_from(TAGS), min_size=len(words), max_size=len(words))) for _ in "gp"
        )
        sentences.append((words, gold, predicted))
    documents = draw(st.lists(st.sampled_from(["d 1", "é"]), min_size=len(sentences), max_size=len(sentences)))
    return make_run(sentences, types=TYPES, documents=sorted(documents))


def every_sentence(run: Run, name: str, labels: str) -> AnnotationExport:
    return export_annotations(Scene(run), name, labels, Selection(()))


def written(run: Run, name: str, labels: str) -> bytes:
    if not WRITERS[name].is_available:
        pytest.skip(f"needs the package {WRITERS[name].format.package}")
    return b"".join(every_sentence(run, name, labels).parts(Scene(run)))


def codes_of(run: Run, labels: str) -> list[int]:
    tags: list[int] = (run.words.gold_tag if labels == "gold" else run.words.predicted_tag).tolist()
    return tags


def spans_of(run: Run, labels: str) -> Spans:
    """Text and spans of each sentence, from the tags; a word without a tag neither ends a span nor belongs to it."""
    names = (*run.tag_set.tags, None)
    sentences = []
    for row in range(len(run.sentences)):
        at = run.sentence_words(row)
        words = run.words.text[at].to_pylist()
        codes = codes_of(run, labels)[at]
        tagged = [place for place, code in enumerate(codes) if code >= 0]
        starts = [len(" ".join([*words[:place], ""])) for place in tagged]
        found = [
            (starts[first], starts[last] + len(words[tagged[last]]), name)
            for name, first, last in get_entities([names[codes[place]] for place in tagged])
        ]
        sentences.append((" ".join(words), sorted(found)))
    return sentences


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40)
@given(run=runs())
def test_what_is_written_has_the_spans_of_the_run(name: str, labels: str, run: Run) -> None:
    assert READERS[name](written(run, name, labels), labels) == spans_of(run, labels)


# The formats that the project both reads and writes

READABLE = [format_ for format_ in FORMATS if format_.read is not None and format_.write is not None]
READ_WITH = {"predicted": Columns(labels="predicted")}


def spans_read(format_: Format, path: Path, labels: str) -> Spans:
    """Text and spans of each sentence of a file, by the project's own reader of its format."""
    assert format_.read is not None
    read = format_.read(path, READ_WITH.get(labels, Columns()))
    return _spans_of_texts(read, labels) if isinstance(read, TextRecords) else _spans_of_words(read)


def _spans_of_texts(read: TextRecords, labels: str) -> Spans:
    sentences = []
    for record in read.records:
        entities = record.predictions.get("gold" if labels == "gold" else "toy-tagger", record.entities)
        spans = [(entity.start, entity.end, entity.label) for entity in entities]
        sentences.append((record.text, sorted(spans)))
    return sentences


def _spans_of_words(read: Annotations) -> Spans:
    tags = [[None if tag in (None, "_") else str(tag) for tag in sentence] for sentence in read.tags]
    bio2, _ = to_bio2(tags, detect_scheme(tags))
    runs = make_run([(words, gold, gold) for words, gold in zip(read.words, bio2, strict=True)])
    return spans_of(runs, "gold")


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("second", READABLE, ids=lambda format_: format_.name)
@pytest.mark.parametrize("first", READABLE, ids=lambda format_: format_.name)
@settings(max_examples=15)
@given(run=runs())
def test_an_export_of_an_export_has_the_same_spans(
    tmp_path_factory: pytest.TempPathFactory, first: Format, second: Format, labels: str, run: Run
) -> None:
    """Written in one format, read, and what was read written in the other and read."""
    assume(any(code >= 0 for code in codes_of(run, labels)))  # a corpus has a tag
    folder = tmp_path_factory.mktemp("exports")
    expected = spans_of(run, labels)
    for format_ in (first, second):
        path = folder / f"file{format_.endings[0]}"
        path.write_bytes(written(run, format_.name, labels))
        found = spans_read(format_, path, labels)
        assert found == expected
        run = _run_of(found)


def _run_of(sentences: Spans) -> Run:
    """A run whose gold and predicted spans are the given ones; a word for each character that is not a space."""
    made = []
    for text, spans in sentences:
        words = text.split(" ")
        starts = [len(" ".join([*words[:at], ""])) for at in range(len(words))]
        tags = ["O"] * len(words)
        for start, end, name in spans:
            for at, first in enumerate(starts):
                if start <= first < end:
                    tags[at] = f"{'B' if first == start else 'I'}-{name}"
        made.append((words, tags, tags) if text else ([], [], []))
    return make_run(made)


# What a format cannot hold

UNWRITABLE = [
    ("conll", ["a\tb"], "a tab"),
    ("conll", ["a\nb"], "a tab"),
    ("conll", ["a\rb"], "a tab"),
    ("conll", ["a\0"], "NUL"),
    ("conll", [" a"], "a space"),
    ("conll", ["x", "-DOCSTART-"], "comment"),
    ("conll", ["#newdoc"], "comment"),
    ("conll", ["# sent_id =7"], "comment"),
    ("conll", ["#id=7"], "comment"),
    ("conll", ["a", ""], "empty"),
    ("conllu", ["a\tb"], "a tab"),
    ("conllu", ["a", ""], "empty"),
    ("spacy", ["a", ""], "empty"),
    ("conllu", ["a\nb"], "a tab"),
]


@pytest.mark.parametrize(("name", "words", "why"), UNWRITABLE)
def test_a_word_that_would_be_read_as_something_else_is_refused(name: str, words: list[str], why: str) -> None:
    run = make_run([(["fine"], ["O"], ["O"]), (words, ["O"] * len(words), ["O"] * len(words))], ids=["s1", "s2"])
    with pytest.raises(AnalysisError, match=f'Sentence "s2" cannot be written as .*{why}'):
        written(run, name, "gold")
    for other in set(WRITERS) - {"conll", "conllu", "spacy"}:
        assert READERS[other](written(run, other, "gold"), "gold") == spans_of(run, "gold")


def test_a_type_with_a_bar_does_not_fit_into_conllu() -> None:
    run = make_run([(["a"], ["B-X|Y"], ["O"])])
    with pytest.raises(AnalysisError, match="vertical bar"):
        written(run, "conllu", "gold")
    assert READERS["conll"](written(run, "conll", "gold"), "gold") == [("a", [(0, 1, "X|Y")])]


def test_an_id_with_a_line_break_does_not_fit_into_lines() -> None:
    run = make_run([(["a"], ["O"], ["O"])], ids=["1\nb"])
    with pytest.raises(AnalysisError, match="the id"):
        written(run, "conll", "gold")


# Ids, documents, scores and what is selected

RUN = make_run(
    [(["Ann", "Lee"], ["B-PER", "I-PER"], ["B-PER", "I-PER"]), (["x"], ["O"], ["B-LOC"]), (["y"], [None], [None])],
    ids=["s1", "s2", "s3"],
    documents=["d1", "d1", "d2"],
)


def objects(name: str, labels: str) -> list[dict[str, Any]]:
    content = written(RUN, name, labels).decode()
    return json.loads(content) if content.startswith("[") else [json.loads(line) for line in content.splitlines()]


def test_sentences_keep_their_ids_and_documents() -> None:
    for name in ("conll", "conllu"):
        comments = [line for line in written(RUN, name, "gold").decode().splitlines() if line.startswith("# ")]
        ids = [line for line in comments if line.startswith(("# sent_id", "# newdoc"))]
        assert ids == ["# newdoc id = d1", *(f"# sent_id = s{n}" for n in (1, 2)), "# newdoc id = d2", "# sent_id = s3"]
    expected = [("s1", "d1"), ("s2", "d1"), ("s3", "d2")]
    for name, place in [("spans", None), ("doccano", None), ("prodigy", "meta"), ("label-studio", "data")]:
        found = [record[place] if place else record for record in objects(name, "gold")]
        assert [(one["id"], one["document_id"]) for one in found] == expected
    assert [(one["id"], one["metadata"]["document_id"]) for one in objects("argilla", "gold")] == expected


def test_scores_are_the_mean_probability_of_the_words() -> None:
    p = RUN.words.p_predicted
    means = [pytest.approx(float(p[:2].mean()), abs=1e-5), pytest.approx(float(p[2]), abs=1e-5)]
    assert [one["score"] for record in objects("spans", "predicted") for one in record["entities"]] == means
    assert [one["score"] for record in objects("prodigy", "predicted") for one in record["spans"]] == means
    regions = [one for task in objects("label-studio", "predicted") for one in task["predictions"][0]["result"]]
    assert [one["score"] for one in regions] == means
    scores = [one["suggestions"]["span"]["score"] for one in objects("argilla", "predicted")]
    assert scores == [[means[0]], [means[1]], None]
    assert all("score" not in one for record in objects("spans", "gold") for one in record["entities"])


def test_predictions_name_their_tagger() -> None:
    versions = [task["predictions"][0]["model_version"] for task in objects("label-studio", "predicted")]
    assert versions == ["toy-tagger"] * 3
    agents = [objects("argilla", labels)[0]["suggestions"]["span"]["agent"] for labels in LABELS]
    assert agents == ["gold", "toy-tagger"]
    assert {task["meta"].get("model") for task in objects("prodigy", "predicted")} == {"toy-tagger"}


def test_conll_has_both_tags_and_the_probability() -> None:
    rows = [line.split("\t") for line in written(RUN, "conll", "gold").decode().splitlines() if "\t" in line]
    assert [row[:3] for row in rows] == [
        ["Ann", "B-PER", "B-PER"],
        ["Lee", "I-PER", "I-PER"],
        ["x", "O", "B-LOC"],
        ["y", "_", "_"],
    ]
    assert [float(row[3]) for row in rows[:3]] == pytest.approx(RUN.words.p_predicted[:3].tolist(), abs=1e-5)
    assert rows[3][3] == "_"
    assert written(RUN, "conll", "predicted") == written(RUN, "conll", "gold")


def test_whole_sentences_of_the_selection_are_written() -> None:
    run = random_run(40, seed=5)
    selection = Selection.from_query({"gold-type": "ORG", "pred-type": "LOC"}, Scene(run))
    export = export_annotations(Scene(run), "spans", "gold", selection)
    rows = sorted(set(run.spans.sentence[selection.masks(Scene(run)).spans].tolist()))
    assert 0 < len(rows) < 40
    assert export.rows.tolist() == rows
    content = b"".join(export.parts(Scene(run)))
    assert READERS["spans"](content, "gold") == [spans_of(run, "gold")[row] for row in rows]


@pytest.mark.parametrize(("name", "labels", "known"), [("xml", "gold", "prodigy"), ("spans", "silver", "predicted")])
def test_an_unknown_format_or_label_is_one_sentence(name: str, labels: str, known: str) -> None:
    with pytest.raises(AnalysisError, match=known):
        every_sentence(RUN, name, labels)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "is_installed", lambda _package: False)
    with pytest.raises(AnalysisError, match="pip install spacy"):
        list(every_sentence(RUN, "spacy", "gold").parts(Scene(RUN)))


# Memory


def peak_of(pieces: Iterator[bytes]) -> int:
    """Most bytes that Python held at once while the pieces were made and thrown away."""
    tracemalloc.start()
    try:
        for _ in pieces:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("writer", [one for one in WRITERS.values() if one.is_text], ids=lambda one: one.format.name)
def test_memory_does_not_grow_with_the_corpus(writer: Writer) -> None:
    run = random_run(20, seed=8)

    def peak(times: int) -> int:
        rows = np.repeat(np.arange(len(run.sentences)), times)
        return peak_of(iter(writer.format.write(sentences.labelled_sentences(run, rows), "gold", "tagger")))

    peak(1)
    small = peak(8)
    assert peak(80) < GROWTH * small
