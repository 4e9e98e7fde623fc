"""The sentences of a run in the formats of annotation tools and libraries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np

from analysis.errors import AnalysisError
from analysis.export.sentences import Rows, labelled_sentences
from analysis.formats.argilla import ARGILLA
from analysis.formats.conll import CONLL
from analysis.formats.conllu import CONLLU
from analysis.formats.doccano import DOCCANO
from analysis.formats.format import Format
from analysis.formats.label_studio import LABEL_STUDIO
from analysis.formats.optional_package import is_installed
from analysis.formats.prodigy import PRODIGY
from analysis.formats.spacy_docs import DOCBIN
from analysis.formats.span_json import SPANS
from analysis.formats.written import Labels
from analysis.messages import quoted
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

LABELS: tuple[Labels, ...] = get_args(Labels)
DEFAULT_LABELS: Labels = "gold"
PART_BYTES = 2**16

_TEXT, _JSON, _JSON_LINES = "text/plain; charset=utf-8", "application/json", "application/jsonl; charset=utf-8"
_BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Writer:
    """A format in which sentences are exported.

    Attributes:
        format: The format.
        media_type: Its MIME type.
        has_both: Files contain gold and predicted labels, whichever are asked for.
    """

    format: Format
    media_type: str
    has_both: bool = False

    @property
    def ending(self) -> str:
        """File extension, with the dot."""
        return self.format.endings[0]

    @property
    def is_text(self) -> bool:
        """Whether files can be printed on a terminal."""
        return self.media_type != _BINARY

    @property
    def is_available(self) -> bool:
        """Whether the package that it needs is installed."""
        return is_installed(self.format.package)


WRITERS: dict[str, Writer] = {
    writer.format.name: writer
    for writer in (
        Writer(CONLL, _TEXT, has_both=True),
        Writer(CONLLU, _TEXT),
        Writer(SPANS, _JSON_LINES),
        Writer(PRODIGY, _JSON_LINES),
        Writer(LABEL_STUDIO, _JSON),
        Writer(DOCCANO, _JSON_LINES),
        Writer(ARGILLA, _JSON),
        Writer(DOCBIN, _BINARY),
    )
}
"""Format name -> its writer, in the order of menus."""


@dataclass(frozen=True)
class AnnotationExport:
    """Sentences to be written.

    Attributes:
        writer: The format.
        labels: Which labels of the sentences to write.
        rows: Rows of the sentences, ascending.
    """

    writer: Writer
    labels: Labels
    rows: Rows

    def parts(self, scene: Scene) -> Iterator[bytes]:
        """The bytes of the file, part by part.

        Raises:
            AnalysisError: A sentence does not fit into the format, or the format needs a package that is missing.
        """
        tagger = str(scene.run.manifest["tagger"]["label"])
        assert self.writer.format.write is not None
        return _in_parts(self.writer.format.write(labelled_sentences(scene.run, self.rows), self.labels, tagger))


def export_annotations(scene: Scene, name: str, labels: str, selection: Selection) -> AnnotationExport:
    """The export of the selected sentences.

    Args:
        scene: The run to export from, and the run that it is compared with, if any.
        name: A name in WRITERS.
        labels: One of LABELS.
        selection: The sentences to export, whole.

    Raises:
        AnalysisError: There is no such format, or there are no such labels.
    """
    if name not in WRITERS:
        raise AnalysisError(f"There is no format {quoted(name)}. Use one of: {', '.join(WRITERS)}.")
    chosen = next((known for known in LABELS if known == labels), None)
    if chosen is None:
        raise AnalysisError(f"There are no labels {quoted(labels)}. Use one of: {', '.join(LABELS)}.")
    return AnnotationExport(WRITERS[name], chosen, np.flatnonzero(selection.masks(scene).sentences))


def _in_parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces joined to parts of about PART_BYTES."""
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) >= PART_BYTES:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
