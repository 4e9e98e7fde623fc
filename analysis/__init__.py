"""Error analysis of named-entity taggers and labelled corpora, from Python.

docs/python.md shows how to make and read runs; docs/extending.md shows how to add a format, a tagger, a stage, a filter
or a tab. Names are imported on first use, so that opening a run does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus as Corpus
    from analysis.corpus.corpus import CorpusOptions as CorpusOptions
    from analysis.corpus.corpus import load_corpus as load_corpus
    from analysis.errors import AnalysisError as AnalysisError
    from analysis.export.formats import export_table as export_table
    from analysis.formats.annotations import Annotations as Annotations
    from analysis.formats.annotations import Columns as Columns
    from analysis.formats.format import Format as Format
    from analysis.option_kinds import SOURCE as SOURCE
    from analysis.option_kinds import TEXT as TEXT
    from analysis.option_kinds import one_of as one_of
    from analysis.option_kinds import whole_number as whole_number
    from analysis.options import Option as Option
    from analysis.options import Options as Options
    from analysis.pipeline.pipeline import run_analyses as run_analyses
    from analysis.pipeline.pipeline import run_analysis as run_analysis
    from analysis.projections.values import PROJECTIONS as PROJECTIONS
    from analysis.run.run import MissingStageError as MissingStageError
    from analysis.run.run import Run as Run
    from analysis.run.schema import HIDDEN as HIDDEN
    from analysis.run.schema import LOSSES as LOSSES
    from analysis.run.schema import OUTCOMES as OUTCOMES
    from analysis.run.schema import PREDICTIONS as PREDICTIONS
    from analysis.run.schema import PROBABILITIES as PROBABILITIES
    from analysis.run.schema import SENTENCE_SCORES as SENTENCE_SCORES
    from analysis.run.schema import SENTENCES as SENTENCES
    from analysis.run.schema import SPANS as SPANS
    from analysis.run.schema import SUBWORDS as SUBWORDS
    from analysis.run.schema import WORDS as WORDS
    from analysis.run.stage import Stage as Stage
    from analysis.run.stage import StageContext as StageContext
    from analysis.run.tags import TagSet as TagSet
    from analysis.run.values import Array as Array
    from analysis.run.values import Column as Column
    from analysis.run.values import Json as Json
    from analysis.run.values import Table as Table
    from analysis.scores.metrics import entity_scores as entity_scores
    from analysis.scores.metrics import tag_confusion as tag_confusion
    from analysis.scores.metrics import type_confusion as type_confusion
    from analysis.selection.clause import PairClause as PairClause
    from analysis.selection.clause import SelectionError as SelectionError
    from analysis.selection.clause import SentenceClause as SentenceClause
    from analysis.selection.clause import WordClause as WordClause
    from analysis.selection.scene import Scene as Scene
    from analysis.selection.selection import Masks as Masks
    from analysis.selection.selection import Selection as Selection
    from analysis.store.store import RunSummary as RunSummary
    from analysis.store.store import Store as Store
    from analysis.taggers.backend import Backend as Backend
    from analysis.taggers.backend import BackendOptions as BackendOptions
    from analysis.taggers.backend import Reading as Reading

_NAMES = {
    "analysis.corpus.corpus": ("Corpus", "CorpusOptions", "load_corpus"),
    "analysis.formats.annotations": ("Annotations", "Columns"),
    "analysis.formats.format": ("Format",),
    "analysis.errors": ("AnalysisError",),
    "analysis.export.formats": ("export_table",),
    "analysis.option_kinds": ("SOURCE", "TEXT", "one_of", "whole_number"),
    "analysis.options": ("Option", "Options"),
    "analysis.pipeline.pipeline": ("run_analyses", "run_analysis"),
    "analysis.projections.values": ("PROJECTIONS",),
    "analysis.run.run": ("MissingStageError", "Run"),
    "analysis.run.schema": (
        "HIDDEN",
        "LOSSES",
        "OUTCOMES",
        "PREDICTIONS",
        "PROBABILITIES",
        "SENTENCES",
        "SENTENCE_SCORES",
        "SPANS",
        "SUBWORDS",
        "WORDS",
    ),
    "analysis.run.stage": ("Stage", "StageContext"),
    "analysis.run.tags": ("TagSet",),
    "analysis.run.values": ("Array", "Column", "Json", "Table"),
    "analysis.scores.metrics": ("entity_scores", "tag_confusion", "type_confusion"),
    "analysis.selection.clause": ("PairClause", "SelectionError", "SentenceClause", "WordClause"),
    "analysis.selection.scene": ("Scene",),
    "analysis.selection.selection": ("Masks", "Selection"),
    "analysis.store.store": ("RunSummary", "Store"),
    "analysis.taggers.backend": ("Backend", "BackendOptions", "Reading"),
}
"""Module -> the names that it exports."""
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
