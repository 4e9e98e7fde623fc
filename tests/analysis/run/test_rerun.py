"""The command that a run names for making it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from analysis.duplicates.values import LEAKS
from analysis.neurons.values import NEURONS
from analysis.options import Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.run.rerun import rerun_command
from analysis.run.run import MissingStageError
from tests.runs import make_run

SENTENCES = [(["Paris", "sleeps"], ["B-LOC", "O"], ["B-LOC", "O"])]
COMMAND = ["python", "-m", "analysis", "run"]


def command_of(manifest: dict[str, Any], store: Path | None = None) -> list[str]:
    program_and_arguments = shlex.split(rerun_command(manifest, store))
    assert program_and_arguments[:4] == COMMAND
    return program_and_arguments[4:]


def test_the_command_gives_the_options_that_a_run_keeps() -> None:
    given = {
        "model": "some model",
        "dataset": "a.conll",
        "label_map": {"a": "b", "c": "d"},
        "tag_names": ["O", "B-PER"],
        "limit": 40,
        "seed": 0,
        "umap_min_dist": 0.25,
        "allow_pickle": True,
        "reference": ["train", "folder:dev"],
        "layers": [1, 2],
        "name": "-x",
        "device": None,
    }
    arguments = command_of({"options": given})
    assert arguments == [
        *("--model", "some model", "--allow-pickle", "--layers", "1,2", "--dataset", "a.conll"),
        *(
            "--tag-names",
            "O,B-PER",
            "--label-map",
            "a=b,c=d",
            "--limit",
            "40",
            "--name",
            "-x",
            "--umap-min-dist",
            "0.25",
        ),
        *("--reference", "train", "--reference", "folder:dev"),
    ]


def test_the_command_names_the_store_where_the_run_is_now(tmp_path: Path) -> None:
    manifest = {"options": {"model": "m", "dataset": "d"}}
    assert command_of(manifest, tmp_path) == ["--model", "m", "--dataset", "d", "--store", str(tmp_path)]


def test_kept_paths_are_whole_and_all_else_is_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model", "test", "train.conll", "a:b"):
        Path(name).touch()
    given = {"model": "model", "dataset": "test", "split": "test", "encoder": "o/e"}
    references = ("train.conll", "test:dev", "a:b", "hub/id:train")
    kept = Options.from_values(RUN_OPTIONS, {**given, "reference": references}).to_json()
    assert {name: kept[name] for name in given} == {
        **given,
        "model": f"{tmp_path}/model",
        "dataset": f"{tmp_path}/test",
    }
    assert kept["reference"] == [*(f"{tmp_path}/{name}" for name in references[:3]), "hub/id:train"]


def test_a_command_does_not_take_a_hub_id_for_a_folder_of_whoever_reads_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conll2003").mkdir()
    assert command_of({"options": {"model": "m", "dataset": "conll2003"}})[-1] == "conll2003"


def test_the_command_of_an_older_run_names_model_and_dataset_alone() -> None:
    manifest = {"name": "old run", "source": {"model": "m", "dataset": "d.conll", "arguments": ["--seed", "3"]}}
    assert command_of(manifest) == ["--model", "m", "--dataset", "d.conll"]
    assert command_of({}) == ["--model", "M", "--dataset", "D"]


def test_of_a_missing_value_the_run_names_it_and_the_command() -> None:
    run = make_run(SENTENCES)
    with pytest.raises(MissingStageError) as refused:
        run.read(LEAKS)
    assert "has no sentences that also occur in references" in str(refused.value)
    assert "`python -m analysis run --model toy-tagger --dataset toy.conll`" in str(refused.value)


def test_of_a_value_that_was_left_out_the_run_says_why() -> None:
    run = make_run(SENTENCES)
    run.manifest["left_out"] = {NEURONS.key: "predictions come from a file."}
    with pytest.raises(MissingStageError, match=r"^This run has no layers of neurons: predictions come from a file\.$"):
        run.read(NEURONS)
