"""Every stage that an analysis may have: a new one is registered here."""

from __future__ import annotations

from analysis.corpus import stage as corpus
from analysis.duplicates import leakage_stage, pairs_stage, vectors_stage
from analysis.neurons import stage as neurons
from analysis.projections import stage as projections
from analysis.run.stage import Stage
from analysis.scores import scores_stage, spans_stage
from analysis.taggers import stage as predictions

STAGES: tuple[Stage, ...] = (
    *corpus.STAGES,
    predictions.STAGE,
    spans_stage.STAGE,
    scores_stage.STAGE,
    *projections.STAGES,
    *vectors_stage.STAGES,
    pairs_stage.STAGE,
    leakage_stage.STAGE,
    neurons.STAGE,
)
"""In an order in which every value is written before it is read."""
