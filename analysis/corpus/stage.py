"""The stage `source`: the tags as the corpus's source writes them, and the line that each sentence begins at."""

from __future__ import annotations

from analysis.corpus.corpus import Corpus
from analysis.run.stage import Parameters, Stage, StageContext


def _run(ctx: StageContext) -> None:
    corpus: Corpus = ctx.resources["corpus"]
    if corpus.source is None:
        raise RuntimeError("a corpus that was read from no source has no tags as written")
    ctx.workspace.write_array("source_tags", corpus.source.codes)
    ctx.workspace.write_json("source_tag_names", corpus.source.dictionary())
    ctx.workspace.write_array("source_lines", corpus.source.lines)


def _parameters(options: Parameters) -> Parameters:
    # The same words and BIO2 tags, which the run is known by, may be written in many ways.
    return {"tags": options["source_tags"]}


STAGE = Stage(
    name="source",
    version=1,
    inputs=(),
    outputs=("source_tags", "source_tag_names", "source_lines"),
    parameters=_parameters,
    run=_run,
)
