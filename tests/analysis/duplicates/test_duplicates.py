"""Groups of duplicates and leaks: the real stages over small corpora whose cosines are known by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from analysis.command_line.cli import main
from analysis.command_line.text_report import audit_text
from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.duplicates.comparison import compare, gold_sentence
from analysis.duplicates.groups import EXACT, groups_of, members_of, pair_counts
from analysis.duplicates.leaks import leaked_sentences, leaks_of, references_of
from analysis.duplicates.same_text import NO_TEXT, distinct_texts
from analysis.duplicates.similarity import level_of
from analysis.run.run import MissingStageError, Run
from analysis.run.schema import HIDDEN, SENTENCES, WORDS
from analysis.selection.clause import SelectionError
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from analysis.store.store import Store
from tests.duplicate_runs import angles, corpus_of, duplicate_run, run_stages
from tests.runs import Sentence, make_run, with_values
from tests.tiny_models import build_tagger
from tests.workspace import MemoryWorkspace


def said(text: str, gold: str | None = None) -> Sentence:
    """A sentence whose words are `O` but for those given a tag: `Jordan/B-PER plays`."""
    pairs = [word.partition("/") for word in text.split()]
    tags = [tag or "O" for _, _, tag in pairs]
    return [word for word, _, _ in pairs], tags, ["O"] * len(pairs)


# On the circle: a and b are 10 degrees apart (0.985), b and c 20 (0.940), a and c 30 (0.866), d is far away.
DEGREES = angles({"a": 0, "b": 10, "c": 30, "d": 90})
STORY = [
    said("a Jordan/B-PER plays"),
    said("A  jordan/B-LOC plays"),  # the same text, labelled otherwise
    said("b Jordan/B-PER plays well"),
    said("c Amman"),
    said("d alone"),
    said(""),
    said(""),
]


@pytest.fixture(scope="module")
def story() -> Run:
    return duplicate_run(STORY, DEGREES)


def groups_by(run: Run, kind: str, threshold: float) -> list[set[int]]:
    """The groups in order, as sets of sentences."""
    groups = groups_of(run, kind, threshold)
    return [set(np.flatnonzero(groups.of_sentence == number).tolist()) for number in groups.order]


@pytest.mark.parametrize(
    ("kind", "threshold", "wanted"),
    [
        ("all", 0.99, [{0, 1}]),
        ("all", 0.95, [{0, 1, 2}]),
        ("all", 0.90, [{0, 1, 2, 3}]),
        ("near", 0.99, []),
        ("near", 0.98, [{0, 1, 2}]),
        ("exact", 0.80, [{0, 1}]),
    ],
)
def test_groups_are_linked_by_chains(story: Run, kind: str, threshold: float, wanted: list[set[int]]) -> None:
    assert groups_by(story, kind, threshold) == wanted


def test_a_group_says_what_holds_it_together(story: Run) -> None:
    groups = groups_of(story, "all", 0.90)
    assert (groups.size.tolist(), groups.texts.tolist(), groups.first.tolist()) == ([4], [3], [0])
    assert groups.similarity[0] == pytest.approx(np.cos(np.deg2rad(20)), abs=1e-6)
    assert groups.disagrees.tolist() == [True]
    counts = pair_counts(story)
    assert (counts[0.99], counts[0.98], counts[0.94], counts[0.93], counts[0.86], counts[0.8]) == (0, 1, 1, 2, 3, 3)


def test_members_are_compared_with_what_they_are_linked_to(story: Run) -> None:
    members = members_of(story, groups_of(story, "all", 0.90), 0, limit=10)
    told = {one.sentence: (one.other, round(one.cosine, 3), one.same_text) for one in members}
    assert told == {
        0: (None, 1.0, False),
        1: (0, 1.0, True),
        2: (0, 0.985, False),
        3: (2, 0.94, False),
    }
    assert [one.sentence for one in members] == [0, 1, 2, 3]


def test_of_a_large_group_those_that_disagree_are_shown() -> None:
    sentences = [said("a Jordan/B-PER"), *[said("A Jordan/B-PER")] * 30, said("a Jordan/B-LOC"), said("b Jordan/B-ORG")]
    run = duplicate_run(sentences, DEGREES)
    shown = [one.sentence for one in members_of(run, groups_of(run, "all", 0.95), 0, limit=4)]
    assert shown[0] == 0
    assert {31, 32} < set(shown)
    assert len(shown) == 4


def test_groups_that_disagree_come_first_then_the_most_similar() -> None:
    degrees = angles({"a": 0, "aa": 15, "b": 90, "bb": 95, "c": 180, "cc": 190})
    sentences = [
        *(said("b x"), said("bb x"), said("c y/B-PER"), said("cc y/B-PER")),
        *(said("a z/B-PER"), said("aa z/B-LOC")),
    ]
    assert groups_by(duplicate_run(sentences, degrees), "all", 0.95) == [{4, 5}, {0, 1}, {2, 3}]


def random_corpus(count: int, seed: int) -> list[Sentence]:
    random = np.random.default_rng(seed)
    tags = ["O", "O", "B-PER", "B-LOC", None]
    sentences: list[Sentence] = []
    for _ in range(count):
        text = random.choice(["one", "two", "Two", "three"], size=random.integers(0, 5)).tolist()
        sentences.append((text, random.choice(tags, size=len(text)).tolist(), ["O"] * len(text)))
    return sentences


@pytest.mark.parametrize("threshold", [0.8, 0.87, 0.95, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_groups_against_the_whole_matrix(seed: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    points: dict[str, np.ndarray] = {}

    def vector_of(text: str) -> np.ndarray:
        key = text.casefold()
        if key not in points:
            vector = random.normal(size=5)
            points[key] = vector / np.linalg.norm(vector)
        return points[key]

    run = duplicate_run(random_corpus(150, seed), vector_of, types=("LOC", "PER"))
    texts = [text.casefold() for text in run.sentences.text.to_pylist()]
    vectors = np.array([points[text] if text else np.zeros(5) for text in texts])
    alike = (vectors @ vectors.T >= threshold - 1e-6) | (np.array(texts)[:, None] == np.array(texts))
    empty = np.array([not text for text in texts])
    alike[empty] = alike[:, empty] = False
    _, part = connected_components(alike, directed=False)
    wanted = {frozenset(np.flatnonzero(part == number).tolist()) for number in set(part.tolist())}
    groups = groups_of(run, "all", threshold)
    found = [set(np.flatnonzero(groups.of_sentence == number).tolist()) for number in range(len(groups.size))]
    assert {frozenset(group) for group in found} == {group for group in wanted if len(group) > 1}
    assert len(found) > 1

    for number, group in enumerate(found):
        members = members_of(run, groups, number, limit=10**6)
        assert {one.sentence for one in members} == group
        disagreeing = []
        for one in members[1:]:
            assert alike[one.sentence, one.other], "compared with one that it is linked to"
            pair = (gold_sentence(run.words, run.sentences, run.tag_set.tags, at) for at in (one.other, one.sentence))
            disagreeing += compare(*pair).differing_labels
        assert groups.disagrees[number] == bool(disagreeing), "what is flagged is what is shown"


# The same text


def test_texts_are_the_same_but_for_white_space_and_case() -> None:
    found = distinct_texts(["A  b", "a b", "", "STRASSE", "straße", "a b c", " ", "a\tB"])
    assert found.number.tolist() == [0, 0, NO_TEXT, 1, 1, 2, NO_TEXT, 0]
    assert found.first.tolist() == [0, 3, 5]


def test_one_sentence_fifty_thousand_times(tmp_path: Path) -> None:
    """Also where one of the copies is labelled otherwise, and where the reference has it as often."""
    count = 50_000
    run = make_run([said("we saw Jordan/B-PER")] * (count - 1) + [said("we saw Jordan/B-LOC")])
    workspace = MemoryWorkspace(tmp_path)
    reference = corpus_of([(["we", "saw", "Jordan"], ["O", "O", "B-PER"])] * count)
    run_stages(run, workspace, DEGREES, [reference])
    inputs = (WORDS.key, SENTENCES.key, HIDDEN.key)
    written = [data for key, data in workspace.values.items() if key not in inputs and hasattr(data, "nbytes")]
    assert sum(data.nbytes for data in written) < 500_000
    seen = with_values(run, workspace.values)
    groups = groups_of(seen, "all", 0.95)
    assert (groups.size.tolist(), groups.disagrees.tolist()) == ([count], [True])
    assert {count - 1, 0} < {one.sentence for one in members_of(seen, groups, 0, limit=6)}
    (leak,) = leaks_of(seen).table.to_pylist()
    assert (leak["copies"], leak["exact"]) == (count, True)


# Clauses


def masks(run: Run, **clauses: str) -> list[int]:
    return np.flatnonzero(Selection.from_query(clauses, Scene(run)).masks(Scene(run)).sentences).tolist()


def test_a_clause_selects_a_group(story: Run) -> None:
    assert masks(story, duplicates="0.95:2") == [0, 1, 2]
    assert masks(story, duplicates="exact:1") == [0, 1]
    assert masks(story, duplicates="0.80:4") == []
    (clause,) = Selection.from_query({"duplicates": "0.90:3"}, Scene(story)).clauses
    assert (clause.value, clause.label) == ("0.90:3", "group of #3, cosine ≥ 0.90")


@pytest.mark.parametrize(
    ("name", "value", "said_of_it"),
    [
        ("duplicates", "0.955:1", 'not a valid similarity. Use "exact" or 0.80 to 1.00'),
        ("duplicates", "0.79:1", "is not a valid similarity"),
        ("duplicates", "near:1", "is not a valid similarity"),
        ("duplicates", "0.95", "is not valid.* from 0 to 6"),
        ("duplicates", "0.95:7", "is not valid"),
        ("leaked", "some:0.95", "is not valid.* only: or none:"),
        ("leaked", "only:1.01", "is not a valid similarity"),
    ],
)
def test_clauses_that_cannot_be_read(story: Run, name: str, value: str, said_of_it: str) -> None:
    with pytest.raises(SelectionError, match=said_of_it):
        Selection.from_query({name: value}, Scene(story))


def test_an_older_run_says_what_adds_its_duplicates() -> None:
    run = make_run(STORY)
    for query in ({"duplicates": "0.95:0"}, {"leaked": "only:exact"}):
        with pytest.raises(MissingStageError, match="python -m analysis run"):
            Selection.from_query(query, Scene(run))


# Leakage

TRAIN = corpus_of(
    [
        (["a", "Jordan", "plays"], ["O", "B-PER", "O"]),
        (["A", "JORDAN", "plays"], ["O", "B-LOC", "O"]),
        (["cc", "Amman"], ["O", "B-LOC"]),
    ]
)
DEV = corpus_of([(["b", "Jordan", "plays", "well"], ["O", "B-ORG", "O", "O"]), ([], [])], label="toy/dev")


@pytest.fixture(scope="module")
def leaking() -> Run:
    return duplicate_run(STORY, angles({"a": 0, "b": 10, "c": 30, "cc": 45, "d": 90}), [TRAIN, DEV])


def test_leaks_are_found_exactly_and_nearly(leaking: Run) -> None:
    assert [(one.label, one.sentences) for one in references_of(leaking)] == [("toy/train", 3), ("toy/dev", 2)]
    rows = leaks_of(leaking).table.to_pylist()
    told = {(row["reference"], row["text"]): (row["exact"], round(row["cosine"], 3), row["source_row"]) for row in rows}
    cosine = {degrees: round(float(np.cos(np.deg2rad(degrees))), 3) for degrees in (10, 15, 20)}
    assert told == {
        (0, 0): (True, 1.0, 0),
        (0, 1): (False, cosine[10], 0),
        (0, 2): (False, cosine[15], 2),
        (1, 0): (False, cosine[10], 0),
        (1, 1): (True, 1.0, 0),
        (1, 2): (False, cosine[20], 0),
    }
    exact = rows[0]
    assert (exact["words"], exact["tags"], exact["copies"]) == (["a", "Jordan", "plays"], ["O", "B-PER", "O"], 2)
    assert {(row["reference"], row["text"]): row["relabelled"] for row in rows}[1, 1] == 1, "PER here, ORG there"


def test_leaked_sentences_by_clause(leaking: Run) -> None:
    assert masks(leaking, leaked="only:exact") == [0, 1, 2]
    assert masks(leaking, leaked="none:exact") == [3, 4, 5, 6]
    assert masks(leaking, leaked="only:0.95") == [0, 1, 2, 3]
    assert masks(leaking, leaked="only:0.97") == [0, 1, 2]
    assert leaked_sentences(leaking, leaks_of(leaking).reaching(EXACT)).sum() == 3
    assert leaks_of(leaking).reaching(level_of(0.98)).sum() == 4


def test_without_references_nothing_leaked(story: Run) -> None:
    assert references_of(story) == []
    assert masks(story, leaked="only:0.80") == []


def test_without_an_encoder_the_taggers_hidden_states_stand_in(tmp_path: Path) -> None:
    run = make_run([said("a b"), said("a b"), said("c")])
    workspace = MemoryWorkspace(tmp_path)
    run_stages(run, workspace, None)
    assert workspace.values["sentence_encoder"] == {"name": None, "cut_sentences": 0}
    hidden = run.hidden.astype(np.float64)
    for text, rows in enumerate([slice(0, 2), slice(4, 5)]):
        mean = hidden[rows].mean(axis=0)
        np.testing.assert_allclose(workspace.values["sentence_vectors"][text], mean / np.linalg.norm(mean), atol=1e-5)


def test_without_an_encoder_references_pass_through_the_tagger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sentences, as corpus and as reference, get the same vectors."""
    monkeypatch.setattr("analysis.pipeline.pipeline.find_encoder", lambda name: None)
    tagger = build_tagger(tmp_path / "tagger", "bert-cased")
    lines = ["Anna\tB-PER\nsings\tO", "Paris\tB-LOC\nis\tO\nbig\tO", "Rome\tB-LOC\nis\tO", "big\tO\nbig\tO"]
    (tmp_path / "test.conll").write_text("\n\n".join(lines) + "\n")
    # Not exactly the same: a word of its own in front, which the toy tagger's mean hardly feels in the long sentence.
    (tmp_path / "train.conll").write_text("\n\n".join([lines[0], f"{lines[1]}\nbig\tO"]) + "\n")
    store = tmp_path / "store"
    arguments = ["run", "--model", tagger, "--dataset", tmp_path / "test.conll", "--store", store]
    assert main([*map(str, arguments), "--reference", str(tmp_path / "train.conll"), "--name", "toy"]) == 0
    run = Store(store).open(Store(store).resolve("toy"))
    assert run.manifest["audit"]["sentence_encoder"] == {
        "max_length": None,
        "cut_sentences": 0,
        "references": [{"label": f"{tmp_path.name}/train", "cut_sentences": 0}],
    }
    exact = leaks_of(run).exact
    assert leaks_of(run).text[exact].tolist() == [0]
    assert np.isfinite(leaks_of(run).cosine).all()


