"""What the columns of a file with one word per line contain: words, tags, word numbers, sentence ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

from analysis.formats.tag_forms import are_brackets, have_prefixes, is_prefixed, outside_tags
from analysis.formats.tag_schemes import BEGIN, PREFIXES
from analysis.run.tags import OUTSIDE

NULLS = frozenset({"", "_", "-100"})
"""Cells that say that a word has no tag."""

_NUMBER = re.compile(r"-?\d+([-.]\d+)?")
_HAS_DECIMALS = re.compile(r"[.eE%]")
_MIN_SHARE_OF_TAGS = 0.6
"""A column with some invalid tags is still that of the tags, so that they are reported."""

_MIN_SHARE_OF_OUTSIDE = 0.3
_MAX_TYPES = 200
_MIN_ROWS = 3
_MAX_SHARE_OF_GAPS = 0.05
_CHUNK_NAMES = "NP VP PP ADVP ADJP SBAR PRT CONJP INTJ LST UCP NX QP SBARQ VC NC PC AC AVC AP VG PREP"
_PENN_TREEBANK = """
CC CD DT EX FW IN JJ JJR JJS LS MD NN NNS NNP NNPS PDT POS PRP PRP$ RB RBR RBS RP SYM TO UH VB VBD VBG VBN VBP VBZ WDT
WP WP$ WRB HYPH NFP ADD AFX GW XX -LRB- -RRB- . , : ; ( ) `` '' " # $ --
"""
_UNIVERSAL = "ADJ ADP ADV AUX CCONJ CONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X PRT"
_STUTTGART = """
ADJA ADJD ADV APPR APPRART APPO APZR ART CARD FM ITJ KOUI KOUS KON KOKOM NN NE PDS PDAT PIS PIAT PIDAT PPER PPOSS
PPOSAT PRELS PRELAT PRF PWS PWAT PWAV PAV PROAV PTKZU PTKNEG PTKVZ PTKANT PTKA TRUNC VVFIN VVIMP VVINF VVIZU VVPP VAFIN
VAIMP VAINF VAPP VMFIN VMINF VMPP XY $, $. $(
"""
_CHUNKS = frozenset(_CHUNK_NAMES.split())
_PARTS_OF_SPEECH = frozenset((_PENN_TREEBANK + _UNIVERSAL + _STUTTGART).split())


class TagKind(IntEnum):
    """How certainly a column contains the tags of entities; higher is better."""

    NONE = 0
    CHUNKS = 1
    OUTSIDE_ONLY = 2
    TYPES = 3
    PREFIXED = 4


@dataclass(frozen=True)
class ColumnContents:
    """The cells of a column.

    Attributes:
        cells: In the order of the rows.
        position: The position of the column, from 0.
    """

    cells: Sequence[str]
    position: int

    @cached_property
    def values(self) -> Counter[str]:
        """Distinct cells, with the number of rows that have them."""
        return Counter(self.cells)

    @cached_property
    def is_numeric(self) -> bool:
        """Whether all cells are numbers, or ranges of them such as `3-4`."""
        return all(map(_NUMBER.fullmatch, self.values))

    @cached_property
    def _numbers(self) -> list[float]:
        """The cells that are not empty as numbers, percentages too; empty: some are none."""
        try:
            return [float(value.removesuffix("%")) for value in self.values if value not in NULLS]
        except ValueError:
            return []

    @cached_property
    def is_decimal(self) -> bool:
        """Whether all cells are numbers or empty, some of them decimals or percentages: scores, not numbers of tags."""
        return bool(self._numbers) and any(_HAS_DECIMALS.search(value) for value in self.values)

    @cached_property
    def is_probability(self) -> bool:
        """Whether all cells are numbers from 0 to 1, or empty."""
        is_plain = not any(value.endswith("%") for value in self.values)
        return is_plain and bool(self._numbers) and all(0 <= number <= 1 for number in self._numbers)

    @cached_property
    def has_letters(self) -> bool:
        """Whether a cell contains a letter."""
        return any(character.isalpha() for value in self.values for character in value)

    @cached_property
    def counts_words(self) -> bool:
        """Whether the cells count the words: whole numbers that mostly grow by one, or begin again at 0 or 1.

        Ranges (`3-4`) and decimals (`4.1`) between them are those of CoNLL-U.
        """
        if not self.is_numeric:
            return False
        numbers = [int(cell) for cell in self.cells if cell.isdecimal()]
        steps = Counter(
            "up" if after == before + 1 else "same" if after == before else "restart" if after in (0, 1) else "other"
            for before, after in pairwise(numbers)
        )
        return steps["other"] <= _MAX_SHARE_OF_GAPS * len(numbers) and steps["up"] > steps["same"]

    @cached_property
    def runs(self) -> int:
        """The number of runs of rows with the same cell; an empty cell continues a run."""
        filled = [cell for cell in self.cells if cell]
        return sum(one != other for one, other in pairwise(filled)) + bool(filled)

    @cached_property
    def groups_rows(self) -> bool:
        """Whether each value stands in one run of rows, as ids of sentences and documents do."""
        distinct = len(self.values) - ("" in self.values)
        return len(self.cells) >= _MIN_ROWS and self.runs == distinct and 3 * self.runs <= 2 * len(self.cells)

    @cached_property
    def is_part_of_speech(self) -> bool:
        """Whether all cells are usual tags of parts of speech, and at least two differ."""
        return len(self.values) > 1 and self.values.keys() <= _PARTS_OF_SPEECH

    @cached_property
    def _outside(self) -> set[str]:
        """The cells that stand for words outside entities, if these are tags."""
        return outside_tags(self.values.keys() - NULLS)

    @cached_property
    def entity_rows(self) -> frozenset[int]:
        """The rows whose cell is neither `O` nor empty."""
        return frozenset(
            row
            for row, cell in enumerate(self.cells)
            if cell not in NULLS and cell not in self._outside and cell != "*"
        )

    @cached_property
    def has_bare_prefixes(self) -> bool:
        """Whether the cells are prefixes without types, and `O`."""
        found = {value for value in self.values if value not in NULLS}
        return OUTSIDE in found and found - {OUTSIDE} <= PREFIXES and not found.isdisjoint(BEGIN)

    @cached_property
    def has_lists(self) -> bool:
        """Whether a cell has several tags, separated by spaces. A type may contain spaces: `B-human being`."""
        lists = (parts for value in self.values if len(parts := value.split()) > 1)
        return any(all(part == OUTSIDE or is_prefixed(part) for part in parts) for parts in lists)

    @cached_property
    def tag_kind(self) -> TagKind:
        """How certainly the cells are tags."""
        tags = {value for value in self.values if value not in NULLS}
        entities = tags - self._outside
        if not entities:
            return TagKind.OUTSIDE_ONLY if any(tag.upper() == OUTSIDE for tag in tags) else TagKind.NONE
        labelled = sum(self.values[tag] for tag in tags)
        valid = sum(self.values[tag] for tag in tags if tag not in entities or is_prefixed(tag))
        mostly = valid >= _MIN_SHARE_OF_TAGS * labelled and any(map(is_prefixed, entities))
        is_untyped = all(len(tag) == 1 for tag in entities)
        if mostly or (have_prefixes(entities) and not (is_untyped and entities == tags)):
            types = {re.sub(r"^[BIESLUMW][-_:]", "", tag) for tag in entities}
            return TagKind.CHUNKS if types <= _CHUNKS else TagKind.PREFIXED
        if are_brackets(tags):
            return TagKind.PREFIXED
        outside = self.values[OUTSIDE] + self.values[OUTSIDE.lower()]
        few = len(entities) <= min(_MAX_TYPES, max(len(self.cells) // 3, 1))
        is_few_types = few and outside >= _MIN_SHARE_OF_OUTSIDE * len(self.cells)
        if outside and is_few_types and not any(map(_NUMBER.fullmatch, entities)):
            return TagKind.TYPES
        return TagKind.NONE

    def first_values(self, count: int) -> list[str]:
        """The first cells."""
        return list(self.cells[:count])

    def first_tags(self, count: int) -> list[str]:
        """The first distinct tags of entities; without any, `O`."""
        distinct = [value for value in self.values if value not in NULLS]
        entities = [value for value in distinct if value not in self._outside and value != "*"]
        return (entities or distinct)[:count]
