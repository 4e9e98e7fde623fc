"""Which stages a run has, and what each result is known by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analysis.corpus.options import SEED
from analysis.options import Options
from analysis.pipeline.plan import Plan, make_plan
from analysis.pipeline.stages import RUN_OPTIONS, STAGES
from analysis.run.schema import HIDDEN, LOSSES, WINDOWS
from analysis.run.stage import Stage
from analysis.run.values import Array, Json

A, B, C, D = (Array(name, f"values {name}", name, "float32", ("rows",)) for name in "abcd")

HASHES = {
    "corpus": "c0",
    "source_tags": "50",
    "tagger": "7a",
    "neurons": "7a",
    "encoder": "e0",
    "references": "4e",
    "text": "7e",
    "reference_texts": "4t",
    "reference_names": "4a",
}
OPTIONS = Options.from_values(RUN_OPTIONS, {"dataset": "toy.conll"})
PROVIDED = frozenset(value.key for stage in STAGES for value in stage.optional_outputs)
OF_REFERENCES = {"reference_vectors", "leakage"}
OF_CORPUS = {"corpus", "source", "sentence_vectors", "duplicates"} | OF_REFERENCES


def stage(name: str, inputs: tuple = (), outputs: tuple = (), **more: Any) -> Stage:
    return Stage(name, 1, inputs, outputs, lambda context: None, **more)


def names(plan: Plan) -> list[str]:
    return [one.name for one in plan.stages]


def real_plan(**changed: str | None) -> Plan:
    """Of all stages; a resource that is None is not there."""
    hashes = {name: value for name, value in {**HASHES, **changed}.items() if value is not None}
    return make_plan(STAGES, OPTIONS, hashes, PROVIDED)


def changed_stages(one: Plan, other: Plan) -> set[str]:
    assert names(one) == names(other)
    return {name for name in names(one) if one.stage_keys[name] != other.stage_keys[name]}


def test_a_stage_whose_inputs_nobody_writes_is_left_out_with_the_reason() -> None:
    stages = (stage("a", outputs=(A,), resources=("gold",)), stage("b", (A,), (B,)), stage("c", (), (C,)))
    plan = make_plan(stages, OPTIONS, {}, unavailable={"gold": "there is no gold."})
    assert names(plan) == ["c"]
    assert plan.left_out == {"a": "there is no gold.", "b": "there is no gold."}
    whole = make_plan(stages, OPTIONS, {"gold": "90"})
    assert names(whole) == ["a", "b", "c"]
    assert whole.left_out == {}


def test_an_alternative_steps_in_where_the_stage_is_left_out() -> None:
    stages = (
        stage("a", outputs=(A,), resources=("encoder",)),
        stage("a_instead", outputs=(A,), instead_of="a"),
        stage("b", (A,), (B,)),
    )
    assert names(make_plan(stages, OPTIONS, {"encoder": "e0"})) == ["a", "b"]
    without = make_plan(stages, OPTIONS, {})
    assert names(without) == ["a_instead", "b"]
    assert without.left_out == {}


def test_optional_inputs_and_outputs_are_those_that_are_there() -> None:
    stages = (
        stage("a", outputs=(A,), optional_outputs=(B, C)),
        stage("d", (A,), (D,), optional_inputs=(B, C)),
    )
    plan = make_plan(stages, OPTIONS, {}, frozenset({"b"}), {"c": "a file holds none."})
    first, second = plan.stages
    assert (first.outputs, first.optional_outputs) == ((A, B), ())
    assert (second.inputs, second.optional_inputs) == ((A, B), ())
    assert plan.left_out == {"c": "a file holds none."}
    assert make_plan(stages, OPTIONS, {}).stage_keys["d"] != plan.stage_keys["d"]


def test_a_stage_that_needs_what_the_tagger_does_not_provide_is_left_out() -> None:
    stages = (stage("a", outputs=(A,), optional_outputs=(B,)), stage("c", (B,), (C,)))
    plan = make_plan(stages, OPTIONS, {})
    assert names(plan) == ["a"]
    assert plan.left_out == dict.fromkeys(("b", "c"), "the tagger does not provide them.")


def test_a_key_is_made_of_what_determines_the_result() -> None:
    first = stage("a", outputs=(A,), resources=("corpus",))
    second = stage("b", (A,), (B,))

    def keys(*stages: Stage) -> dict[str, str]:
        return dict(make_plan(stages, OPTIONS, {"corpus": "c0"}).stage_keys)

    known = keys(first, second)
    raised = keys(replace(first, version=2), second)
    assert all(known[name] != raised[name] for name in "ab"), "what is made of another input is another result"
    chosen = keys(first, replace(second, options=(SEED,)))
    assert (chosen["a"] == known["a"], chosen["b"] == known["b"]) == (True, False)
    more = keys(first, replace(second, outputs=(B, Json("more", "more", "b"))))
    assert (more["a"] == known["a"], more["b"] == known["b"]) == (True, False)


def test_another_tagger_changes_no_stage_of_the_corpus() -> None:
    changed = changed_stages(real_plan(), real_plan(tagger="7b", neurons="7b"))
    assert changed == set(names(real_plan())) - OF_CORPUS
    assert real_plan().run_id != real_plan(tagger="7b", neurons="7b").run_id


def test_other_references_change_their_own_stages_alone() -> None:
    assert changed_stages(real_plan(), real_plan(references="4f", reference_texts="4u")) == OF_REFERENCES
    assert changed_stages(real_plan(), real_plan(references="4f")) == {"leakage"}, "labels alone leave the vectors"
    assert changed_stages(real_plan(), real_plan(reference_names="4b")) == {"leakage"}


def test_another_way_to_write_the_tags_changes_the_source_alone() -> None:
    assert changed_stages(real_plan(), real_plan(source_tags="51")) == {"source"}


def test_other_labels_leave_the_vectors_and_other_texts_do_not() -> None:
    kept = {"sentence_vectors", "reference_vectors", "source"}
    assert changed_stages(real_plan(), real_plan(corpus="c1")) == set(names(real_plan())) - kept
    assert "sentence_vectors" in changed_stages(real_plan(), real_plan(text="7f"))


def test_without_an_encoder_the_tagger_makes_the_vectors() -> None:
    without = real_plan(encoder=None)
    assert without.left_out == {}
    assert {"sentence_vectors_of_tagger", "reference_vectors_of_tagger", "leakage"} <= set(names(without))
    assert not {"sentence_vectors", "reference_vectors"} & set(names(without))
    assert "duplicates" in changed_stages(without, real_plan(encoder=None, tagger="7b"))


def plan_of_tags_alone(**hashes: str) -> Plan:
    """Of a tagger that says tags and nothing else, with these resources."""
    return make_plan(STAGES, OPTIONS, hashes, frozenset(), {"neurons": "it is a file.", "hidden": "no states."})


def test_a_tagger_that_gives_tags_alone_takes_its_states_from_the_encoder() -> None:
    plan = plan_of_tags_alone(**{name: value for name, value in HASHES.items() if name != "neurons"})
    assert {"encoder_states", "reduce", "umap", "umap_entities"} <= set(names(plan))
    assert not {HIDDEN.key, "xy_umap"} & plan.left_out.keys()
    assert {"neuron_activity", LOSSES.key, WINDOWS.key} <= plan.left_out.keys()
    another = plan_of_tags_alone(**HASHES | {"encoder": "e1"})
    assert all(another.stage_keys[name] != plan.stage_keys[name] for name in ("encoder_states", "reduce", "umap"))


def test_a_taggers_own_states_come_before_the_encoders() -> None:
    assert "encoder_states" not in names(real_plan())
    assert "reduce" not in changed_stages(real_plan(), real_plan(encoder="e1"))


def test_a_tagger_that_gives_tags_alone_has_scores_but_no_maps_without_an_encoder() -> None:
    plan = plan_of_tags_alone(**{name: value for name, value in HASHES.items() if name not in {"neurons", "encoder"}})
    assert {"spans", "scores"} <= set(names(plan))
    assert not {"encoder_states", "reduce", "umap", "umap_entities", "neurons", "duplicates"} & set(names(plan))
    assert plan.left_out["xy_umap"] == plan.left_out[HIDDEN.key] == "no states."
    assert plan.left_out["neuron_activity"] == "it is a file."
    assert {LOSSES.key, WINDOWS.key} <= plan.left_out.keys()
