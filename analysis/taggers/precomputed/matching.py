"""Finds the prediction of each sentence of the corpus: by id, else by text, else by order."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError
from analysis.messages import shown
from analysis.taggers.precomputed.alignment import squeezed
from analysis.taggers.precomputed.predictions import PredictedSentence, Predictions

MAX_UNMATCHED_SHARE = 0.05
"""The largest share of the corpus's sentences that may lack a prediction."""
_EXAMPLES = 3
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(text: str) -> str:
    """A text as the corpus has its words and ids: lone surrogates, which UTF-8 cannot contain, are U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


@dataclass(frozen=True)
class Matches:
    """Which sentence of a file belongs to which sentence of the corpus.

    Attributes:
        rows: For each sentence of the corpus the index of its prediction; None: it has none.
        unmatched: Sentences of the corpus that have words, but no prediction.
        unused: Indices of predictions for no sentence of the corpus.
        matched_by: "id and text", "id", "text" or "order" -> number of sentences.
    """

    rows: list[int | None]
    unmatched: list[int]
    unused: list[int]
    matched_by: Counter[str]


def match_sentences(predictions: Predictions, corpus: Corpus) -> Matches:
    """Match sentences by id and text; texts that differ only by white space are equal, equal ones are in order.

    Predictions without ids and texts are matched by order.

    Raises:
        AnalysisError: It is not clear which sentence a prediction belongs to, or more than MAX_UNMATCHED_SHARE of the
            corpus's sentences have no prediction.
    """
    sentences = predictions.sentences
    nameless = [one for one in sentences if one.id is None and one.text is None and one.words is None]
    if not nameless:
        matching = _Matching(sentences, corpus)
        rows, matched_by = matching.rows(), matching.matched_by
    elif len(nameless) == len(sentences):
        rows = _by_order(predictions, corpus)
        matched_by = Counter(order=len(rows))
    else:
        raise AnalysisError(
            f"{nameless[0].place} gives neither an id nor a text, as other predictions of the file do. "
            "Add one of them to identify the sentence."
        )
    used = {row for row in rows if row is not None}
    matches = Matches(
        rows,
        [row for row, found in enumerate(rows) if found is None and corpus.text.sentence(row)],
        [index for index in range(len(sentences)) if index not in used],
        matched_by,
    )
    _refuse_if_too_few(matches, predictions, corpus)
    return matches


def _by_order(predictions: Predictions, corpus: Corpus) -> list[int | None]:
    available = _available(corpus)
    if len(predictions.sentences) != available:
        raise AnalysisError(
            f"{predictions.source} has predictions for {len(predictions.sentences):,} sentences without their ids or "
            f"texts, but the corpus has {available:,} sentences. Add the ids or the texts of the corpus."
        )
    return [*corpus.source_rows.tolist()]


def _available(corpus: Corpus) -> int:
    """The number of sentences of the whole source."""
    sampled = corpus.audit.get("sampled")
    return int(sampled["of"]) if sampled else len(corpus.sentence_ids)


class _Matching:
    def __init__(self, sentences: Sequence[PredictedSentence], corpus: Corpus) -> None:
        self._sentences = sentences
        self._corpus = corpus
        self._is_sample = corpus.audit.get("sampled") is not None
        self._same_number = len(sentences) == _available(corpus)
        self._ids = [None if one.id is None else without_lone_surrogates(one.id) for one in sentences]
        self._texts = [_text_key(one) for one in sentences]
        self._used: set[int] = set()
        self.matched_by: Counter[str] = Counter()

    def rows(self) -> list[int | None]:
        """For each sentence of the corpus the index of its prediction."""
        corpus = self._corpus
        ids, source_rows = corpus.sentence_ids, corpus.source_rows.tolist()
        texts = [squeezed("".join(corpus.text.sentence(row))) for row in range(len(ids))]
        both = [*zip(ids, texts, strict=True)]
        by_both = [(i, t) if i is not None and t is not None else None for i, t in self._pairs]
        by_id = [i if t is None else None for i, t in self._pairs]
        self._refuse_ambiguous_ids(by_id)
        self._refuse_ids_counted_from_one(by_id)
        found: list[int | None] = [None] * len(ids)
        for key, wanted, given in (
            ("id and text", both, by_both),
            ("id", ids, by_id),
            ("text", texts, self._texts),
        ):
            before = len(self._used)
            self._take(found, wanted, given, source_rows)
            self.matched_by[key] = len(self._used) - before
        if not self._is_sample:
            self._refuse_second_lines(found, by_both)
        return found

    @property
    def _pairs(self) -> list[tuple[str | None, str | None]]:
        return [*zip(self._ids, self._texts, strict=True)]

    def _take(
        self,
        found: list[int | None],
        wanted: Sequence[Hashable],
        given: Sequence[Hashable | None],
        source_rows: Sequence[int],
    ) -> None:
        """Give each sentence without a prediction the next unused one with the wanted key.

        If the file has as many sentences as the corpus, the one in the same place comes first, so that a sample of a
        corpus in which sentences repeat gets the predictions of its own sentences.
        """
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for index, key in enumerate(given):
            if key is not None and index not in self._used:
                waiting[key].append(index)
        for row, key in enumerate(wanted):
            if found[row] is not None or key not in waiting:
                continue
            place = source_rows[row]
            if self._same_number and given[place] == key and place not in self._used:
                found[row] = place
            else:
                candidates = waiting[key]
                while candidates and candidates[0] in self._used:
                    candidates.popleft()
                found[row] = candidates.popleft() if candidates else None
            if (taken := found[row]) is not None:
                self._used.add(taken)

    def _refuse_ambiguous_ids(self, by_id: Sequence[str | None]) -> None:
        """Refuse predictions that are identified by an id alone if it does not say which sentence is meant."""
        in_corpus = Counter(self._corpus.sentence_ids)
        seen: set[str] = set()
        for sentence, name in zip(self._sentences, by_id, strict=True):
            if name is None or not in_corpus[name]:
                continue
            if in_corpus[name] > 1:
                raise AnalysisError(
                    f"{sentence.place}: the corpus has the id {shown(name)} {in_corpus[name]} times. "
                    'Add "text" to the lines to identify its sentences.'
                )
            if name in seen:
                raise AnalysisError(_second_line(sentence, name))
            seen.add(name)

    def _refuse_ids_counted_from_one(self, by_id: Sequence[str | None]) -> None:
        """Refuse ids with 1 and without 0 if the corpus's ids are its rows, from 0: all may be one too far."""
        rows = list(map(str, self._corpus.source_rows.tolist()))
        if self._corpus.sentence_ids == rows and "1" in by_id and "0" not in by_id:
            raise AnalysisError(
                f"{self._sentences[0].place}: the predictions seem to be numbered from 1, but the corpus has no ids "
                'and its sentences are numbered from 0. Add "text" to the lines, or number them from 0. If sentence 0 '
                'really has no prediction, add {"id": "0", "entities": []}.'
            )

    def _refuse_second_lines(self, found: Sequence[int | None], by_both: Sequence[Hashable | None]) -> None:
        """Refuse a prediction for a sentence that another prediction was taken for: which one counts is not known."""
        taken = {by_both[index] for index in found if index is not None}
        taken_ids = {self._ids[index] for index in found if index is not None}
        for index, (name, text) in enumerate(self._pairs):
            same = name in taken_ids if text is None else by_both[index] in taken
            if index not in self._used and name is not None and same:
                raise AnalysisError(_second_line(self._sentences[index], name))


