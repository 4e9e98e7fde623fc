"""Reads predictions from a file."""

from pathlib import Path

from analysis.corpus.corpus import Corpus
from analysis.options import Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.taggers.backend import Reading
from analysis.taggers.precomputed.options import PRECOMPUTED


def reading_of(corpus: Corpus, path: Path | str) -> Reading:
    """The predictions of the only tagger in a file for a corpus."""
    options = Options.from_values(RUN_OPTIONS, {"predictions": str(path), "dataset": "not read"})
    return PRECOMPUTED.open(options).read(corpus, Path(path).parent, lambda *_: None)
