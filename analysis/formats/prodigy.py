"""JSON lines of Prodigy's `db-out`: texts with spans, usually with their tokens, and what the annotator answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.entity_values import entities_of
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import OTHER_WORDS, JsonObjects, count_text, list_at, with_keys_of
from analysis.formats.json_values import JsonValue
from analysis.formats.prodigy_writer import write_prodigy
from analysis.formats.text_records import TextRecords
from analysis.formats.text_words import Bounds, bounds_in_order, cover
from analysis.messages import quoted, shown

_ACCEPTED = "accept"
_NOT_ACCEPTED = {
    "reject": Finding("rejected_texts", 'Texts with the answer "reject", left out'),
    "ignore": Finding("ignored_texts", 'Texts with the answer "ignore", left out'),
}
_WRONG_TOKEN_OFFSETS = Finding(
    "tokens_with_wrong_offsets", "Texts whose tokens have wrong offsets, placed by the tokens' texts"
)
_MARKS = ("answer", "_input_hash", "_task_hash", "_session_id", "_annotator_id", "_view_id", "tokens")


def read_prodigy(path: Path, columns: Columns) -> TextRecords:
    """Reads the accepted texts.

    Raises:
        AnalysisError: The file is not JSON lines, or a text, its tokens or its spans have another form.
    """
    tasks = JsonObjects.of(path, columns).values
    objects = JsonObjects.of_values(str(path), [with_keys_of(one, "meta") for one in tasks], columns)
    text_key = objects.key("word", ("text",))
    spans_key = objects.key("tag", ("spans",))
    maker = objects.record_maker(text_key)
    findings = Findings()
    records = []
    for one in objects.values:
        text = maker.text(one)
        if text is None:
            raise AnalysisError(f"{one.place} has no {quoted(str(text_key))}. Give texts; images are not read.")
        answer = str(one.value.get("answer") or _ACCEPTED).lower()
        if answer != _ACCEPTED and answer not in _NOT_ACCEPTED:
            raise AnalysisError(
                f'{one.place} has the answer {shown(one.value["answer"])}. Write "accept", "reject" or "ignore".'
            )
        if answer in _NOT_ACCEPTED:
            findings.add(_NOT_ACCEPTED[answer], f"{shown(text)} ({one.place})")
            continue
        words = _words(one, text, findings)
        spans = [_with_offsets(span, words) for span in list_at(one, str(spans_key))]
        if words is not None and not cover(text, words):
            findings.add(OTHER_WORDS, f"{shown(text)} ({one.place})")
            words = None
        records.append(replace(maker.record(one, text, entities_of(spans, one.place)), words=words))
    own = sum(record.words is not None for record in records)
    tokens = "their own tokens" if own == len(records) else f"their own tokens ({own:,} of them)"
    return TextRecords(
        str(path),
        records,
        findings.counts,
        findings.notes,
        read_as=f"Read as Prodigy JSON lines: {count_text(len(records))}{f' with {tokens}' if own else ''}, spans from "
        f"{quoted(spans_key or 'spans')}.",
        columns=maker.columns(spans_key),
    )


def _words(one: JsonValue, text: str, findings: Findings) -> list[Bounds] | None:
    """The bounds of the tokens in the text; None: it has none, or does not consist of them."""
    tokens = one.value.get("tokens")
    if not tokens:
        return None
    if not isinstance(tokens, list) or not all(
        isinstance(token, Mapping) and isinstance(token.get("text"), str) for token in tokens
    ):
        raise AnalysisError(
            f'{one.place}: "tokens" contains {shown(tokens)}. Write them as [{{"text": "Ada", "start": 0, "end": 3}}].'
        )
    given = [(token.get("start"), token.get("end")) for token in tokens]
    if _fit(text, tokens, given):
        return given
    bounds = bounds_in_order(text, [token["text"] for token in tokens])
    findings.add(OTHER_WORDS if bounds is None else _WRONG_TOKEN_OFFSETS, f"{shown(text)} ({one.place})")
    return bounds


def _fit(text: str, tokens: Sequence[Mapping[str, Any]], bounds: Sequence[tuple[Any, Any]]) -> bool:
    """Whether the tokens stand at their offsets, one after the other."""
    position = 0
    for token, (start, end) in zip(tokens, bounds, strict=True):
        if type(start) is not int or type(end) is not int or start < position or text[start:end] != token["text"]:
            return False
        position = end
    return True


def _with_offsets(span: Any, words: Sequence[Bounds] | None) -> Any:
    """A span that has only the numbers of its tokens, with their offsets. `token_end` is inclusive."""
    if not isinstance(span, Mapping) or words is None or span.get("start") is not None:
        return span
    first, last = span.get("token_start"), span.get("token_end")
    if type(first) is not int or type(last) is not int or not 0 <= first <= last < len(words):
        return span
    return {**span, "start": words[first][0], "end": words[last][1]}


def _recognises(sample: Sample) -> bool:
    objects = sample.objects
    return any(isinstance(one.get("spans"), list) or "answer" in one for one in objects) and all(
        isinstance(one.get("text"), str) and any(mark in one for mark in _MARKS) and _tokens_fit(one) for one in objects
    )


def _tokens_fit(one: Mapping[str, Any]) -> bool:
    tokens = one.get("tokens") or []
    return isinstance(tokens, list) and all(isinstance(token, Mapping) for token in tokens)


PRODIGY = Format(
    name="prodigy",
    title="Prodigy",
    endings=(".jsonl", ".json"),
    holds="both",
    recognises=_recognises,
    read=read_prodigy,
    write=write_prodigy,
)
