"""Selections against examples worked by hand and a word-by-word reference in plain Python."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.neurons.values import NEURON_ACTIVITY
from analysis.projections.map_units import map_coordinates
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from analysis.run.schema import LOSSES, OUTCOMES, PREDICTIONS, SENTENCES
from analysis.scores.metrics import tag_confusion, type_confusion
from analysis.selection.clauses import CLAUSES, GoldType, Ids, Lasso, MinLoss, type_value
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Selection, SelectionError
from tests.duplicate_runs import corpus_of, with_duplicates
from tests.runs import make_run, neuron_values, random_run, with_values
from tests.work import calls_in

LEAK = corpus_of([(["PARIS", "again"], ["O", "O"])])


def first_word(text):
    return text.split(" ")[0].lower()


def whole_run(count, seed):
    """A random run with all that clauses ask for: sentences are alike where their first words are."""
    plain = random_run(count, seed=seed)
    words = sorted({first_word(text) for text in plain.sentences.text.to_pylist()} | {"paris"})
    run = with_duplicates(plain, lambda text: np.eye(len(words))[words.index(first_word(text))], [LEAK])
    fires = np.random.default_rng(seed).random((1, len(run.words), 2)) < 0.1
    values = neuron_values(np.arange(len(run.words)), fires.astype(np.float32), layers=(6,))
    documents = pa.array([None if row == 0 else f"d{row % 3}" for row in range(count)], pa.string())
    table = run.read(SENTENCES)
    place = table.schema.get_field_index("document")
    sentences = table.set_column(place, table.schema.field(place), documents)
    return with_values(run, {**values["arrays"], **values["jsons"], SENTENCES.key: sentences})


RUN = whole_run(12, seed=4)
TYPES = RUN.tag_set.types


def toy_run():
    return make_run(
        [
            (
                ["Paris", "Hilton", "left", "Paris", "."],
                ["B-PER", "I-PER", "O", "B-LOC", "O"],
                ["B-LOC", "O", "O", "B-LOC", "O"],
            ),
            (["The", "Bank", "of", "Ada"], ["O", "B-ORG", "I-ORG", "I-ORG"], ["O", "B-ORG", "O", "B-PER"]),
            ([], [], []),
            (["Nobody", "in", "PARIS"], ["O", "O", "B-LOC"], ["O", "O", "O"]),
        ],
        losses=[[3.0, 2.0, 0.1, 0.2, 0.0], [0.0, 0.5, 4.0, 2.5], [], [0.3, 0.1, 5.0]],
        ids=["a", "b,1", "empty", "100%"],
    )


def chosen(run, query):
    masks = Selection.from_query(query, Scene(run)).masks(Scene(run))
    return tuple(np.flatnonzero(mask).tolist() for mask in (masks.words, masks.spans, masks.sentences))


# Ledger of toy_run: 0 PER[0:2)/LOC[0:1) type+boundary, 1 LOC[3:4) correct, 2 ORG[1:4)/ORG[1:2) boundary,
# 3 spurious PER[3:4), 4 missed LOC[2:3). Words: 0-4 in sentence 0, 5-8 in 1, 9-11 in 3.
@pytest.mark.parametrize(
    ("query", "words", "spans", "sentences"),
    [
        ({}, list(range(12)), [0, 1, 2, 3, 4], [0, 1, 2, 3]),
        ({"gold-type": "LOC"}, [3, 11], [1, 4], [0, 3]),
        ({"pred-type": "LOC"}, [0, 1, 3], [0, 1], [0]),
        ({"gold-type": "PER", "pred-type": "LOC"}, [0, 1], [0], [0]),
        ({"gold-type": "none"}, [8], [3], [1]),
        ({"pred-type": "none"}, [11], [4], [3]),
        ({"outcome": "boundary"}, [6, 7, 8], [2], [1]),
        ({"outcome": "type+boundary"}, [0, 1], [0], [0]),
        ({"outcome": "error"}, [0, 1, 6, 7, 8, 11], [0, 2, 3, 4], [0, 1, 3]),
        ({"gold-type": "PER", "outcome": "correct"}, [], [], []),
        ({"gold-tag": "I-ORG"}, [7, 8], [2, 3], [1]),
        ({"gold-tag": "I-ORG", "pred-tag": "O"}, [7], [2], [1]),
        ({"gold-tag": "I-ORG", "gold-type": "none"}, [8], [3], [1]),
        ({"word": "Paris"}, [0, 3], [0, 1], [0]),
        ({"word": "Paris", "outcome": "error"}, [0], [0], [0]),
        ({"word": "Pari"}, [], [], []),
        ({"min-loss": "2.5"}, [0, 7, 8, 11], [0, 2, 3, 4], [0, 1, 3]),
        ({"min-loss": "2.5", "max-loss": "4"}, [0, 7, 8], [0, 2, 3], [0, 1]),
        ({"search": "paris"}, [0, 1, 2, 3, 4, 9, 10, 11], [0, 1, 4], [0, 3]),
        ({"search": "paris", "gold-tag": "O"}, [2, 4, 9, 10], [], [0, 3]),
        ({"search": "paris", "outcome": "missed"}, [11], [4], [3]),
        ({"search": "bank of"}, [5, 6, 7, 8], [2, 3], [1]),
        ({"search": ".", "outcome": "error"}, [0, 1], [0], [0]),
        ({"ids": "b%2C1,100%25"}, [5, 6, 7, 8, 9, 10, 11], [2, 3, 4], [1, 3]),
        ({"ids": "empty"}, [], [], [2]),
        ({"ids": "empty", "max-loss": "9"}, [], [], []),
    ],
)
def test_worked_examples(query, words, spans, sentences):
    assert chosen(toy_run(), query) == (words, spans, sentences)


def test_every_cell_selects_what_it_says():
    types, tags = [*TYPES, "none"], RUN.tag_set.tags
    for row, gold in enumerate(types):
        for column, said in enumerate(types):
            masks = Selection.from_query({"gold-type": gold, "pred-type": said}, Scene(RUN)).masks(Scene(RUN))
            assert masks.spans.sum() == type_confusion(RUN)[row, column]
    for row, gold in enumerate(tags):
        for column, said in enumerate(tags):
            masks = Selection.from_query({"gold-tag": gold, "pred-tag": said}, Scene(RUN)).masks(Scene(RUN))
            assert masks.words.sum() == tag_confusion(RUN)[row, column]


def test_counts_under_a_selection_add_up_to_the_cell():
    search = Selection.from_query({"search": "jordan"}, Scene(RUN))
    counts = type_confusion(RUN, search.masks(Scene(RUN)).spans)
    assert 0 < counts.sum() < type_confusion(RUN).sum()
    for row, gold in enumerate([*TYPES, "none"]):
        both = Selection.from_query({"search": "jordan", "gold-type": gold}, Scene(RUN))
        assert both.masks(Scene(RUN)).spans.sum() == counts[row].sum()


numbers = st.floats(-1, 8, allow_nan=False)
corners = st.lists(st.tuples(*[st.integers(-40_000, 40_000)] * 2), min_size=3, max_size=8)
VALUES = {
    "gold-type": st.sampled_from([*TYPES, "none"]),
    "pred-type": st.sampled_from([*TYPES, "none"]),
    "outcome": st.sampled_from([*OUTCOMES, "error"]),
    "gold-tag": st.sampled_from(RUN.tag_set.tags),
    "pred-tag": st.sampled_from(RUN.tag_set.tags),
    "gold-words": st.sampled_from(TYPES),
    "word": st.one_of(st.sampled_from(RUN.words.text.to_pylist()), st.text(min_size=1)),
    "any-case": st.sampled_from([*RUN.words.text.to_pylist(), "PARIS", "NAÏVE", "nowhere"]),
    "max-subwords": st.sampled_from(["1", "2", "12"]),
    "min-loss": numbers.map(repr),
    "max-loss": numbers.map(repr),
    "min-confidence": numbers.map(repr),
    "max-confidence": numbers.map(repr),
    "component": st.sampled_from(["6.1", "6.2"]),
    "lasso": st.builds(
        lambda method, subset, polygon: f"{method}.{subset}:" + ";".join(f"{x},{y}" for x, y in polygon),
        st.sampled_from(PROJECTION_METHODS),
        st.sampled_from(PROJECTION_SUBSETS),
        corners,
    ),
    "search": st.one_of(st.sampled_from(["paris", "THE ", "a+b", "<B>", "ïve", "日", "X,y"]), st.text(min_size=1)),
    "ids": st.lists(st.sampled_from(RUN.sentences.id.to_pylist()), min_size=1, max_size=5).map(",".join),
    "documents": st.lists(st.sampled_from(["d0", "d1", "d2"]), min_size=1, max_size=2).map(",".join),
    "duplicates": st.builds(
        lambda similarity, row: f"{similarity}:{row}", st.sampled_from(["0.80", "0.95", "exact"]), st.integers(0, 7)
    ),
    "leaked": st.sampled_from(["only:0.95", "none:0.80", "only:exact", "none:exact"]),
}
queries = st.lists(st.sampled_from(CLAUSE_NAMES), unique=True, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def test_every_clause_is_tried():
    assert tuple(VALUES) == CLAUSE_NAMES == tuple(clause.name for clause in CLAUSES)


@settings(max_examples=200, deadline=None)
@given(queries)
def test_a_selection_survives_the_url(query):
    selection = Selection.from_query(query, Scene(RUN))
    assert set(selection.to_query()) == set(query)
    carried = dict(parse_qsl(urlencode(selection.to_query()), keep_blank_values=True))
    again = Selection.from_query(carried, Scene(RUN))
    assert again == selection
    assert hash(again) == hash(selection)
    assert all(clause.label for clause in selection.clauses)


class Reference:
    """DESIGN's three sentences about masks, told word by word."""

    def __init__(self, run, query):
        self.run, self.query = run, query
        self.tags = [*run.tag_set.tags, None]
        self.types = [*run.tag_set.types, "none"]
        self.text = run.words.text.to_pylist()
        self.kinds = [{"gold-type", "pred-type", "outcome"}, {"search", "ids", "documents", "duplicates", "leaked"}]
        self.said = [text.lower() for text in run.sentences.text.to_pylist()]

    def row_meets(self, row):
        spans, query = self.run.spans, self.query
        outcome = OUTCOMES[spans.outcome[row]]
        return (
            query.get("gold-type", self.types[spans.gold_type[row]]) == self.types[spans.gold_type[row]]
            and query.get("pred-type", self.types[spans.predicted_type[row]]) == self.types[spans.predicted_type[row]]
            and query.get("outcome", outcome) in (outcome, "correct" if outcome == "correct" else "error")
        )

    def sentence_meets(self, sentence):
        query, sentences = self.query, self.run.sentences
        return (
            query.get("search", "").lower() in sentences.text[sentence].as_py().lower()
            and ("ids" not in query or sentences.id[sentence].as_py() in query["ids"].split(","))
            and ("documents" not in query or sentences.document[sentence].as_py() in query["documents"].split(","))
            and ("duplicates" not in query or self.is_like(sentence, *query["duplicates"].split(":")))
            and ("leaked" not in query or self.leaks(sentence, *query["leaked"].split(":")))
        )  # fmt: skip

    def is_like(self, sentence, similarity, row):
        """In one group: of the same first word, or text; a group has two sentences or more."""
        keys = self.said if similarity == "exact" else [first_word(text) for text in self.said]
        key = keys[int(row)]
        return bool(self.said[int(row)]) and keys[sentence] == key and keys.count(key) > 1

    def leaks(self, sentence, which, similarity):
        said = self.said[sentence]
        leaked = said == "paris again" if similarity == "exact" else bool(said) and first_word(said) == "paris"
        return leaked == (which == "only")

    def type_of(self, code):
        return None if code <= 0 else self.tags[code].split("-", 1)[1]

    def word_meets(self, word):
        words, query = self.run.words, self.query

        def within(value, name):
            low, high = (query.get(f"{side}-{name}") for side in ("min", "max"))
            return (low is None or value >= np.float32(low)) and (high is None or value <= np.float32(high))

        return (
            self.sentence_meets(words.sentence[word])
            and query.get("gold-tag", self.tags[words.gold_tag[word]]) == self.tags[words.gold_tag[word]]
            and query.get("pred-tag", self.tags[words.predicted_tag[word]]) == self.tags[words.predicted_tag[word]]
            and query.get("gold-words", self.type_of(words.gold_tag[word])) == self.type_of(words.gold_tag[word])
            and query.get("word", self.text[word]) == self.text[word]
            and query.get("any-case", self.text[word]).lower() == self.text[word].lower()
            and ("component" not in query or self.fires(word, int(query["component"][-1]) - 1))
            and ("max-subwords" not in query or 0 < words.subwords[word] <= int(query["max-subwords"]))
            and within(words.loss[word], "loss")
            and within(words.p_predicted[word], "confidence")
        )

    def fires(self, word, component):
        return self.run.read(NEURON_ACTIVITY)[0, word, component] > 0

    def masks(self):
        run, spans = self.run, self.run.spans
        by_place = {
            (int(sentence), int(position)): word
            for word, (sentence, position) in enumerate(zip(run.words.sentence, run.words.position, strict=True))
        }
        words_of = [
            [
                by_place[int(spans.sentence[row]), position]
                for start, end in ((spans.gold_start, spans.gold_end), (spans.predicted_start, spans.predicted_end))
                for position in range(start[row], end[row])
            ]
            for row in range(len(spans))
        ]
        met = [self.word_meets(word) for word in range(len(run.words))]
        rows = [self.row_meets(row) and any(met[word] for word in words_of[row]) for row in range(len(spans))]
        if self.query.keys() & self.kinds[0]:
            inside = {word for row, is_in in enumerate(rows) if is_in for word in words_of[row]}
            met = [is_in and word in inside for word, is_in in enumerate(met)]
        alive = {int(run.words.sentence[word]) for word, is_in in enumerate(met) if is_in}
        only_sentences = self.query.keys() <= self.kinds[1]
        sentences = [self.sentence_meets(row) if only_sentences else row in alive for row in range(len(run.sentences))]
        return met, rows, sentences


