"""What a report on a run contains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from analysis.command_line.text_report import audit_lines
from analysis.run.rerun import rerun_command
from analysis.run.run import Run
from analysis.run.schema import CORRECT, OUTCOMES
from analysis.run.tags import MISSING

WORST_SENTENCES = 15
CONFUSIONS = 15
EXAMPLES = 3
EXAMPLE_ROWS = 2_000
"""How many errors of a kind are read to find its most frequent texts."""


@dataclass(frozen=True)
class Span:
    """An entity by the positions of its words in its sentence.

    Attributes:
        start: The first word.
        end: The word after the last one.
        type: The entity type.
        text: Its words joined with spaces.
    """

    start: int
    end: int
    type: str
    text: str


@dataclass(frozen=True)
class Pair:
    """A row of the ledger.

    Attributes:
        outcome: One of analysis.run.schema.OUTCOMES.
        gold: The gold span; None: spurious.
        predicted: The predicted span; None: missed.
    """

    outcome: str
    gold: Span | None
    predicted: Span | None

    @property
    def is_error(self) -> bool:
        """Whether it is not correct."""
        return self.outcome != OUTCOMES[CORRECT]


@dataclass(frozen=True)
class WorstSentence:
    """A sentence with errors.

    Attributes:
        id: As in the corpus.
        document: The id of its document; None: in no document.
        words: Its words.
        loss: The sum of its words' losses, in nats; None: the run has no losses.
        errors: The number of pairs that are not correct.
        pairs: Its rows of the ledger.
    """

    id: str
    document: str | None
    words: Sequence[str]
    loss: float | None
    errors: int
    pairs: Sequence[Pair]


@dataclass(frozen=True)
class Confusion:
    """Errors of one kind.

    Attributes:
        outcome: One of analysis.run.schema.OUTCOMES.
        gold: The gold type; None: spurious.
        predicted: The predicted type; None: missed.
        count: How often it occurs.
        examples: The most frequent texts: of the gold span, else of the predicted one.
    """

    outcome: str
    gold: str | None
    predicted: str | None
    count: int
    examples: Sequence[str]


@dataclass(frozen=True)
class Report:
    """Everything in a report; the mappings are entries of the run's manifest (docs/store.md).

    Attributes:
        run: The run id.
        name: The name of the run.
        created: When it was analysed, in UTC.
        corpus: Label and counts.
        tagger: Label, backend and, of a model, its architecture.
        scores: All scores with their intervals.
        matrix: The confusion matrix of types; the last row is spurious, the last column missed.
        confusions: The most frequent errors.
        worst_by: What the worst sentences are sorted by.
        worst: The worst sentences.
        audit: What was found in the data and how it was read.
        command: The command that makes the run.
        hashes: Name of a resource -> hash of its contents.
        versions: Of Python and the libraries.
        seconds: How long the analysis took.
    """

    run: str
    name: str
    created: str
    corpus: Mapping[str, Any]
    tagger: Mapping[str, Any]
    scores: Mapping[str, Any]
    matrix: Mapping[str, Any]
    confusions: Sequence[Confusion]
    worst_by: Literal["loss", "errors"]
    worst: Sequence[WorstSentence]
    audit: Sequence[str]
    command: str
    hashes: Mapping[str, str]
    versions: Mapping[str, str]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)


def report_of(run: Run) -> Report:
    """The report on a published run."""
    manifest = run.manifest
    has_losses = bool(np.any(~np.isnan(run.words.loss)))
    errors = np.bincount(
        run.spans.sentence[run.spans.outcome != CORRECT].astype(np.int64), minlength=len(run.sentences)
    )
    return Report(
        run=run.id,
        name=run.name,
        created=manifest["created"],
        corpus=manifest["corpus"],
        tagger={name: value for name, value in manifest["tagger"].items() if name not in ("labels", "tags")},
        scores=manifest["scores"],
        matrix=manifest["confusion"]["types"],
        confusions=_confusions(run),
        worst_by="loss" if has_losses else "errors",
        worst=_worst(run, errors, has_losses),
        audit=audit_lines(manifest["audit"]),
        command=rerun_command(manifest),
        hashes=manifest["hashes"],
        versions=manifest["versions"],
        seconds=sum(manifest["timings"].values()),
    )


def _worst(run: Run, errors: npt.NDArray[np.int64], has_losses: bool) -> list[WorstSentence]:
    badness = run.sentences.loss_total if has_losses else errors
    rows = np.argsort(-badness, kind="stable")[:WORST_SENTENCES]
    return [_sentence(run, int(row), int(errors[row]), has_losses) for row in rows if badness[row] > 0]


def _sentence(run: Run, row: int, errors: int, has_losses: bool) -> WorstSentence:
    first, last = np.searchsorted(run.spans.sentence, [row, row + 1])
    return WorstSentence(
        id=run.sentences.id[row].as_py(),
        document=run.sentences.document[row].as_py(),
        words=_words(run, row),
        loss=float(run.sentences.loss_total[row]) if has_losses else None,
        errors=errors,
        pairs=[_pair(run, int(at)) for at in range(first, last)],
    )


def _words(run: Run, row: int) -> list[str]:
    at = run.sentence_words(row)
    words: list[str] = run.words.text.slice(at.start, at.stop - at.start).to_pylist()
    return words


def _pair(run: Run, row: int) -> Pair:
    """A row of the ledger."""
    words = _words(run, int(run.spans.sentence[row]))

    def span(side: str) -> Span | None:
        start, end, code = (int(getattr(run.spans, f"{side}_{name}")[row]) for name in ("start", "end", "type"))
        return None if start == MISSING else Span(start, end, run.tag_set.types[code], " ".join(words[start:end]))

    return Pair(OUTCOMES[run.spans.outcome[row]], span("gold"), span("predicted"))


def _confusions(run: Run) -> list[Confusion]:
    """The most frequent kinds of errors, with examples."""
    spans = run.spans
    rows = np.flatnonzero(spans.outcome != CORRECT)
    kinds = np.stack([spans.outcome[rows], spans.gold_type[rows], spans.predicted_type[rows]], axis=1).astype(np.int64)
    distinct, kind_of, counts = np.unique(kinds, axis=0, return_inverse=True, return_counts=True)
    names = (*run.tag_set.types, None)  # MISSING is -1, the last
    found = []
    for kind in np.argsort(-counts, kind="stable")[:CONFUSIONS]:
        outcome, gold, predicted = distinct[kind].tolist()
        pairs = [_pair(run, int(row)) for row in rows[kind_of.ravel() == kind][:EXAMPLE_ROWS]]
        texts = Counter(side.text for pair in pairs if (side := pair.gold or pair.predicted) is not None)
        examples = [text for text, _ in texts.most_common(EXAMPLES)]
        found.append(Confusion(OUTCOMES[outcome], names[gold], names[predicted], int(counts[kind]), examples))
    return found
