"""Tags in other forms than `B-PER` are read as such, in corpora, labels of taggers and files of predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from analysis.formats.tag_forms import are_brackets, from_brackets, read_forms
from analysis.taggers.labels import TaggerLabels
from tests.analysis.taggers.predicted import reading_of

WORDS = ["Bo", "Berg", "of", "Umeå"]
USUAL = ["B-PER", "I-PER", "O", "B-LOC"]
FORMS = {
    "underscore": ["B_PER", "I_PER", "O", "B_LOC"],
    "colon": ["B:PER", "I:PER", "O", "B:LOC"],
    "en dash": ["B–PER", "I–PER", "O", "B–LOC"],
    "suffix": ["PER-B", "PER-I", "O", "LOC-B"],
    "suffix after an underscore": ["PER_B", "PER_I", "O", "LOC_B"],
    "lower-case prefix": ["b-PER", "i-PER", "o", "b-LOC"],
    "mixed case": ["B-PER", "i-PER", "O", "b-LOC"],
    "no separator": ["BPER", "IPER", "O", "BLOC"],
    "dot": ["B.PER", "I.PER", "O", "B.LOC"],
    "brackets": ["(PER*", "*)", "*", "(LOC)"],
}


def write(folder: Path, tags: list[str]) -> str:
    path = folder / "corpus.conll"
    path.write_text("".join(f"{word}\t{tag}\n" for word, tag in zip(WORDS, tags, strict=True)))
    return str(path)


def load(folder: Path, tags: list[str]) -> Corpus:
    return load_corpus(CorpusOptions(write(folder, tags)))


@pytest.mark.parametrize("tags", FORMS.values(), ids=FORMS)
def test_every_form_is_the_same_corpus(tags: list[str], tmp_path: Path) -> None:
    corpus = load(tmp_path, tags)
    assert corpus.tags == USUAL
    assert corpus.audit["spans"] == {"LOC": 1, "PER": 1}
    assert any("read as B-" in note for note in corpus.audit["notes"])


@pytest.mark.parametrize("tags", FORMS.values(), ids=FORMS)
def test_every_form_is_the_same_prediction(tags: list[str], tmp_path: Path) -> None:
    corpus = load(tmp_path, USUAL)
    (tmp_path / "predicted").mkdir()
    assert reading_of(corpus, write(tmp_path / "predicted", tags)).tags == USUAL


@pytest.mark.parametrize("tags", [tags for name, tags in FORMS.items() if name != "brackets"])
def test_every_form_is_the_same_tagger(tags: list[str]) -> None:
    labels = TaggerLabels.from_id2label(dict(enumerate(tags)))
    assert labels.tags == tuple(USUAL)
    assert labels.types == ("LOC", "PER")
    assert labels.read_as_outside == ()
    assert labels.names == tuple(tags)


@pytest.mark.parametrize("unreadable", ["(PER*", "B-PER|B-LOC"])
def test_a_label_that_is_not_one_tag_is_refused(unreadable: str) -> None:
    with pytest.raises(AnalysisError, match="does not have the form of one tag"):
        TaggerLabels.from_id2label({0: "O" if unreadable[0] == "B" else "*", 1: unreadable})


def test_the_usual_form_is_not_mentioned(tmp_path: Path) -> None:
    assert load(tmp_path, USUAL).audit["notes"] == []


@pytest.mark.parametrize(
    "tags",
    [
        {"O", "PERSON", "E-mail"},
        {"O", "person-actor", "art-film"},
        {"O", "BIRD", "INSECT"},
        {"O", "PER", "LOC"},
        {"O", "U.S.", "I.D."},
    ],
)
def test_types_without_prefixes_stay_types(tags: set[str]) -> None:
    forms = read_forms(tags)
    assert set(forms.names.values()) == tags
    assert forms.example is None


@given(st.sets(st.text("ABIOPRabio-_:.", min_size=1, max_size=6), min_size=1))
def test_reading_twice_is_reading_once(tags: set[str]) -> None:
    read = set(read_forms(tags).names.values())
    if not read_forms(tags).malformed:
        assert read_forms(read).names == {tag: tag for tag in read}


OUTSIDE_SPELLINGS = {
    "BMEWO": (["B-PER", "E-PER", "O", "W-LOC"], USUAL),
    "inside of BMEWO": (["B-PER", "M-PER", "O", "W-LOC"], USUAL),
    "B-O": (["B-PER", "I-PER", "B-O", "B-LOC"], USUAL),
    "I_O": (["B_PER", "I_PER", "I_O", "B_LOC"], USUAL),
    "NONE beside prefixes": (["B-PER", "I-PER", "NONE", "B-LOC"], USUAL),
    "NONE beside types": (["PER", "PER", "none", "LOC"], USUAL),
    "OTHER beside types": (["PER", "PER", "OTHER", "LOC"], USUAL),
}


@pytest.mark.parametrize(("tags", "read"), OUTSIDE_SPELLINGS.values(), ids=OUTSIDE_SPELLINGS)
def test_corpora_and_taggers_read_rare_tags_by_one_rule(tags: list[str], read: list[str], tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"tokens": WORDS, "ner_tags": tags}))
    corpus = load_corpus(CorpusOptions(str(tmp_path / "corpus.jsonl")))
    assert corpus.tags == read
    labels = TaggerLabels.from_id2label(tags)
    assert labels.read_predictions(labels.standard) == read
    unusual = [tag for tag in tags if tag[0] in "Nn" or tag.upper().endswith("O") or tag == "OTHER"]
    renamed = [tag for tag in unusual if tag != "O"]
    assert labels.read_as_outside == tuple(renamed)
    assert all(any(f"read as O: {tag}" in note for note in corpus.audit["notes"]) for tag in renamed)


def test_other_is_a_type_beside_o() -> None:
    assert read_forms({"O", "OTHER", "PER"}).names["OTHER"] == "OTHER"
    assert read_forms({"O", "B-OTHER", "B-NONE"}).outside == frozenset()
    assert read_forms({"NONE", "OTHER", "PER"}).names == {"NONE": "O", "OTHER": "OTHER", "PER": "PER"}


def test_spaces_around_tags_are_ignored() -> None:
    labels = TaggerLabels.from_id2label(["O", " B-PER", "I-PER ", "\tB-LOC"])
    assert labels.tags == ("O", "B-PER", "I-PER", "B-LOC")
    assert labels.read_as_outside == ()
    assert labels.note == ""


def test_what_fits_no_form_is_refused_and_named(tmp_path: Path) -> None:
    with pytest.raises(
        AnalysisError, match=r'the word "Umeå" has the invalid tag "LOC" \(other tags: B_PER, I_PER, O\)'
    ):
        load(tmp_path, ["B_PER", "I_PER", "O", "LOC"])


def test_types_may_contain_spaces(tmp_path: Path) -> None:
    corpus = load(tmp_path, ["B-creative work", "I-creative work", "O", "B-E-mail address"])
    assert corpus.types == ("E-mail address", "creative work")


def test_of_several_tags_the_first_is_read_and_counted(tmp_path: Path) -> None:
    corpus = load(tmp_path, ["B-PER|B-ORG", "I-PER|O", "O", "B-LOC"])
    assert corpus.tags == USUAL
    assert corpus.audit["counts"]["words_with_several_tags"] == 2
    assert load(tmp_path, ["B-R&D", "I-R&D", "O", "B-LOC"]).types == ("LOC", "R&D")


def test_other_formats_have_the_same_forms(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"tokens": WORDS, "ner_tags": FORMS["suffix"]}))
    assert load_corpus(CorpusOptions(str(path))).tags == USUAL
    path.write_text(json.dumps({"tokens": WORDS, "ner_tags": [0, 1, 2, 3]}))
    assert load_corpus(CorpusOptions(str(path), tag_names=tuple(FORMS["underscore"]))).tags == USUAL


def test_of_nested_brackets_the_outermost_is_kept() -> None:
    sentence = ["(ORG*", "(LOC*)", "*)", "*", "(PER)", "(A(B*))", "*"]
    assert are_brackets(sentence)
    read, counts = from_brackets([sentence])
    assert read == [["B-ORG", "I-ORG", "I-ORG", "O", "B-PER", "B-A", "O"]]
    assert counts == {"nested_entities": 2}
    assert not are_brackets(["*", "O"])
    assert not are_brackets(["(PER*", "B-PER"])


@pytest.mark.parametrize("mark", ["-", ".", "0", "_", "*"])
def test_marks_are_outside_where_no_tag_is_o(mark: str, tmp_path: Path) -> None:
    for tags in (["PER", "PER", mark, "LOC"], ["B-PER", "I-PER", mark, "B-LOC"]):
        corpus = load(tmp_path, tags)
        assert corpus.tags == USUAL
        assert any("read as O" in note and mark in note for note in corpus.audit["notes"])
    assert read_forms({"O", "-", "PER"}).outside == frozenset()
    assert read_forms({"1", "0", "2"}).outside == frozenset()


def test_outside_marks_do_not_hide_the_column_of_tags(tmp_path: Path) -> None:
    rows = zip(
        WORDS,
        ["NNP", "NNP", "VBZ", "NNP"],
        ["B-NP", "I-NP", "B-VP", "B-NP"],
        ["B-PER", "I-PER", "-", "B-LOC"],
        strict=True,
    )
    path = tmp_path / "chunks.conll"
    path.write_text("".join(" ".join(row) + "\n" for row in [*rows, *[("and", "CC", "O", "-")] * 8]))
    assert load_corpus(CorpusOptions(str(path))).tags[:4] == USUAL


OTHER_BRACKETS = {
    "without stars": ["(PER", "PER)", "O", "(LOC)"],
    "square": ["[PER", "PER]", "O", "[LOC]"],
    "with a star in front of each end": ["(PER*", "*)", "-", "(LOC*)"],
    "nested": ["(PER(ORG*", "*)*)", "*", "(LOC)"],
    "prefix before parentheses": ["B(PER)", "I(PER)", "O", "B(LOC)"],
    "prefix in parentheses": ["PER(B)", "PER(I)", "O", "LOC(B)"],
}


@pytest.mark.parametrize("tags", OTHER_BRACKETS.values(), ids=OTHER_BRACKETS)
def test_brackets_in_other_forms(tags: list[str], tmp_path: Path) -> None:
    assert load(tmp_path, tags).tags == USUAL


def test_single_brackets_are_counted_or_refused(tmp_path: Path) -> None:
    corpus = load(tmp_path, ["(PER", "O", "PER)", "PER)"])
    assert corpus.tags == ["B-PER", "I-PER", "I-PER", "O"]
    assert corpus.audit["counts"]["unopened_brackets"] == 1
    assert any("1 that close nothing" in note for note in corpus.audit["notes"])
    assert load(tmp_path, ["*", "(PER", "*", "*"]).audit["counts"]["unclosed_brackets"] == 1
    with pytest.raises(AnalysisError, match=r'the invalid tag "\[PER"'):
        load(tmp_path, ["[PER", "PER", "O", "LOC"])
