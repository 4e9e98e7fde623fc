"""Records of Argilla: `responses` by people and `suggestions` by models; in version 1 `annotation` and `prediction`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.argilla_writer import GOLD_AGENT, write_argilla
from analysis.formats.entity_values import entities_of, entity_bounds, is_entity
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import TEXT_KEYS, JsonObjects, count_text, list_at, with_keys_of, words_of
from analysis.formats.json_values import JsonValue
from analysis.formats.text_records import Entity, TextRecords
from analysis.messages import listed, quoted, shown

_UNNAMED_MODEL = "suggestions"
_VERSION_1 = "annotation"
_KEYS_OF_VERSION_1 = (_VERSION_1, "prediction")
_SUGGESTION = "-suggestion"
"""Ends the key of suggestions in data sets of `FeedbackDataset`; the responses stand under the key without it."""

_DISCARDED = Finding("discarded_texts", "Texts that were discarded, left out")
_UNSUBMITTED = Finding("unsubmitted_responses", "Responses that are drafts or were discarded, left out")
_FURTHER = Finding("further_responses", "Further responses to a text, left out (the first is read)")
_FURTHER_SUGGESTIONS = Finding(
    "further_suggestions", "Further suggestions of one model for a text, left out (the first is read)"
)


@dataclass(frozen=True)
class _Answer:
    """What a person or a model answered to a question.

    Attributes:
        question: The name of the question.
        value: Spans, or the answer to another kind of question.
        model: Its name; None: a person answered.
        status: The status of a person's response; empty: not given.
    """

    question: str
    value: Any
    model: str | None = None
    status: str = ""


def read_argilla(path: Path, columns: Columns) -> TextRecords:
    """Reads records of version 2 (nested or flat) and version 1. The first submitted response is gold.

    Raises:
        AnalysisError: The file is not JSON, spans have another form, or several questions have spans as answers.
    """
    records = JsonObjects.of(path, Columns()).values
    data = [with_keys_of(JsonValue(_fields(one.value), one.place, one.line), "metadata") for one in records]
    objects = JsonObjects.of_values(str(path), data, replace(columns, tag=None))
    text_key = objects.key("word", TEXT_KEYS)
    answers = [list(_answers(one)) for one in records]
    question = _question(str(path), answers, columns)
    maker = objects.record_maker(text_key)
    findings = Findings()
    found = []
    for one, all_given in zip(data, answers, strict=True):
        text = maker.text(one)
        if str(one.value.get("status")).lower() == "discarded":
            findings.add(_DISCARDED, f"{shown(text)} ({one.place})")
            continue
        given = [answer for answer in all_given if answer.question == question]
        response = _response(one, given, findings)
        found.append(
            replace(
                maker.record(one, text, [] if response is None else entities_of(response.value, one.place)),
                words=words_of(one, text, findings),
                predictions=_predictions(one, given, findings),
                labelled=response is not None,
            )
        )
    models = {name for record in found for name in record.predictions}
    return TextRecords(
        str(path),
        found,
        findings.counts,
        findings.notes,
        read_as=f"Read as Argilla records: {count_text(len(found))} from {quoted(str(text_key))}, spans from "
        f"{quoted(question)}" + (f", and suggestions of {listed(models)}." if models else "."),
        columns=maker.columns(question),
    )


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose fields stand beside its id and status."""
    fields = record.get("fields")
    return {**record, **fields} if isinstance(fields, Mapping) else dict(record)


def _answers(one: JsonValue) -> Iterator[_Answer]:
    """All answers to all questions, in the order of the record.

    Raises:
        AnalysisError: Responses or suggestions have another form.
    """
    record = one.value
    if record.get("annotation") is not None:
        yield _Answer(_VERSION_1, record["annotation"])
    if record.get("prediction") is not None:
        yield _Answer(_VERSION_1, record["prediction"], str(record.get("prediction_agent") or _UNNAMED_MODEL))
    for key in record:
        question, _, kind = key.rpartition(".")
        if question and kind == "suggestion" and record[key] is not None:
            yield _Answer(question, record[key], str(record.get(f"{key}.agent") or _UNNAMED_MODEL))
        elif question and kind == "responses":
            statuses = list_at(one, f"{key}.status")
            for number, response in enumerate(list_at(one, key)):
                yield _Answer(question, response, status=str(statuses[number]) if number < len(statuses) else "")
    for key in [key.removesuffix(_SUGGESTION) for key in record if key.endswith(_SUGGESTION)]:
        metadata = record.get(f"{key}{_SUGGESTION}-metadata")
        agent = metadata.get("agent") if isinstance(metadata, Mapping) else None
        yield from _nested({key: record.get(key)}, False)
        yield from _nested({key: {"value": record[f"{key}{_SUGGESTION}"], "agent": agent}}, True)
    for key in ("responses", "suggestions"):
        given = record.get(key)
        yield from _nested(given if isinstance(given, Mapping) else list_at(one, key), key == "suggestions")


