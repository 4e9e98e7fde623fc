"""The demo: its corpus is varied, valid and known down to the planted errors; its tagger is real and makes mistakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import torch
from seqeval.metrics import f1_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertForTokenClassification

from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.demo.__main__ import make_corpus, make_tagger
from analysis.demo.annotation_errors import plant_errors
from analysis.demo.corpus_files import ERRORS_FILE, read_conll, write_corpus
from analysis.demo.fillers import FILLER_KINDS
from analysis.demo.generator import PATTERNS, SIZES, Sentence, generate
from analysis.demo.names import AMBIGUOUS, NAMES, TYPE_OF_KIND, TYPES, is_unseen
from analysis.pipeline.progress import Reporter
from tests.conftest import REPOSITORY

SPLITS = ("train", "test")
Labelled = list[tuple[list[str], list[str]]]


@pytest.fixture(scope="module")
def true_sentences() -> dict[str, list[Sentence]]:
    return {split: generate(split) for split in SPLITS}


@pytest.fixture(scope="module")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, Reporter(sys.stderr))
    return folder


def errors_of(folder: Path, split: str) -> list[dict]:
    rows = map(json.loads, (folder / ERRORS_FILE).read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["split"] == split]


def sentence_ids(path: Path) -> list[str]:
    return re.findall(r"^# sent_id = (.*)$", path.read_text(encoding="utf-8"), re.M)


def entities_of(sentence: Sentence) -> list[tuple[str, str]]:
    """Surfaces and types of the entities, as seqeval finds them."""
    found = get_entities(list(sentence.tags))
    return [(" ".join(sentence.words[first : last + 1]), entity_type) for entity_type, first, last in found]


# The patterns


def test_at_least_150_patterns_differ_in_their_words_not_only_in_slots_and_choices() -> None:
    def skeleton(pattern: str) -> tuple[str, ...]:
        text = re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", pattern)
        return tuple(re.findall(r"\w+", text.lower()))

    skeletons = {skeleton(pattern) for _, pattern in PATTERNS}
    assert len([words for words in skeletons if len(words) >= 2]) >= 150
    by_register = Counter(register for register, _ in PATTERNS)
    assert min(by_register[register] for register in ("news", "chat", "review", "headline")) >= 40


def test_every_slot_of_every_pattern_is_known() -> None:
    for _, pattern in PATTERNS:
        for slot in re.findall(r"\{([^}]*)\}", pattern):
            if slot.startswith("="):
                assert slot.rsplit("/", 1)[1] in TYPES, pattern
            elif slot not in FILLER_KINDS:
                assert slot.lstrip("#@").lower() in {*TYPE_OF_KIND, "person"}, pattern
        assert re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", pattern).count("{") == 0, pattern


def test_every_pattern_and_name_list_is_used(true_sentences: dict[str, list[Sentence]]) -> None:
    written = {sentence.pattern for sentence in true_sentences["test"]}
    assert {f"{register}/{number}" for number, (register, _) in enumerate(PATTERNS)} <= written
    slots = set(re.findall(r"\{[#@]?(\w+)\}", " ".join(pattern for _, pattern in PATTERNS).lower()))
    assert set(NAMES) - {"first", "surname"} <= slots


# The sentences


def test_sentences_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert generate("test", seed=3) == generate("test", seed=3)
    assert generate("test", seed=3) != generate("test", seed=4)


@pytest.mark.parametrize("split", SPLITS)
def test_sizes(split: str, true_sentences: dict[str, list[Sentence]]) -> None:
    sentences = true_sentences[split]
    low, high = {"train": (3000, 4000), "test": (1200, 1500)}[split]
    assert low <= len(sentences) <= high
    assert len({sentence.sentence_id for sentence in sentences}) == len(sentences) == SIZES[split]
    if split == "test":
        assert 18_000 <= sum(len(sentence.words) for sentence in sentences) <= 26_000


def test_sentences_are_repeated_within_and_across_the_splits(true_sentences: dict[str, list[Sentence]]) -> None:
    texts = {split: [sentence.words for sentence in sentences] for split, sentences in true_sentences.items()}
    for split in SPLITS:
        assert len(texts[split]) - len(set(texts[split])) >= 0.01 * len(texts[split])
    leaked = [words for words in texts["test"] if words in set(texts["train"])]
    assert 0.01 <= len(leaked) / len(texts["test"]) <= 0.05


def test_unseen_names_are_in_the_test_split_alone(true_sentences: dict[str, list[Sentence]]) -> None:
    unseen = {name.removeprefix("the ").casefold() for names in NAMES.values() for name in names if is_unseen(name)}

    def met(split: str) -> set[str]:
        surfaces = set()
        for sentence in true_sentences[split]:
            for surface, entity_type in entities_of(sentence):
                surfaces.add(surface.casefold())
                if entity_type == "PER":
                    surfaces |= set(surface.casefold().split())
        return surfaces

    assert not unseen & met("train")
    assert len(unseen & met("test")) > 250


def test_names_are_ambiguous_across_types_in_both_splits(true_sentences: dict[str, list[Sentence]]) -> None:
    assert {"Jordan", "Washington", "Amazon", "Paris", "Chelsea", "Lincoln", "Sydney", "Mercedes"} <= AMBIGUOUS
    for split in SPLITS:
        types: dict[str, set[str]] = {}
        for sentence in true_sentences[split]:
            for surface, entity_type in entities_of(sentence):
                types.setdefault(surface.casefold(), set()).add(entity_type)
        assert len([surface for surface, its in types.items() if len(its) > 1]) > 40
        assert types["jordan"] >= {"PER", "LOC", "ORG"}


@pytest.mark.parametrize("split", SPLITS)
def test_the_text_is_varied_and_awkward(split: str, true_sentences: dict[str, list[Sentence]]) -> None:
    sentences = true_sentences[split]
    texts = [" ".join(sentence.words) for sentence in sentences]
    whole = "\n".join(texts)
    assert re.search("[\u4e00-\u9fff]{2}", whole)
    for wanted in ("São Paulo", "صباح الخير", "😂", "University of Texas at Austin", "Bank of America"):
        assert wanted in whole
    assert re.search(r"(?:^|\s)#\w", whole)
    assert re.search(r"(?:^|\s)@\w", whole)
    assert sum(text.isupper() for text in texts) > 50
    assert sum(text.islower() for text in texts) > 100
    assert 0.01 * len(texts) < len(texts) - len(set(texts)) < 0.1 * len(texts)
    assert all(word and not re.search(r"\s|[\ue000-\uf8ff{}\[\]]", word) for text in texts for word in text.split(" "))
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) <= 4
    assert max(lengths) > 300


def test_capitalised_the_is_part_of_a_name_and_the_small_one_is_not(true_sentences: dict[str, list[Sentence]]) -> None:
    found = Counter()
    for sentence in true_sentences["train"]:
        for surface, _ in entities_of(sentence):
            if sentence.register == "news":
                found["the" if surface.startswith("the ") else "other"] += 1
            if sentence.register == "headline" and surface == "European Union":
                assert "the European" not in " ".join(sentence.words)
    assert found["the"] == 0 < found["other"]


# The files


@pytest.mark.parametrize("split", SPLITS)
def test_the_files_are_valid_iob2_and_read_without_a_complaint(split: str, corpus_folder: Path) -> None:
    path = corpus_folder / f"{split}.conll"
    sentences = read_conll(path)
    tags = [tags for _, tags in sentences]
    strict = {(e.sent_id, e.start, e.end, e.tag) for row in Entities(tags, IOB2).entities for e in row}
    lenient = {
        (row, first, last + 1, entity_type)
        for row, its_tags in enumerate(tags)
        for entity_type, first, last in get_entities(its_tags)
    }
    assert strict == lenient
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    assert corpus.sentence_ids == sentence_ids(path)
    assert corpus.words == [word for words, _ in sentences for word in words]
    assert corpus.tags == [tag for its_tags in tags for tag in its_tags]
    assert corpus.audit["invalid_transitions"]["count"] == 0
    assert set(corpus.types) == set(TYPES)


def test_files_are_the_same_again(corpus_folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path, Reporter(sys.stderr))
    for file in corpus_folder.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()


@pytest.mark.parametrize("split", SPLITS)
def test_undoing_the_planted_errors_gives_the_true_tags(
    split: str, corpus_folder: Path, true_sentences: dict[str, list[Sentence]]
) -> None:
    path = corpus_folder / f"{split}.conll"
    annotated = dict(zip(sentence_ids(path), read_conll(path), strict=True))
    truth = {sentence.sentence_id: sentence for sentence in true_sentences[split]}
    errors = errors_of(corpus_folder, split)
    for error in errors:
        words, tags = annotated[error["sentence_id"]]
        start, end = error["start"], error["end"]
        assert words[start:end] == error["words"]
        assert tags[start:end] == error["given_tags"] != error["true_tags"]
        tags[start:end] = error["true_tags"]
    assert {name: (tuple(words), tuple(tags)) for name, (words, tags) in annotated.items()} == {
        name: (sentence.words, sentence.tags) for name, sentence in truth.items()
    }
    entities = sum(len(entities_of(sentence)) for sentence in truth.values())
    assert 0.025 <= len(errors) / entities <= 0.035
    assert set(Counter(error["kind"] for error in errors)) == {"type", "boundary", "missed", "spurious"}


def test_each_kind_of_error_does_what_it_says(true_sentences: dict[str, list[Sentence]]) -> None:
    _, errors = plant_errors(true_sentences["train"], Random(1))
    for error in errors:
        true, given = get_entities(list(error.true_tags)), get_entities(list(error.given_tags))
        if error.kind == "spurious":
            assert (len(true), len(given)) == (0, 1)
        elif error.kind == "missed":
            assert (len(true), len(given)) == (1, 0)
        else:
            assert len(true) == len(given) == 1
            (true_type, *true_bounds), (given_type, *given_bounds) = true[0], given[0]
            assert (true_type == given_type) == (error.kind == "boundary")
            assert (true_bounds == given_bounds) == (error.kind == "type")


# The tagger


def plain_predictions(folder: Path, sentences: Labelled) -> list[list[str]]:
    """Tags of the words' first subwords from one forward pass a sentence, the long ones in pieces of 150 words."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder)
    predicted = []
    for words, _ in sentences:
        tags: list[str] = []
        for start in range(0, len(words), 150):
            piece = tokenizer(words[start : start + 150], is_split_into_words=True, return_tensors="pt")
            with torch.inference_mode():
                labels = model(**piece).logits[0].argmax(1).tolist()
            places = piece.word_ids(0)
            firsts = [places.index(word) for word in range(len(words[start : start + 150]))]
            tags += [model.config.id2label[labels[first]] for first in firsts]
        predicted.append(tags)
    return predicted


