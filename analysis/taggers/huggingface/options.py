"""The options of a Hugging Face tagger."""

from __future__ import annotations

from analysis.neurons.options import LAYERS
from analysis.option_kinds import FLAG, TEXT, one_of
from analysis.options import Option, Options
from analysis.taggers.backend import Backend, BackendOptions
from analysis.taggers.options import MODEL

DTYPES = ("fp32", "bf16")
AS_WORDS, SPACED = "as-words", "spaced"
FIRST, MEAN, MAX = "first", "mean", "max"

MODEL_REVISION: Option[str | None] = Option(
    "model_revision", TEXT, None, help="revision of a hub model", metavar="R", automatic="the hub's"
)
DTYPE: Option[str] = Option(
    "dtype",
    one_of(*DTYPES),
    "fp32",
    help="precision; bf16 is faster on processors that have it, and changes some predictions",
    metavar="|".join(DTYPES),
)
ALLOW_PICKLE: Option[bool] = Option(
    "allow_pickle", FLAG, False, help="load pickled weights if there are no safetensors", automatic="refused"
)
WORD_JOINING: Option[str] = Option(
    "word_joining",
    one_of(AS_WORDS, SPACED),
    AS_WORDS,
    help="what a tokenizer that marks spaces reads: a list of words, as in training with the scripts of transformers, "
    "or words with a space before each, as in running text; no difference if it adds the spaces itself",
    metavar=f"{AS_WORDS}|{SPACED}",
)
AGGREGATION: Option[str] = Option(
    "aggregation",
    one_of(FIRST, MEAN, MAX),
    FIRST,
    help="the subwords that decide the tag of a word: the first one, all by the mean of their probabilities, or the "
    "one with the most probable tag",
    metavar="|".join((FIRST, MEAN, MAX)),
)


def _open(options: Options) -> Backend:
    from analysis.taggers.huggingface.backend import HuggingFaceBackend  # noqa: PLC0415 - loading torch takes seconds
    from analysis.taggers.huggingface.model import TaggerOptions  # noqa: PLC0415

    return HuggingFaceBackend(options.build(TaggerOptions))


HUGGINGFACE = BackendOptions(MODEL, _open, (MODEL_REVISION, DTYPE, ALLOW_PICKLE, WORD_JOINING, AGGREGATION, LAYERS))