def _nested(given: Any, by_models: bool) -> Iterator[_Answer]:
    """Responses or suggestions: by question (`{"ner": [{"value"}]}`), or a list that names the question of each."""
    if isinstance(given, Mapping):
        for question, answers in given.items():
            for answer in answers if isinstance(answers, list) else [answers]:
                if isinstance(answer, Mapping) and answer.get("value") is None:
                    continue
                yield _answer(question, answer, by_models)
        return
    for answer in given:
        if isinstance(answer, Mapping) and isinstance(answer.get("values"), Mapping):
            for question, one in answer["values"].items():
                yield _answer(question, {**answer, **one} if isinstance(one, Mapping) else one, by_models)
        elif isinstance(answer, Mapping):
            yield _answer(str(answer.get("question_name", "")), answer, by_models)


def _answer(question: str, answer: Any, by_models: bool) -> _Answer:
    if not isinstance(answer, Mapping):
        return _Answer(question, None)
    value: Any = answer.get("value")
    scores: Any = answer.get("score")
    if (
        isinstance(value, list)
        and isinstance(scores, list)
        and len(value) == len(scores)
        and all(isinstance(span, Mapping) for span in value)
    ):
        value = [{"score": score, **span} for span, score in zip(value, scores, strict=True)]
    if by_models and answer.get("agent") != GOLD_AGENT:
        return _Answer(question, value, str(answer.get("agent") or _UNNAMED_MODEL))
    return _Answer(question, value, status=str(answer.get("status") or ""))


def _question(source: str, answers: Sequence[Sequence[_Answer]], columns: Columns) -> str:
    """The question whose answers are spans."""
    given = columns.tag
    names: defaultdict[str, bool] = defaultdict(bool)
    for answer in (answer for one in answers for answer in one):
        is_list = isinstance(answer.value, list)
        names[answer.question] |= is_list and any(map(is_entity, answer.value))
    spans = [name for name, has_spans in names.items() if has_spans]
    if given is not None and given in names:
        return given
    if given is not None or len(spans) > 1:
        raise AnalysisError(
            f"{source} has {'no question ' + quoted(given) if given else 'several questions with spans'}. "
            f"{columns.choose('tag', listed(spans or names), _VERSION_1)}"
        )
    return next(iter([*spans, *names]), _VERSION_1)


def _response(one: JsonValue, given: Sequence[_Answer], findings: Findings) -> _Answer | None:
    """The first response that was submitted; None: there is none."""
    responses = [answer for answer in given if answer.model is None]
    submitted = [answer for answer in responses if answer.status in ("", "submitted") and answer.value is not None]
    for _ in range(len(responses) - len(submitted)):
        findings.add(_UNSUBMITTED, one.place)
    for _ in submitted[1:]:
        findings.add(_FURTHER, one.place)
    return submitted[0] if submitted else None


def _predictions(one: JsonValue, given: Sequence[_Answer], findings: Findings) -> dict[str, list[Entity]]:
    predictions: dict[str, list[Entity]] = {}
    for answer in given:
        if answer.model is not None and answer.model in predictions:
            findings.add(_FURTHER_SUGGESTIONS, f"{answer.model} ({one.place})")
        elif answer.model is not None:
            predictions[answer.model] = entities_of(answer.value, one.place)
    return predictions


def _recognises(sample: Sample) -> bool:
    """Whether all objects are records, and have keys that only Argilla writes, or answers with spans."""
    objects = sample.objects
    return all(map(_is_record, objects)) and any(
        key not in _KEYS_OF_VERSION_1 or _holds_spans(value)
        for one in objects
        for key, value in one.items()
        if _is_answer(key)
    )


def _holds_spans(value: Any) -> bool:
    """Whether a span stands anywhere in a value."""
    if isinstance(value, Mapping):
        return is_entity(value) or any(map(_holds_spans, value.values()))
    return isinstance(value, list) and (
        entity_bounds(value)[0] is not None or any(_holds_spans(inner) for inner in value)
    )


def _is_record(one: Mapping[str, Any]) -> bool:
    has_text = any(isinstance(_fields(one).get(key), str) for key in TEXT_KEYS)
    return has_text and any(map(_is_answer, one))


def _is_answer(key: str) -> bool:
    """Whether answers stand under a key of a record."""
    return key in (*_KEYS_OF_VERSION_1, "responses", "suggestions") or key.endswith(
        (".responses", ".suggestion", _SUGGESTION)
    )


ARGILLA = Format(
    name="argilla",
    title="Argilla",
    endings=(".json", ".jsonl"),
    holds="both",
    recognises=_recognises,
    read=read_argilla,
    write=write_argilla,
)
