"""Label Studio's JSON export: tasks with annotations by people and predictions by models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.entity_values import entities_from
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import TEXT_KEYS, JsonObjects, count_text, list_at
from analysis.formats.json_values import JsonValue
from analysis.formats.label_studio_writer import write_label_studio
from analysis.formats.offset_units import Unit, stands_at
from analysis.formats.text_records import Entity, TextRecords
from analysis.messages import listed, quoted, shown

_LABEL_TYPES = ("labels", "hypertextlabels")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_UNNAMED_MODEL = "unnamed model"

_CANCELLED = Finding("cancelled_annotations", "Annotations that were cancelled, left out")
_FURTHER = Finding(
    "further_annotations",
    "Further annotations of a text, left out (the one marked as ground truth is read, else the first)",
)
_FURTHER_PREDICTIONS = Finding(
    "further_predictions", "Further predictions of one model for a text, left out (the first is read)"
)
_NO_LABEL = Finding("spans_without_label", "Spans without a label, left out")
_NO_SPAN = Finding("results_without_span", "Results that are not spans of the text (choices, relations ...), left out")


def read_label_studio(path: Path, columns: Columns) -> TextRecords:
    """Reads tasks: of each, the annotation that is the ground truth, else the first that was not cancelled.

    Raises:
        AnalysisError: The file is not JSON, a task or a result has another form, or several keys may be the text.
    """
    source = str(path)
    tasks = JsonObjects.of(path, Columns()).values
    for task in tasks:
        if not isinstance(task.value.get("data"), Mapping):
            raise AnalysisError(
                f'{task.place} has no "data" with the text. Export the project from Label Studio as JSON.'
            )
    findings = Findings()
    _refuse_several_texts(source, tasks)
    annotated = [_annotation(task, findings) for task in tasks]
    entities = [
        [] if annotation is None else list(_entities(annotation, task.place, findings))
        for task, annotation in zip(tasks, annotated, strict=True)
    ]
    # The id that the user gave is better known outside Label Studio than the number of the task.
    data = [JsonValue({"id": task.value.get("id"), **task.value["data"]}, task.place, task.line) for task in tasks]
    objects = JsonObjects.of_values(source, data, columns)
    text_key = text_key_of(objects, _object_names(tasks), entities)
    maker = objects.record_maker(text_key)
    records = []
    for task, one, annotation, found in zip(tasks, data, annotated, entities, strict=True):
        text = maker.text(one)
        _refuse_offsets_in_markup(task, text or "")
        record = maker.record(one, text, found)
        predictions = _predictions(task, findings)
        records.append(replace(record, predictions=predictions, labelled=annotation is not None))
    models = {name for record in records for name in record.predictions}
    return TextRecords(
        source,
        records,
        findings.counts,
        findings.notes,
        read_as=f"Read as Label Studio JSON: {count_text(len(records))} from {quoted(str(text_key))} in its data"
        + (f", and predictions of {listed(models)}." if models else "."),
        columns=maker.columns("annotations"),
    )


def _annotation(task: JsonValue, findings: Findings) -> Mapping[str, Any] | None:
    """The annotation of a task to read; None: nobody annotated it."""
    given = [one for one in list_at(task, "annotations", "completions") if isinstance(one, Mapping)]
    kept = [one for one in given if not one.get("was_cancelled")]
    for _ in range(len(given) - len(kept)):
        findings.add(_CANCELLED, task.place)
    for _ in kept[1:]:
        findings.add(_FURTHER, task.place)
    return next((one for one in kept if one.get("ground_truth")), kept[0] if kept else None)


def _predictions(task: JsonValue, findings: Findings) -> dict[str, list[Entity]]:
    """Name of a model -> the entities that it predicted."""
    predictions: dict[str, list[Entity]] = {}
    for one in list_at(task, "predictions"):
        if not isinstance(one, Mapping):
            continue
        model = str(one.get("model_version") or _UNNAMED_MODEL)
        if model in predictions:
            findings.add(_FURTHER_PREDICTIONS, f"{model} ({task.place})")
        else:
            predictions[model] = list(_entities(one, task.place, findings))
    return predictions


def _entities(answer: Mapping[str, Any], place: str, findings: Findings) -> Iterator[Entity]:
    """The entities of an annotation or a prediction, one for each label of a span."""
    for result in _results(answer, place):
        value = result.get("value") if isinstance(result, Mapping) else None
        if isinstance(value, Mapping):
            yield from span_entities(value, place, findings, result.get("score"))
        else:
            findings.add(_NO_SPAN, place)


def _results(answer: Mapping[str, Any], place: str) -> list[Any]:
    return list_at(JsonValue(answer, place), "result")


def span_entities(
    value: Mapping[str, Any], place: str, findings: Findings, score: float | None = None
) -> Iterator[Entity]:
    """The entities of a span, one for each label.

    Raises:
        AnalysisError: An entity has another form.
    """
    labels = next((value[key] for key in _LABEL_TYPES if value.get(key)), None)
    offsets = value.get("globalOffsets") or value  # of HTML, `start` is a path
    start, end = offsets.get("start"), offsets.get("end")
    if type(start) is not int or type(end) is not int:
        findings.add(_NO_SPAN, place)
    elif not labels:
        findings.add(_NO_LABEL, f"{shown(value.get('text'))} ({place})")
    else:
        span = {"start": start, "end": end, "text": value.get("text"), "labels": labels, "score": score}
        yield from entities_from(span, place)


def text_key_of(objects: JsonObjects, object_names: Sequence[str], entities: Sequence[Sequence[Entity]]) -> str | None:
    """The key of the texts: the given one, else by its name, else the one in which the spans' texts stand.

    Args:
        objects: Objects with texts.
        object_names: Names that the labelling interface gives to the texts.
        entities: The entities of each object.

    Raises:
        AnalysisError: Several keys may be meant, or none.
    """
    named = objects.key("word", (*(name.lower() for name in object_names), *TEXT_KEYS))
    if named is not None or not objects.values:
        return named
    texts = [key for key in objects.keys if all(isinstance(one.value.get(key), str) for one in objects.values)]
    fitting = [
        key
        for key in texts
        if all(_fits(one.value[key], found) for one, found in zip(objects.values, entities, strict=True))
    ]
    if len(fitting) != 1:
        raise AnalysisError(
            f"{objects.source}: it is not clear which key holds the text. "
            f"{objects.columns.choose('word', listed(fitting or objects.keys), TEXT_KEYS[0])}"
        )
    return fitting[0]


def _fits(text: str, entities: Sequence[Entity]) -> bool:
    """Whether all entities stand in a text."""
    return all(
        any(stands_at(text, entity, unit) is not None for unit in Unit)
        if entity.text
        else entity.end is not None and entity.end <= len(text)
        for entity in entities
    )


def _refuse_offsets_in_markup(task: JsonValue, text: str) -> None:
    """Refuse spans of hypertext: their offsets count the characters that are shown, not the markup.

    Raises:
        AnalysisError: The text has markup, and a span has no text or its text does not stand at its offsets.
    """
    if not _MARKUP.search(text):
        return
    for value in _span_values(task):
        if not value.get("hypertextlabels"):
            continue
        offsets = value.get("globalOffsets") or value
        start, end, covered = offsets.get("start"), offsets.get("end"), value.get("text")
        is_known = type(start) is int and type(end) is int and isinstance(covered, str) and bool(covered)
        if not is_known or not any(stands_at(text, Entity(start, end, "", text=covered), unit) for unit in Unit):
            raise AnalysisError(
                f"{task.place}: the text is HTML, and the offsets of its spans ({shown(covered)}) do not count the "
                "markup. Give the text without markup in the data, and export the spans as labels of this text."
            )


def _refuse_several_texts(source: str, tasks: Sequence[JsonValue]) -> None:
    """Refuse tasks whose spans belong to several texts.

    Raises:
        AnalysisError: They do.
    """
    names = {
        result["to_name"]
        for task in tasks
        for result in _all_results(task)
        if isinstance(result.get("to_name"), str) and _has_labels(result.get("value"))
    }
    if len(names) > 1:
        raise AnalysisError(
            f"{source} has spans in several texts of a task ({listed(names)}). Write a task for each text, and give "
            "the file of these tasks."
        )


def _has_labels(value: Any) -> bool:
    return isinstance(value, Mapping) and any(value.get(key) for key in _LABEL_TYPES)


def _span_values(task: JsonValue) -> Iterator[Mapping[str, Any]]:
    return (result["value"] for result in _all_results(task) if _has_labels(result.get("value")))


def _all_results(task: JsonValue) -> Iterator[Mapping[str, Any]]:
    """The results of all annotations and predictions of a task."""
    for one in [*list_at(task, "annotations", "completions"), *list_at(task, "predictions")]:
        if isinstance(one, Mapping):
            yield from (result for result in _results(one, task.place) if isinstance(result, Mapping))


def _object_names(tasks: Sequence[JsonValue]) -> list[str]:
    """The names of the texts in the labelling interface; the keys of the data usually have the same names."""
    names = (result.get("to_name") for task in tasks for result in _all_results(task))
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _recognises(sample: Sample) -> bool:
    objects = sample.objects
    return any(
        isinstance(one.get(key), list) for one in objects for key in ("annotations", "completions", "predictions")
    ) and all(isinstance(one.get("data"), Mapping) for one in objects)


LABEL_STUDIO = Format(
    name="label-studio",
    title="Label Studio",
    endings=(".json", ".jsonl"),
    holds="both",
    recognises=_recognises,
    read=read_label_studio,
    write=write_label_studio,
)