def test_sentences_that_are_longer_than_the_encoder_reads_are_counted(tmp_path: Path) -> None:
    """Copies too, in corpus and references, and in sentences; a run that did not count them says nothing."""
    tagger = build_tagger(tmp_path / "tagger", "bert-cased")
    long = "\n".join(["big\tO"] * 300)
    (tmp_path / "test.conll").write_text("\n\n".join([long, "Paris\tB-LOC", long.upper().replace("BIG", "Big")]) + "\n")
    (tmp_path / "train.conll").write_text("\n\n".join(["Rome\tB-LOC", f"Paris\tB-LOC\n{long}"]) + "\n")
    (tmp_path / "dev.conll").write_text("Rome\tB-LOC\n")
    store = tmp_path / "store"
    arguments = ["run", "--model", tagger, "--dataset", tmp_path / "test.conll", "--store", store, "--name", "toy"]
    references = [f"--reference={tmp_path / name}.conll" for name in ("train", "dev")]
    assert main([*map(str, arguments), *references]) == 0
    audit = Store(store).manifest(Store(store).resolve("toy"))["audit"]
    labels = [f"{tmp_path.name}/{name}" for name in ("train", "dev")]
    assert audit["sentence_encoder"] == {
        "max_length": 256,
        "cut_sentences": 2,
        "references": [{"label": label, "cut_sentences": cut} for label, cut in zip(labels, [1, 0], strict=True)],
    }
    lines = [line for line in audit_text(audit).splitlines() if "encoder" in line]
    reads = "truncated to 256 subwords by the sentence encoder"
    assert lines == [f"- sentences {reads}: 2", f"- sentences in the reference {labels[0]} {reads}: 1"]
    assert "encoder" not in audit_text({key: value for key, value in audit.items() if key != "sentence_encoder"})


