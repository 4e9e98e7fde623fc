"""The columns of the published tables: the contract between the stages that write them and all who read them."""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 1
"""Raised whenever a table, an array or the manifest changes its meaning; a run of another version is refused."""

OUTCOMES = ("correct", "type", "boundary", "type+boundary", "missed", "spurious")
"""Names of `spans.outcome` codes, in code order."""

CORRECT = OUTCOMES.index("correct")

FLAG_UNLABELLED = 1
"""`words.flags`: the corpus gives this word no tag."""
FLAG_UNKNOWN_GOLD = 2
"""`words.flags`: the gold tag is not one that the tagger can predict, so the word has no loss."""
FLAG_NO_PREDICTION = 4
"""`words.flags`: no subword stands for this word, so the tagger says nothing about it."""

WORDS = pa.schema(
    [
        ("sentence", pa.int32()),  # row in `sentences`
        ("position", pa.int32()),  # 0-based in its sentence
        ("text", pa.string()),
        ("gold_tag", pa.int16()),  # code in the manifest's tags (analysis.run.tags.TagSet), -1: unlabelled
        ("predicted_tag", pa.int16()),  # code, -1: no prediction
        ("second_tag", pa.int16()),  # code of the second-best tag, -1: none
        ("loss", pa.float32()),  # nat; NaN where there is no gold tag known to the tagger or no prediction
        ("p_gold", pa.float32()),  # NaN as for loss
        ("p_predicted", pa.float32()),  # NaN without prediction
        ("p_second", pa.float32()),
        ("entropy", pa.float32()),  # nat, of the tagger's distribution
        ("subwords", pa.int16()),
        ("flags", pa.uint8()),  # FLAG_* bits
    ]
)

SENTENCES = pa.schema(
    [
        ("source_row", pa.int64()),  # row of the sentence in the corpus as it was given, counted in file order
        ("id", pa.string()),  # as in the data, else the source row as text
        ("text", pa.string()),  # words joined with a space
        ("first_word", pa.int64()),  # row in `words`
        ("word_count", pa.int32()),
        ("gold_spans", pa.int32()),
        ("predicted_spans", pa.int32()),
        ("wrong_words", pa.int32()),  # words with both tags, and the tags differ
        ("loss_total", pa.float32()),  # over the words that have a loss; 0 without any
        ("loss_mean", pa.float32()),  # NaN without any
        ("loss_max", pa.float32()),  # NaN without any
        ("windows", pa.int16()),  # 1, or more where the sentence was longer than the tagger's input
    ]
)

SPANS = pa.schema(
    [
        ("sentence", pa.int32()),  # row in `sentences`
        ("gold_start", pa.int32()),  # word positions in the sentence, [start, end); -1: spurious
        ("gold_end", pa.int32()),
        ("gold_type", pa.int16()),  # code in the manifest's types, -1: spurious
        ("predicted_start", pa.int32()),  # -1: missed
        ("predicted_end", pa.int32()),
        ("predicted_type", pa.int16()),  # -1: missed
        ("outcome", pa.uint8()),  # code in OUTCOMES
        ("iou", pa.float32()),  # shared words / words in either, 0 for missed and spurious
        ("p_min", pa.float32()),  # least and mean p(predicted) over the predicted span's words
        ("p_mean", pa.float32()),  # (over the gold span's words where missed)
        ("loss_max", pa.float32()),  # largest and total word loss over the words of either span
        ("loss_total", pa.float32()),
    ]
)
"""Rows are ordered by sentence, then by the leftmost word of either span."""

SUBWORDS = pa.schema(
    [
        ("id", pa.int32()),  # the tokenizer's number; row of `vocabulary` by its `id`
        ("word", pa.int32()),  # row in `words`
        ("tag", pa.int16()),  # code of the likeliest tag, -1 as for `window`; at a word's first subword as in `words`
        ("p", pa.float16()),  # its probability; NaN as for `window`
        ("window", pa.int16()),  # which of its sentence's windows it is read in, from 0; -1: it lies beyond its word's
    ]
)
"""One row a subword, in corpus order, without special tokens (JSON `special_tokens`). Not every run has it."""

VOCABULARY = pa.schema([("id", pa.int32()), ("token", pa.string())])
"""The tokenizer's names of the numbers that occur in `subwords`, ascending."""

DUPLICATE_LINKS = pa.schema(
    [
        ("first", pa.int32()),  # numbers of two distinct texts (array `distinct_text`), first < second
        ("second", pa.int32()),
        ("cosine", pa.float32()),
        ("relabelled", pa.int32()),  # words that the two share and that the corpus labels otherwise
    ]
)
"""A spanning forest of the near duplicates, most similar first: at each threshold from 0.80 in steps of 0.01 its links
that reach it join exactly the texts that all pairs join. Not every run has it, nor what follows."""

DUPLICATE_PAIRS = pa.schema([("first", pa.int32()), ("second", pa.int32()), ("cosine", pa.float32())])
"""Pairs of distinct texts with a cosine of at least 0.80, most similar first, up to a bound; JSON `duplicate_counts`
tells how many there are."""

LEAKS = pa.schema(
    [
        ("reference", pa.int16()),  # which of JSON `leakage_references`
        ("text", pa.int32()),  # number of a distinct text
        ("exact", pa.bool_()),  # the reference has it but for white space and letter case
        ("cosine", pa.float32()),  # to the most similar sentence of the reference; 1 where exact
        ("copies", pa.int32()),  # sentences of the reference that say what that one says
        ("source_row", pa.int64()),  # of the first of them, in the reference's file order
        ("id", pa.string()),
        ("words", pa.list_(pa.string())),
        ("tags", pa.list_(pa.string())),  # its gold tags by name, null: unlabelled
        ("relabelled", pa.int32()),  # words that both have and that the two label otherwise
    ]
)
"""One row for each distinct text and each reference that has it, exactly or with a cosine of at least 0.80."""

PROJECTION_METHODS = ("umap", "pca", "svd")
PROJECTION_SUBSETS = ("all", "entities")


def projection_key(method: str, subset: str) -> str:
    """Store key of a projection: float32, words x 2; NaN rows for words that the projection leaves out."""
    return f"xy_{method}" if subset == "all" else f"xy_{method}_{subset}"


# Arrays, one row a word, in the order of `words`:
#   probabilities  float16, words x tagger tags (manifest "tagger_tags" names the columns); NaN without prediction
#   hidden         float16, words x width, last layer at the word's first subword; zeros without prediction
#   reduced        float32, words x at most 50, L2-normalised PCA of hidden (what neighbours are first looked up in)
# Arrays of the duplicates:
#   distinct_text      int32, sentences: which distinct text (but for white space and letter case); -1 without words
#   sentence_vectors   float32, distinct texts x width, of length 1, in order of first appearance
#   relabelled_copies  int32, sentences: words labelled otherwise than in the first sentence of the same text

LATER_STAGES = {
    "subwords": "predictions (of every subword)",
    "source_tags": "source",
    "sentence_vectors": "sentence vectors",
    "duplicate_links": "duplicates",
    "leaks": "leakage",
    "neurons": "neurons",
}
"""What came after the first version: a value that a run has only where the stage was done, and the stage's name."""
