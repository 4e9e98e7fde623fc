"""Finds the key of the gold or predicted labels in the beginning of a JSON file that may have both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.formats.format import Sample
from analysis.formats.label_names import Labels, in_order, labels_said, says_other
from analysis.formats.records import TAG_COLUMNS

ENTITY_KEYS = ("entities", "spans", "annotations", "labels", "label", "ner", "predictions", "mentions")
"""Usual keys of entities, in the order in which they are looked for."""
USUAL_KEYS = (*ENTITY_KEYS, "ents", *TAG_COLUMNS)
"""The same with those of word tags."""
_USUAL_KEY = "entities"


def may_hold_labels(values: Iterable[Any]) -> bool:
    """Whether the values of a key may be labels: lists or mappings, or nothing."""
    return all(value is None or isinstance(value, (list, Mapping)) for value in values)


def key_of_labels(objects: Sequence[Mapping[str, Any]], usual: Sequence[str], labels: Labels) -> str | None:
    """The key of labels; None: there is none.

    Args:
        objects: The objects of a file.
        usual: Usual names of the key, the most usual first.
        labels: The labels that are looked for. A key whose name promises them comes first.
    """
    keys = list(dict.fromkeys(key for one in objects for key in one))
    said = {
        key for key in keys if labels_said(key) is None or may_hold_labels(one[key] for one in objects if key in one)
    }
    return next(iter(in_order([key for key in keys if key in said], usual, labels)), None)


def samples_with_labels(sample: Sample, labels: Labels, given: str | None = None) -> Iterator[Sample]:
    """A sample without the keys of other labels; the same with a usual name for the key of its labels, if it has none.

    Formats recognise a file by its labels, and shall not take others for them.

    Args:
        sample: The beginning of a file.
        labels: The labels that are to be read.
        given: Their key; None: it is found.
    """
    objects = sample.objects
    key = key_of_labels(objects, USUAL_KEYS, labels) if given is None else given
    if key is None or not any(key in one for one in objects):
        yield sample
        return
    is_certain = given is not None or labels_said(key) == labels
    others = {
        other
        for one in objects
        for other, value in one.items()
        if other != key
        and isinstance(value, (list, Mapping))
        and (says_other(other, labels) or (is_certain and (other.lower() in USUAL_KEYS or labels_said(other))))
    }
    kept = [
        {name: value for name, value in one.items() if name not in others} if isinstance(one, dict) else one
        for one in sample.values
    ]
    yield _with_values(sample, kept) if others else sample
    if key.lower() not in USUAL_KEYS:
        yield _with_values(
            sample,
            [
                {_USUAL_KEY if name == key else name: value for name, value in one.items()}
                if isinstance(one, dict)
                else one
                for one in kept
            ],
        )


def _with_values(sample: Sample, values: Sequence[Any]) -> Sample:
    return replace(sample, content="\n".join(map(json.dumps, values)).encode())