@pytest.mark.shared
@pytest.mark.parametrize(("corpus", "other"), [("wnut17", "train"), ("wnut17", "dev"), ("uner-ewt", "dev")])
def test_leaks_of_real_corpora_are_those_of_a_set(shared_folder: Path, corpus: str, other: str, tmp_path: Path) -> None:
    """WNUT-17's test split shares no sentence with the others; EWT's shares some with its development split."""
    folder = shared_folder / "data" / corpus
    test, reference = (load_corpus(CorpusOptions(str(folder / f"{name}.conll"))) for name in ("test", other))

    def texts(path: Path) -> list[str]:
        """Sentences, read without our reader."""
        blocks = path.read_text("utf-8").split("\n\n")
        lines = [[line for line in block.split("\n") if line.strip() and not line.startswith("# ")] for block in blocks]
        return [" ".join(line.split("\t")[0] for line in block).casefold() for block in lines if block]

    there = set(texts(folder / f"{other}.conll"))
    wanted = [row for row, text in enumerate(texts(folder / "test.conll")) if " ".join(text.split()) in there]
    sentences: list[Sentence] = []
    for start, stop in zip(test.offsets[:-1], test.offsets[1:], strict=True):
        tags = test.tags[start:stop]
        sentences.append((test.words[start:stop], tags, tags))
    run = make_run(sentences)
    workspace = MemoryWorkspace(tmp_path)
    run_stages(run, workspace, lambda text: np.array([1, 0]) if text == "" else np.array([0, 1]), [reference])
    seen = with_values(run, workspace.values)
    assert np.flatnonzero(leaked_sentences(seen, leaks_of(seen).reaching(EXACT))).tolist() == wanted
    assert bool(wanted) == (corpus == "uner-ewt")
