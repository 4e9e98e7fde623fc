"""Plain-text output for a terminal: a run's scores, confusion matrix and audit, and the list of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.messages import in_order, printable
from analysis.store.store import RunSummary
from analysis.taggers.capabilities import capabilities

_MAX_CELL_LENGTH = 60
SECONDS_TITLE = "Seconds of the analysis that computed each stage (this one, or another whose result was reused)"
SCORERS = {
    "strict": "strict (micro)",
    "macro": "strict (macro)",
    "weighted": "strict (weighted)",
    "seqeval_default": "seqeval, default",
    "seqeval_strict": "seqeval, strict IOB2",
    "nervaluate.strict": "nervaluate, strict",
    "nervaluate.exact": "nervaluate, exact",
    "nervaluate.partial": "nervaluate, partial",
    "nervaluate.ent_type": "nervaluate, type",
}


def run_text(manifest: Mapping[str, Any]) -> str:
    """A summary of a run: scores, confusion matrix and audit."""
    corpus, tagger = manifest["corpus"], manifest["tagger"]
    head = [
        ("Run", manifest["run"]),
        ("Name", manifest["name"]),
        ("Analysed", manifest["created"]),
        ("Corpus", corpus_text(corpus)),
        ("Tagger", tagger_text(tagger)),
        *_capabilities(manifest),
    ]
    sections = [
        "\n".join(f"{name:<9} {printable(value)}" for name, value in head),
        _titled("Scores", _scores(manifest["scores"])),
        _titled("Entity types (strict, F1 with its 95% interval)", _types(manifest["scores"]["per_type"])),
        _titled("Outcomes of spans", _table([], [[k, f"{n:,}"] for k, n in manifest["scores"]["outcomes"].items()])),
        _titled("Confusion of types (rows gold, columns predicted)", _confusion(manifest["confusion"]["types"])),
        _titled("Audit", audit_text(manifest["audit"])),
        _titled(
            SECONDS_TITLE,
            _table([], [[name, f"{taken:.1f}"] for name, taken in manifest["timings"].items()]),
        ),
    ]
    return "\n\n".join(sections)


def corpus_text(corpus: Mapping[str, Any]) -> str:
    """The corpus with its size."""
    return (
        f"{corpus['label']}: {corpus['sentences']:,} sentences, {corpus['words']:,} words, "
        f"{corpus['spans']:,} gold spans"
    )


def tagger_text(tagger: Mapping[str, Any]) -> str:
    """The tagger with its architecture and size, if it is a model."""
    if "parameters" not in tagger:
        return f"{tagger['label']} ({tagger['backend']})"
    return f"{tagger['label']}: {tagger['architecture']}, {tagger['parameters'] / 1e6:,.1f} M parameters"


def _capabilities(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the run has besides tags, and what it lacks with the reason."""
    found = capabilities(manifest)
    lines = [("Has", ", ".join(["predicted tags", *(name for name, why in found.items() if why is None)]))]
    for reason in dict.fromkeys(why for why in found.values() if why is not None):
        names = ", ".join(name for name, why in found.items() if why == reason)
        lines.append(("Lacks", f"{names}: {reason}" if reason else names))
    return lines


def audit_text(audit: Mapping[str, Any]) -> str:
    """The findings of the audit as a list."""
    return "\n".join(f"- {printable(line)}" for line in audit_lines(audit))


