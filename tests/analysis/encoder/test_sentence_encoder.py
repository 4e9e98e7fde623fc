"""Sentence vectors against a plain forward pass of transformers, pooled by hand; what cannot be used is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

from analysis.encoder.files import DEFAULT_ENCODER, find_encoder, packaged_folder, read_encoder_files
from analysis.encoder.sentence_encoder import SentenceEncoder, load_encoder, mean_states
from analysis.errors import AnalysisError
from tests.tiny_models import TEXT, build_tagger

LONG = "The quick brown fox jumps over the lazy dog near Paris . " * 40
TEXTS = [
    "",
    "Paris",
    "Jordan plays in Amman .",
    LONG,
    "naïve café 日本 😀",
    *(f"{n} times {'so ' * (n % 9)}" for n in range(60)),
]


def quiet(done: int, total: int, unit: str) -> None:
    pass


Pool = Callable[[torch.Tensor], torch.Tensor]
"""Of the states of a text's tokens, tokens x width, one vector."""


def weighted(states: torch.Tensor) -> torch.Tensor:
    """The mean in which the n-th token counts n times."""
    weights = torch.arange(1, len(states) + 1, dtype=states.dtype)
    return weights @ states / weights.sum()


MEAN: Pool = partial(torch.mean, dim=0)
CLS: Pool = itemgetter(0)
MAX: Pool = partial(torch.amax, dim=0)


def by_transformers(folder: Path, texts: list[str], pool: Pool, max_length: int) -> np.ndarray:
    """One text at a time, without padding."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    vectors = []
    for text in texts:
        tokens = tokenizer(text, truncation=True, padding=False, max_length=max_length, return_tensors="pt")
        with torch.no_grad():
            vectors.append(pool(model(**tokens).last_hidden_state[0]).numpy())
    stacked = np.array(vectors)
    return stacked / np.linalg.norm(stacked, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def default() -> SentenceEncoder:
    files = find_encoder(None)
    assert files is not None
    return load_encoder(files, "cpu")


def test_the_default_encoder_is_mean_pooled_minilm(default: SentenceEncoder, tmp_path: Path) -> None:
    folder = packaged_folder()
    assert folder is not None
    vectors = default.encode(TEXTS, tmp_path, quiet).vectors
    assert vectors.dtype == np.float32
    assert default.max_length == 256
    np.testing.assert_allclose(vectors, by_transformers(folder, TEXTS, MEAN, 256), atol=2e-6)


def test_texts_of_which_the_beginning_is_read_are_told(default: SentenceEncoder, tmp_path: Path, capfd) -> None:
    texts = [*TEXTS, "so " * 254, "so " * 255]  # with the two special tokens 256 and 257
    cut = default.encode(texts, tmp_path, quiet).cut
    plain = Tokenizer.from_file(str(default.files.folder / "tokenizer.json"))
    plain.no_truncation()
    plain.no_padding()
    assert cut.tolist() == [len(encoding.ids) > 256 for encoding in plain.encode_batch(texts)]
    assert np.flatnonzero(cut).tolist() == [TEXTS.index(LONG), len(texts) - 1]
    assert capfd.readouterr() == ("", ""), "the tokenizer's warning of a long text is not for a terminal"


def test_named_it_is_the_same_as_unnamed_and_as_its_folder() -> None:
    hashes = {files.hash for files in map(find_encoder, (None, DEFAULT_ENCODER, str(packaged_folder()))) if files}
    assert len(hashes) == 1


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer without any sentence-transformers files; its weights have no pooler."""
    return build_tagger(tmp_path_factory.mktemp("encoders") / "plain", "bert-uncased")


LIBRARY = "sentence_transformers.sentence_transformer.modules"
TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"
POOLING = f"{LIBRARY}.pooling.Pooling"
NORMALIZE = "sentence_transformers.base.modules.normalize.Normalize"
DENSE = "sentence_transformers.base.modules.dense.Dense"
USUAL = (TRANSFORMER, POOLING, NORMALIZE)


