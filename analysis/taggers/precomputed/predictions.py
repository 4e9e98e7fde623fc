"""Predictions read from a file, in a form that does not depend on the file's format."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from analysis.corpus.tag_naming import NULL_TAGS
from analysis.errors import AnalysisError
from analysis.formats.annotations import RawTag
from analysis.formats.scores import is_score
from analysis.formats.tag_forms import are_brackets, from_brackets, read_forms
from analysis.formats.tag_schemes import detect_scheme, to_bio2
from analysis.formats.text_records import Entity
from analysis.messages import listed, shown
from analysis.run.tags import OUTSIDE, TagSet, type_of
from analysis.store.store_values import sha256_of
from analysis.taggers.labels import TaggerLabels

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Distribution = Mapping[str, float]
"""Name of a tag -> its probability; tags that are left out share the rest."""


@dataclass(frozen=True)
class PredictedSentence:
    """What a file predicts for one sentence: a tag for each of its words, or entities in its text.

    Attributes:
        place: The file with the line or element, for messages.
        id: The id of the sentence; None: not given.
        text: Its text; None: not given.
        words: Its words, in the same order as `tags`; None: the predictions are entities.
        tags: The predicted tags, one per word, as written in the file; empty if the words have probabilities.
        scores: The probability of each predicted tag; None: not given. Empty if no word has one.
        probabilities: The distribution at each word; empty if not given.
        entities: Predicted entities, by their bounds in `text` or, without it, in the text of the corpus's sentence.
    """

    place: str
    id: str | None = None
    text: str | None = None
    words: Sequence[str] | None = None
    tags: Sequence[RawTag] = ()
    scores: Sequence[float | None] = ()
    probabilities: Sequence[Distribution] = ()
    entities: Sequence[Entity] = ()

    @property
    def raw_tags(self) -> Sequence[RawTag]:
        """The tags as written; where only probabilities are given, the most probable ones."""
        return self.tags or [max(one, key=one.__getitem__, default=None) for one in self.probabilities]

    @property
    def content(self) -> list[Any]:
        """Everything except the place, as JSON."""
        entities = [[one.start, one.end, one.label, one.score, one.text] for one in self.entities]
        words = None if self.words is None else [*self.words]
        tags, scores, probabilities = [*self.tags], [*self.scores], [dict(one) for one in self.probabilities]
        return [self.id, self.text, words, tags, scores, probabilities, entities]


def check_entities(entities: Sequence[Entity], place: str) -> None:
    """Refuse entities whose label or score cannot be kept.

    Raises:
        AnalysisError: A label contains a lone surrogate, or a score is not a number from 0 to 1.
    """
    for entity in entities:
        if _LONE_SURROGATE.search(entity.label):
            raise AnalysisError(
                f"{place}: the label {shown(entity.label)} contains a lone surrogate, which is not a character. "
                "Correct it."
            )
        if entity.score is not None and not is_score(entity.score):
            raise AnalysisError(
                f"{place}: the score {shown(entity.score)} is not a number from 0 to 1. Correct or omit it."
            )


@dataclass(frozen=True)
class Predictions:
    """The predictions of one tagger.

    Attributes:
        source: The file, for messages.
        sentences: In the order of the file.
        tag_names: Names of integer tags, in order; empty: none are known.
        counts: What was skipped when the file was read.
        notes: Sentences for the audit.
        read_as: A sentence: how the file was read; empty: there was no choice.
    """

    source: str
    sentences: Sequence[PredictedSentence]
    tag_names: Sequence[str] = ()
    counts: Counter[str] = field(default_factory=Counter)
    notes: Sequence[str] = ()
    read_as: str = ""

    @cached_property
    def named_tags(self) -> list[list[str | None]]:
        """The tags of each sentence by name, in the scheme of the file; None: no prediction.

        Raises:
            AnalysisError: A tag is not valid, or an integer tag has no name.
        """
        named = [[self._named(tag, sentence) for tag in sentence.raw_tags] for sentence in self.sentences]
        distinct = {tag for tag in chain.from_iterable(named) if tag is not None}
        if are_brackets(distinct):
            named = [[*tags] for tags in from_brackets([[tag or OUTSIDE for tag in tags] for tags in named])[0]]
            distinct = {tag for tag in chain.from_iterable(named) if tag is not None}
        forms = read_forms(distinct)
        if wrong := forms.malformed:
            row = next(row for row, tags in enumerate(named) if wrong.intersection(tags))
            raise AnalysisError(
                f"{self.sentences[row].place}: {shown(min(wrong))} is not a valid predicted tag. "
                "Give the column of the predicted tags with --prediction-column."
            )
        return [[None if tag is None else forms.names[tag] for tag in tags] for tags in named]

    def _named(self, tag: RawTag, sentence: PredictedSentence) -> str | None:
        if tag in NULL_TAGS:
            return None
        if isinstance(tag, str):
            return tag
        if not 0 <= int(tag or 0) < len(self.tag_names):
            raise AnalysisError(
                f"{sentence.place}: the predicted tag {shown(tag)} is a number without a name. "
                "Give the names with --tag-names."
            )
        return self.tag_names[int(tag or 0)]

    @cached_property
    def _bio2(self) -> tuple[list[list[str | None]], Counter[int]]:
        tags, invalid = to_bio2(self.named_tags, detect_scheme(self.named_tags))
        return tags, Counter(one.sentence for one in invalid)

    @property
    def bio2_tags(self) -> list[list[str | None]]:
        """The tags of each sentence as BIO2, read like those of a corpus; empty for a sentence with entities."""
        return self._bio2[0]

    @property
    def invalid_transitions(self) -> Counter[int]:
        """Sentence -> number of its transitions that the tag scheme does not allow."""
        return self._bio2[1]

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The predicted entity types, sorted."""
        types = {type_of(tag) for tag in {*chain.from_iterable(self.bio2_tags)} - {None, OUTSIDE} if tag is not None}
        types |= {entity.label for sentence in self.sentences for entity in sentence.entities}
        return tuple(sorted(name for name in types if name is not None))

    @cached_property
    def labels(self) -> TaggerLabels | None:
        """The tags that have probabilities, as those of a tagger; None: the file has no probabilities.

        Raises:
            AnalysisError: None of them is the tag of an entity.
        """
        distributions = chain.from_iterable(sentence.probabilities for sentence in self.sentences)
        names = dict.fromkeys(chain.from_iterable(distributions))
        if not names:
            return None
        try:
            known = {type_of(tag) for tag in TaggerLabels.from_id2label(tuple(names)).tags}
        except AnalysisError as error:
            raise AnalysisError(
                f"The probabilities in {self.source} are of no entity tag ({listed(names)}). "
                'Name every tag as the corpus does, such as "B-PER".'
            ) from error
        others = (f"{prefix}-{name}" for name in self.types if name not in known for prefix in "BI")
        return TaggerLabels.from_id2label((*names, *others))

    @property
    def tags(self) -> tuple[str, ...]:
        """The BIO2 tags of the predicted types; where the file has probabilities, the tags that have them."""
        return TagSet(self.types).tags if self.labels is None else self.labels.tags

    def content_hash(self) -> str:
        """sha256 (hex) of the predictions, without the name of the file and the places in it."""
        content = [[sentence.content for sentence in self.sentences], list(self.tag_names)]
        return sha256_of(json.dumps(content, separators=(",", ":")).encode())
