"""Sentence vectors against transformers' own model and a plain mean; what cannot be used is a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
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


def by_transformers(folder: Path, texts: list[str], pooling: str, max_length: int) -> np.ndarray:
    """One text at a time, without padding."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    vectors = []
    for text in texts:
        tokens = tokenizer(text, truncation=True, padding=False, max_length=max_length, return_tensors="pt")
        with torch.no_grad():
            states = model(**tokens).last_hidden_state[0]
        vectors.append((states.mean(dim=0) if pooling == "mean" else states[0]).numpy())
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
    np.testing.assert_allclose(vectors, by_transformers(folder, TEXTS, "mean", 256), atol=2e-6)


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


def as_encoder(plain: Path, folder: Path, pooling: dict | None, kinds: tuple[str, ...], **sentence: object) -> Path:
    """The transformer with the files that sentence-transformers writes."""
    folder.mkdir()
    for file in plain.iterdir():
        (folder / file.name).symlink_to(file)
    paths = ["", "1_Pooling", "2_Normalize"]
    modules = [
        {"idx": at, "name": str(at), "path": paths[at], "type": f"sentence_transformers.models.{kind}"}
        for at, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    if pooling is not None:
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps(sentence))
    return folder


USUAL = ("Transformer", "Pooling", "Normalize")


@pytest.mark.parametrize(
    ("pooling", "wanted"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["mean"]}, "mean"),
        (None, "mean"),
    ],
)
def test_pooling_is_what_the_folder_says(plain: Path, tmp_path: Path, pooling: dict | None, wanted: str) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", pooling, USUAL, max_seq_length=12)
    texts = [line for line in TEXT if line.strip()][:20]
    (tmp_path / "scratch").mkdir()
    vectors = load_encoder(read_encoder_files("toy", folder), "cpu").encode(texts, tmp_path / "scratch", quiet).vectors
    np.testing.assert_allclose(vectors, by_transformers(plain, texts, wanted, 12), atol=2e-5)


def test_a_plain_transformer_is_mean_pooled(plain: Path, tmp_path: Path) -> None:
    files = find_encoder(str(plain))
    assert files is not None
    vectors = load_encoder(files, "cpu").encode(["Paris", "Rome and Paris"], tmp_path, quiet).vectors
    np.testing.assert_allclose(vectors, by_transformers(plain, ["Paris", "Rome and Paris"], "mean", 30), atol=2e-5)


def test_what_changes_the_vectors_changes_the_hash(plain: Path, tmp_path: Path) -> None:
    mean, cls = {"pooling_mode": "mean"}, {"pooling_mode": "cls"}
    made = [
        as_encoder(plain, tmp_path / "a", mean, USUAL, max_seq_length=12),
        as_encoder(plain, tmp_path / "b", cls, USUAL, max_seq_length=12),
        as_encoder(plain, tmp_path / "c", mean, USUAL, max_seq_length=13),
        as_encoder(plain, tmp_path / "d", mean, USUAL, max_seq_length=12, do_lower_case=True),
        as_encoder(plain, tmp_path / "e", mean, USUAL[:2], max_seq_length=12),
    ]
    hashes = [read_encoder_files("toy", folder).hash for folder in made]
    assert len(set(hashes[:4])) == 4
    assert hashes[4] == hashes[0], "vectors are brought to length 1 whatever the folder says"


def test_a_stopped_encoding_goes_on(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(read_encoder_files("toy", plain), "cpu")
    texts = [f"{LONG[: 40 * (n % 20)]} {n}" for n in range(1_500)]
    (tmp_path / "unbroken").mkdir()
    whole = encoder.encode(texts, tmp_path / "unbroken", quiet).vectors

    def stop(done: int, total: int, unit: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoder.encode(texts, tmp_path, stop)
    computed = []
    pooled = SentenceEncoder._pooled
    monkeypatch.setattr(SentenceEncoder, "_pooled", lambda self, batch: computed.extend(batch) or pooled(self, batch))
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


@pytest.mark.usefixtures("no_hub")
def test_without_package_and_hub_the_default_is_not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.encoder.files.packaged_folder", lambda: None)
    assert find_encoder(None) is None
    with pytest.raises(AnalysisError, match=r"no folder sentence-transformers/all-MiniLM-L6-v2 for --encoder.*network"):
        find_encoder(DEFAULT_ENCODER)


@pytest.mark.usefixtures("no_hub")
def test_a_named_encoder_that_cannot_be_had_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"no folder someone/encoder for --encoder; as a hub model .*reached"):
        find_encoder("someone/encoder")
    with pytest.raises(AnalysisError, match=r"no folder a//b for --encoder, and that cannot be a model id"):
        find_encoder("a//b")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(AnalysisError, match=r"--encoder .*file is a file; give the folder"):
        find_encoder(str(file))


@pytest.mark.parametrize(
    ("pooling", "kinds", "said"),
    [
        ({"pooling_mode": "lasttoken"}, USUAL, "pools its tokens by last.*only mean or cls"),
        ({"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}, USUAL, "by cls, max"),
        ({}, ("Transformer", "Pooling", "Dense"), "made of Transformer, Pooling, Dense"),
        ({}, ("StaticEmbedding",), "made of StaticEmbedding"),
    ],
)
def test_other_kinds_of_encoder_are_a_sentence(
    plain: Path, tmp_path: Path, pooling: dict, kinds: tuple[str, ...], said: str
) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", pooling, kinds)
    with pytest.raises(AnalysisError, match=rf"The encoder .*{said}"):
        find_encoder(str(folder))


def test_pickled_weights_and_broken_files_are_a_sentence(plain: Path, tmp_path: Path) -> None:
    folder = as_encoder(plain, tmp_path / "encoder", {}, USUAL)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(AnalysisError, match=r"holds no model\.safetensors, and weights in any other form are not read"):
        find_encoder(str(folder))
    (folder / "model.safetensors").write_bytes(b"nothing of the kind")
    files = find_encoder(str(folder))
    assert files is not None
    with pytest.raises(AnalysisError, match=r"encoder .* cannot be loaded"):
        load_encoder(files, "cpu")
    (folder / "modules.json").write_text("[")
    with pytest.raises(AnalysisError, match=r"modules\.json is not valid JSON"):
        find_encoder(str(folder))
