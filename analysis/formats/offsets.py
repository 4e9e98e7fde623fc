"""Aligns entities by character offsets, or by their text alone, with the words of a sentence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analysis.errors import AnalysisError
from analysis.formats.findings import Finding, Findings
from analysis.formats.mentions import Occurrences
from analysis.formats.offset_units import Unit, in_characters, stands_at, unit_of
from analysis.formats.text_records import Entity
from analysis.formats.text_words import Bounds
from analysis.messages import shown

_MAX_MOVE = 20
"""How many characters away from its offsets the text of an entity is searched."""
_CONTEXT = 20
"""Characters on both sides of an entity in an example."""

_CONVERTED = {
    Unit.UTF16: Finding("utf16_offsets", "Entities whose offsets count UTF-16 code units, converted to characters"),
    Unit.BYTES: Finding("byte_offsets", "Entities whose offsets count UTF-8 bytes, converted to characters"),
    Unit.CHARACTERS_LF: Finding("lf_offsets", f"Entities whose offsets count {Unit.CHARACTERS_LF.value}, converted"),
    Unit.UTF16_LF: Finding("utf16_lf_offsets", f"Entities whose offsets count {Unit.UTF16_LF.value}, converted"),
    Unit.CHARACTERS: Finding("character_offsets", "Entities whose offsets count characters, unlike most in the file"),
}
_MOVED = Finding("moved_entities", "Entities whose text stands near their offsets, moved there")
_MISPLACED = Finding("misplaced_entities", "Entities whose text does not stand at or near their offsets, left out")
_UNPLACED = Finding(
    "unplaced_entities", "Entities without offsets whose text does not occur, or not often enough, left out"
)
_TRIMMED = Finding("trimmed_entities", "Entities with white space at their edges, trimmed")
_WORDLESS = Finding("wordless_entities", "Entities that cover no word, left out")
_SNAPPED = Finding(
    "snapped_entities", "Entities that begin or end inside a word, widened to whole words (see --split-words)"
)
_CUT = Finding("cut_words", "Words split at the bounds of entities")
_MAYBE_UTF16 = Finding(
    "possible_utf16_offsets",
    "Entities inside words whose offsets would fit the words if they counted UTF-16 code units (the texts have "
    "characters above U+FFFF, such as emoji)",
)
_DUPLICATE = Finding("duplicate_entities", "Entities that repeat another one, left out")
_NESTED_SAME_TYPE = Finding("nested_same_type", "Entities inside one of the same type, left out")
_NESTED_OTHER_TYPE = Finding("nested_other_type", "Entities inside one of another type, left out")
_CROSSING = Finding("crossing_entities", "Entities that overlap a longer one without lying inside it, left out")
_SHARED_WORD = Finding("entities_sharing_a_word", "Entities that share a word with a longer one, left out")


@dataclass(frozen=True)
class WordEntity:
    """An entity by its words.

    Attributes:
        first: Its first word, from 0.
        end: The word after its last one.
        label: Its type.
        score: The tagger's confidence; None: not given.
    """

    first: int
    end: int
    label: str
    score: float | None = None


@dataclass(frozen=True)
class AlignedText:
    """The words of a text and its entities, which do not overlap.

    Attributes:
        words: The [start, end) of each word; the given ones, unless words are split at entities.
        entities: From left to right.
    """

    words: Sequence[Bounds]
    entities: list[WordEntity]


@dataclass(frozen=True)
class _Placed:
    """An entity whose bounds are known, in characters, and the bounds that it gets."""

    start: int
    end: int
    entity: Entity
    covered: Bounds


@dataclass(frozen=True)
class _Sentence:
    """A text, the bounds of its words and its place."""

    text: str
    words: Sequence[Bounds]
    place: str

    @cached_property
    def starts(self) -> list[int]:
        return [start for start, _ in self.words]

    @cached_property
    def ends(self) -> list[int]:
        return [end for _, end in self.words]

    @cached_property
    def occurrences(self) -> Occurrences:
        return Occurrences(self.text, self.words)

    def words_in(self, start: int, end: int) -> slice:
        """The words that an entity touches."""
        return slice(bisect_right(self.ends, start), bisect_left(self.starts, end))


class EntityAligner:
    """Aligns the entities of one file, and counts what it changes or leaves out.

    Args:
        texts: All texts of the file with their entities. The texts that are given for entities decide in which unit
            offsets count.
        split_words: Split words at entities that begin or end inside them, instead of widening the entities.
    """

    def __init__(self, texts: Iterable[tuple[str, Sequence[Entity]]], split_words: bool = False) -> None:
        self._unit = unit_of(texts)
        self._split_words = split_words
        self._found = Findings()

    @property
    def counts(self) -> Counter[str]:
        """What was changed or left out so far, for the audit."""
        return self._found.counts

    @property
    def notes(self) -> list[str]:
        """The same in sentences with examples."""
        return self._found.notes

    def align(self, text: str, entities: Sequence[Entity], words: Sequence[Bounds], place: str) -> AlignedText:
        """Aligns the entities of one text. Of entities that overlap, the outermost (longest) is kept.

        Args:
            text: The text.
            entities: Its entities. Those without offsets are placed where their text occurs.
            words: The bounds of its words in characters, in order and without overlaps.
            place: Where the text stands, for messages.

        Raises:
            AnalysisError: An entity without a given text is empty or outside the text.
        """
        if not entities:
            return AlignedText(words, [])
        sentence = _Sentence(text, words, place)
        placed = list(self._placed(sentence, entities))
        if not self._split_words:
            placed = list(self._snapped(sentence, placed))
        kept = self._outermost(sentence, placed)
        if self._split_words:
            sentence = _Sentence(text, self._split(sentence, kept), place)
        aligned = []
        for one in kept:
            covered = sentence.words_in(one.start, one.end)
            if covered.start < covered.stop:
                aligned.append(WordEntity(covered.start, covered.stop, one.entity.label, one.entity.score))
            else:
                self._note(_WORDLESS, sentence, one)
        return AlignedText(sentence.words, aligned)

    def located(self, text: str, entities: Sequence[Entity], words: Sequence[Bounds], place: str) -> list[Entity]:
        """The entities that have a place in a text, with offsets in characters; the others are counted.

        Args:
            text: The text.
            entities: Its entities. Those without offsets are placed where their text occurs.
            words: The bounds of its words in characters; empty: the source does not split the text.
            place: Where the text stands, for messages.

        Raises:
            AnalysisError: An entity without a given text is empty or outside the text.
        """
        found = self._located(_Sentence(text, words, place), entities)
        return [replace(entity, start=start, end=end) for entity, (start, end) in found]

    def _placed(self, sentence: _Sentence, entities: Sequence[Entity]) -> Iterator[_Placed]:
        """The entities that have a place in the text, without white space at their edges."""
        for entity, bounds in self._located(sentence, entities):
            yield from self._trimmed(sentence, _Placed(*bounds, entity, bounds))

    def _located(self, sentence: _Sentence, entities: Sequence[Entity]) -> Iterator[tuple[Entity, Bounds]]:
        """The entities that have a place in the text, with their bounds in characters."""
        mentions = [entity.text or "" for entity in entities if entity.start is None or entity.end is None]
        occurrences = iter(sentence.occurrences.of_mentions(mentions) if mentions else ())
        for entity in entities:
            if entity.start is None or entity.end is None:
                bounds = next(occurrences)
                if bounds is None:
                    self._found.add(_UNPLACED, _example(entity, entity.text or "", sentence.text, sentence.place))
            else:
                bounds = self._in_characters(sentence, entity, entity.start, entity.end)
            if bounds is not None:
                yield entity, bounds

    def _in_characters(self, sentence: _Sentence, entity: Entity, start: int, end: int) -> Bounds | None:
        """The bounds of an entity in characters; None: its text stands neither there nor near."""
        if not entity.text:
            bounds = in_characters(sentence.text, start, end, self._unit)
            if bounds is None or bounds[0] == bounds[1]:
                raise outside_error(entity, sentence.text, sentence.place, self._unit)
            if bounds != (start, end):
                self._note(_CONVERTED[self._unit], sentence, _Placed(*bounds, entity, bounds))
            return bounds
        for unit in (self._unit, *(unit for unit in Unit if unit is not self._unit)):
            bounds = stands_at(sentence.text, entity, unit)
            if bounds is not None:
                if bounds != (start, end) or unit is not self._unit:
                    self._note(_CONVERTED[unit], sentence, _Placed(*bounds, entity, bounds))
                return bounds
        converted = in_characters(sentence.text, start, start, self._unit)
        expected = start if converted is None else converted[0]
        near = sentence.occurrences.nearest(entity.text, expected, _MAX_MOVE)
        if near is not None:
            self._note(_MOVED, sentence, _Placed(*near, entity, near))
            return near
        place = f"{sentence.place}, offsets {start} to {end}"
        self._found.add(_MISPLACED, _example(entity, entity.text, sentence.text, place))
        return None

    def _trimmed(self, sentence: _Sentence, one: _Placed) -> Iterator[_Placed]:
        """An entity without white space at its edges; nothing if it covers only white space."""
        covered = sentence.text[one.start : one.end]
        if not covered.strip():
            self._note(_WORDLESS, sentence, one)
            return
        start = one.end - len(covered.lstrip())
        end = one.start + len(covered.rstrip())
        if (start, end) != (one.start, one.end):
            self._note(_TRIMMED, sentence, one)
        yield _Placed(start, end, one.entity, (start, end))

    def _snapped(self, sentence: _Sentence, placed: Iterable[_Placed]) -> Iterator[_Placed]:
        """The entities, each covering the words that it touches."""
        for one in placed:
            touched = sentence.words[sentence.words_in(one.start, one.end)]
            if not touched:
                self._note(_WORDLESS, sentence, one)
                continue
            covered = (touched[0][0], touched[-1][1])
            if covered[0] < one.start or one.end < covered[1]:
                self._note(_SNAPPED, sentence, one)
                if self._fits_in_utf16(sentence, one.entity):
                    self._note(_MAYBE_UTF16, sentence, one)
            yield replace(one, covered=covered)

    def _fits_in_utf16(self, sentence: _Sentence, entity: Entity) -> bool:
        """Whether an entity without text begins and ends with words if its offsets count UTF-16 code units."""
        if entity.text or entity.start is None or entity.end is None or self._unit is not Unit.CHARACTERS:
            return False
        bounds = in_characters(sentence.text, entity.start, entity.end, Unit.UTF16)
        if bounds is None or bounds == (entity.start, entity.end):
            return False
        return _has(sentence.starts, bounds[0]) and _has(sentence.ends, bounds[1])

    def _outermost(self, sentence: _Sentence, placed: Sequence[_Placed]) -> list[_Placed]:
        """The entities from left to right without those that overlap a longer one, or an equal one before them."""
        kept: list[_Placed] = []
        for one in sorted(placed, key=lambda one: (one.start - one.end, -(one.entity.score or 0))):
            at = bisect_left(kept, one.covered[0], key=lambda other: other.covered[0])
            neighbours = kept[max(at - 1, 0) : at + 1]
            overlapped = next((other for other in neighbours if _overlap(one.covered, other.covered)), None)
            if overlapped is None:
                kept.insert(at, one)
            else:
                self._note(_kind_of_overlap(one, overlapped), sentence, one)
        return kept

    def _split(self, sentence: _Sentence, kept: Sequence[_Placed]) -> list[Bounds]:
        """The words, split at the bounds of entities inside them."""
        cuts = sorted({bound for one in kept for bound in (one.start, one.end)})
        split: list[Bounds] = []
        for start, end in sentence.words:
            inside = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
            split += zip([start, *inside], [*inside, end], strict=True)
            for cut in inside:
                parts = f"{shown(sentence.text[start:cut])} and {shown(sentence.text[cut:end])}"
                self._found.add(_CUT, f"{parts} ({sentence.place})")
        return split

    def _note(self, finding: Finding, sentence: _Sentence, one: _Placed) -> None:
        context = sentence.text[max(one.start - _CONTEXT, 0) : one.end + _CONTEXT]
        self._found.add(finding, _example(one.entity, sentence.text[one.start : one.end], context, sentence.place))


def _example(entity: Entity, covered: str, context: str, place: str) -> str:
    return f"{shown(entity.label)[1:-1]} {shown(covered)} in {shown(context)} ({place})"


def _has(positions: Sequence[int], position: int) -> bool:
    """Whether a position is one of some, which are sorted."""
    at = bisect_left(positions, position)
    return at < len(positions) and positions[at] == position


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _kind_of_overlap(one: _Placed, longer: _Placed) -> Finding:
    """How an entity overlaps a longer one, or one as long."""
    same_type = one.entity.label == longer.entity.label
    if (one.start, one.end) == (longer.start, longer.end) and same_type:
        return _DUPLICATE
    if longer.start <= one.start and one.end <= longer.end:
        return _NESTED_SAME_TYPE if same_type else _NESTED_OTHER_TYPE
    return _CROSSING if _overlap((one.start, one.end), (longer.start, longer.end)) else _SHARED_WORD


def outside_error(entity: Entity, text: str, place: str, unit: Unit = Unit.CHARACTERS) -> AnalysisError:
    """The error for an entity that is empty or outside its text."""
    hint = "" if text.isascii() else " If they count in another unit, give the text of each entity."
    return AnalysisError(
        f"{place}: the entity {shown(entity.label)} [{shown(entity.start)}, {shown(entity.end)}) is empty or outside "
        f"the text of {len(text)} characters. Offsets count {unit.value} from 0, and the end is exclusive.{hint}"
    )