# Other letters fold in ways that Python's lower() does not know.
plain_queries = queries.filter(
    lambda query: "lasso" not in query and query.get("search", "").translate({ord("ï"): "i", ord("日"): ""}).isascii()
)


@settings(max_examples=250, deadline=None)
@given(plain_queries, st.integers(0, 5))
def test_masks_equal_the_reference(query, seed):
    run = RUN if "ids" in query else whole_run(8, seed)
    masks = Selection.from_query(query, Scene(run)).masks(Scene(run))
    words, spans, sentences = Reference(run, query).masks()
    assert masks.words.tolist() == words
    assert masks.spans.tolist() == spans
    assert masks.sentences.tolist() == sentences


def test_lasso_selects_the_words_inside_it_on_its_own_map():
    everything = "-33000,-33000;33000,-33000;33000,33000;-33000,33000"
    for subset in PROJECTION_SUBSETS:
        points, valid = map_coordinates(RUN, "umap", subset)
        masks = Selection.from_query({"lasso": f"umap.{subset}:{everything}"}, Scene(RUN)).masks(Scene(RUN))
        assert (masks.words == valid).all()
        half = Selection.from_query({"lasso": f"umap.{subset}:0,-33000;33000,-33000;33000,33000;0,33000"}, Scene(RUN))
        expected = valid & (points[:, 0] > 0)
        assert 0 < expected.sum() < valid.sum()
        assert (half.masks(Scene(RUN)).words == expected).all()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"gold-type": "ORGX"}, '"ORGX".*LOC, ORG, PER, none'),
        ({"pred-type": ""}, 'no type ""'),
        ({"outcome": "wrong"}, '"wrong".*correct, type, boundary'),
        ({"gold-tag": "B-XYZ"}, '"B-XYZ".*O, B-LOC'),
        ({"pred-tag": "none"}, '"none"'),
        ({"min-loss": "much"}, 'min-loss is "much", which is not a number'),
        ({"max-loss": "nan"}, "not a number"),
        ({"min-confidence": "inf"}, "not a number"),
        ({"lasso": "umap.all"}, "three or more corners"),
        ({"lasso": "umap.all:1,2;3,4"}, "three or more corners"),
        ({"lasso": "umap.all:1,2;3,4;5"}, "three or more corners"),
        ({"lasso": "umap.all:1,2;3,4;5.5,6"}, "whole numbers"),
        ({"lasso": "umap.all:1,2;3,4;5," + "9" * 5000}, "whole numbers"),
        ({"lasso": "umap.all:1,2;3,4;5,99999999999"}, "numbers of at most"),
        ({"lasso": "tsne.all:1,2;3,4;5,6"}, 'no projection "tsne"'),
        ({"lasso": "umap.some:1,2;3,4;5,6"}, '"some"'),
        ({"search": ""}, "empty"),
        ({"word": "\udcff"}, "UTF-8"),
        ({"documents": "d9"}, 'no document "d9".*d1, d2'),
        ({"ids": "0,zero"}, 'no sentence "zero".*0, 1, 2'),
        ({"ids": "\udcff"}, "UTF-8"),
        ({"colour": "red"}, 'no filter "colour".*gold-type, pred-type'),
    ],
)
def test_what_the_run_cannot_answer_is_said(query, says):
    with pytest.raises(SelectionError, match=says) as caught:
        Selection.from_query(query, Scene(RUN))
    assert isinstance(caught.value, AnalysisError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [5, None, ["PER"]])