def settings(mode: str | list[str]) -> dict[str, object]:
    """What version 6 of the library writes for its pooling."""
    return {"embedding_dimension": 32, "pooling_mode": mode, "include_prompt": True}


def settings_of_version_5(*modes: str) -> dict[str, object]:
    names = ("cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")
    return {"word_embedding_dimension": 32} | {f"pooling_mode_{name}": name in modes for name in names}


def as_encoder(
    plain: Path, folder: Path, pooling: dict[str, object], kinds: tuple[str, ...] = USUAL, **sentence: object
) -> Path:
    """The transformer with the files that sentence-transformers writes."""
    folder.mkdir()
    for file in plain.iterdir():
        (folder / file.name).symlink_to(file)
    paths = ["", *(f"{number}_{kind.rpartition('.')[2]}" for number, kind in enumerate(kinds) if number)]
    write_modules(folder, list(zip(paths, kinds, strict=True)))
    for path in paths[1:]:
        (folder / path).mkdir()
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps(sentence))
    return folder


def write_modules(folder: Path, modules: list[tuple[str, str]]) -> None:
    written = [
        {"idx": number, "name": str(number), "path": path, "type": kind} for number, (path, kind) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(written))


def load(folder: Path) -> SentenceEncoder:
    return load_encoder(read_encoder_files("toy", folder), "cpu")


@pytest.mark.parametrize(
    ("pooling", "pool"),
    [
        (settings("mean"), MEAN),
        (settings("cls"), CLS),
        (settings("max"), MAX),
        (settings("weightedmean"), weighted),
        (settings(["mean"]), MEAN),
        (settings(["cls", "max"]), lambda states: torch.cat([CLS(states), MAX(states)])),
        (settings_of_version_5("cls_token"), CLS),
        (settings_of_version_5("mean_tokens"), MEAN),
        ({"embedding_dimension": 32}, MEAN),
    ],
    ids=["mean", "cls", "max", "weighted", "list", "two", "cls of version 5", "mean of version 5", "default"],
)
def test_pooling_is_what_the_folder_says(plain: Path, tmp_path: Path, pooling: dict[str, object], pool: Pool) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", pooling, max_seq_length=12)
    encoder = load(folder)
    assert encoder.max_length == 12
    texts = [*TEXT, "Paris", "Rome and Paris"]
    vectors = encoder.encode(texts, tmp_path, quiet).vectors
    np.testing.assert_allclose(vectors, by_transformers(plain, texts, pool, 12), atol=2e-5)


