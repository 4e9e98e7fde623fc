"""The values that the stages of duplicates and leaks write."""

from __future__ import annotations

import pyarrow as pa

from analysis.run.values import Array, Column, Json, Table

DISTINCT_TEXT = Array("distinct_text", "distinct texts of sentences", "sentence_vectors", "int32", ("sentences",))
"""Number of the distinct text of each sentence, ignoring white space and letter case; -1 without words."""
SENTENCE_VECTORS = Array(
    "sentence_vectors", "vectors of distinct texts", "sentence_vectors", "float32", ("distinct texts", "width")
)
"""Vectors of length 1, in order of the first occurrence of the text."""
SENTENCE_ENCODER = Json("sentence_encoder", "facts about the sentence encoder", "sentence_vectors")
"""{"name": None for the tagger's hidden states, "max_length", "cut_sentences"}."""

DUPLICATE_LINKS = Table(
    "duplicate_links",
    "links between near duplicates",
    "duplicates",
    row="link of a spanning forest, most similar first",
    columns=(
        Column("first", pa.int32(), "number of a distinct text"),
        Column("second", pa.int32(), "number of another distinct text, larger than `first`"),
        Column("cosine", pa.float32(), "cosine of their vectors"),
        Column("relabelled", pa.int32(), "number of shared words with different gold tags"),
    ),
)
"""At each threshold from 0.80 in steps of 0.01, the links give the same connected groups of texts as all pairs."""

DUPLICATE_PAIRS = Table(
    "duplicate_pairs",
    "pairs of near duplicates",
    "duplicates",
    row="pair of distinct texts with a cosine of at least 0.80, most similar first, up to a bound",
    columns=(
        Column("first", pa.int32(), "number of a distinct text"),
        Column("second", pa.int32(), "number of another distinct text, larger than `first`"),
        Column("cosine", pa.float32(), "cosine of their vectors"),
    ),
)

DUPLICATE_COUNTS = Json("duplicate_counts", "numbers of near duplicates", "duplicates")
"""[{"threshold": 0.80 ... 1.00, "pairs": number of pairs of distinct texts that reach it}]."""
RELABELLED_COPIES = Array("relabelled_copies", "copies with different labels", "duplicates", "int32", ("sentences",))
"""Number of words with other gold tags than in the first sentence with the same text."""

REFERENCE_VECTORS = Array(
    "reference_vectors", "vectors of reference texts", "reference_vectors", "float32", ("distinct texts", "width")
)
"""Vectors of the distinct texts of all references, one reference after the other."""
REFERENCE_TEXTS = Json("reference_texts", "numbers of reference texts", "reference_vectors")
"""For each reference {"texts": number of rows in `reference_vectors`, "cut_sentences"}."""

LEAKS = Table(
    "leaks",
    "sentences that also occur in references",
    "leakage",
    row="distinct text × reference that contains it, exactly or with a cosine of at least 0.80",
    columns=(
        Column("reference", pa.int16(), "index in `leakage_references`"),
        Column("text", pa.int32(), "number of a distinct text"),
        Column("exact", pa.bool_(), "the reference has the same text, ignoring white space and letter case"),
        Column("cosine", pa.float32(), "cosine with the most similar sentence of the reference; 1 if exact"),
        Column("copies", pa.int32(), "number of sentences of the reference with the text of this sentence"),
        Column("source_row", pa.int64(), "row of the first of them, in the reference's file order"),
        Column("id", pa.string(), "its id"),
        Column("words", pa.list_(pa.string()), "its words"),
        Column("tags", pa.list_(pa.string()), "its gold tags by name; null: unlabelled"),
        Column("relabelled", pa.int32(), "number of shared words with different gold tags"),
    ),
)

REFERENCES = Json("leakage_references", "references", "leakage")
"""[{"label", "sentences", "words", "cut_sentences"}]."""