def test_a_value_that_is_no_text_is_refused(value):
    with pytest.raises(SelectionError, match="value of the filter gold-type is"):
        Selection.from_query({"gold-type": value}, Scene(RUN))


@pytest.mark.parametrize(("name", "column"), [("loss", "loss"), ("confidence", "p_predicted")])
@pytest.mark.parametrize("bound", ["min", "max"])
def test_bound_on_a_figure_that_no_word_has_is_refused(name, column, bound):
    value = LOSSES if column == "loss" else PREDICTIONS
    table = RUN.read(value)
    place = table.schema.get_field_index(column)
    nothing = pa.array(np.full(len(table), np.nan, np.float32))
    run = with_values(RUN, {value.key: table.set_column(place, table.schema.field(place), nothing)})
    with pytest.raises(SelectionError, match=rf"^No .* has a {name}\."):
        Selection.from_query({f"{bound}-{name}": "0.5"}, Scene(run))
    nobody = make_run([])
    assert Selection.from_query({f"{bound}-{name}": "0.5"}, Scene(nobody)).clauses, "there is nothing to be said"


def test_a_type_that_is_called_none():
    run = make_run([(["a", "b"], ["B-none", "O"], ["O", "B-=x"])])
    assert run.tag_set.types == ("=x", "none")
    for name in (*run.tag_set.types, None):
        assert Selection.from_query({"gold-type": type_value(name)}, Scene(run)).clauses == (GoldType(name),)
    assert chosen(run, {"gold-type": "=none"})[1] == [0]
    assert chosen(run, {"gold-type": "none"})[1] == [1]
    assert chosen(run, {"pred-type": "==x"})[1] == [1]


