"""The command that a run names for making it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from analysis.pipeline.pipeline import STAGES
from analysis.run.rerun import command_text, kept_arguments, rerun_command
from analysis.run.run import MissingStageError
from analysis.run.schema import LATER_STAGES
from tests.runs import make_run

SENTENCES = [(["Paris", "sleeps"], ["B-LOC", "O"], ["B-LOC", "O"])]


def arguments_of(manifest: dict[str, Any], store: Path | None = None) -> dict[str, str]:
    program, *arguments = shlex.split(rerun_command(manifest, store))
    assert [program, *arguments[:3]] == ["python", "-m", "analysis", "run"]
    return dict(zip(arguments[3::2], arguments[4::2], strict=True))


def test_the_arguments_that_a_run_keeps_are_its_command() -> None:
    given = ["--model", "some model", "--dataset", "a.conll", "--label-map", "a=b,c=d"]
    manifest = {"source": {"arguments": given}}
    assert shlex.split(rerun_command(manifest)) == ["python", "-m", "analysis", "run", *given]


@pytest.mark.parametrize("made_in", [[], ["--store", "there"], ["--store=there"]])
def test_the_command_names_the_store_where_the_run_is_now(made_in: list[str], tmp_path: Path) -> None:
    manifest = {"source": {"arguments": ["--model", "m", *made_in, "--dataset", "d"]}}
    assert arguments_of(manifest, tmp_path) == {"--model": "m", "--dataset": "d", "--store": str(tmp_path)}


def test_kept_paths_are_whole_and_all_else_is_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model", "test", "train.conll"):
        Path(name).touch()
    given = [
        "--model",
        "model",
        "--split",
        "test",
        "--dataset=test",
        "--reference",
        "train.conll",
        "--encoder",
        "o/e",
    ]
    assert kept_arguments([*given, "--store", "store"]) == (
        *("--model", f"{tmp_path}/model", "--split", "test", f"--dataset={tmp_path}/test"),
        *("--reference", f"{tmp_path}/train.conll", "--encoder", "o/e"),
    )
    assert kept_arguments(["--store=elsewhere"]) == ()
    assert command_text(["--name", "a b"]) == "python -m analysis run --name 'a b'"


def test_the_command_of_an_older_run_is_put_together_from_what_it_says_of_itself() -> None:
    manifest = {
        "name": "old run",
        "source": {"model": "m", "dataset": "d.conll"},
        "audit": {"label_map": {"person": "PER"}, "sampled": {"limit": 400, "seed": 3, "of": 900}},
        "parameters": {
            "predictions": {"dtype": "bf16"},
            "umap": {"umap_neighbors": 20, "umap_min_dist": 0.2, "umap_epochs": 200, "seed": 3},
        },
    }
    assert arguments_of(manifest) == {
        "--model": "m",
        "--dataset": "d.conll",
        "--label-map": "person=PER",
        "--limit": "400",
        "--seed": "3",
        "--dtype": "bf16",
        "--umap-neighbors": "20",
        "--umap-min-dist": "0.2",
        "--name": "old run",
    }
    assert arguments_of({}) == {"--model": "M", "--dataset": "D"}


def test_a_run_without_the_later_stages_names_them_and_the_command() -> None:
    run = make_run(SENTENCES)
    with pytest.raises(MissingStageError) as refused:
        run.table("duplicate_links")
    assert all(stage in str(refused.value) for stage in LATER_STAGES.values())
    assert "`python -m analysis run --model toy-tagger --dataset toy.conll --name 'test run'`" in str(refused.value)


def test_only_the_stages_that_are_missing_are_named() -> None:
    run = make_run(SENTENCES, jsons={name: {} for name in LATER_STAGES if name != "leaks"})
    with pytest.raises(MissingStageError, match="without the stages leakage; add"):
        run.table("leaks")


def test_every_later_stage_writes_the_value_that_stands_for_it() -> None:
    written = {output: stage.name for stage in STAGES for output in stage.outputs}
    for value, stage in LATER_STAGES.items():
        assert stage.replace(" ", "_").startswith(written[value])
