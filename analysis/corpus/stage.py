"""The stages `corpus` and `source`: words, sentences and gold tags, and the tags as written in the source."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.corpus.corpus import Corpus
from analysis.corpus.source_tags import SourceTags
from analysis.run.schema import SENTENCES, SOURCE_LINES, SOURCE_TAG_NAMES, SOURCE_TAGS, WORDS
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import MISSING


def words_table(corpus: Corpus) -> pa.Table:
    """The table `words` (analysis.run.schema.WORDS), with codes of the corpus's own tag set."""
    lengths = np.diff(corpus.offsets)
    codes: dict[str | None, int] = {None: MISSING} | corpus.tag_set.tag_codes
    return WORDS.make(
        {
            "sentence": np.repeat(np.arange(len(lengths)), lengths),
            "position": np.arange(len(corpus.words)) - np.repeat(corpus.offsets[:-1], lengths),
            "text": corpus.words,
            "gold_tag": [codes[tag] for tag in corpus.tags],
        }
    )


def sentences_table(corpus: Corpus) -> pa.Table:
    """The table `sentences` (analysis.run.schema.SENTENCES)."""
    lengths = np.diff(corpus.offsets)
    words = pa.array(corpus.words, pa.string())
    return SENTENCES.make(
        {
            "source_row": corpus.source_rows,
            "id": corpus.sentence_ids,
            "document": corpus.documents or [None] * len(lengths),
            "text": pc.binary_join(pa.ListArray.from_arrays(pa.array(corpus.offsets, pa.int32()), words), " "),
            "first_word": corpus.offsets[:-1],
            "word_count": lengths,
        }
    )


def _run_corpus(context: StageContext) -> None:
    corpus: Corpus = context.resources["corpus"]
    context.workspace.write(WORDS, words_table(corpus))
    context.workspace.write(SENTENCES, sentences_table(corpus))


def _run_source(context: StageContext) -> None:
    source: SourceTags = context.resources["source_tags"]
    context.workspace.write(SOURCE_TAGS, source.codes)
    context.workspace.write(SOURCE_TAG_NAMES, source.dictionary())
    context.workspace.write(SOURCE_LINES, source.lines)


CORPUS = Stage(
    name="corpus",
    version=1,
    inputs=(),
    outputs=(WORDS, SENTENCES),
    run=_run_corpus,
    resources=("corpus",),
)
SOURCE = Stage(
    name="source",
    version=2,
    inputs=(),
    outputs=(SOURCE_TAGS, SOURCE_TAG_NAMES, SOURCE_LINES),
    run=_run_source,
    # Sources can write the same words and BIO2 tags, which identify the corpus, in different ways.
    resources=("source_tags",),
)
STAGES = (CORPUS, SOURCE)
