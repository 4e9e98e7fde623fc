"""The components of a layer's neurons over the corpus, and the words that activate each component most."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html

from analysis.neurons.components import LayerComponents, NeuronSample, concentration, neuron_sample, top_words
from analysis.run.run import MissingStageError, Run
from analysis.run.tags import MISSING, type_codes_of
from app.frame.controls import nothing_selected
from app.options import WholeNumber
from app.state import ViewState
from components import formats
from components.corpus_activity import CorpusComponent, CorpusSample, Mix, corpus_rows
from components.panels import empty_state, labelled, navigates
from components.static_html import element

WORDS_LISTED = 36
"""Words listed for a component; the table shows as many as fit."""
FEWEST_WORDS = 100
"""Fewest words for the share of the top 1%."""

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Float32 = npt.NDArray[np.float32]

LAYER = WholeNumber("layer", default=0, least=0)
"""The layer whose components are listed; 0 is the last layer."""


def draw_corpus(state: ViewState) -> tuple[str, Any, Any]:
    """A description of the sample, the layer switch, and the table."""
    try:
        sample = neuron_sample(state.run)
    except MissingStageError as error:
        return "", None, empty_state(str(error))
    if not sample.layers:
        return "", None, empty_state(sample.note or "This run has no layer to show.")
    layer = shown_layer(state, sample)
    switch = _layer_switch(sample, layer)
    words = formats.counted(len(sample.rows), "word")
    inside = sample.rows[_selected(state)[sample.rows]]
    parts = f"{formats.counted(layer.count, 'component')} of {formats.counted(layer.neurons, 'neuron')}"
    title = f"{parts}, over a sample of {words}"
    if not len(inside):
        nothing = f"Neurons were recorded for a sample of {words}, and none of these is in the selection."
        return title, switch, nothing_selected(state, nothing)
    if len(inside) < len(sample.rows):
        title = f"{title}, {formats.count(len(inside))} of them in the selection"
    counted = CorpusSample(len(sample.rows), len(inside), _mix(state.run, inside), _wrong(state.run, inside))
    note = [html.P(sample.note, className="note")] if sample.note else []
    return title, switch, [*note, corpus_rows(corpus_components(state, layer), counted)]


def _selected(state: ViewState) -> Bools:
    """bool, words: whether the word passes all clauses except `component`."""
    return state.selection.without("component").masks(state.scene).words


def shown_layer(state: ViewState, sample: NeuronSample) -> LayerComponents:
    """The layer of the selected component, else the layer in the link, else the last layer."""
    chosen = state.selection.to_query().get("component", "").partition(".")[0]
    layer = int(chosen) if chosen else state[LAYER]
    return sample.layer(layer) or sample.layers[-1]


def corpus_components(state: ViewState, layer: LayerComponents) -> list[CorpusComponent]:
    """The layer's components, with figures over the words that pass all clauses except `component`."""
    run = state.run
    selected = _selected(state)
    inside = selected[neuron_sample(run).rows]
    strengths = layer.strengths[inside]
    shares, shares_of_all = _shares(strengths), _shares(layer.strengths)
    chosen = state.selection.to_query().get("component")
    found = []
    for component in range(layer.count):
        top = top_words(run, layer, component)
        counted = top[selected[top]]
        value = f"{layer.layer}.{component + 1}"
        texts = Counter(run.words.text.take(counted).to_pylist())
        found.append(
            CorpusComponent(
                value=value,
                number=component + 1,
                share=float(shares[component]),
                share_of_all=float(shares_of_all[component]),
                concentration=_concentration(strengths[:, component]),
                words=tuple(texts.most_common(WORDS_LISTED)),
                mix=_mix(run, counted),
                wrong=_wrong(run, counted),
                counted=len(counted),
                of=len(top),
                chosen=value == chosen,
            )
        )
    return found


def _shares(strengths: Float32) -> npt.NDArray[np.float64]:
    """float64, components: each component's share of the total activity; NaN without activity."""
    totals = strengths.sum(axis=0, dtype=np.float64)
    return np.asarray(totals / totals.sum() if totals.any() else np.full(len(totals), np.nan))


def _concentration(strengths: Float32) -> float:
    return concentration(strengths) if len(strengths) >= FEWEST_WORDS and strengths.any() else float("nan")


def _mix(run: Run, rows: Rows) -> Mix:
    """Gold types of words; unlabelled words count as `O`."""
    codes = type_codes_of(run.words.gold_tag[rows])
    numbers = np.bincount(codes[codes >= 0], minlength=len(run.tag_set.types))
    order = np.argsort(-numbers, kind="stable")
    parts: list[tuple[str | None, int, int]] = [
        (run.tag_set.types[code], int(code), int(numbers[code])) for code in order if numbers[code]
    ]
    outside = int(np.count_nonzero(codes < 0))
    return Mix((*parts, (None, MISSING, outside)) if outside else tuple(parts))


def _wrong(run: Run, rows: Rows) -> int:
    return int(np.count_nonzero(run.words.is_wrong[rows]))


def _layer_switch(sample: NeuronSample, shown: LayerComponents) -> Any:
    default = sample.layers[-1].layer

    def button(layer: int) -> Any:
        value = None if layer == default else str(layer)
        return element(
            "button",
            f"Layer {layer}" + (f" of {sample.layer_count}" if layer == shown.layer else ""),
            type="button",
            className="segment",
            **{"aria-pressed": "true" if layer == shown.layer else "false"},
            **navigates({"layer": value, "component": None}),
        )

    buttons = [button(layer.layer) for layer in sample.layers]
    return element("div", *buttons, className="switch", role="group", **labelled("Layer"))
