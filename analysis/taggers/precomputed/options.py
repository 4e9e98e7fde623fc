"""The options of predictions from a file."""

from __future__ import annotations

from analysis.option_kinds import SOURCE, TEXT
from analysis.options import Option, Options
from analysis.taggers.backend import Backend, BackendOptions

PREDICTIONS: Option[str | None] = Option(
    "predictions",
    SOURCE,
    None,
    help="a file of predictions instead of a tagger: a CoNLL file, or JSON lines with entities",
    metavar="FILE",
    automatic="none",
)
PREDICTION_COLUMN: Option[str | None] = Option(
    "prediction_column",
    TEXT,
    None,
    help="a CoNLL file's column of predicted tags: its name, or its position from 0",
    metavar="COLUMN",
    automatic="the last",
)


def _open(options: Options) -> Backend:
    from analysis.taggers.precomputed.backend import PrecomputedBackend  # noqa: PLC0415 - reads corpora: seconds

    return PrecomputedBackend(str(options[PREDICTIONS]), options[PREDICTION_COLUMN])


PRECOMPUTED = BackendOptions(PREDICTIONS, _open, (PREDICTION_COLUMN,), noun="predictions")
