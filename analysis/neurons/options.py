"""The options of the neurons of a corpus."""

from __future__ import annotations

from typing import Any

from analysis.option_kinds import listed, single, whole_number
from analysis.options import Option

_NUMBERS = listed(lambda text: whole_number(1).read([text]))


def _layers(text: str) -> tuple[int, ...]:
    return tuple(sorted(set(_NUMBERS.read([text]))))


def _text(layers: Any) -> str:
    return _NUMBERS.write(layers)[0]


LAYERS: Option[tuple[int, ...] | None] = Option(
    "layers",
    single(_layers, _text),
    None,
    help="feed-forward layers whose neurons are analysed over the corpus, from 1",
    metavar="3,6",
    automatic="the middle and the last",
)
