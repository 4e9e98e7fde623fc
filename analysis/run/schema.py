"""The values that everything else is made of: words, sentences, predictions, the ledger; and what their codes mean.

Values of the corpus come first: they are the same for every tagger. Values of one room alone are declared in that room
(`values.py` of analysis.duplicates, analysis.projections and analysis.neurons).
"""

from __future__ import annotations

import pyarrow as pa

from analysis.run.values import Array, Column, Json, Table

SCHEMA_VERSION = 2
"""Raised whenever a value or the manifest changes its meaning; a run of another version is refused."""

OUTCOMES = ("correct", "type", "boundary", "type+boundary", "missed", "spurious")
"""Names of `spans.outcome` codes, in code order."""

CORRECT = OUTCOMES.index("correct")

FLAG_UNLABELLED = 1
"""`predictions.flags`: the corpus gives this word no tag."""
FLAG_UNKNOWN_GOLD = 2
"""`predictions.flags`: the gold tag is not one that the tagger can predict, so the word has no loss."""
FLAG_NO_PREDICTION = 4
"""`predictions.flags`: the tagger says nothing about this word."""

# Of the corpus

WORDS = Table(
    "words",
    "words and their gold tags",
    "corpus",
    row="word",
    columns=(
        Column("sentence", pa.int32(), "row in `sentences`"),
        Column("position", pa.int32(), "place in its sentence, from 0"),
        Column("text", pa.string(), "the word as the corpus writes it"),
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
        Column("source_row", pa.int64(), "row in the corpus as it was given, in file order"),
        Column("id", pa.string(), "id as in the data, else the source row as text"),
        Column("document", pa.string(), "id of its document; null where the corpus has no documents"),
        Column("text", pa.string(), "words joined with a space"),
        Column("first_word", pa.int64(), "row in `words`"),
        Column("word_count", pa.int32(), "number of words"),
    ),
)

SOURCE_TAGS = Array("source_tags", "tags as the source writes them", "source", "int32", ("words",))
"""Index in SOURCE_TAG_NAMES; -1 where the source writes nothing."""
SOURCE_TAG_NAMES = Json("source_tag_names", "names of the tags that the source writes", "source")
"""A list of {"written": text, "named": what it stands for, null: unlabelled}."""
SOURCE_LINES = Array("source_lines", "lines at which sentences begin", "source", "int64", ("sentences",))
"""From 1; 0 where the source has no lines."""

# Of the tagger

PREDICTIONS = Table(
    "predictions",
    "predicted tags",
    "predictions",
    row="word",
    columns=(
        Column("predicted_tag", pa.int16(), "code of the predicted tag; -1: no prediction", codes="tags", absent=-1),
        Column("p_predicted", pa.float32(), "probability of the predicted tag; NaN where it is not known"),
        Column("subwords", pa.int16(), "number of subwords; -1: the tagger does not tell", absent=-1),
        Column("flags", pa.uint8(), "FLAG_* bits of analysis.run.schema"),
    ),
)

LOSSES = Table(
    "losses",
    "losses and runner-up tags",
    "predictions",
    row="word",
    columns=(
        Column("loss", pa.float32(), "cross-entropy in nats; NaN without prediction or where the gold tag is unknown"),
        Column("p_gold", pa.float32(), "probability of the gold tag; NaN as for the loss"),
        Column("second_tag", pa.int16(), "code of the second most probable tag; -1: none", codes="tags", absent=-1),
        Column("p_second", pa.float32(), "its probability"),
        Column("entropy", pa.float32(), "of the tagger's distribution, in nats"),
    ),
)

PROBABILITIES = Array("probabilities", "probabilities of all tags", "predictions", "float16", ("words", "tags"))
"""Columns are the manifest's `tagger_tags`; NaN without prediction."""

HIDDEN = Array("hidden", "hidden states of words", "predictions", "float16", ("words", "width"))
"""Last layer at the word's first subword, zeros without one. Where the tagger has none, the mean of the sentence
encoder's states over the word's subwords (stage `encoder_states`)."""

WINDOWS = Array("windows", "numbers of windows that sentences were cut into", "predictions", "int16", ("sentences",))

SUBWORDS = Table(
    "subwords",
    "subwords",
    "predictions",
    row="subword, in corpus order, without special tokens",
    columns=(
        Column("id", pa.int32(), "the tokenizer's number; `id` of `vocabulary`"),
        Column("word", pa.int32(), "row in `words`"),
        Column(
            "tag", pa.int16(), "code of the most probable tag, -1 as for `window`; at a word's first subword its tag"
        ),
        Column("p", pa.float16(), "its probability; NaN as for `window`"),
        Column(
            "window", pa.int16(), "window of its sentence in which it is read, from 0; -1: beyond its word's window"
        ),
    ),
)

VOCABULARY = Table(
    "vocabulary",
    "names of subwords",
    "predictions",
    row="number that occurs in `subwords`, ascending",
    columns=(
        Column("id", pa.int32(), "the tokenizer's number"),
        Column("token", pa.string(), "its name"),
    ),
)

SPECIAL_TOKENS = Json("special_tokens", "special tokens", "predictions")
"""{"capacity": subwords of a window, "prefix": [{"id", "token"}], "suffix": likewise}."""

PREDICTION_AUDIT = Json("prediction_audit", "remarks of the tagger", "predictions")

# Of both

SPANS = Table(
    "spans",
    "the ledger of gold and predicted spans",
    "spans",
    row="aligned pair, by sentence, then by the leftmost word of either span",
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
        Column("p_min", pa.float32(), "least p_predicted over the predicted span (over the gold span where missed)"),
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
        Column("wrong_words", pa.int32(), "words that have both tags, and the tags differ"),
        Column("loss_total", pa.float32(), "sum over the words that have a loss, in nats; 0 without any"),
        Column("loss_mean", pa.float32(), "mean of the same; NaN without any"),
        Column("loss_max", pa.float32(), "largest of the same; NaN without any"),
        Column("windows", pa.int16(), "1, or more where the sentence was longer than the tagger's input"),
    ),
)

SCORES = Json("scores", "scores of the whole run", "scores")
CONFUSION = Json("confusion", "confusion matrices of the whole run", "scores")
