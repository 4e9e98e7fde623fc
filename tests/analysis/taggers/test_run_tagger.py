"""The tagger of a published run, loaded again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.deadline import DeadlineError, until
from analysis.taggers.huggingface.model import TaggerOptions, tagger_hash
from analysis.taggers.reload import load_run_tagger, tagger_identity
from tests.runs import make_run
from tests.tiny_models import build_tagger

HOW_WORDS_ARE_READ = {"word_joining": "as-words", "aggregation": "mean"}


def run_of(model: Path | str | None, hashes: dict[str, str] | None = None, **options: Any) -> Run:
    run = make_run([(["John", "left"], ["B-PER", "O"], ["B-PER", "O"])])
    run.manifest["options"] = {"model": str(model), "dataset": "toy.conll"}
    run.manifest["options"].update(options)
    if hashes is not None:
        run.manifest["hashes"] = hashes
    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return build_tagger(tmp_path / "model", "bert-uncased")


def hash_of(model: Path) -> dict[str, str]:
    return {"tagger": tagger_hash(TaggerOptions(str(model)))}


def test_it_is_loaded_on_the_cpu_in_the_runs_precision(model: Path) -> None:
    tagger = load_run_tagger(run_of(model, hashes=hash_of(model), dtype="bf16"))
    assert (tagger.device, tagger.dtype) == (torch.device("cpu"), "bf16")
    assert load_run_tagger(run_of(model)).dtype == "fp32", "a run that keeps no hashes"


def test_a_folder_that_is_gone_is_a_sentence(model: Path) -> None:
    run = run_of(model, hashes=hash_of(model))
    shutil.rmtree(model)
    with pytest.raises(AnalysisError, match=r"was not found: .*model.*Restore it") as raised:
        load_run_tagger(run)
    assert str(model) in str(raised.value)


@pytest.mark.parametrize("name", ["some-tagger", "someone/some-tagger", "~/tagger", "a/b/c"])
def test_a_name_that_is_no_folder_is_looked_for_on_this_machine_alone(name: str) -> None:
    with pytest.raises(AnalysisError, match="was not found"):
        load_run_tagger(run_of(name))


def test_a_run_that_keeps_no_source_is_a_sentence(model: Path) -> None:
    run = run_of(model)
    del run.manifest["options"]
    with pytest.raises(AnalysisError, match="does not record where"):
        load_run_tagger(run)


def test_other_weights_in_the_same_folder_are_a_sentence(model: Path) -> None:
    run = run_of(model, hashes=hash_of(model))
    shutil.rmtree(model)
    build_tagger(model, "bert-uncased", seed=1)
    with pytest.raises(AnalysisError, match=r"files of .* have changed.*python -m analysis run --model"):
        load_run_tagger(run)


def test_a_broken_config_is_a_sentence(model: Path) -> None:
    (model / "config.json").write_text("{", "utf-8")
    with pytest.raises(AnalysisError, match=r"config\.json is not valid JSON"):
        load_run_tagger(run_of(model))


def test_pickled_weights_are_read_where_the_analysis_was_told_to(model: Path) -> None:
    weights = load_run_tagger(run_of(model)).model.state_dict()
    torch.save({name: value for name, value in weights.items() if "_packed" not in name}, model / "pytorch_model.bin")
    (model / "model.safetensors").unlink()
    with pytest.raises(AnalysisError, match="pickled"):
        load_run_tagger(run_of(model))
    assert load_run_tagger(run_of(model, allow_pickle=True)).width == 32


def test_a_run_that_does_not_record_how_words_were_joined_spaced_them(tmp_path: Path) -> None:
    model = build_tagger(tmp_path / "roberta", "roberta")
    assert load_run_tagger(run_of(model)).encoder.spaced
    tagger = load_run_tagger(run_of(model, **HOW_WORDS_ARE_READ))
    assert (tagger.encoder.spaced, tagger.aggregation) == (False, "mean")


def test_runs_share_a_tagger_by_its_contents_and_precision() -> None:
    hashes = {"tagger": "abc"}
    here, moved = run_of("/here", hashes=hashes), run_of("/moved", hashes=hashes)
    assert tagger_identity(here) == tagger_identity(moved)
    others = [here, run_of("/here"), run_of("/moved"), run_of("/here", hashes=hashes, dtype="bf16")]
    others += [run_of("/here", hashes=hashes, **{name: value}) for name, value in HOW_WORDS_ARE_READ.items()]
    others += [run_of("/here", model_revision=revision) for revision in ("v1", "v2", None)]
    assert len({tagger_identity(run) for run in others}) == len(others) - 1, "no revision is the same as none given"


def test_the_forward_pass_asks_whether_it_may_go_on(model: Path) -> None:
    tagger = load_run_tagger(run_of(model))
    asked: list[int] = []

    def is_over() -> bool:
        asked.append(1)
        return len(asked) > 5

    tokens = torch.tensor([[2, 7, 8, 3]])
    with torch.inference_mode():
        free = tagger.model(input_ids=tokens).logits
        with until(lambda: False):
            inside = tagger.model(input_ids=tokens).logits
        with until(is_over), pytest.raises(DeadlineError):
            tagger.model(input_ids=tokens)
        assert len(asked) == 6
        after = tagger.model(input_ids=tokens).logits
    np.testing.assert_array_equal(free.numpy(), inside.numpy())
    np.testing.assert_array_equal(free.numpy(), after.numpy())
