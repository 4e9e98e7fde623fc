"""Chooses the columns of words, tags and sentence ids by what the columns contain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.formats.column_contents import ColumnContents, TagKind
from analysis.formats.label_names import Labels, labels_said, says_other
from analysis.formats.records import ID_COLUMNS, TAG_COLUMNS, WORD_COLUMNS
from analysis.formats.tag_forms import is_prefixed

_TAG_NAMES = (*TAG_COLUMNS, "ne-coarse-lit")
"""Usual names, with that of the main column of CLEF-HIPE."""

_SURE_ROWS = 20
"""Bare types, or `O` alone, are taken for tags in a column before the last one only if there are as many rows."""

_NESTED_SHARE = 0.6
"""A column of tags with at most this share of the entity words of another, and inside them, has nested entities."""


_NAMES_OF_WORDS = ("word", "words", "form")
"""Names of columns that contain words even if all of them are numbers."""


@dataclass(frozen=True)
class ColumnChoice:
    """The choice among the columns of a file.

    Attributes:
        contents: The columns.
        names: Their names in lower case; empty: they have none.
        labels: Which labels are read. A column whose name promises other labels is not chosen, and only of gold tags
            a second column may contain nested entities.
    """

    contents: Sequence[ColumnContents]
    names: Sequence[str]
    labels: Labels

    def tag(self, but: int | None = None) -> int | None:
        """The position of the tags; None: no column contains tags.

        Of several columns that contain tags equally certainly, it is the one whose name promises the labels that are
        read, else the one with a usual name, else the last one, but not one with nested entities. Predicted tags are
        in the last column that can contain tags, however certainly: a tagger may find nothing.

        Args:
            but: A column that has something else.
        """
        if self.labels == "predicted":
            return self._predicted_tag(but)
        kinds = {
            column.position: self._kind(column)
            for column in self.contents
            if column.position != but and not self._has_other_labels(column.position)
        }
        best = max(kinds.values(), default=TagKind.NONE)
        said = [name for name in self.names if labels_said(name) == self.labels]
        named = self._named((*said, *_TAG_NAMES), [position for position, kind in kinds.items() if kind == best])
        if named is not None:
            return named
        if best == TagKind.NONE:
            return None
        candidates = [position for position, kind in kinds.items() if kind == best]
        return max(position for position in candidates if not self._is_nested(position, candidates))

    def _predicted_tag(self, but: int | None) -> int | None:
        """The column whose name promises predictions, else the last one that can contain tags.

        None: there is none, or one behind it may contain the predicted tags, in a form that is not recognised. Numbers
        with decimals, parts of speech and the types that belong to a column of prefixes are no tags.
        """
        free = [one for one in self.contents if one.position != but and not self._has_other_labels(one.position)]
        said = [one.position for one in free if self._name_says_predicted(one.position)]
        tags = [one.position for one in free if one.tag_kind >= TagKind.OUTSIDE_ONLY]
        if said or not tags:
            return said[0] if said else None
        pair = self.prefix_and_type(tags[-1]) or (tags[-1],)
        known = {*pair, self.word(*pair) if but is None else but}
        behind = (one for one in free if one.position > tags[-1] and one.position not in known)
        return tags[-1] if all(one.is_decimal or one.is_part_of_speech for one in behind) else None

    def _name_says_predicted(self, position: int) -> bool:
        return position < len(self.names) and labels_said(self.names[position]) == "predicted"

    def word(self, tag: int | None, prefix: int | None = None) -> int | None:
        """The position of the words, the tags and their prefixes being elsewhere; None: no column contains words."""
        others = [column for column in self.contents if column.position not in (tag, prefix)]
        certain = self._named(_NAMES_OF_WORDS, [column.position for column in others])
        if certain is not None:
            return certain
        possible = [column.position for column in others if self.may_be_words(column.position, tag)]
        named = self._named(WORD_COLUMNS, possible)
        if named is not None:
            return named
        if possible:
            return possible[0]
        return None if not others or others[0].counts_words else others[0].position

    def may_be_words(self, position: int, tag: int | None = None) -> bool:
        """Whether a column may contain words: not numbers beside letters, tags, parts of speech or ids of sentences."""
        column = self.contents[position]
        others = [other for other in self.contents if other.position not in (position, tag)]
        has_alternative = any(other.has_letters for other in others)
        if column.is_numeric:
            return not has_alternative and not column.counts_words
        is_tags = column.tag_kind in (TagKind.PREFIXED, TagKind.CHUNKS)
        return not has_alternative or not (is_tags or column.is_part_of_speech or column.groups_rows)

    def index(self, taken: Collection[int | None]) -> int | None:
        """The position of the numbers of the words."""
        return next(
            (column.position for column in self.contents if column.position not in taken and column.counts_words), None
        )

    def ids(self, taken: Collection[int | None], suggested: str | None, before: int) -> int | None:
        """The position of the ids of sentences: with a usual name, or a column in front whose values group the rows."""
        wanted = ((suggested.lower(),) if suggested else ()) + ID_COLUMNS
        free = [column.position for column in self.contents if column.position not in taken]
        named = self._named(wanted, free)
        if named is not None:
            return None if self.contents[named].counts_words else named
        groups = [self.contents[position] for position in free if position < before]
        groups = [column for column in groups if column.groups_rows and column.runs > 1]
        return max(groups, key=lambda column: column.runs).position if groups else None

    def other_tags(self, tag: int) -> tuple[list[int], bool]:
        """The other columns that may have the tags, and whether all of them are nested in those of `tag`."""
        is_sure = self.labels == "predicted" or self.contents[tag].tag_kind == TagKind.PREFIXED
        others = [
            column.position
            for column in self.contents
            if is_sure
            and column.position != tag
            and not self._has_other_labels(column.position)
            and column.tag_kind == TagKind.PREFIXED
        ]
        return others, all(self._is_nested(position, [tag]) for position in others)

    def prefix_and_type(self, tag: int) -> tuple[int, int] | None:
        """The columns of the prefixes and of the types, side by side, one of which is `tag`; None: tags have both."""
        pairs = ((prefix, prefix + step) for prefix in (tag, tag - 1, tag + 1) for step in (1, -1))
        within = range(len(self.contents))
        return next((pair for pair in pairs if tag in pair and set(pair) <= set(within) and self._belong(*pair)), None)

    def _belong(self, prefix: int, name: int) -> bool:
        """Whether a column has prefixes, and another one a type in the same rows and nothing in the others."""
        prefixes, names = self.contents[prefix], self.contents[name]
        return (
            prefixes.has_bare_prefixes
            and prefixes.entity_rows == names.entity_rows
            and not any(map(is_prefixed, names.values))
        )

    def unread_numbers(self, tag: int) -> list[int]:
        """The columns between the tags and the last column whose numbers cannot be probabilities.

        Those of the last column are counted when it is read.
        """
        return [one.position for one in self.contents[tag + 1 : -1] if one.is_decimal and not one.is_probability]

    def fits(self, word: int | None, tag: int | None) -> bool:
        """Whether suggested positions have tags and words as certainly as the columns that would be chosen."""
        best = self.tag()
        taken = best if tag is None else tag
        if tag is not None and best is not None and self.contents[tag].tag_kind < self._kind(self.contents[best]):
            return False
        return word is None or (word != taken and self.may_be_words(word, taken))

    def _kind(self, column: ColumnContents) -> TagKind:
        is_last = column.position == self._last()
        is_weak = column.tag_kind in (TagKind.TYPES, TagKind.OUTSIDE_ONLY)
        is_sure = is_last or len(column.cells) >= _SURE_ROWS
        return TagKind.NONE if is_weak and not is_sure else column.tag_kind

    def _last(self) -> int:
        """The position of the last column; of predictions, the last one before their scores."""
        last = len(self.contents) - 1
        return last - 1 if self.labels == "predicted" and self.contents[last].is_numeric else last

    def _is_nested(self, position: int, candidates: Collection[int]) -> bool:
        """Whether a column has entities that lie inside those of a column before it."""
        column = self.contents[position]
        own, rows = column.entity_rows, len(column.cells)
        return self.labels == "gold" and any(
            own <= outer and len(own) <= _NESTED_SHARE * len(outer) and len(outer) < rows
            for outer in (self.contents[other].entity_rows for other in candidates if other < position)
        )

    def _has_other_labels(self, position: int) -> bool:
        return position < len(self.names) and says_other(self.names[position], self.labels)

    def _named(self, known: Sequence[str], among: Collection[int] | None = None) -> int | None:
        """The first column with one of the names."""
        names = list(self.names[: len(self.contents)])
        found = (names.index(name) for name in known if name in names)
        return next((position for position in found if among is None or position in among), None)
