"""Entities by offsets or text, aligned with words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.formats.mentions import Occurrences
from analysis.formats.offsets import EntityAligner, WordEntity
from analysis.formats.text_records import Entity
from analysis.formats.text_words import word_bounds
from analysis.messages import shown
from tests.analysis.formats.files import json_lines, load, tagged
from tests.work import calls_in


def span(start: int, end: int, label: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **more}


def one_text(folder: Path, text: str, *entities: Any) -> Path:
    return json_lines(folder, {"text": text, "entities": list(entities)})


def test_an_entity_inside_a_word_is_widened_to_the_word(tmp_path: Path) -> None:
    corpus = load(one_text(tmp_path, "old Roman roads", span(4, 7, "LOC")))
    assert tagged(corpus) == ["old/O Roman/B-LOC roads/O"]
    assert corpus.audit["counts"] == {"snapped_entities": 1}
    assert 'LOC "Rom" in "old Roman roads"' in corpus.audit["notes"][0]


def test_split_words_splits_the_word_instead(tmp_path: Path) -> None:
    corpus = load(one_text(tmp_path, "old Roman roads", span(4, 7, "LOC")), split_words=True)
    assert tagged(corpus) == ["old/O Rom/B-LOC an/O roads/O"]
    assert corpus.audit["counts"] == {"cut_words": 1}
    assert '"Rom" and "an"' in corpus.audit["notes"][0]


def test_two_entities_in_one_word_cannot_both_be_kept(tmp_path: Path) -> None:
    path = one_text(tmp_path, "Minnesota2Wisconsin wins", span(0, 9, "LOC"), span(10, 19, "ORG"))
    assert tagged(load(path)) == ["Minnesota2Wisconsin/B-LOC wins/O"]
    assert load(path).audit["counts"] == {"snapped_entities": 2, "entities_sharing_a_word": 1}
    assert tagged(load(path, split_words=True)) == ["Minnesota/B-LOC 2/O Wisconsin/B-ORG wins/O"]


@pytest.mark.parametrize("option", [False, True])
def test_white_space_at_the_edges_is_trimmed(tmp_path: Path, option: bool) -> None:
    corpus = load(one_text(tmp_path, "in  Bonn today", span(2, 9, "LOC"), span(2, 4, "X")), split_words=option)
    assert tagged(corpus) == ["in/O Bonn/B-LOC today/O"]
    assert corpus.audit["counts"] == {"trimmed_entities": 1, "wordless_entities": 1}


def test_overlapping_entities_are_counted_by_kind_and_the_outermost_kept(tmp_path: Path) -> None:
    text = "Bank of New York Mellon fell"
    corpus = load(
        one_text(
            tmp_path,
            text,
            span(0, 23, "ORG"),
            span(0, 23, "ORG"),
            span(8, 16, "LOC"),
            span(8, 23, "ORG"),
            span(17, 28, "X"),
        )
    )
    assert tagged(corpus) == ["Bank/B-ORG of/I-ORG New/I-ORG York/I-ORG Mellon/I-ORG fell/O"]
    assert corpus.audit["counts"] == {
        "duplicate_entities": 1,
        "nested_other_type": 1,
        "nested_same_type": 1,
        "crossing_entities": 1,
    }
    assert all("New York" in note for note in corpus.audit["notes"])


def test_of_equal_spans_the_more_confident_is_kept() -> None:
    entities = [Entity(0, 3, "PER", 0.4), Entity(0, 3, "ORG", 0.6)]
    aligner = EntityAligner([("Ada", entities)])
    assert aligner.align("Ada", entities, [(0, 3)], "here").entities == [WordEntity(0, 1, "ORG", 0.6)]
    assert aligner.counts == {"nested_other_type": 1}


def test_each_character_is_a_word_in_scripts_without_spaces(tmp_path: Path) -> None:
    rows = [
        {"text": "李四在上海用iPhone15。", "entities": [span(0, 2, "PER"), span(3, 5, "LOC"), span(6, 14, "X")]},
        {"text": "スーパー東京、ええ", "entities": [span(4, 6, "LOC")]},
        {"text": "ที่เชียงใหม่", "entities": [span(3, 12, "LOC")]},
        {"text": "서울은 도시", "entities": [span(0, 3, "LOC")]},
    ]
    corpus = load(json_lines(tmp_path, *rows))
    assert tagged(corpus) == [
        "李/B-PER 四/I-PER 在/O 上/B-LOC 海/I-LOC 用/O iPhone15/B-X 。/O",
        "ス/O ー/O パ/O ー/O 東/B-LOC 京/I-LOC 、/O え/O え/O",
        "ที่/O เ/B-LOC ชี/I-LOC ย/I-LOC ง/I-LOC ใ/I-LOC ห/I-LOC ม่/I-LOC",
        "서울은/B-LOC 도시/O",
    ]
    assert corpus.audit["counts"] == {}


def test_offsets_in_utf16_are_recognised_by_the_text(tmp_path: Path) -> None:
    rows = [
        {"text": "🎉🎉 Rita sang", "entities": [span(5, 9, "PER", text="Rita")]},
        {"text": "🎉 in Kiel", "entities": [span(6, 10, "LOC")]},
        {"text": "Bob", "entities": [span(0, 3, "PER", text="Bob")]},
    ]
    corpus = load(json_lines(tmp_path, *rows))
    assert tagged(corpus) == ["🎉🎉/O Rita/B-PER sang/O", "🎉/O in/O Kiel/B-LOC", "Bob/B-PER"]
    assert corpus.audit["counts"] == {"utf16_offsets": 2}


def test_offsets_in_bytes_are_recognised_by_the_text(tmp_path: Path) -> None:
    corpus = load(one_text(tmp_path, "Zoë aß in Köln", span(0, 4, "PER", text="Zoë"), span(12, 17, "LOC", text="Köln")))
    assert tagged(corpus) == ["Zoë/B-PER aß/O in/O Köln/B-LOC"]
    assert corpus.audit["counts"] == {"byte_offsets": 2}


@pytest.mark.parametrize(("mark", "kind"), [("!", "lf_offsets"), ("🎉", "utf16_lf_offsets")])
def test_offsets_of_browsers_count_a_line_end_as_one(tmp_path: Path, mark: str, kind: str) -> None:
    text = f"{mark}\r\n\r\nRita\r\nsang in Kiel"
    start = len(f"{mark}\n\nRita\nsang in ".encode("utf-16-le")) // 2
    corpus = load(one_text(tmp_path, text, span(start, start + 4, "LOC", text="Kiel")))
    assert tagged(corpus) == [f"{mark}/O Rita/O sang/O in/O Kiel/B-LOC"]
    assert corpus.audit["counts"] == {kind: 1}


def test_a_line_end_in_the_text_of_an_entity_may_be_escaped(tmp_path: Path) -> None:
    corpus = load(one_text(tmp_path, "in New\nYork", span(3, 11, "LOC", text="New\\nYork")))
    assert tagged(corpus) == ["in/O New/B-LOC York/I-LOC"]
    assert corpus.audit["counts"] == {}


def test_utf16_is_suggested_where_no_text_tells(tmp_path: Path) -> None:
    corpus = load(one_text(tmp_path, "🎉 Rita sang", span(3, 7, "PER")))
    assert corpus.audit["counts"] == {"snapped_entities": 1, "trimmed_entities": 1, "possible_utf16_offsets": 1}
    assert any("UTF-16" in note for note in corpus.audit["notes"])


def test_a_text_near_its_offsets_is_moved_and_one_elsewhere_is_left_out(tmp_path: Path) -> None:
    far = "x " * 30
    corpus = load(
        one_text(tmp_path, f"Rita met Ole {far}Uma", span(1, 5, "PER", text="Rita"), span(0, 3, "PER", text="Uma"))
    )
    assert tagged(corpus)[0].startswith("Rita/B-PER met/O Ole/O x/O")
    assert "B-PER" not in tagged(corpus)[0][6:]
    assert corpus.audit["counts"] == {"moved_entities": 1, "misplaced_entities": 1}
    assert any("line 1, offsets 0 to 3" in note for note in corpus.audit["notes"])


def test_an_entity_outside_its_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"line 1: the entity \"PER\" \[2, 9\) is empty or outside"):
        load(one_text(tmp_path, "Ada", span(2, 9, "PER")))
    with pytest.raises(AnalysisError, match="give the text of each entity"):
        load(one_text(tmp_path, "Zoë", span(0, 4, "PER")))


def test_mentions_are_placed_in_order(tmp_path: Path) -> None:
    text = "Rita met rita , and Rita's  aunt in New  York , near the New York Times"
    corpus = load(
        json_lines(
            tmp_path,
            {
                "text": text,
                "entities": [
                    {"text": "Rita", "label": "A"},
                    {"text": "Rita", "label": "B"},
                    {"text": "new york", "label": "LOC"},
                    {"text": "New York Times", "label": "ORG"},
                    {"text": "rit", "label": "X"},
                    {"text": "RITA", "label": "C"},
                    {"text": "Rita", "label": "D"},
                ],
            },
        )
    )
    assert tagged(corpus) == [
        "Rita/B-A met/O rita/B-C ,/O and/O Rita/B-B '/O s/O aunt/O in/O New/B-LOC York/I-LOC ,/O near/O the/O "
        "New/B-ORG York/I-ORG Times/I-ORG"
    ]
    assert corpus.audit["counts"] == {"unplaced_entities": 2}
    assert 'X "rit"' in corpus.audit["notes"][0]
    assert 'D "Rita"' in corpus.audit["notes"][0]


def _n_times(written: str, offset: int | None, text: str = "Ada") -> Callable[[int], tuple[str, list[Entity]]]:
    """A text that repeats a phrase, and an entity for each: at an offset in it, or of unknown place."""

    def make(count: int) -> tuple[str, list[Entity]]:
        starts = [None if offset is None else number * len(written) + offset for number in range(count)]
        return written * count, [
            Entity(start, None if start is None else start + len(text), "X", text=text) for start in starts
        ]

    return make


def _nested(count: int) -> tuple[str, list[Entity]]:
    mentions = ["New York Times", "New York"] * count
    return "New York Times ran " * count, [Entity(None, None, "X", text=mention) for mention in mentions]


@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (_n_times("Ada met ", None), ""),
        (_n_times("ADA met ", None), ""),
        (_n_times("Ada met ", None, "Bob"), "unplaced_entities"),
        (_n_times("Ada met ", 3), "moved_entities"),
        (_n_times("Ada met ", 3, "Bob"), "misplaced_entities"),
        (_nested, "nested_same_type"),
    ],
)
def test_placing_entities_takes_steps_in_proportion_to_their_number(
    make: Callable[[int], tuple[str, list[Entity]]], counted: str
) -> None:
    steps = []
    for count in (100, 1_000):
        text, entities = make(count)
        words = word_bounds(text)
        aligner = EntityAligner([])
        steps.append(calls_in(lambda a=aligner, t=text, e=entities, w=words: a.align(t, e, w, "here")))
        assert set(aligner.counts) == ({counted} if counted else set())
    assert steps[1] < 12 * steps[0]


def test_an_example_shows_the_beginning_of_a_text_without_writing_all_of_it() -> None:
    class Text(str):
        __slots__ = ()

        def __repr__(self) -> str:
            raise AssertionError("all of the text is written")

    assert shown(Text("a\n" * 100)) == '"' + "a\\n" * 20 + '…"'


def _placed_one_by_one(text: str, mentions: Sequence[str]) -> list[tuple[int, int] | None]:
    """The bounds of mentions by their definition: each gets the best of all spans of words that are left."""
    words = word_bounds(text)
    spans = [(start, end) for start, _ in words for _, end in words if start < end]
    found: list[tuple[int, int] | None] = [None] * len(mentions)
    by_length = sorted(enumerate(mentions), key=lambda one: -len("".join(one[1].split()).casefold()))
    for number, mention in by_length:
        letters = "".join(mention.split())
        left = [
            (
                any(one is not None and one[0] < end and start < one[1] for one in found),
                "".join(text[start:end].split()) != letters,
                text[start:end].split() != mention.split(),
                (start, end),
            )
            for start, end in spans
            if "".join(text[start:end].split()).casefold() == letters.casefold() and (start, end) not in found
        ]
        found[number] = min(left)[-1] if left else None
    return found


@given(
    words=st.lists(st.sampled_from(["ada", "Ada", "ADA", "b", "B.", "ß", "SS", "ss", "İ"]), max_size=9),
    gaps=st.lists(st.sampled_from([" ", "  ", "\n"]), min_size=9, max_size=9),
    data=st.data(),
)
def test_mentions_get_the_best_place_that_is_left(words: list[str], gaps: list[str], data: st.DataObject) -> None:
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    some = st.sampled_from(words or ["ada"])
    phrases = st.lists(some, min_size=1, max_size=3).map(" ".join)
    mentions = data.draw(st.lists(phrases | phrases.map(str.upper) | phrases.map(str.lower), max_size=6))
    found = Occurrences(text, word_bounds(text)).of_mentions(mentions)
    assert found == _placed_one_by_one(text, mentions)


def test_mentions_and_moved_entities_may_differ_in_the_length_of_their_letter_case(tmp_path: Path) -> None:
    mentions = [{"text": "Straße", "label": "A"}, {"text": "STRASSE", "label": "B"}, {"text": "strasse", "label": "C"}]
    corpus = load(one_text(tmp_path, "Straße STRASSE straße", *mentions))
    assert tagged(corpus) == ["Straße/B-A STRASSE/B-B straße/B-C"]
    corpus = load(one_text(tmp_path, "die Straße", span(2, 9, "A", text="STRASSE")))
    assert tagged(corpus) == ["die/O Straße/B-A"]
    assert corpus.audit["counts"] == {"moved_entities": 1}


def test_a_mention_inside_a_word_of_the_corpus_covers_the_whole_word() -> None:
    text = "a Washington-based firm"
    entities = [Entity(None, None, "LOC", text="Washington")]
    aligner = EntityAligner([(text, entities)])
    found = aligner.align(text, entities, [(0, 1), (2, 18), (19, 23)], "here")
    assert found.entities == [WordEntity(1, 2, "LOC")]
    assert aligner.counts == {"snapped_entities": 1}


def _units_before(text: str, position: int, encoding: str, size: int) -> int:
    return len(text[:position].encode(encoding)) // size


ENCODINGS = {"characters": ("utf-32-le", 4), "utf16_offsets": ("utf-16-le", 2), "byte_offsets": ("utf-8", 1)}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("aß é文😀👩‍🚀.\n", max_size=40)


def _chosen_words(data: st.DataObject, text: str) -> list[tuple[int, int]]:
    """Runs of words [first, end) of a text, not overlapping."""
    count = len(word_bounds(text))
    cuts = sorted(data.draw(st.sets(st.integers(0, count), max_size=6)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@given(text=texts, data=st.data(), unit=st.sampled_from(sorted(ENCODINGS)))
def test_entities_of_known_words_come_back_in_every_unit(text: str, data: st.DataObject, unit: str) -> None:
    words = word_bounds(text)
    chosen = _chosen_words(data, text)
    bounds = [(words[first][0], words[end - 1][1]) for first, end in chosen]
    entities = [
        Entity(*(_units_before(text, bound, *ENCODINGS[unit]) for bound in (start, end)), "X", text=text[start:end])
        for start, end in bounds
    ]
    # A text that stands at its offsets in one unit alone tells the unit of all.
    start = {"characters": 3, "utf16_offsets": 4, "byte_offsets": 7}[unit]
    witness = ("😀é Zz", [Entity(start, start + 2, "X", text="Zz")])
    aligner = EntityAligner([(text, entities), *[witness] * 20])
    aligned = aligner.align(text, entities, words, "here")
    assert [(entity.first, entity.end) for entity in aligned.entities] == chosen
    moved = sum((entity.start, entity.end) != own for entity, own in zip(entities, bounds, strict=True))
    assert aligner.counts == ({unit: moved} if moved else {})


@given(text=texts, data=st.data())
def test_split_words_keep_the_exact_text_of_entities(text: str, data: st.DataObject) -> None:
    bounds = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    entities = [Entity(start, end, "X") for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    aligned = EntityAligner([], split_words=True).align(text, entities, word_bounds(text), "here")
    assert "".join(text[start:end] for start, end in aligned.words) == "".join(text.split())
    found = [aligned.words[one.first : one.end] for one in aligned.entities]
    covered = ["".join(text[start:end] for start, end in words) for words in found]
    expected = ["".join(text[entity.start : entity.end].split()) for entity in entities]
    assert covered == [one for one in expected if one]


@given(text=texts, data=st.data())
def test_widened_entities_cover_theirs_and_never_overlap(text: str, data: st.DataObject) -> None:
    bound = st.integers(0, len(text))
    pairs: Sequence[tuple[int, int]] = data.draw(st.lists(st.tuples(bound, bound), max_size=6))
    entities = [Entity(*sorted(pair), "X") for pair in pairs if pair[0] != pair[1]]
    words = word_bounds(text)
    aligner = EntityAligner([])
    aligned = aligner.align(text, entities, words, "here").entities
    assert all(one.end <= other.first for one, other in pairwise(aligned))
    left_out = aligner.counts.total() - aligner.counts["snapped_entities"] - aligner.counts["trimmed_entities"]
    left_out -= aligner.counts["possible_utf16_offsets"]
    assert len(aligned) + left_out == len(entities)
    for entity in aligned:
        covered = words[entity.first][0], words[entity.end - 1][1]
        assert any(covered[0] <= one.end and one.start <= covered[1] for one in entities)


@given(
    words=st.lists(st.text("abcdeé文", min_size=1, max_size=4).map("{}.".format), min_size=1, max_size=12),
    data=st.data(),
)
def test_mentions_of_all_occurrences_come_back(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    bounds = word_bounds(text)
    own = data.draw(st.sampled_from(bounds))
    mention = text[slice(*own)]
    places = [place for place, one in enumerate(bounds) if text[slice(*one)] == mention]
    number = data.draw(st.integers(1, len(places) + 2))
    entities = [Entity(None, None, "X", text=mention)] * number
    aligner = EntityAligner([(text, entities)])
    aligned = aligner.align(text, entities, bounds, "here").entities
    assert [entity.first for entity in aligned] == places[:number]
    assert aligner.counts["unplaced_entities"] == max(0, number - len(places))
