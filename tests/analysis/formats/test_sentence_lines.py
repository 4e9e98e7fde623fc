"""Files with one sentence per line, and files whose tags stand in two columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.reading import corpus_of, shown
from tests.analysis.taggers.predicted import reading_of

SENTENCES = (
    (("Mia", "Sorel", "left", "Lyon"), ("B-PER", "I-PER", "O", "B-LOC")),
    (("Ida", "sang"), ("B-PER", "O")),
    (("Rain", "fell", "."), ("O", "O", "O")),
)
READ = ["Mia/B-PER Sorel/I-PER left Lyon/B-LOC", "Ida/B-PER sang", "Rain fell ."]
ATTACHED = ["/", "_", "|", "###"]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "data.txt"
    path.write_text(text)
    return path


def lines(form: str, between: str = " ") -> str:
    return "".join(
        form.format(number=number, words=" ".join(words), tags=between.join(tags)) + "\n"
        for number, (words, tags) in enumerate(SENTENCES)
    )


@pytest.mark.parametrize(
    "text",
    [
        lines("{words}\t{tags}"),
        lines("{tags}\t{words}"),
        lines("{number}\t{words}\t{tags}"),
        lines("{words}\t{tags}", ","),
        lines("{words} ||| {tags}"),
        lines("{words} ||| {tags}\n"),
        *(
            "".join(
                " ".join(f"{word}{mark}{tag}" for word, tag in zip(words, tags, strict=True)) + "\n"
                for words, tags in SENTENCES
            )
            for mark in ATTACHED
        ),
    ],
)
def test_one_sentence_per_line(text: str, tmp_path: Path) -> None:
    corpus = corpus_of(written(tmp_path, text))
    assert list(shown(corpus).values()) == READ
    assert "one sentence per line" in corpus.audit["read_as"]
    assert reading_of(corpus, written(tmp_path, text)).tags == corpus.tags


def test_types_without_prefixes_in_sentences(tmp_path: Path) -> None:
    text = lines("{words}\t{tags}").replace("B-", "").replace("I-", "")
    assert list(shown(corpus_of(written(tmp_path, text))).values()) == READ


def test_a_line_with_another_number_of_tags_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="line 4 has 2 words but 1 tags"):
        corpus_of(written(tmp_path, lines("{words}\t{tags}") + "Ida left\tO\n"))
    with pytest.raises(AnalysisError, match=r"line 4 .*does not have the words and the tags"):
        corpus_of(written(tmp_path, lines("{words} ||| {tags}") + "Ida left\n"))


@pytest.mark.parametrize("tag", ["[(0, 3, 'PER')]", "PER:Mia", "PER"])
def test_texts_with_other_annotations_are_no_words(tag: str, tmp_path: Path) -> None:
    text = "".join(f"{' '.join(words)}\t{tag}\n" for words, _ in SENTENCES)
    with pytest.raises(AnalysisError, match=r'texts of several words \("Mia Sorel left Lyon"\)'):
        corpus_of(written(tmp_path, text))


def test_words_with_spaces_and_types_with_spaces_are_words_and_types(tmp_path: Path) -> None:
    text = "New Ulm\tB-populated place\nis\tO\nold\tO\n\nIda\tB-human being\nsang\tO\n"
    assert list(shown(corpus_of(written(tmp_path, text))).values()) == [
        "New Ulm/B-populated place is old",
        "Ida/B-human being sang",
    ]


def test_words_and_types_that_contain_as_many_spaces_are_no_sentences(tmp_path: Path) -> None:
    text = "New Ulm\tB-Ort (Stadt)\tB-Ort (Stadt)\t0.5\n0 0\tO\tO\t0.75\n"
    assert list(shown(corpus_of(written(tmp_path, text))).values()) == ["New Ulm/B-Ort (Stadt) 0 0"]


@pytest.mark.parametrize("cells", ["{word}\t{prefix}\t{type}", "{word}\t{type}\t{prefix}", "{prefix}\t{type}\t{word}"])
@pytest.mark.parametrize("nothing", ["O", "", "_"])
def test_prefixes_and_types_in_two_columns_are_joined(cells: str, nothing: str, tmp_path: Path) -> None:
    blocks = []
    for words, tags in SENTENCES:
        parts = [tag.partition("-") for tag in tags]
        rows = (
            cells.format(word=word, prefix=prefix, type=name or nothing)
            for word, (prefix, _, name) in zip(words, parts, strict=True)
        )
        blocks.append("\n".join(rows) + "\n")
    corpus = corpus_of(written(tmp_path, "\n".join(blocks)))
    assert list(shown(corpus).values()) == READ
    assert "with prefixes from column" in corpus.audit["read_as"]
    assert reading_of(corpus, written(tmp_path, "\n".join(blocks))).tags == corpus.tags
