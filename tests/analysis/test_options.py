"""Options: what their declarations promise."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from analysis.corpus.corpus import CorpusOptions
from analysis.corpus.options import DATASET, LABEL_MAP, LIMIT, SEED
from analysis.duplicates.options import REFERENCE
from analysis.neurons.options import LAYERS
from analysis.option_kinds import SOURCE, TEXT
from analysis.options import REQUIRED, Option, OptionError, Options, unique_options
from analysis.pipeline.stage_runner import Plan
from analysis.pipeline.stages import RUN_OPTIONS, STAGES
from analysis.projections.options import UMAP_MIN_DIST
from analysis.taggers.backend import BackendOptions
from analysis.taggers.backends import chosen_backend
from analysis.taggers.huggingface.model import TaggerOptions
from analysis.taggers.huggingface.options import DTYPE, HUGGINGFACE
from analysis.taggers.options import MODEL

GIVEN = {"model": "m", "dataset": "d"}
PREDICTIONS: Option[str | None] = Option("predictions", SOURCE, None, help="tags in a file", metavar="F")
COLUMN: Option[str | None] = Option("prediction_column", TEXT, None, help="their column", metavar="C")
BACKENDS = (HUGGINGFACE, BackendOptions(PREDICTIONS, HUGGINGFACE.open, (COLUMN,)))


def run_options(**values: Any) -> Options:
    return Options.from_values(RUN_OPTIONS, {**GIVEN, **values})


def test_what_is_not_given_has_its_default() -> None:
    options = run_options(limit=5)
    assert (options[LIMIT], options[SEED], options[LAYERS], options[LABEL_MAP]) == (5, 0, None, {})


@pytest.mark.parametrize("option", RUN_OPTIONS, ids=lambda option: option.name)
def test_a_default_is_a_value_of_its_option(option: Option[Any]) -> None:
    if option.default in (REQUIRED, None, {}):
        assert option.default_text, "nobody can know what happens without the option"
    else:
        assert option.kind.read(option.kind.write(option.default)) == option.default


def test_json_gives_the_same_options() -> None:
    given = {"label_map": {"a": "b"}, "tag_names": ("O", "B-X"), "reference": ("r", "s:t"), "layers": (6, 3, 3)}
    options = run_options(**given, allow_pickle=True, umap_min_dist=0.3)
    kept = json.loads(json.dumps(options.to_json()))
    assert list(kept) == [option.name for option in RUN_OPTIONS]
    assert kept["layers"] == [3, 6]
    again = Options.from_json(RUN_OPTIONS, kept | {"of_another_version": 1})
    assert [again[option] for option in RUN_OPTIONS] == [options[option] for option in RUN_OPTIONS]
    assert Options.from_json(RUN_OPTIONS, {"model": "m"})[UMAP_MIN_DIST] == 0.1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dataset": " "}, "--dataset"),
        ({"limit": 0}, "--limit"),
        ({"limit": int("9" * 40)}, "--limit"),
        ({"seed": 2**32}, '--seed: "4294967296" is not a whole number from 0 to 4294967295'),
        ({"umap_min_dist": 1.5}, "--umap-min-dist"),
        ({"dtype": "fp8"}, "--dtype"),
        ({"label_map": {"a,b": "c"}}, "--label-map"),
        ({"tag_names": ("O", "B-a,b")}, "--tag-names"),
        ({"no_such": 1}, "no_such"),
    ],
)
def test_an_invalid_value_is_a_sentence_that_names_the_option(values: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        run_options(**values)


def test_a_required_option_must_be_given() -> None:
    with pytest.raises(OptionError, match="--dataset is missing"):
        Options.from_values(RUN_OPTIONS, {"model": "m"})


def test_the_arguments_give_the_same_options() -> None:
    options = run_options(label_map={"a": "b"}, reference=("r", "s"), layers=(2, 1), allow_pickle=True)
    assert options.arguments() == [
        *("--model", "m", "--allow-pickle", "--layers", "1,2", "--dataset", "d", "--label-map", "a=b"),
        *("--reference", "r", "--reference", "s"),
    ]


def test_reading_an_option_that_a_stage_does_not_declare_is_an_error() -> None:
    with pytest.raises(KeyError, match="limit"):
        _ = run_options().only([SEED])[LIMIT]


def test_two_options_of_one_name_are_refused() -> None:
    assert unique_options([SEED, LIMIT, SEED]) == (SEED, LIMIT)
    with pytest.raises(ValueError, match="seed"):
        unique_options([SEED, Option("seed", TEXT, "", help="another")])


@pytest.mark.parametrize("kind", [CorpusOptions, TaggerOptions])
def test_the_defaults_of_dataclasses_are_those_of_the_options(kind: Any) -> None:
    built = run_options().build(kind)
    first = fields(kind)[0].name
    assert built == kind(GIVEN[first])


def test_a_stages_key_holds_its_options_but_no_paths() -> None:
    plan = Plan(STAGES, run_options(encoder="some/encoder", reference=("r",)), {})
    assert plan.parameters["sentence_vectors"] == {}
    assert plan.parameters["leakage"] == {}
    assert plan.parameters["neurons"] == {"dtype": "fp32", "word_joining": "as-words", "layers": None, "seed": 0}


def test_a_run_has_one_tagger_and_the_options_of_its_backend() -> None:
    declared = unique_options(option for backend in BACKENDS for option in backend.all)

    def backend_of(**values: str) -> BackendOptions:
        return chosen_backend(Options.from_values(declared, values), BACKENDS)

    assert backend_of(model="m", dtype="bf16").source is MODEL
    assert backend_of(predictions="p").source is PREDICTIONS
    with pytest.raises(OptionError, match="--model or --predictions is missing"):
        backend_of(dtype="bf16")
    with pytest.raises(OptionError, match="either --model or --predictions"):
        backend_of(model="m", predictions="p")
    with pytest.raises(OptionError, match=r"--dtype needs --model\. Omit it with --predictions"):
        backend_of(predictions="p", dtype="bf16")
    assert DTYPE in HUGGINGFACE.others


@pytest.mark.parametrize("option", RUN_OPTIONS, ids=lambda option: option.name)
@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        2.5,
        True,
        "x",
        b"x",
        Path("x"),
        object(),
        [],
        [5],
        [None],
        "ab",
        {},
        {"a": 5},
        {1: "b"},
        "\0",
        ["\ud800"],
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_any_type_is_used_or_refused_with_a_sentence(option: Option[Any], value: Any) -> None:
    try:
        options = run_options(**{option.name: value})
    except OptionError as error:
        assert option.flag in str(error)
    else:
        json.dumps(options.to_json())
        assert all(isinstance(argument, str) for argument in options.arguments())


@pytest.mark.parametrize(("name", "value"), [("reference", "train.conll"), ("tag_names", "OBX"), ("layers", "36")])
def test_a_text_is_not_a_list_of_its_letters(name: str, value: str) -> None:
    with pytest.raises(OptionError, match=f"{value}' is not a list, such as"):
        run_options(**{name: value})


def test_a_path_is_as_good_as_a_text(tmp_path: Path) -> None:
    options = run_options(dataset=tmp_path, reference=[tmp_path])
    assert (options[DATASET], options[REFERENCE]) == (str(tmp_path), (str(tmp_path),))
