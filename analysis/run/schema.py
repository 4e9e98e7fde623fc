"""The values that all packages use (words, sentences, predictions, the ledger), and the meaning of their codes.

Values of the corpus come first: they are the same for every tagger. Values that only one package uses are declared
there (`values.py` of analysis.duplicates, analysis.projections and analysis.neurons).
"""

from __future__ import annotations

import pyarrow as pa

from analysis.run.values import Array, Column, Json, Table

SCHEMA_VERSION = 2
"""Increased whenever the meaning of a value or of the manifest changes; runs of other versions are refused."""

OUTCOMES = ("correct", "type", "boundary", "type+boundary", "missed", "spurious")
"""Names of `spans.outcome` codes, in code order."""

CORRECT = OUTCOMES.index("correct")

FLAG_UNLABELLED = 1
"""`predictions.flags`: the word has no gold tag."""
FLAG_UNKNOWN_GOLD = 2
"""`predictions.flags`: the gold tag is not one that the tagger can predict, so the word has no loss."""
FLAG_NO_PREDICTION = 4
"""`predictions.flags`: the word has no prediction."""

# Of the corpus

WORDS = Table(
    "words",
    "words and their gold tags",
    "corpus",
    row="word",
    columns=(
        Column("sentence", pa.int32(), "row in `sentences`"),
        Column("position", pa.int32(), "position in its sentence, from 0"),
        Column("text", pa.string(), "the word as it is written in the corpus"),
        Column(
            "gold_tag",
            pa.int16(),
            "code of the gold tag; -1: unlabelled",
            codes="tags",
            absent=-1,
        ),
    ),
)

SENTENCES = Table(
    "sentences",
    "sentences",
    "corpus",
    row="sentence",
    columns=(
        Column("source_row", pa.int64(), "row in the source, in file order"),
        Column("id", pa.string(), "id from the data, else the source row as text"),
        Column("document", pa.string(), "id of its document; null if the corpus has no documents"),
        Column("text", pa.string(), "words joined with a space"),
        Column("first_word", pa.int64(), "row in `words`"),
        Column("word_count", pa.int32(), "number of words"),
    ),
)

SOURCE_TAGS = Array("source_tags", "tags as written in the source", "source", "int32", ("words",))
"""Index in SOURCE_TAG_NAMES; -1 if the source has no tag."""
SOURCE_TAG_NAMES = Json("source_tag_names", "names of the tags in the source", "source")
"""A list of {"written": text in the source, "named": the tag that it denotes, null: unlabelled}."""
SOURCE_LINES = Array("source_lines", "first lines of sentences in the source", "source", "int64", ("sentences",))
"""From 1; 0 if the source has no lines."""

# Of the tagger

PREDICTIONS = Table(
    "predictions",
    "predicted tags",
    "predictions",
    row="word",
    columns=(
        Column("predicted_tag", pa.int16(), "code of the predicted tag; -1: no prediction", codes="tags", absent=-1),
        Column("p_predicted", pa.float32(), "probability of the predicted tag; NaN if unknown"),
        Column("subwords", pa.int16(), "number of subwords; -1: unknown", absent=-1),
        Column("flags", pa.uint8(), "FLAG_* bits of analysis.run.schema"),
    ),
)

LOSSES = Table(
    "losses",
    "losses",
    "predictions",
    row="word",
    columns=(
        Column("loss", pa.float32(), "cross-entropy in nats; NaN without a prediction or a gold tag of the tagger"),
        Column("p_gold", pa.float32(), "probability of the gold tag; NaN as for the loss"),
        Column("second_tag", pa.int16(), "code of the second most probable tag; -1: none", codes="tags", absent=-1),
        Column("p_second", pa.float32(), "its probability"),
        Column("entropy", pa.float32(), "of the tagger's distribution, in nats"),
    ),
)

PROBABILITIES = Array("probabilities", "probabilities of all tags", "predictions", "float16", ("words", "tags"))
"""The columns are the manifest's `tagger_tags`; NaN without a prediction."""

