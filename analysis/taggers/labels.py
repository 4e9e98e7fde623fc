"""How the labels of a tagger are read as BIO2 tags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError
from analysis.formats.tag_forms import are_brackets, read_forms
from analysis.formats.tag_schemes import BEGIN, IOB2, Tags, scheme_of_names, split_tag, to_bio2
from analysis.messages import shown
from analysis.run.tags import OUTSIDE, type_of

_GENERIC = re.compile(r"(LABEL_)?[\d.]+", re.IGNORECASE)


@dataclass(frozen=True)
class TaggerLabels:
    """How the labels of a tagger are read as BIO2 tags.

    Attributes:
        names: The tagger's labels as its config names them, by label index.
        standard: The same labels in the form `B-PER`; those that are not tags are `O`.
        scheme: IOB2, IOBES, BILOU or IO, detected from the names.
        tags: The distinct tags that the labels are read as, in order of their first label. They name the columns of
            the tagger's probabilities. B, S, U and W are read as `B-`; everything else, also a bare type, as `I-`.
        columns: Label index -> index in `tags` (int64). Probabilities of labels with the same column are summed.
        read_as_outside: Labels that are read as `O`: those that are not tags (`[PAD]`, or `X` next to `B-PER`), and
            other names of `O` (`NONE`).
        note: A sentence if the labels do not have the form `B-PER`; else empty.
    """

    names: tuple[str, ...]
    standard: tuple[str, ...]
    scheme: str
    tags: tuple[str, ...]
    columns: npt.NDArray[np.int64]
    read_as_outside: tuple[str, ...]
    note: str = ""

    @classmethod
    def from_id2label(cls, id2label: Mapping[int, str] | Sequence[str]) -> TaggerLabels:
        """Read a model's `config.id2label`, or its label names in index order.

        Raises:
            AnalysisError: The names are generic (`LABEL_0`), in a form that cannot be read as one tag, or none is an
                entity label.
        """
        names = tuple(id2label[index] for index in range(len(id2label)))
        if all(_GENERIC.fullmatch(name) for name in names):
            raise AnalysisError(
                f"The model's labels have no names ({', '.join(names[:3])} ...), so they cannot be matched with the "
                'corpus. Write the tag of each label, such as "B-PER", into "id2label" of its config.json.'
            )
        forms = read_forms(set(names))
        if are_brackets(names) or forms.several:
            unreadable = min(forms.several or {name for name in names if name.startswith("(")})
            raise AnalysisError(
                f"The model's label {shown(unreadable)} does not have the form of one tag, such as "
                '"B-PER". Correct "id2label" of its config.json.'
            )
        no_tags = forms.malformed
        standard = tuple(OUTSIDE if name in no_tags else _standard(forms.names[name]) for name in names)
        read = [_merged(label) for label in standard]
        if set(read) == {OUTSIDE}:
            raise AnalysisError(
                f"None of the model's labels ({', '.join(names[:5])}) is an entity label. Use a model for NER."
            )
        tags = tuple(dict.fromkeys(read))
        form = forms.example
        return cls(
            names=names,
            standard=standard,
            scheme=scheme_of_names(set(standard)),
            tags=tags,
            columns=np.array([tags.index(tag) for tag in read], dtype=np.int64),
            read_as_outside=tuple(name for name in names if name in no_tags | forms.outside),
            note=f"The model's labels have the form {form[0]}, which is read as {form[1]}." if form else "",
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
        """The predicted tags of one sentence, labels in the form of `standard`, as BIO2.

        They are read by the rule for gold tags (`to_bio2`), but tags of IOB2 are not changed, valid or not. Of types
        without a `B-`, the first word of each run of words gets `B-`.
        """
        if self.scheme != IOB2:
            return to_bio2([tags], self.scheme)[0][0]
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


def _standard(label: str) -> str:
    """A label with its type, also if it consists of a prefix only."""
    prefix, name = split_tag(label)
    return f"{prefix}-{name}" if prefix else label


def _merged(label: str) -> str:
    """The tag in whose probability that of a label is contained."""
    prefix, name = split_tag(label)
    if not name:
        return OUTSIDE
    return f"B-{name}" if prefix in BEGIN else f"I-{name}"