def test_the_tagger_is_a_genuine_folder(demo_folder: Path) -> None:
    folder = demo_folder / "tagger"
    model = AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True)
    assert type(model) is BertForTokenClassification
    assert set(model.config.id2label.values()) == {"O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BI")}
    assert (folder / "model.safetensors").is_file()
    assert "Apache-2.0" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_tagger_makes_real_mistakes_but_not_too_many(demo_folder: Path) -> None:
    sentences = read_conll(demo_folder / "corpus" / "test.conll")
    predicted = plain_predictions(demo_folder / "tagger", sentences)
    assert 0.75 <= f1_score([tags for _, tags in sentences], predicted) <= 0.95


def test_long_sentences_need_several_windows(demo_folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(demo_folder / "tagger")
    tokenizer.model_max_length = 100_000  # else it warns of what is counted here
    words = [words for words, _ in read_conll(demo_folder / "corpus" / "test.conll") if len(words) > 100]
    assert sum(len(ids) > 512 for ids in tokenizer(words, is_split_into_words=True)["input_ids"]) >= 2


# The command


def files_of(folder: Path) -> dict[str, int]:
    """Times of change of the files; but SQLite touches its own when they are only read."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("cache.db")]
    return {str(path): path.stat().st_mtime_ns for path in files}


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m analysis.demo`, which says at its end on stdout whether it has loaded torch."""
    code = (
        "import sys; from analysis.demo.__main__ import main; code = main(sys.argv[1:]);"
        "print('torch' in sys.modules); sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_second_call_does_nothing(demo_folder: Path) -> None:
    made = files_of(demo_folder)
    second = run_demo("--folder", str(demo_folder))
    assert second.returncode == 0, second.stderr
    assert second.stdout == "False\n", "torch is not loaded"
    assert len(second.stderr.splitlines()) == 3
    assert files_of(demo_folder) == made


def test_a_changed_folder_is_made_again(demo_folder: Path, tmp_path: Path) -> None:
    report = Reporter(sys.stderr)
    corpus = make_corpus(tmp_path, report)
    (corpus / "made_from.json").write_text('{"fingerprint": "of older code"}', encoding="utf-8")
    (corpus / "left over").touch()
    assert make_corpus(tmp_path, report) == corpus
    assert not (corpus / "left over").exists()
    assert (corpus / "test.conll").read_bytes() == (demo_folder / "corpus" / "test.conll").read_bytes()
    assert make_tagger(demo_folder, demo_folder / "corpus", report) == demo_folder / "tagger"


def test_without_a_hub_the_hub_demo_ends_in_one_sentence(tmp_path: Path) -> None:
    answer = run_demo("--hub", "--folder", str(tmp_path))
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    errors = [line for line in answer.stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1
