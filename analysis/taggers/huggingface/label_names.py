"""The names of a model's labels, from `id2label` of its config.json."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.messages import in_order, quoted
from analysis.run.tags import OUTSIDE
from analysis.taggers.huggingface.files import CONFIG

EXAMPLE = '{"0": "O", "1": "B-PER", ...}'
KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value"}


def label_names(folder: Path, config: dict[str, Any]) -> tuple[str, ...]:
    """The names by label number.

    Args:
        folder: The tagger's folder, for messages.
        config: The content of its config.json. (transformers fails at most of the mistakes that are found here.)

    Raises:
        AnalysisError: `id2label` is missing, its keys are not the numbers from 0, or a name is not a text.
    """
    where = f'"id2label" in {folder / CONFIG}'
    id2label = config.get("id2label")
    if id2label is None:
        raise AnalysisError(f"There is no {where}, so the model's labels have no names. Write it there, as {EXAMPLE}.")
    if not isinstance(id2label, dict):
        raise AnalysisError(f"{where} is {KINDS[type(id2label)]}, not an object. Write it as {EXAMPLE}.")
    by_number = _numbered(where, id2label)
    # Numbers in place of names are refused like LABEL_0, when the names are read as tags.
    names = [str(name) if _is_number(name) else name for _, name in sorted(by_number.items())]
    for number, name in enumerate(names):
        if not isinstance(name, str) or not name.strip():
            raise AnalysisError(f'{where} has no name for label {number}. Write its tag there, such as "B-PER".')
    return tuple(names)


def label_notes(config: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Sentences for the audit on names that are probably wrong, although they can be used.

    Args:
        config: The content of config.json.
        names: The names of the labels, as `label_names` returns them.
    """
    notes = []
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        numbers[name.strip()].append(number)
    for name, same in numbers.items():
        if len(same) > 1 and name != OUTSIDE:
            notes.append(
                f"The labels {in_order(map(str, same))} of the model have the same name, {quoted(name)}, so their "
                'probabilities were summed. If one of them is another tag, correct "id2label" of its config.json.'
            )
    label2id = config.get("label2id")
    for name, number in label2id.items() if isinstance(label2id, dict) else ():
        if name in names and number not in numbers[name.strip()]:
            notes.append(
                f'"id2label" and "label2id" of the model\'s config.json contradict each other: {quoted(name)} is label '
                f'{numbers[name.strip()][0]} in one and {number} in the other. "id2label" was used.'
            )
            break
    return notes


def _numbered(where: str, id2label: dict[str, Any]) -> dict[int, Any]:
    if not id2label:
        raise AnalysisError(f"{where} is empty. Write the names of the model's labels there, as {EXAMPLE}.")
    for key in id2label:
        if not (key.isascii() and key.isdigit()):
            raise AnalysisError(f'{where} has the key "{key}" instead of a label number. Write it as {EXAMPLE}.')
    by_number = {int(key): name for key, name in id2label.items()}
    absent = sorted(set(range(len(by_number))) - by_number.keys())
    if absent == [0] and max(by_number) == len(by_number):
        raise AnalysisError(f"{where} counts from 1, but a model's labels are numbered from 0. Write it as {EXAMPLE}.")
    if absent:
        keys = ", ".join(map(str, sorted(by_number)))
        raise AnalysisError(f"{where} has no name for label {absent[0]} (it has {keys}). Name every label from 0.")
    return by_number


def _is_number(name: Any) -> bool:
    return isinstance(name, int | float) and not isinstance(name, bool)
