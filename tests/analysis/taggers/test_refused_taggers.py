"""Folders of taggers that are refused with a sentence, or read in spite of something unusual."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoTokenizer,
    BrosConfig,
    BrosForTokenClassification,
    LayoutLMConfig,
    LayoutLMForTokenClassification,
    LayoutLMv3Config,
    LayoutLMv3ForTokenClassification,
    LiltConfig,
    LiltForTokenClassification,
    NystromformerConfig,
    NystromformerForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
)

from analysis.errors import AnalysisError
from analysis.run.schema import PREDICTION_AUDIT
from analysis.taggers.huggingface.model import TaggerOptions, tagger_hash, tagger_labels
from tests.analysis.taggers.test_predictions import (
    SHORT,
    Plain,
    column,
    load,
    make_corpus,
    one_thread,
    run_stage,
)
from tests.tiny_models import MAX_LENGTH, SIZES, build_tagger, build_tokenizer

__all__ = ["one_thread"]  # a fixture of every test here too

LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
ID2LABEL = {str(number): label for number, label in enumerate(LABELS)}
Weights = dict[str, torch.Tensor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_tagger(tmp_path / "tagger", "bert-cased")


def edit(path: Path, **changes: object) -> None:
    """Change entries of a JSON file; None removes one."""
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def edit_weights(folder: Path, change: Callable[[Weights], Weights]) -> None:
    path = folder / "model.safetensors"
    save_file({key: value.contiguous() for key, value in change(load_file(path)).items()}, path, {"format": "pt"})


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(AnalysisError) as caught:
        load(folder, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


# Labels


@pytest.mark.parametrize(
    ("id2label", "said"),
    [
        ({"0": "O", "1": "B-PER", "2": "I-PER", "4": "I-ORG"}, r"no name for label 3 \(it has 0, 1, 2, 4\)"),
        ({str(int(key) + 1): label for key, label in ID2LABEL.items()}, "counts from 1"),
        ({str(number): number for number in range(7)}, r"no names \(0, 1, 2 "),
        ({str(number): str(number) for number in range(7)}, r"no names \(0, 1, 2 "),
        ({str(number): f"label_{number}" for number in range(7)}, r"no names \(label_0, "),
        ({**ID2LABEL, "6": None}, "no name for label 6"),
        ({**ID2LABEL, "6": " "}, "no name for label 6"),
        ({**ID2LABEL, "6": ["I-LOC"]}, "no name for label 6"),
        (LABELS, "is a list, not an object"),
        ("O", "is a text, not an object"),
        ({label: int(number) for number, label in ID2LABEL.items()}, 'the key "O" instead of a label number'),
        ({}, "is empty"),
        (None, 'no "id2label"'),
    ],
)
def test_labels_without_names_are_refused(id2label: object, said: str, folder: Path) -> None:
    edit(folder / "config.json", id2label=id2label, label2id=None)
    with pytest.raises(AnalysisError, match=said) as caught:
        tagger_labels(TaggerOptions(str(folder)))
    assert "id2label" in str(caught.value)


@pytest.mark.parametrize("count", [5, 9])
def test_other_numbers_of_labels_than_outputs_are_both_named(count: int, folder: Path) -> None:
    edit(folder / "config.json", id2label={str(n): f"B-{n}" for n in range(count)}, label2id=None)
    assert f"names {count} labels, but the model has 7 outputs (classifier." in refusal(folder)


@pytest.mark.parametrize(
    ("spell", "said"),
    [
        (lambda tag: tag.replace("-", "_"), "form B_LOC"),
        (lambda tag: tag.replace("-", ":"), "form B:LOC"),
        (lambda tag: "-".join(reversed(tag.split("-"))), "form LOC-B"),
        (lambda tag: tag[0].lower() + tag[1:], "form b-LOC"),
    ],
)
def test_labels_in_other_spellings_are_read_and_told(spell: Any, said: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased", labels=[spell(label) for label in LABELS])
    tagger = load(folder)
    assert tagger.labels.tags == tuple(LABELS)
    assert said in tagger.warnings[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id2label": {**ID2LABEL, "2": "B-PER"}}, r'labels 1, 2 of the model have the same name, "B-PER"'),
        ({"id2label": {**ID2LABEL, "2": " B-PER "}}, r'labels 1, 2 of the model have the same name, "B-PER"'),
        ({"label2id": {label: 6 - n for n, label in enumerate(LABELS)}}, r'contradict each other: "O" is label 0 in'),
    ],
)
def test_names_that_are_probably_wrong_are_told(changes: dict[str, Any], said: str, folder: Path) -> None:
    assert not load(folder).warnings
    edit(folder / "config.json", **changes)
    (warning,) = load(folder).warnings
    assert re.search(said, warning)


def test_label2id_of_other_names_contradicts_nothing(folder: Path) -> None:
    edit(folder / "config.json", label2id={f"LABEL_{number}": number for number in range(7)})
    assert not load(folder).warnings


def test_types_that_only_look_like_prefixes_are_types(tmp_path: Path) -> None:
    labels = ["O", "E_mail", "I_beam", "URL"]
    tagger = load(build_tagger(tmp_path / "tagger", "bert-cased", labels=labels))
    assert tagger.labels.types == ("E_mail", "I_beam", "URL")
    assert not tagger.warnings


# Weights


@pytest.mark.parametrize(
    "names", [["crf.transitions"], ["lstm.weight_ih_l0"], ["bert.encoder.layer.2.output.dense.bias"]]
)
def test_weights_that_would_be_left_out_are_refused(names: list[str], folder: Path) -> None:
    edit_weights(folder, lambda weights: weights | {name: torch.ones(7, 7) for name in names})
    assert f"contain {names[0]}, which BertForTokenClassification does not use" in refusal(folder)


def test_adapters_among_the_weights_are_told(folder: Path) -> None:
    query = "bert.encoder.layer.0.attention.self.query."
    edit_weights(folder, lambda weights: weights | {f"{query}lora_A.default.weight": torch.ones(4, 32)})
    assert f"an adapter that is not merged ({query}lora_A.default.weight). Merge it" in refusal(folder)

    def wrap(weights: Weights) -> Weights:
        return {name.replace(query, f"{query}base_layer."): value for name, value in weights.items()}

    edit_weights(folder, wrap)
    assert "an adapter that is not merged" in refusal(folder)


def test_errors_of_transformers_are_told_in_a_line(folder: Path) -> None:
    edit(folder / "config.json", hidden_act="unheard-of")
    assert "cannot be loaded: unknown name 'unheard-of'" in refusal(folder)
    edit(folder / "config.json", hidden_act="gelu", vocab_size="many")
    assert "'vocab_size': TypeError" in refusal(folder)


@pytest.mark.parametrize(
    "name",
    [
        "bert.pooler.dense.weight",
        "cls.predictions.bias",
        "bert.embeddings.position_ids",
        "lm_head.weight",
        "loss_fct.weight",
    ],
)
def test_weights_of_pretraining_are_left_out(name: str, folder: Path) -> None:
    before = load(folder)
    edit_weights(folder, lambda weights: weights | {name: torch.ones(2, 2)})
    after = load(folder)
    assert all(
        torch.equal(one, other) for one, other in zip(before.model.parameters(), after.model.parameters(), strict=True)
    )
    assert all(name in warning for warning in after.warnings)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_prefixes_of_wrapped_models_are_removed(prefix: str, folder: Path) -> None:
    before = load(folder).model.state_dict()
    edit_weights(folder, lambda weights: {prefix + name: value for name, value in weights.items()})
    after = load(folder).model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_prefixes_inside_are_removed(folder: Path) -> None:
    before = load(folder).model.state_dict()
    edit_weights(
        folder, lambda weights: {name.replace("bert.", "bert._orig_mod."): value for name, value in weights.items()}
    )
    after = load(folder).model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_weights_of_another_model_are_named(folder: Path) -> None:
    edit_weights(folder, lambda weights: {f"tagger.{name}": value for name, value in weights.items()})
    message = refusal(folder)
    assert "do not contain bert.embeddings" in message
    assert "but tagger.bert.embeddings" in message


def test_weights_of_another_shape_are_named(folder: Path) -> None:
    edit(folder / "config.json", intermediate_size=60)
    assert "do not fit its config.json: bert.encoder.layer.0.intermediate.dense.bias is 64 instead of 60" in refusal(
        folder
    )


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_outputs_that_are_not_numbers_are_refused(value: float, folder: Path) -> None:
    edit_weights(folder, lambda weights: weights | {"classifier.bias": torch.full((7,), value)})
    assert "computes NaN or infinity" in refusal(folder)


def test_nan_of_a_single_token_is_refused_where_it_occurs(folder: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (paris,) = tokenizer("Paris", add_special_tokens=False)["input_ids"][:1]

    def spoil(weights: Weights) -> Weights:
        weights["bert.embeddings.word_embeddings.weight"][paris] = torch.nan
        return weights

    edit_weights(folder, spoil)
    tagger = load(folder)
    run_stage(make_corpus([["IBM"]]), tagger, tmp_path / "without")
    with pytest.raises(AnalysisError, match="NaN"):
        run_stage(make_corpus([["Paris"]]), tagger, tmp_path / "with")


def test_integer_weights_are_refused(folder: Path) -> None:
    edit_weights(folder, lambda weights: weights | {"classifier.weight": torch.ones(7, 32, dtype=torch.int8)})
    assert "are quantised" in refusal(folder)


# Files


@pytest.mark.parametrize(
    "name", ["model.onnx", "onnx/model.onnx", "tf_model.h5", "model.fp16.safetensors", "model.gguf"]
)
def test_weights_of_other_formats_are_named(name: str, folder: Path) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "model.safetensors").rename(folder / name)
    message = refusal(folder)
    assert f"only {name}, which cannot be read" in message
    assert "pickle" not in message


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_git_lfs_pointers_are_told(name: str, folder: Path) -> None:
    (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 43\n")
    assert f"{name} is a Git LFS pointer" in refusal(folder)


def test_truncated_weights_are_told(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert "damaged or incomplete" in refusal(folder)
    path.write_bytes(b"")
    assert "damaged or incomplete" in refusal(folder)


def test_truncated_pickles_are_told(folder: Path) -> None:
    state = load(folder).model.state_dict()
    (folder / "model.safetensors").unlink()
    path = folder / "pytorch_model.bin"
    torch.save(state, path)
    for size in (path.stat().st_size // 2, 0):
        path.write_bytes(path.read_bytes()[:size])
        assert re.search("cannot be loaded|damaged", refusal(folder, allow_pickle=True))


def test_a_broken_index_is_told(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text("{}")
    assert "names no files of weights" in refusal(folder)


@pytest.mark.parametrize("name", ["../other/model.safetensors", "/tmp/model.safetensors", "a/../../model.safetensors"])
def test_weights_outside_the_folder_are_refused(name: str, folder: Path) -> None:
    build_tagger(folder.parent / "other", "bert-cased")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    assert f"names weights outside its folder ({name})" in refusal(folder)
    with pytest.raises(AnalysisError, match="outside its folder"):
        tagger_hash(TaggerOptions(str(folder)))


class _Call:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("loaded",))


def test_pickles_of_more_than_tensors_are_refused_without_advice_to_load_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({"a": _Call()}, folder / "pytorch_model.bin")
    said = refusal(folder, allow_pickle=True)
    assert "contain more than tensors, which is never loaded" in said
    assert "weights_only" not in said
    assert "loaded" not in capsys.readouterr().out


def test_infinite_losses_are_counted(folder: Path, tmp_path: Path) -> None:
    edit_weights(folder, lambda weights: {k: v * 1e38 if "classifier" in k else v for k, v in weights.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        workspace = run_stage(make_corpus(SHORT), load(folder), tmp_path / "scratch")
    infinite = int(np.count_nonzero(np.isinf(column(workspace, "loss"))))
    assert infinite
    assert f"gold tag of {infinite} words the probability 0" in workspace.read(PREDICTION_AUDIT)["warnings"][-1]


ADAPTER = {"peft_type": "LORA", "base_model_name_or_path": "some/base", "task_type": "TOKEN_CLS"}


def test_adapters_are_refused_with_and_without_their_base(folder: Path) -> None:
    before = tagger_hash(TaggerOptions(str(folder)))
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER))
    save_file({"a": torch.zeros(2)}, folder / "adapter_model.safetensors")
    hashes = {before, tagger_hash(TaggerOptions(str(folder)))}
    save_file({"a": torch.ones(2)}, folder / "adapter_model.safetensors")
    hashes.add(tagger_hash(TaggerOptions(str(folder))))
    assert len(hashes) == 3
    said = "an adapter (adapter_config.json) of some/base, which is not applied. Merge it"
    assert said in refusal(folder)
    with pytest.raises(AnalysisError, match="an adapter"):  # before a run that has been made is looked for
        tagger_labels(TaggerOptions(str(folder)))
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
    assert said in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_of_its_own_is_refused_beside_a_known_type(name: str, folder: Path, tmp_path: Path) -> None:
    edit(
        folder / name, auto_map={"AutoModelForTokenClassification": "modeling.Own", "AutoTokenizer": ["own.Own", None]}
    )
    (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    assert f"{name} names code" in refusal(folder)
    assert not (tmp_path / "ran").exists()


# Architectures


BOXES: dict[str, tuple[type[PreTrainedModel], type[PreTrainedConfig], dict[str, Any]]] = {
    "layoutlm": (LayoutLMForTokenClassification, LayoutLMConfig, {}),
    "layoutlmv3": (
        LayoutLMv3ForTokenClassification,
        LayoutLMv3Config,
        {"coordinate_size": 6, "shape_size": 4, "input_size": 32, "patch_size": 16},
    ),
    "lilt": (LiltForTokenClassification, LiltConfig, {"channel_shrink_ratio": 4, "hidden_size": 48, "pad_token_id": 0}),
    "bros": (BrosForTokenClassification, BrosConfig, {}),
}


def save(folder: Path, architecture: Any, configure: Any, tokenizer: Any, **settings: Any) -> Path:
    names = dict(enumerate(LABELS))
    architecture(configure(vocab_size=len(tokenizer), id2label=names, **settings)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", BOXES)
def test_models_that_need_boxes_are_refused(kind: str, tmp_path: Path) -> None:
    architecture, configure, settings = BOXES[kind]
    settings = SIZES | {"max_position_embeddings": MAX_LENGTH + 2} | settings
    save(tmp_path, architecture, configure, build_tokenizer("bert-cased"), **settings)
    assert "needs the position of each word on its page (bbox)" in refusal(tmp_path)


def test_models_that_fail_in_plain_transformers_are_refused(tmp_path: Path) -> None:
    tokenizer = build_tokenizer("bert-cased")
    settings = SIZES | {"max_position_embeddings": MAX_LENGTH, "num_landmarks": 7, "segment_means_seq_len": MAX_LENGTH}
    save(tmp_path, NystromformerForTokenClassification, NystromformerConfig, tokenizer, **settings)
    with pytest.raises(RuntimeError):
        Plain(tmp_path).words(SHORT[0])
    assert "as in plain transformers" in refusal(tmp_path)