def test_a_name_with_a_comma_is_hinted_at():
    run = make_run([(["w"], ["O"], ["O"])] * 2, documents=["a,b;c", "d"])
    with pytest.raises(SelectionError, match=r"no document .a. .*Write a comma in the name of a document as %2C\."):
        Selection.from_query({"documents": "a,b;c"}, Scene(run))
    masks = Selection.from_query({"documents": "a%2Cb;c"}, Scene(run)).masks(Scene(run))
    assert masks.sentences.tolist() == [True, False]


def test_ids_with_commas_and_percent_signs():
    ids = ["1,2", "50%2C", "%", "é, 日", "1"]
    run = make_run([(["w"], ["O"], ["O"])] * len(ids), ids=ids)
    for row, name in enumerate(ids):
        query = Selection((Ids((name,)),)).to_query()
        assert chosen(run, query)[2] == [row]
    both = Selection((Ids(("1,2", "%")),))
    assert Selection.from_query(both.to_query(), Scene(run)) == both


def test_labels_of_chips():
    query = {
        "gold-type": "ORG", "pred-type": "none", "outcome": "boundary", "gold-tag": "B-LOC", "pred-tag": "O",
        "word": "the", "min-loss": "3", "max-loss": "3.5", "max-confidence": "0.5",
        "lasso": "pca.all:0,0;1,0;1,1", "search": "Paris", "ids": "4,2",
    }  # fmt: skip
    assert [clause.label for clause in Selection.from_query(query, Scene(RUN)).clauses] == [
        "gold ORG", "missed", "wrong boundary", "gold B-LOC", "predicted O", "word “the”", "loss ≥ 3", "loss ≤ 3.5",
        "confidence ≤ 0.5", "lasso", "search “Paris”", "2 sentences",
    ]  # fmt: skip