def test_a_plain_transformer_is_mean_pooled(plain: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = find_encoder(str(plain))
    assert files is not None
    vectors = load_encoder(files, "cpu").encode(["Paris", "Rome and Paris"], tmp_path, quiet).vectors
    assert caplog.records == [], "the library's report of weights is not for a terminal"
    np.testing.assert_allclose(vectors, by_transformers(plain, ["Paris", "Rome and Paris"], MEAN, 30), atol=2e-5)


def test_further_modules_are_applied(plain: Path, tmp_path: Path) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"), (TRANSFORMER, POOLING, DENSE))
    dense = {"in_features": 32, "out_features": 5, "bias": True, "activation_function": "torch.nn.ReLU"}
    (folder / "2_Dense" / "config.json").write_text(json.dumps(dense))
    weight, bias = torch.randn(5, 32, generator=torch.Generator().manual_seed(0)), torch.ones(5)
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense" / "model.safetensors")
    texts = ["Paris", "Rome and Paris"]
    wanted = by_transformers(plain, texts, lambda states: (weight @ states.mean(dim=0) + bias).relu(), 40)
    np.testing.assert_allclose(load(folder).encode(texts, tmp_path, quiet).vectors, wanted, atol=2e-5)


def test_what_changes_the_vectors_changes_the_hash(plain: Path, tmp_path: Path) -> None:
    made = [
        as_encoder(plain, tmp_path / "a", settings("mean"), max_seq_length=12),
        as_encoder(plain, tmp_path / "b", settings("cls"), max_seq_length=12),
        as_encoder(plain, tmp_path / "c", settings("mean"), max_seq_length=13),
        as_encoder(plain, tmp_path / "d", settings("mean"), max_seq_length=12, do_lower_case=True),
        as_encoder(plain, tmp_path / "e", settings("mean"), USUAL[:2], max_seq_length=12),
    ]
    hashes = [read_encoder_files("toy", folder).hash for folder in made]
    assert len(set(hashes)) == 5
    copied = shutil.copytree(tmp_path / "a", tmp_path / "copied")
    assert read_encoder_files("another name", copied).hash == hashes[0]


def test_a_stopped_encoding_goes_on(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load(plain)
    texts = [f"{LONG[: 40 * (n % 20)]} {n}" for n in range(1_500)]
    (tmp_path / "unbroken").mkdir()
    whole = encoder.encode(texts, tmp_path / "unbroken", quiet).vectors

    def stop(done: int, total: int, unit: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder.encode(texts, tmp_path, stop)
    computed: list[str] = []
    encode = encoder.model.encode

    def note(batch: list[str], **options: object) -> object:
        computed.extend(batch)
        return encode(batch, **options)

    monkeypatch.setattr(encoder.model, "encode", note)
    np.testing.assert_array_equal(encoder.encode(texts, tmp_path, quiet).vectors, whole)
    assert 0 < len(computed) < len(texts)
    computed.clear()
    encoder.encode(texts[1:], tmp_path, quiet)
    assert len(computed) == len(texts) - 1, "shards of other texts are of no use"


def test_mean_states_are_of_the_predicted_words() -> None:
    hidden = np.array([[1, 0], [0, 0], [0, 2], [0, 0], [3, 4]], np.float16)
    states = mean_states(hidden, np.array([0, 3, 4, 5]), np.array([3, 1, 1, 0]))
    assert not states.cut.any()
    np.testing.assert_allclose(states.vectors, [[1 / 5**0.5, 2 / 5**0.5], [0, 0], [0.6, 0.8], [0, 0]], atol=1e-6)


# What cannot be had


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


NOT_FOUND = r'no folder "{}" \(--encoder\)\. As a hub model .*cannot be reached\. Check the path or the network'


@pytest.mark.usefixtures("no_hub")
def test_without_package_and_hub_there_is_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.encoder.files.packaged_folder", lambda: None)
    assert find_encoder(None) is None
    with pytest.raises(AnalysisError, match=NOT_FOUND.format(DEFAULT_ENCODER)):
        find_encoder(DEFAULT_ENCODER)


@pytest.mark.usefixtures("no_hub")
def test_a_named_encoder_that_is_not_found_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=NOT_FOUND.format("someone/encoder")):
        find_encoder("someone/encoder")
    with pytest.raises(AnalysisError, match=r'"a//b" \(--encoder\) is neither an existing folder nor a valid hub id'):
        find_encoder("a//b")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(AnalysisError, match=r"--encoder .*file is a file\. Give the folder"):
        find_encoder(str(file))


FOREIGN_CODE = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
class Pooling: ...
"""


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ((TRANSFORMER, "custom.Pooling"), r"needs custom code of its authors \(custom\.Pooling\), which is never run"),
        (("custom.Transformer", POOLING), r"needs custom code of its authors \(custom\.Transformer\)"),
        ((f"{LIBRARY}.StaticEmbedding",), r"consists of StaticEmbedding\. The first module must be a Transformer"),
        ((f"{LIBRARY}.BoW", DENSE), r"consists of BoW, Dense\. The first"),
        ((), r"consists of no modules\. The first"),
    ],
)
def test_other_kinds_of_encoder_are_refused(plain: Path, tmp_path: Path, kinds: tuple[str, ...], message: str) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"))
    (folder / "custom.py").write_text(FOREIGN_CODE)
    write_modules(folder, [("", kind) for kind in kinds])
    with pytest.raises(AnalysisError, match=rf"The encoder .*{message}"):
        find_encoder(str(folder))
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("path", ["../outside", "1_Pooling/../../outside", "{absolute}", "link"])
@pytest.mark.parametrize("module", [0, 1])
def test_a_module_path_out_of_the_folder_is_refused(plain: Path, tmp_path: Path, path: str, module: int) -> None:
    outside = as_encoder(plain, tmp_path / "outside", settings("mean"))
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"))
    (folder / "link").symlink_to(outside, target_is_directory=True)
    paths = ["", "1_Pooling"]
    paths[module] = path.format(absolute=outside)
    write_modules(folder, list(zip(paths, USUAL[:2], strict=True)))
    with pytest.raises(
        AnalysisError, match=rf'modules\.json contains .* "{paths[module]}", which is outside the folder'
    ):
        find_encoder(str(folder))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "is not valid JSON"),
        ("7", 'is not a list of modules with "path" and "type"'),
        ('["Transformer"]', "is not a list of modules"),
        ('[{"path": ""}]', "is not a list of modules"),
    ],
)
def test_an_invalid_list_of_modules_is_refused(plain: Path, tmp_path: Path, text: str, message: str) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"))
    (folder / "modules.json").write_text(text)
    with pytest.raises(AnalysisError, match=rf"modules\.json {message}"):
        find_encoder(str(folder))


@pytest.mark.parametrize("module", ["", "2_Dense"])
def test_pickled_weights_are_refused(plain: Path, tmp_path: Path, module: str) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"), (TRANSFORMER, POOLING, DENSE))
    (folder / module / "model.safetensors").unlink(missing_ok=True)
    (folder / module / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(AnalysisError, match=rf"no model\.safetensors in {folder / module}\. Other formats of weights"):
        find_encoder(str(folder))


def test_broken_weights_are_refused(plain: Path, tmp_path: Path) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"))
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"no safetensors")
    with pytest.raises(AnalysisError, match=r'encoder "toy" cannot be loaded'):
        load(folder)
    del weights["bert.encoder.layer.1.output.dense.bias"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(AnalysisError, match=r"do not contain encoder\.layer\.1\.output\.dense\.bias"):
        load(folder)


@pytest.mark.parametrize(
    ("kinds", "pooling", "message"),
    [
        ((TRANSFORMER,), {}, "has no pooling module"),
        ((TRANSFORMER, POOLING), {"pooling_mode": "mean"}, "cannot be loaded: .*embedding_dimension"),
        ((TRANSFORMER, POOLING), settings("median"), "cannot be loaded: Invalid pooling mode"),
        ((TRANSFORMER, f"{LIBRARY}.Nothing"), {}, "cannot be loaded: .*Nothing"),
        ((TRANSFORMER, "sentence_transformers.util.fullname"), {}, "cannot be loaded: .*function"),
    ],
)
def test_modules_that_cannot_be_used_are_refused(
    plain: Path, tmp_path: Path, kinds: tuple[str, ...], pooling: dict[str, object], message: str
) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", pooling, kinds)
    with pytest.raises(AnalysisError, match=rf'encoder "toy" {message}'):
        load(folder)


def test_modules_that_do_not_fit_together_are_refused(plain: Path, tmp_path: Path) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", settings("mean"), (TRANSFORMER, POOLING, DENSE))
    dense = {"in_features": 16, "out_features": 4, "bias": False, "activation_function": "torch.nn.Tanh"}
    (folder / "2_Dense" / "config.json").write_text(json.dumps(dense))
    save_file({"linear.weight": torch.ones(4, 16)}, folder / "2_Dense" / "model.safetensors")
    with pytest.raises(AnalysisError, match=r'modules of the encoder "toy" do not fit together'):
        load(folder)
