"""Texts of documents, split into sentences: nothing is cut, dropped or moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.formats.annotations import Columns
from analysis.formats.documents import in_sentences, line_bounds, outermost
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from tests.analysis.formats.reading import entities_of

TEXT = "Ada saw Rome.\n\nShe met\nCharles Babbage.\nEnd."
#       0             15      23                40


def split(*entities: Entity, text: str = TEXT, **more: object) -> TextRecords:
    document = TextRecord("doc.txt", text, entities, document="doc", **more)  # type: ignore[arg-type]
    return in_sentences(TextRecords("doc.txt", [document]), [line_bounds(text)], "at line breaks")


def test_lines_become_sentences_with_ids_and_offsets_of_their_own() -> None:
    read = split(Entity(0, 3, "PER"), Entity(8, 12, "LOC"), Entity(23, 38, "PER", score=0.5, text="Charles Babbage"))
    assert [(one.id, one.text, one.document) for one in read.records] == [
        ("doc#1", "Ada saw Rome.", "doc"),
        ("doc#2", "She met", "doc"),
        ("doc#3", "Charles Babbage.", "doc"),
        ("doc#4", "End.", "doc"),
    ]
    assert [entities_of(one) for one in read.records] == [
        [("Ada", "PER"), ("Rome", "LOC")],
        [],
        [("Charles Babbage", "PER")],
        [],
    ]
    assert read.records[2].entities[0] == Entity(0, 15, "PER", score=0.5, text="Charles Babbage")
    assert read.notes == ["Documents were split into sentences at line breaks."]
    assert read.records[2].place == "doc.txt, sentence 3"


def test_sentences_that_an_entity_crosses_stay_together_and_the_others_keep_their_ids() -> None:
    read = split(Entity(19, 30, "ODD"), Entity(40, 43, "END"))
    assert [(one.id, one.text) for one in read.records] == [
        ("doc#1", "Ada saw Rome."),
        ("doc#2", "She met\nCharles Babbage."),
        ("doc#4", "End."),
    ]
    assert [entities_of(one) for one in read.records] == [[], [("met\nCharles", "ODD")], [("End", "END")]]
    assert read.counts["joined_sentences"] == 1
    assert any("an entity crosses them: 1" in note for note in read.notes)


def test_predictions_and_words_are_split_like_entities() -> None:
    predicted = {"m": [Entity(0, 3, "PER"), Entity(40, 43, "X")]}
    read = split(words=[(0, 3), (4, 7), (19, 22), (40, 43)], predictions=predicted)
    assert [one.words for one in read.records] == [[(0, 3), (4, 7)], [(4, 7)], [], [(0, 3)]]
    assert [[entity.label for entity in one.predictions["m"]] for one in read.records] == [["PER"], [], [], ["X"]]


def test_an_entity_in_the_blank_text_between_two_sentences_is_kept() -> None:
    read = split(Entity(13, 15, "GAP"))
    assert read.records[0].text == "Ada saw Rome.\n\n"
    assert entities_of(read.records[0]) == [("\n\n", "GAP")]


def test_an_entity_without_a_place_in_the_text_is_counted_and_does_not_keep_the_sentences_together() -> None:
    read = split(Entity(0, 3, "X", text="Paris"), Entity(None, None, "Y", text="Oslo"), Entity(8, 12, "LOC"))
    assert [one.id for one in read.records] == ["doc#1", "doc#2", "doc#3", "doc#4"]
    assert [entities_of(one) for one in read.records] == [[("Rome", "LOC")], [], [], []]
    assert read.counts == {"misplaced_entities": 1, "unplaced_entities": 1}


def test_an_entity_with_wrong_offsets_or_without_any_is_placed_before_the_text_is_split() -> None:
    read = split(Entity(0, 3, "LOC", text="Rome"), Entity(None, None, "PER", text="charles  babbage"))
    assert [entities_of(one) for one in read.records] == [[("Rome", "LOC")], [], [("Charles Babbage", "PER")], []]
    assert read.counts == {"moved_entities": 1}


@pytest.mark.parametrize(
    ("encoding", "size", "name"), [("utf-16-le", 2, "utf16_offsets"), ("utf-8", 1, "byte_offsets")]
)
def test_a_text_is_split_by_characters_in_whatever_unit_its_offsets_count(encoding: str, size: int, name: str) -> None:
    text = "😀😀 Ada\nin Rome\nand Köln"
    ends = [text.index(word) + len(word) for word in ("Ada", "Rome", "Köln")]
    entities = [
        Entity(
            *(len(text[:bound].encode(encoding)) // size for bound in (end - length, end)),
            "X",
            text=text[end - length : end],
        )
        for end, length in zip(ends, (3, 4, 4), strict=True)
    ]
    read = split(*entities, text=text)
    assert [entities_of(one) for one in read.records] == [[("Ada", "X")], [("Rome", "X")], [("Köln", "X")]]
    assert read.counts == {name: 3}


def test_how_documents_were_read_is_kept() -> None:
    documents = TextRecords("x", [TextRecord("x", "Ada", (), document="d")], read_as="Read.", columns=Columns("text"))
    read = in_sentences(documents, [[(0, 3)]], "by hand")
    assert (read.read_as, read.columns) == ("Read.", Columns("text"))


def test_white_space_in_the_text_of_an_entity_is_forgiven() -> None:
    assert len(split(Entity(19, 30, "ODD", text="met Charles")).records) == 3


@given(st.text(alphabet="ab \n", max_size=40), st.data())
def test_no_entity_is_lost_or_changed(text: str, data: st.DataObject) -> None:
    places = st.tuples(st.integers(0, max(0, len(text) - 1)), st.integers(1, max(1, len(text)))).filter(
        lambda place: place[0] < place[1]
    )
    spans = data.draw(st.lists(places, max_size=6)) if text else []
    entities = [Entity(start, end, str(number)) for number, (start, end) in enumerate(spans)]
    records = split(*entities, text=text).records
    found = {one.label: record.text[one.start : one.end] for record in records for one in record.entities}  # type: ignore[index]
    assert found == {one.label: text[one.start : one.end] for one in entities}
    assert "".join("".join((one.text or "").split()) for one in records) == "".join(text.split())


def test_fragments_are_discontinuous_only_if_something_is_between_them() -> None:
    assert outermost([(7, 11), (0, 3)], "Ada\nand Rome") == (0, 11, True)
    assert outermost([(0, 3), (4, 7)], "Ada\nand Rome") == (0, 7, False)