def test_without_only_and_lasso():
    query = {"gold-type": "ORG", "min-loss": "1", "lasso": "umap.entities:0,0;9,0;9,9"}
    selection = Selection.from_query(query, Scene(RUN))
    assert selection.without("gold-type", "outcome").to_query().keys() == {"min-loss", "lasso"}
    assert selection.only("min-loss", "search").clauses == (MinLoss(1.0),)
    assert selection.without(*query) == Selection()
    assert selection.lasso == Lasso("umap", "entities", ((0, 0), (9, 0), (9, 9)))
    assert selection.without("lasso").lasso is None
    assert Selection((MinLoss(1.0), GoldType("ORG"))) == Selection((GoldType("ORG"), MinLoss(1.0)))
    with pytest.raises(ValueError, match="one clause of each kind"):
        Selection((MinLoss(1.0), MinLoss(2.0)))


def test_limits_are_met_by_the_value_that_a_table_shows():
    run = toy_run()
    for word, loss in enumerate(run.words.loss):
        shown = str(loss)
        assert run.words.loss.dtype == np.float32
        assert word in chosen(run, {"min-loss": shown, "max-loss": shown})[0]


def test_words_without_a_loss_meet_no_limit():
    run = make_run([(["a", "b"], ["O", None], ["O", None])], losses=[[1.0, math.nan]])
    assert chosen(run, {"min-loss": "-1"})[0] == [0]
    assert chosen(run, {"max-loss": "99"})[0] == [0]
    assert chosen(run, {"min-confidence": "0"})[0] == [0]


