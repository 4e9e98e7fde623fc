"""CoNLL-U: entities in MISC; multiword tokens and empty nodes are no words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from tests.analysis.formats.corpora import load_text, tagged


def row(number: object, form: str, misc: str = "_", xpos: str = "_") -> str:
    return f"{number}\t{form}\t{form.lower()}\tX\t{xpos}\t_\t0\tdep\t_\t{misc}\n"


TEXT = (
    "# newdoc id = d1\n# sent_id = d1-1\n# text = Rosa va al Prado\n"
    + row(1, "Rosa", "NER=B-PER")
    + row(2, "va", "SpaceAfter=No|NER=O")
    + row("3-4", "al")
    + row(3, "a", "NER=O")
    + row(4, "el", "NER=O|X=NER=B-X")
    + row("4.1", "gran")
    + row(5, "Prado", "NER=B-LOC|SpaceAfter=No")
    + "\n# newdoc id = d2\n# sent_id = d2-1\n"
    + row(1, "Si", "_")
    + row(2, "#", "NER=O")
)


def test_words_tags_ids_and_documents(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, TEXT, "corpus.conllu")
    assert tagged(corpus) == ["Rosa/B-PER va/O a/O el/O Prado/B-LOC", "Si/None #/O"]
    assert corpus.sentence_ids == ["d1-1", "d2-1"]
    assert corpus.documents == ["d1", "d2"]
    assert corpus.audit["counts"] == {"comment_lines": 5, "multiword_ranges": 1, "empty_nodes": 1}
    assert corpus.audit["unlabelled_words"] == 1
    assert corpus.audit["read_as"] == (
        'Read as CoNLL-U: words from column 1, FORM ("Rosa", "va"), tags from NER= in column 9, MISC ("B-PER", '
        '"B-LOC"), counted from 0.'
    )


def test_it_is_recognised_by_content_with_any_ending_and_key(tmp_path: Path) -> None:
    for key in ("Entity", "ner", "NE", "name"):
        corpus = load_text(tmp_path, TEXT.replace("NER=", f"{key}="), "corpus.txt")
        assert corpus.types == ("LOC", "PER")
    assert load_text(tmp_path, TEXT.replace("NER=", "Gold="), format="conllu", tag_column="gold").types == (
        "LOC",
        "PER",
    )


def test_a_file_that_writes_no_o_means_it(tmp_path: Path) -> None:
    text = row(1, "Rosa", "NER=B-PER") + row(2, "va") + row(3, "ya", "SpaceAfter=No")
    corpus = load_text(tmp_path, text)
    assert tagged(corpus) == ["Rosa/B-PER va/O ya/O"]
    assert "Words without NER= were read as O: 2." in corpus.audit["notes"]


def test_another_column_may_be_given(tmp_path: Path) -> None:
    text = row(1, "Rosa", "NER=B-X", "B-PER") + row(2, "va", "NER=O", "O")
    for column in ("XPOS", "4"):
        corpus = load_text(tmp_path, text, tag_column=column)
        assert tagged(corpus) == ["Rosa/B-PER va/O"]
    assert load_text(tmp_path, text, word_column="lemma").words == ["rosa", "va"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (TEXT, {"tag_column": "Gold"}, r"without Gold= in MISC \(keys there: NER, SpaceAfter, X\)"),
        (TEXT, {"word_column": "12"}, r'has no column "12"\. Give --word-column one of: ID, FORM'),
        (
            TEXT.replace("NER=", "N=").replace("B-", ""),
            {"format": "conllu"},
            r"without tags of entities, such as NER=B-PER, in MISC",
        ),
        (
            TEXT.replace("NER=", "a=").replace("X=a=", "b="),
            {},
            r"tags at several keys in MISC \(keys there: SpaceAfter, a, b\)",
        ),
        (TEXT + "3\tx\n", {"format": "conllu"}, r"line 16 has 2 columns, but CoNLL-U has 10"),
        (TEXT.replace("NER=B-LOC", "NER=(e1-person"), {}, r"line 10: the value \"\(e1-person\" of NER= is a bracket"),
        (TEXT.replace("NER=", "N=").replace("B-", ""), {}, r"cannot be told which of them contains the tags"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, options: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=message):
        load_text(tmp_path, text, "corpus.conllu", **options)


form = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.tuples(form, st.sampled_from(["O", "B-PER", "I-PER", "B-creative-work"])), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_any_form_survives(tmp_path_factory: pytest.TempPathFactory, words: list[tuple[str, str]]) -> None:
    text = "".join(row(number, word, f"NER={tag}") for number, (word, tag) in enumerate(words, start=1))
    corpus = load_text(tmp_path_factory.mktemp("conllu"), text)
    assert corpus.words == [word for word, _ in words]


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("B-LOC", ["B-LOC", "I-LOC", "I-LOC"]),
        ("S-LOC", ["B-LOC", "I-LOC", "I-LOC"]),
        ("LOC", ["B-LOC", "I-LOC", "I-LOC"]),
        ("LOC-B", ["B-LOC", "I-LOC", "I-LOC"]),
        ("O", ["O", "O", "O"]),
    ],
)
def test_words_of_a_multiword_token_have_its_tag(whole: str, parts: list[str], tmp_path: Path) -> None:
    outside = {"S-LOC": "E-PER", "LOC": "PER", "LOC-B": "PER-I"}.get(whole, "I-PER")
    begin = {"LOC": "PER", "LOC-B": "PER-B"}.get(whole, "B-PER")
    rows = row(1, "Ida", f"NER={begin}") + row(2, "Sol", f"NER={outside}") + row(3, "va", "NER=O")
    rows += row("4-6", "alpral", f"NER={whole}") + row(4, "a") + row(5, "pra") + row(6, "el") + row(7, ".", "NER=O")
    corpus = load_text(tmp_path, rows, "corpus.conllu")
    assert corpus.tags == ["B-PER", "I-PER", "O", *parts, "O"]
    assert corpus.audit["counts"].get("tags_of_multiword_tokens", 0) == (whole != "O")


def test_other_tags_of_multiword_tokens_and_of_empty_nodes_are_counted(tmp_path: Path) -> None:
    rows = row(1, "Ida", "NER=B-PER") + row("2-3", "al", "NER=B-LOC") + row(2, "a", "NER=O") + row(3, "el", "NER=O")
    rows += row("3.1", "mar", "NER=B-LOC") + row("4-5", "del", "NER=B-LOC") + row(4, "de", "NER=O")
    corpus = load_text(tmp_path, rows + row(5, "el", "NER=B-LOC"), "corpus.conllu")
    assert corpus.tags == ["B-PER", "O", "O", "O", "B-LOC"]
    assert corpus.audit["counts"]["multiword_tokens_with_other_tags"] == 1
    assert corpus.audit["counts"]["tags_of_empty_nodes"] == 1
    assert sum("B-LOC" in note for note in corpus.audit["notes"]) == 2


@pytest.mark.parametrize("numbers", ["2-1", "1-9", f"1-{'9' * 5000}", "7-8"])
def test_ranges_that_fit_no_words_tag_none(numbers: str, tmp_path: Path) -> None:
    sentence = row(numbers, "al", "NER=B-LOC") + row(1, "a", "NER=O") + row(2, "el", "NER=O") + "\n"
    assert load_text(tmp_path, sentence + sentence, "corpus.conllu").tags == ["O"] * 4
