"""The sentences of a run in the formats of annotation tools and libraries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np

from analysis.errors import AnalysisError
from analysis.export.sentences import Rows, labelled_sentences
from analysis.formats.argilla_writer import write_argilla
from analysis.formats.conll_writer import write_conll
from analysis.formats.conllu_writer import write_conllu
from analysis.formats.doccano_writer import write_doccano
from analysis.formats.format import Write
from analysis.formats.label_studio_writer import write_label_studio
from analysis.formats.optional_package import is_installed
from analysis.formats.prodigy_writer import write_prodigy
from analysis.formats.spacy_writer import write_spacy
from analysis.formats.spans_writer import write_spans
from analysis.formats.written import Labels
from analysis.messages import quoted
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

LABELS: tuple[Labels, ...] = get_args(Labels)
DEFAULT_LABELS: Labels = "gold"
PART_BYTES = 2**16

_TEXT, _JSON, _JSON_LINES = "text/plain; charset=utf-8", "application/json", "application/jsonl; charset=utf-8"


@dataclass(frozen=True)
class Writer:
    """A format in which sentences are exported.

    Attributes:
        name: Its name on the command line and in addresses.
        title: Its name in documents and messages.
        ending: File extension, with the dot.
        media_type: Its MIME type.
        write: Writes sentences.
        package: A package that it needs and that is not installed by default.
        has_both: Files contain gold and predicted labels, whichever are asked for.
        is_text: Files can be printed on a terminal.
    """

    name: str
    title: str
    ending: str
    media_type: str
    write: Write
    package: str | None = None
    has_both: bool = False
    is_text: bool = True

    @property
    def is_available(self) -> bool:
        """Whether the package that it needs is installed."""
        return is_installed(self.package)


WRITERS: dict[str, Writer] = {
    writer.name: writer
    for writer in (
        Writer("conll", "CoNLL", ".conll", _TEXT, write_conll, has_both=True),
        Writer("conllu", "CoNLL-U", ".conllu", _TEXT, write_conllu),
        Writer("spans", "Span JSON lines", ".jsonl", _JSON_LINES, write_spans),
        Writer("prodigy", "Prodigy", ".jsonl", _JSON_LINES, write_prodigy),
        Writer("label-studio", "Label Studio", ".json", _JSON, write_label_studio),
        Writer("doccano", "doccano", ".jsonl", _JSON_LINES, write_doccano),
        Writer("argilla", "Argilla", ".json", _JSON, write_argilla),
        Writer(
            "spacy", "spaCy DocBin", ".spacy", "application/octet-stream", write_spacy, package="spacy", is_text=False
        ),
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
        return _in_parts(self.writer.write(labelled_sentences(scene.run, self.rows), self.labels, tagger))


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