HIDDEN = Array("hidden", "hidden states of words", "predictions", "float16", ("words", "width"))
"""Last layer at the word's first subword; zeros without one. If the tagger provides no hidden states, the mean of the
sentence encoder's states over the word's subwords (stage `encoder_states`)."""

WINDOWS = Array("windows", "window counts of sentences", "predictions", "int16", ("sentences",))

SUBWORDS = Table(
    "subwords",
    "subwords",
    "predictions",
    row="subword, in corpus order, without special tokens",
    columns=(
        Column("id", pa.int32(), "token id; `id` of `vocabulary`"),
        Column("word", pa.int32(), "row in `words`"),
        Column(
            "tag",
            pa.int16(),
            "code of the most probable tag; -1 as for `window`; at a word's first subword the word's tag, unless "
            "--aggregation lets others decide it",
        ),
        Column("p", pa.float16(), "its probability; NaN as for `window`"),
        Column(
            "window",
            pa.int16(),
            "window of its sentence in which it is read, from 0; -1: outside the window of its word",
        ),
    ),
)

VOCABULARY = Table(
    "vocabulary",
    "tokens of subwords",
    "predictions",
    row="token id that occurs in `subwords`, ascending",
    columns=(
        Column("id", pa.int32(), "token id"),
        Column("token", pa.string(), "its token in the tokenizer's vocabulary"),
    ),
)

SPECIAL_TOKENS = Json("special_tokens", "special tokens", "predictions")
"""{"capacity": maximum number of subwords in a window, "prefix": [{"id", "token"}], "suffix": likewise}."""

PREDICTION_AUDIT = Json("prediction_audit", "counts and warnings of the tagger", "predictions")

# Of both

SPANS = Table(
    "spans",
    "the ledger of gold and predicted spans",
    "spans",
    row="aligned pair, ordered by sentence, then by the first word of either span",
    columns=(
        Column("sentence", pa.int32(), "row in `sentences`"),
        Column("gold_start", pa.int32(), "position of the gold span's first word; -1: spurious", absent=-1),
        Column("gold_end", pa.int32(), "position after its last word; -1: spurious", absent=-1),
        Column("gold_type", pa.int16(), "code of its type; -1: spurious", codes="types", absent=-1),
        Column("predicted_start", pa.int32(), "as for gold; -1: missed", absent=-1),
        Column("predicted_end", pa.int32(), "as for gold; -1: missed", absent=-1),
        Column("predicted_type", pa.int16(), "as for gold; -1: missed", codes="types", absent=-1),
        Column("outcome", pa.uint8(), "code in analysis.run.schema.OUTCOMES", codes="outcomes"),
        Column("iou", pa.float32(), "shared words / words in either span; 0 for missed and spurious"),
        Column("p_min", pa.float32(), "minimum p_predicted over the predicted span (over the gold span if missed)"),
        Column("p_mean", pa.float32(), "mean of the same"),
        Column("loss_max", pa.float32(), "largest word loss over the words of either span, in nats"),
        Column("loss_total", pa.float32(), "sum of the same"),
    ),
)

SENTENCE_SCORES = Table(
    "sentence_scores",
    "counts and losses of sentences",
    "spans",
    row="sentence",
    columns=(
        Column("gold_spans", pa.int32(), "number of gold spans"),
        Column("predicted_spans", pa.int32(), "number of predicted spans"),
        Column("wrong_words", pa.int32(), "words whose gold and predicted tags differ, if they have both"),
        Column("loss_total", pa.float32(), "sum over the words that have a loss, in nats; 0 if none has"),
        Column("loss_mean", pa.float32(), "mean of the same; NaN if none has"),
        Column("loss_max", pa.float32(), "largest of the same; NaN if none has"),
        Column("windows", pa.int16(), "number of windows; more than 1 if the sentence exceeds the tagger's input"),
    ),
)

SCORES = Json("scores", "scores of the whole run", "scores")
CONFUSION = Json("confusion", "confusion matrices of the whole run", "scores")