def _second_line(sentence: PredictedSentence, name: str) -> str:
    return (
        f"{sentence.place} is a second line for the sentence {shown(name)}. "
        'Write all its entities in one line. If the lines are for different sentences, add their "text".'
    )


def _text_key(sentence: PredictedSentence) -> str | None:
    text = sentence.text
    if text is None and sentence.words is not None:
        text = "".join(sentence.words)
    return None if text is None else squeezed(without_lone_surrogates(text))


def _refuse_if_too_few(matches: Matches, predictions: Predictions, corpus: Corpus) -> None:
    wordless = len(corpus.sentence_ids) - sum(map(bool, corpus.text.sentences()))
    with_words = len(corpus.sentence_ids) - wordless
    if len(matches.unmatched) <= MAX_UNMATCHED_SHARE * with_words:
        return
    share = len(matches.unmatched) / with_words
    unused = [predictions.sentences[index].place for index in matches.unused[:1]]
    own = "".join(f" Without a sentence in the corpus: {place}." for place in unused)
    raise AnalysisError(
        f"{predictions.source} has no prediction for {len(matches.unmatched):,} of the corpus's {with_words:,} "
        f"sentences ({share:.0%}; at most {MAX_UNMATCHED_SHARE:.0%} may lack one), for example "
        f"{unmatched_examples(matches, corpus)}.{own} Use the ids or the texts of the corpus."
    )


def unmatched_examples(matches: Matches, corpus: Corpus) -> str:
    """The first sentences of the corpus without a prediction, by id and text."""
    examples = [
        f"{shown(corpus.sentence_ids[row])} ({shown(' '.join(corpus.text.sentence(row)))})"
        for row in matches.unmatched[:_EXAMPLES]
    ]
    return ", ".join(examples)
