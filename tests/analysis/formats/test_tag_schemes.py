"""Reading of tag schemes, held against seqeval's own reading of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import v1
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU as SEQEVAL_BILOU
from seqeval.scheme import IOB1 as SEQEVAL_IOB1
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from seqeval.scheme import IOBES as SEQEVAL_IOBES
from seqeval.scheme import Entities

from analysis.errors import AnalysisError
from analysis.formats.tag_schemes import (
    BILOU,
    IO,
    IOB1,
    IOB2,
    IOBES,
    InvalidTransition,
    detect_scheme,
    malformed_tags,
    to_bio2,
)
from analysis.scores.scorers import seqeval_default, seqeval_strict
from analysis.taggers.labels import TaggerLabels

SEQEVAL = {IOB1: SEQEVAL_IOB1, IOB2: SEQEVAL_IOB2, IOBES: SEQEVAL_IOBES, BILOU: SEQEVAL_BILOU}
Span = tuple[int, int, str]


@st.composite
def sentences(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """The length of a sentence and spans in it, [start, end), often side by side."""
    spans = []
    position = 0
    for _ in range(draw(st.integers(0, 4))):
        start = position + draw(st.integers(0, 2))
        position = start + draw(st.integers(1, 3))
        spans.append((start, position, draw(st.sampled_from(["PER", "creative-work"]))))
    return position + draw(st.integers(0, 2)), spans


def written(length: int, spans: list[Span], scheme: str) -> list[str]:
    tags = ["O"] * length
    last: Span = (-1, -1, "")
    for start, end, name in spans:
        inside = [f"I-{name}"] * (end - start)
        if scheme == IOB2 or (scheme == IOB1 and last[1:] == (start, name)):
            inside[0] = f"B-{name}"
        elif scheme in (IOBES, BILOU):
            final, single = "ES" if scheme == IOBES else "LU"
            inside[0], inside[-1] = f"B-{name}", f"{final}-{name}"
            if end - start == 1:
                inside[0] = f"{single}-{name}"
        tags[start:end] = inside
        last = (start, end, name)
    return tags


def spans_of(bio2: list[str]) -> list[Span]:
    """Strictly, by seqeval: what is no valid BIO2 would be missing."""
    return [(one.start, one.end, one.tag) for one in Entities([bio2], SEQEVAL_IOB2).entities[0]]


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES, BILOU])
@given(sentence=sentences())
def test_valid_sequences_keep_their_spans(scheme: str, sentence: tuple[int, list[Span]]) -> None:
    length, spans = sentence
    tags = written(length, spans, scheme)
    (bio2,), invalid = to_bio2([tags], scheme)
    assert bio2 == written(length, spans, IOB2)
    assert invalid == []
    strict = Entities([tags], SEQEVAL[scheme]).entities[0]
    assert spans_of(bio2) == [(one.start, one.end, one.tag) for one in strict]


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES, BILOU])
@given(sentence=st.lists(sentences(), min_size=5, max_size=5))
def test_schemes_are_detected(scheme: str, sentence: list[tuple[int, list[Span]]]) -> None:
    telling = (4, [(0, 2, "PER"), (2, 3, "PER")])
    corpus = [written(length, spans, scheme) for length, spans in [*sentence, telling]]
    assert detect_scheme(corpus) == scheme


@given(tags=st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "ORG"))]), max_size=12))
def test_any_sequence_has_the_spans_of_conlleval(tags: list[str]) -> None:
    """seqeval's default mode is conlleval's reading, of IOB1, IOB2 and IOBES; BILOU has but other letters."""
    expected = [(start, end + 1, name) for name, start, end in get_entities(tags)]
    (bio2,), _ = to_bio2([tags], IOBES)
    assert spans_of(bio2) == expected
    (bio2,), _ = to_bio2([[tag.replace("E-", "L-").replace("S-", "U-") for tag in tags]], BILOU)
    assert spans_of(bio2) == expected
    if not any(tag[0] in "ES" for tag in tags):
        for scheme in (IOB1, IOB2):
            (bio2,), _ = to_bio2([tags], scheme)
            assert spans_of(bio2) == expected


@given(tags=st.lists(st.sampled_from(["O", "I-PER", "I-ORG"]), max_size=12))
def test_io_runs_are_spans(tags: list[str]) -> None:
    expected = [(start, end + 1, name) for name, start, end in get_entities(tags)]
    for sequence in (tags, [tag.removeprefix("I-") for tag in tags]):
        (bio2,), invalid = to_bio2([sequence], IO)
        assert spans_of(bio2) == expected
        assert invalid == []


@given(tags=st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]), max_size=12))
def test_every_invalid_iob2_transition_is_counted(tags: list[str]) -> None:
    pairs = zip(["O", *tags], tags, strict=False)
    wrong = [here for before, here in pairs if here[0] == "I" and before not in (here, f"B{here[1:]}")]
    _, invalid = to_bio2([tags], IOB2)
    assert [one.tag for one in invalid] == wrong


def test_invalid_transitions_say_where_and_how_they_were_read() -> None:
    read, invalid = to_bio2([["O"], ["O", "I-PER", "I-PER", "I-ORG"]], IOB2)
    assert read == [["O"], ["O", "B-PER", "I-PER", "B-ORG"]]
    assert invalid == [
        InvalidTransition(sentence=1, position=1, previous="O", tag="I-PER", read_as="B-PER"),
        InvalidTransition(sentence=1, position=3, previous="I-PER", tag="I-ORG", read_as="B-ORG"),
    ]


def test_unclosed_spans_and_stray_ends_are_invalid_in_iobes() -> None:
    read, invalid = to_bio2([["B-PER", "O", "E-PER"], ["B-PER", "I-PER"]], IOBES)
    assert read == [["B-PER", "O", "B-PER"], ["B-PER", "I-PER"]]
    assert [(one.sentence, one.position, one.read_as) for one in invalid] == [
        (0, 1, "O"),
        (0, 2, "B-PER"),
        (1, 2, None),
    ]


@pytest.mark.parametrize(
    ("tags", "scheme"), [(["B-PER", None, "I-PER"], IOB2), ([None, "B-PER", None, None, "E-PER"], IOBES)]
)
def test_a_span_continues_after_unlabelled_words(tags: list[str | None], scheme: str) -> None:
    read, invalid = to_bio2([tags], scheme)
    labelled, _ = to_bio2([[tag for tag in tags if tag is not None]], scheme)
    assert [tag for tag in read[0] if tag is not None] == labelled[0]
    assert [tag is None for tag in read[0]] == [tag is None for tag in tags]
    assert invalid == []


def test_unlabelled_words_do_not_change_the_scheme() -> None:
    sentence = ["B-PER", *[None, "I-PER"] * 30]
    assert detect_scheme([sentence, ["B-LOC", "O"]]) == IOB2


@pytest.mark.parametrize(
    ("corpus", "scheme"),
    [
        ([["O", "O"], []], IOB2),
        ([["O", "PER", "creative-work"]], IO),
        ([["O", "PERSON", "E-mail"]], IO),
        ([["I-PER", "I-PER", "O"]], IO),
        ([["B", "I", "O"]], IOB2),
        ([["S-PER", "O"]], IOBES),
        ([["B-PER", "M-PER", "E-PER"]], IOBES),
        ([["O", "I-PER", "O", "I-ORG"], ["B-ORG"]], IOB2),
        ([["I-PER", "B-PER"]] * 30 + [["O", "B-PER"]], IOB1),
    ],
)
def test_detection_by_hand(corpus: list[list[str]], scheme: str) -> None:
    assert detect_scheme(corpus) == scheme


def test_a_bare_prefix_is_of_the_untyped_entity() -> None:
    assert to_bio2([["B", "I", "O"]], IOB2)[0] == [["B-ENTITY", "I-ENTITY", "O"]]


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [
        ({"B-PER", "PERSON", "O"}, {"PERSON"}),
        ({"B-PER", "B-", "0"}, {"B-", "0"}),
        ({"PER", "O", " "}, {" "}),
        ({"PER", "O"}, set()),
        ({"B-creative-work", "I-creative-work"}, set()),
    ],
)
def test_malformed_tags(tags: set[str], wrong: set[str]) -> None:
    assert malformed_tags(tags) == wrong


def test_bio_labels_are_their_own_columns() -> None:
    labels = TaggerLabels.from_id2label({2: "I-creative-work", 0: "O", 1: "B-creative-work"})
    assert labels.tags == ("O", "B-creative-work", "I-creative-work")
    assert labels.types == ("creative-work",)
    assert [labels.gold_column(tag) for tag in (*labels.tags, "B-PER")] == [0, 1, 2, None]
    assert labels.read_predictions(["O", "I-creative-work"]) == ["O", "I-creative-work"]


@pytest.mark.parametrize(
    ("names", "scheme"),
    [(["O", "B-PER", "I-PER", "E-PER", "S-PER"], IOBES), (["O", "B-PER", "I-PER", "L-PER", "U-PER"], BILOU)],
)
def test_labels_read_as_one_tag_share_its_column(names: list[str], scheme: str) -> None:
    labels = TaggerLabels.from_id2label(names)
    assert labels.scheme == scheme
    assert labels.tags == ("O", "B-PER", "I-PER")
    assert labels.columns.tolist() == [0, 1, 2, 2, 1]


@pytest.mark.parametrize("names", [["O", "I-PER", "I-LOC"], ["O", "PER", "LOC"]])
def test_a_tagger_without_begin_is_scored_and_read_by_its_inside_tags(names: list[str]) -> None:
    labels = TaggerLabels.from_id2label(names)
    assert labels.scheme == IO
    assert labels.gold_column("B-PER") == labels.gold_column("I-PER") == 1
    predicted = ["I-PER", "I-PER", "I-LOC", "O", "I-LOC", None, "I-LOC"]
    assert labels.read_predictions(predicted) == ["B-PER", "I-PER", "B-LOC", "O", "B-LOC", None, "I-LOC"]


def test_a_single_type_without_begin_is_read_likewise() -> None:
    labels = TaggerLabels.from_id2label(["O", "B-LOC", "I-LOC", "I-PER"])
    assert labels.gold_column("B-PER") == 3
    assert labels.read_predictions(["I-PER", "I-PER", "I-LOC"]) == ["B-PER", "I-PER", "I-LOC"]


def test_labels_that_are_no_tags_are_read_as_outside_and_named() -> None:
    labels = TaggerLabels.from_id2label(["[PAD]", "O", "B-PER", "I-PER"])
    assert labels.read_as_outside == ("[PAD]",)
    assert labels.tags == ("O", "B-PER", "I-PER")
    assert labels.columns.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(("names", "message"), [(["LABEL_0", "LABEL_1"], "id2label"), (["O"], "is an entity label")])
def test_labels_that_say_nothing_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        TaggerLabels.from_id2label(names)


@pytest.mark.parametrize(
    ("letters", "scheme"), [("BIES", SEQEVAL_IOBES), ("BILU", SEQEVAL_BILOU), ("BI", SEQEVAL_IOB2), ("I", None)]
)
@given(data=st.data())
def test_predictions_and_gold_are_read_by_one_rule(letters: str, scheme: type | None, data: st.DataObject) -> None:
    """Scores of what was read are seqeval's scores of the tags as written, in any order of tags."""
    names = ["O", *(f"{letter}-{name}" for letter in letters for name in ("PER", "creative-work"))]
    sentence = st.lists(st.sampled_from(names), min_size=1, max_size=8)
    gold = data.draw(st.lists(sentence, min_size=1, max_size=5))
    predicted = [data.draw(st.lists(st.sampled_from(names), min_size=len(tags), max_size=len(tags))) for tags in gold]
    labels = TaggerLabels.from_id2label(names)
    read_gold, _ = to_bio2(gold, labels.scheme)
    read_predicted = [labels.read_predictions(tags) for tags in predicted]
    as_written = [
        [[tag.replace("L-", "E-").replace("U-", "S-") for tag in tags] for tags in side] for side in (gold, predicted)
    ]
    assert seqeval_default(read_gold, read_predicted) == seqeval_default(*as_written)
    if scheme is not None and all(_is_valid(tags, scheme) for tags in (*gold, *predicted)):
        strict = v1.precision_recall_fscore_support(gold, predicted, average="micro", zero_division=0, scheme=scheme)
        assert seqeval_strict(read_gold, read_predicted) == dict(
            zip(("precision", "recall", "f1"), map(float, strict[:3]), strict=True)
        )


def _is_valid(tags: list[str], scheme: type) -> bool:
    """Whether strict reading finds all that default reading finds."""
    strict = [(one.start, one.end - 1, one.tag) for one in Entities([tags], scheme).entities[0]]
    alike = [tag.replace("L-", "E-").replace("U-", "S-") for tag in tags]
    return strict == [(start, end, name) for name, start, end in get_entities(alike)]


def test_a_second_end_begins_a_span_in_predictions_as_in_gold() -> None:
    labels = TaggerLabels.from_id2label(["O", "B-PER", "E-PER"])
    assert labels.read_predictions(["B-PER", "E-PER", "E-PER"]) == ["B-PER", "I-PER", "B-PER"]
