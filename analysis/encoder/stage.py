"""The stage `encoder_states`: hidden states of words from the sentence encoder, if the tagger provides none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.encoder.options import ENCODER
from analysis.run.schema import HIDDEN, WORDS
from analysis.run.stage import Stage, StageContext

if TYPE_CHECKING:
    from analysis.corpus.corpus import CorpusText


def _run(context: StageContext) -> None:
    from analysis.encoder.word_states import word_states  # noqa: PLC0415 - loading torch takes seconds

    text: CorpusText = context.resources["text"]
    encoder = context.resources["encoder"].load()
    states = word_states(encoder, text.words, text.offsets, context.workspace.scratch, context.progress)
    context.workspace.write_file(HIDDEN, states.path)


STAGE = Stage(
    name="encoder_states",
    version=1,
    inputs=(WORDS,),
    outputs=(HIDDEN,),
    run=_run,
    options=(ENCODER,),
    resources=("text", "encoder"),
    instead_of="predictions",
)