def audit_lines(audit: Mapping[str, Any]) -> list[str]:
    """What was found in the data and how it was read, one line per finding; empty findings are omitted."""
    spans = ", ".join(f"{in_order([name])} {count:,}" for name, count in audit["spans"].items())
    invalid, duplicates, sampled = audit["invalid_transitions"], audit["duplicate_ids"], audit["sampled"]
    lines = [f"{audit['sentences']:,} sentences, {audit['words']:,} words, tags in {audit['scheme']}"]
    if audit.get("read_as"):
        lines.append(audit["read_as"])
    if audit.get("predictions_read_as"):
        lines.append(f"Predictions: {audit['predictions_read_as']}")
    if sampled:
        lines.append(f"a sample of at most {sampled['limit']:,} of {sampled['of']:,} sentences, seed {sampled['seed']}")
    lines.append(f"gold spans: {spans or 'none'}")
    if invalid["count"]:
        first = invalid["examples"][0]
        sentence = in_order([first["sentence_id"]])
        lines.append(
            f"invalid gold transitions: {invalid['count']:,}, {invalid['read_as']}; first: {first['tag']} after "
            f"{first['previous'] or 'the sentence start'} in sentence {sentence}, word {first['position']}"
        )
    if duplicates["count"]:
        lines.append(f"duplicate sentence ids: {duplicates['count']:,}, for example {in_order(duplicates['examples'])}")
    for key, what in [
        ("labels_only_in_data", "labels only in the data (the tagger never predicts them)"),
        ("labels_only_in_model", "labels only in the tagger (every prediction of them is an error)"),
        ("labels_read_as_outside", "labels of the tagger that are read as O"),
    ]:
        if audit.get(key):
            lines.append(f"{what}: {in_order(audit[key])}")
    for key, what in [
        ("documents", "documents"),
        ("empty_sentences", "empty sentences"),
        ("unlabelled_words", "words without a gold tag (they count in no span and no score)"),
        ("unknown_gold_words", "words whose gold tag the tagger does not know (no loss)"),
        ("words_without_subword", "words without a subword"),
        ("words_without_prediction", "words without a prediction"),
        ("windowed_sentences", "sentences longer than the tagger's input, split into windows"),
        ("spans_begun_with_inside", "predicted spans that begin with I-"),
    ]:
        if audit.get(key):
            lines.append(f"{what}: {audit[key]:,}")
    lines += _cut_for_encoder(audit.get("sentence_encoder"))
    lines += [f"{what.replace('_', ' ')}: {count:,}" for what, count in audit["counts"].items() if count]
    return [*lines, *audit.get("notes", []), *audit.get("warnings", [])]


def _cut_for_encoder(encoder: Mapping[str, Any] | None) -> list[str]:
    """Lines on sentences that the sentence encoder truncated; none for a run that did not count them."""
    if not encoder:
        return []
    counts = [("", encoder["cut_sentences"])]
    counts += [(f" in the reference {one['label']}", one["cut_sentences"]) for one in encoder["references"]]
    truncated = f"truncated to {encoder['max_length']} subwords by the sentence encoder"
    return [f"sentences{where} {truncated}: {count:,}" for where, count in counts if count]


def runs_text(runs: Sequence[RunSummary]) -> str:
    """The list of runs, one line each, followed by the problems of runs that cannot be read."""
    readable = [run for run in runs if run.problem is None]
    rows = [
        [run.id, run.name, run.created.removesuffix("+00:00"), f"{run.sentences:,}", f"{run.words:,}", _figure(run.f1)]
        for run in readable
    ]
    parts = [_table(["run", "name", "analysed (UTC)", "sentences", "words", "F1"], rows, left=3)] if rows else []
    parts += [printable(run.problem) for run in runs if run.problem is not None]
    return "\n".join(parts)


def flat_scores(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Scores by the keys of SCORERS."""
    return {
        **scores,
        **{average: scores["strict"][average] for average in ("macro", "weighted")},
        **{f"nervaluate.{mode}": figures for mode, figures in scores["nervaluate"].items()},
    }


def _scores(scores: Mapping[str, Any]) -> str:
    flat = flat_scores(scores)
    rows = [
        [title, *(_figure(flat[key][name]) for name in ("precision", "recall", "f1"))] for key, title in SCORERS.items()
    ]
    return _table(["", "precision", "recall", "F1"], rows)


def _types(per_type: Mapping[str, Any]) -> str:
    rows = []
    for name, score in per_type.items():
        interval = score["intervals"]["f1"]
        rows.append(
            [
                name,
                *(_figure(score[key]) for key in ("precision", "recall", "f1")),
                "-" if interval is None else f"{interval[0]:.3f}-{interval[1]:.3f}",
                f"{score['support']:,}",
                f"{score['predicted']:,}",
            ]
        )
    return _table(["", "precision", "recall", "F1", "95%", "gold", "predicted"], rows)


def _confusion(confusion: Mapping[str, Any]) -> str:
    labels = confusion["labels"]
    rows = [
        [name, *(f"{count:,}" if count else "." for count in counts)]
        for name, counts in zip([*labels, "spurious"], confusion["counts"], strict=True)
    ]
    return _table(["", *labels, "missed"], rows)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _titled(title: str, text: str) -> str:
    return f"{title}\n{text}"


def _cut(cell: str) -> str:
    return cell if len(cell) <= _MAX_CELL_LENGTH else f"{cell[:_MAX_CELL_LENGTH]}…"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Columns two spaces apart: the first `left` left-aligned, the others right-aligned."""
    lines = [[_cut(printable(cell)) for cell in line] for line in (*([header] if header else []), *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
