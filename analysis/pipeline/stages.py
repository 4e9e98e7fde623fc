"""The stages of an analysis, and from them the options of a run.

A new stage is registered here. This module is imported to print the help of the command line and by the dashboard: the
stages' modules import torch and the like only inside the functions that need it.
"""

from __future__ import annotations

from typing import Any

from analysis.corpus import stage as corpus
from analysis.corpus.options import CORPUS_OPTIONS
from analysis.duplicates import leakage_stage, pairs_stage, vectors_stage
from analysis.encoder import stage as encoder_states
from analysis.neurons import stage as neurons
from analysis.options import Option, unique_options
from analysis.projections import stage as projections
from analysis.run.options import DEVICE, NAME
from analysis.run.stage import Stage
from analysis.scores import scores_stage, spans_stage
from analysis.taggers import stage as predictions
from analysis.taggers.backends import TAGGER_OPTIONS

STAGES: tuple[Stage, ...] = (
    *corpus.STAGES,
    predictions.STAGE,
    encoder_states.STAGE,
    spans_stage.STAGE,
    scores_stage.STAGE,
    *projections.STAGES,
    *vectors_stage.STAGES,
    pairs_stage.STAGE,
    leakage_stage.STAGE,
    neurons.STAGE,
)
"""Ordered so that every value is written before it is read."""

RUN_OPTIONS: tuple[Option[Any], ...] = unique_options(
    [
        *TAGGER_OPTIONS,
        *CORPUS_OPTIONS,
        NAME,
        DEVICE,
        *(option for stage in STAGES for option in stage.options),
    ]
)
"""All options of an analysis, each once."""
