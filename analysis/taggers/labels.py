"""How the labels of a tagger are read as BIO2 tags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError
from analysis.formats.tag_schemes import BEGIN, Tags, malformed_tags, scheme_of_names, split_tag
from analysis.run.tags import OUTSIDE, type_of

_GENERIC = re.compile(r"(LABEL_)?[\d.]+", re.IGNORECASE)
_SPECIAL = re.compile(r"\[\w+\]|<\w+>")
"""A label of special tokens, such as `[PAD]`."""
_SPELLINGS = (
    re.compile(r"(?P<prefix>[BIESLUM])[-_:.](?P<type>.+)", re.IGNORECASE),  # B_PER, b-per
    re.compile(r"(?P<type>.+)[-_:.](?P<prefix>[BIESLUM])", re.IGNORECASE),  # PER-B
)


@dataclass(frozen=True)
class TaggerLabels:
    """How the labels of a tagger are read as BIO2 tags.

    Attributes:
        names: The tagger's labels as its config names them, by label index.
        scheme: IOB2, IOBES, BILOU or IO, detected from the names.
        tags: The distinct tags that the labels are read as, in order of their first label. They name the columns of
            the tagger's probabilities. B, S and U are read as `B-`; everything else, also a bare type, as `I-`.
        columns: Label index -> index in `tags` (int64). Probabilities of labels with the same column are summed.
        read_as_outside: Labels that are not tags (`[PAD]`, or `X` next to `B-PER`) and are therefore read as `O`.
        note: A sentence if the labels are spelled otherwise than `B-PER`; else empty.
    """

    names: tuple[str, ...]
    scheme: str
    tags: tuple[str, ...]
    columns: npt.NDArray[np.int64]
    read_as_outside: tuple[str, ...]
    note: str = ""

    @classmethod
    def from_id2label(cls, id2label: Mapping[int, str] | Sequence[str]) -> TaggerLabels:
        """Read a model's `config.id2label`, or its label names in index order.

        Raises:
            AnalysisError: The names are generic (`LABEL_0`), or none is an entity label.
        """
        names = tuple(id2label[index] for index in range(len(id2label)))
        if all(_GENERIC.fullmatch(name) for name in names):
            raise AnalysisError(
                f"The model's labels have no names ({', '.join(names[:3])} ...), so they cannot be matched with the "
                'corpus. Write the tag of each label, such as "B-PER", into "id2label" of its config.json.'
            )
        spelled = _usual_spelling(names)
        no_tags = malformed_tags(set(spelled))
        read = [OUTSIDE if name in no_tags else _canonical(name) for name in spelled]
        if set(read) == {OUTSIDE}:
            raise AnalysisError(
                f"None of the model's labels ({', '.join(names[:5])}) is an entity label. Use a model for NER."
            )
        tags = tuple(dict.fromkeys(read))
        return cls(
            names=names,
            scheme=scheme_of_names(set(spelled) - no_tags),
            tags=tags,
            columns=np.array([tags.index(tag) for tag in read], dtype=np.int64),
            read_as_outside=tuple(name for name in spelled if name in no_tags),
            note=_spelling_note(names, spelled),
        )

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The entity types, sorted."""
        return tuple(sorted({name for name in map(type_of, self.tags) if name is not None}))

    def gold_column(self, tag: str) -> int | None:
        """The column whose probability is that of a BIO2 tag, or None if the tagger does not know the tag.

        A tagger without `B-X` can only predict `I-X`, so both map to the column of `I-X`.
        """
        return self._gold_columns.get(tag)

    def read_predictions(self, tags: Tags) -> list[str | None]:
        """The predicted `tags` of one sentence as BIO2.

        Tags of types with a `B-` are not changed, valid or not. For other types, the first word of each run of words
        gets `B-`.
        """
        read: list[str | None] = []
        previous: str | None = None
        for tag in tags:
            name = None if tag is None else type_of(tag)
            begins = name in self._types_without_begin and name != previous
            read.append(f"B-{name}" if begins else tag)
            previous = name
        return read

    @cached_property
    def _types_without_begin(self) -> frozenset[str]:
        return frozenset(name for name in self.types if f"B-{name}" not in self.tags)

    @cached_property
    def _gold_columns(self) -> dict[str, int]:
        columns = {tag: column for column, tag in enumerate(self.tags)}
        return columns | {f"B-{name}": columns[f"I-{name}"] for name in self._types_without_begin}


def _usual_spelling(names: Sequence[str]) -> tuple[str, ...]:
    """The names, spelled like `B-PER` if all entity labels are spelled in another way.

    Labels are respelled only if some of them have the prefix B and some I: `E_mail` beside `URL` is a type.
    """
    if any(split_tag(name)[0] for name in names):
        return tuple(names)
    inside = [name for name in names if name.upper() != OUTSIDE and not _SPECIAL.fullmatch(name)]
    for spelling in _SPELLINGS:
        found = {name: match for name in inside if (match := spelling.fullmatch(name))}
        if len(found) == len(inside) and {"B", "I"} <= {match["prefix"].upper() for match in found.values()}:
            tags = {name: f"{match['prefix'].upper()}-{match['type']}" for name, match in found.items()}
            return tuple(tags.get(name, OUTSIDE if name.upper() == OUTSIDE else name) for name in names)
    return tuple(names)


def _spelling_note(names: Sequence[str], spelled: Sequence[str]) -> str:
    for name, tag in zip(names, spelled, strict=True):
        if tag not in (name, OUTSIDE):
            return f'The model\'s labels are spelled like "{name}". They were read like "{tag}".'
    return ""


def _canonical(label: str) -> str:
    prefix, name = split_tag(label)
    if not name:
        return OUTSIDE
    return f"B-{name}" if prefix in BEGIN else f"I-{name}"