def test_masks_are_kept_and_cannot_be_changed():
    run = random_run(6)
    selection = Selection.from_query({"outcome": "error"}, Scene(run))
    masks = selection.masks(Scene(run))
    assert Selection.from_query({"outcome": "error"}, Scene(run)).masks(Scene(run)) is masks
    for mask in (masks.words, masks.spans, masks.sentences):
        with pytest.raises(ValueError, match="read-only"):
            mask[0] = True
    other = random_run(6, seed=1)
    assert len(selection.masks(Scene(other)).words) == len(other.words)


def test_threads_may_share_a_run():
    run = random_run(40, seed=2)
    selections = [Selection.from_query({"min-loss": str(limit / 50)}, Scene(run)) for limit in range(60)]
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda selection: int(selection.masks(Scene(run)).words.sum()), selections * 3))
    expected = [int((run.words.loss >= np.float32(limit / 50)).sum()) for limit in range(60)]
    assert counts == expected * 3


@pytest.mark.parametrize("clauses", ["types", "tags", "search", "lasso"])
def test_a_selection_takes_as_many_steps_among_many_words_as_among_few(clauses):
    lasso = ";".join(f"{int(20_000 * np.cos(turn))},{int(20_000 * np.sin(turn))}" for turn in np.linspace(0, 6.1, 40))
    query = {
        "types": {"gold-type": "ORG", "pred-type": "LOC"},
        "tags": {"gold-tag": "B-ORG", "pred-tag": "O"},
        "search": {"search": "jordan AMAZON"},
        "lasso": {"lasso": f"umap.all:{lasso}"},
    }[clauses]
    steps = []
    for run in (random_run(100), random_run(1_000)):
        selection = Selection.from_query(query, Scene(run))
        steps.append(calls_in(partial(selection._masks, Scene(run))))
    assert steps[0] == steps[1] < 1_000
