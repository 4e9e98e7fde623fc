"""The interface of a tagger: the source of predictions and of further data.

A kind of tagger is one module with a class that implements `Backend`, and a line in analysis.taggers.backends. What a
tagger does not provide (losses, hidden states, subwords, answers to typed text) is left out of the run, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.options import Option, Options
from analysis.run.schema import HIDDEN, LOSSES, PROBABILITIES, SPECIAL_TOKENS, SUBWORDS, VOCABULARY, WINDOWS
from analysis.run.stage import ProgressCallback

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus
    from analysis.taggers.huggingface.model import Tagger

Float32 = npt.NDArray[np.float32]

OPTIONAL_VALUES = (LOSSES, PROBABILITIES, HIDDEN, WINDOWS, SUBWORDS, VOCABULARY, SPECIAL_TOKENS)
"""The values that a tagger may provide besides its tags."""
NEURON_ACCESS = "neurons"
"""An ability: the activity of the tagger's neurons can be recorded (`RunnableBackend`)."""
LIVE_TAGGING = "live"
"""An ability: the tagger can tag typed text (analysis.taggers.reload)."""


@dataclass(frozen=True)
class SubwordReading:
    """The output of a tagger for subwords.

    Attributes:
        counts: int64, words: subwords of each word.
        ids: int32, subwords: token ids, in corpus order.
        best: int16, subwords: column of the most probable tag in `Backend.tags`; -1 if the subword is not read.
        p_best: float16, subwords: its probability; NaN if the subword is not read.
        window: int64, subwords: window of its sentence in which it is read; -1 if it is not read.
        windows: int64, sentences: number of windows.
        vocabulary: Token ids that occur (`id`) and their tokens (`token`).
        special_tokens: As in analysis.run.schema.SPECIAL_TOKENS.
    """

    counts: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int32]
    best: npt.NDArray[np.int16]
    p_best: npt.NDArray[np.float16]
    window: npt.NDArray[np.int64]
    windows: npt.NDArray[np.int64]
    vocabulary: pa.Table
    special_tokens: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """The output of a tagger for a corpus; every array has one entry per word.

    Attributes:
        tags: BIO2 tags; None: no prediction.
        p_predicted: float32: probability of the predicted tag; NaN if unknown.
        log_probabilities: float32, words x `Backend.tags`: of every tag, in nats; NaN rows without a prediction.
        hidden: `.npy` file, float16, words x width: hidden states; zeros without a prediction.
        subwords: The output for subwords.
        audit: Counts and warnings for the audit.
    """

    tags: Sequence[str | None]
    p_predicted: Float32
    log_probabilities: Float32 | None = None
    hidden: Path | None = None
    subwords: SubwordReading | None = None
    audit: dict[str, Any] = field(default_factory=dict)


class Backend(Protocol):
    """An open tagger."""

    kind: ClassVar[str]
    """Its name in analysis.taggers.backends."""

    @property
    def label(self) -> str:
        """Its label in the run picker."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """BIO2 tags that it can predict, in the order of the columns of `Reading.log_probabilities`."""
        ...

    @property
    def identity(self) -> str:
        """Hex sha256 of everything that determines its predictions, except parameters of the stages."""
        ...

    @property
    def provides(self) -> frozenset[str]:
        """Keys of the `OPTIONAL_VALUES` that its reading fills, and its abilities: `NEURON_ACCESS`, `LIVE_TAGGING`."""
        ...

    @property
    def reason(self) -> str:
        """Why it does not provide the rest, and how to get it, as the end of a sentence ("... has no losses: ")."""
        ...

    def gold_column(self, tag: str) -> int | None:
        """The column of `tags` whose probability is that of a gold tag; None if the tagger does not know the tag."""
        ...

    def read(self, corpus: Corpus, scratch: Path, progress: ProgressCallback) -> Reading:
        """Tag a corpus.

        Args:
            corpus: Its words.
            scratch: A folder that keeps intermediate results between calls.
            progress: Receives the number of words done.

        Raises:
            AnalysisError: The tagger cannot be used on the corpus.
        """
        ...

    def summary(self) -> dict[str, Any]:
        """Its entry in the manifest, as JSON, after `read`."""
        ...


def missing_of(backend: Backend) -> dict[str, str]:
    """Key of a value, or ability, that a tagger does not provide -> its reason."""
    names = (*(value.key for value in OPTIONAL_VALUES), NEURON_ACCESS, LIVE_TAGGING)
    return {name: backend.reason for name in names if name not in backend.provides}


class RunnableBackend(Backend, Protocol):
    """A tagger whose neurons can be recorded: a Hugging Face model."""

    def load(self) -> Tagger:
        """Load the model; the caller frees it."""
        ...


class WordTagger(Protocol):
    """A loaded tagger that can tag typed text: it splits texts into words, and tags the words of sentences."""

    @property
    def tags(self) -> tuple[str, ...]:
        """BIO2 tags that it can predict."""
        ...

    def split(self, text: str) -> Sequence[tuple[int, int]]:
        """The [start, end) of the words of a text, in characters."""
        ...

    def tag(self, sentences: Sequence[Sequence[str]]) -> Sequence[Sequence[str | None]]:
        """The BIO2 tags of the words of sentences; None: no prediction.

        It calls `huggingface.deadline.check_deadline` now and then.
        """
        ...


def _as_they_are(options: Options) -> Sequence[Options]:
    """The options of one tagger."""
    return (options,)


@dataclass(frozen=True)
class BackendOptions:
    """The command-line options of a kind of tagger, and how to open it.

    Attributes:
        source: The option that says where the tagger is; giving it selects this backend.
        open: Opens the tagger that the options name. It imports torch and other slow libraries only when called.
        others: Options that are valid only with `source`.
        recognises: Whether a value of `source` names a tagger of this kind; backends with the same source are asked in
            order.
        reload: Loads the tagger of a run again, to tag typed text, from the options of the run and the tagger's
            `identity` (None: not recorded). None: a Hugging Face model (analysis.taggers.reload), or a tagger without
            LIVE_TAGGING.
        each: The options of each tagger that the options name, if they may name several. Each gets a run of its own.
        noun: What the source is, for messages.
    """

    source: Option[Any]
    open: Callable[[Options], Backend]
    others: tuple[Option[Any], ...] = ()
    recognises: Callable[[str], bool] = lambda _value: True
    reload: Callable[[Options, str | None], WordTagger] | None = None
    each: Callable[[Options], Sequence[Options]] = _as_they_are
    noun: str = "tagger"

    @property
    def all(self) -> tuple[Option[Any], ...]:
        """Every option of the backend."""
        return (self.source, *self.others)
