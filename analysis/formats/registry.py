"""All formats of labelled text. Register new formats here."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.argilla import ARGILLA
from analysis.formats.bioc import BIOC
from analysis.formats.brat import BRAT
from analysis.formats.conll import CONLL
from analysis.formats.conllu import CONLLU
from analysis.formats.delimited import CSV
from analysis.formats.doccano import DOCCANO
from analysis.formats.format import Format, Sample
from analysis.formats.gliner import GLINER
from analysis.formats.gliner2 import GLINER2
from analysis.formats.gliner_data import GLINER_DATA
from analysis.formats.hf_pipeline import HF_PIPELINE
from analysis.formats.label_keys import samples_with_labels
from analysis.formats.label_names import Labels
from analysis.formats.label_studio import LABEL_STUDIO
from analysis.formats.label_studio_min import LABEL_STUDIO_MIN
from analysis.formats.langextract import LANGEXTRACT
from analysis.formats.prodigy import PRODIGY
from analysis.formats.pubtator import PUBTATOR
from analysis.formats.spacy_docs import DOCBIN
from analysis.formats.spacy_json import SPACY_JSON
from analysis.formats.span_json import SPANS
from analysis.formats.stanza import STANZA
from analysis.formats.tables import JSON, PARQUET
from analysis.formats.webanno import WEBANNO
from analysis.messages import quoted

FORMATS: tuple[Format, ...] = (
    PARQUET,
    DOCBIN,
    BRAT,
    PUBTATOR,
    WEBANNO,
    CONLLU,
    BIOC,
    LANGEXTRACT,
    STANZA,
    SPACY_JSON,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    PRODIGY,
    ARGILLA,
    DOCCANO,
    HF_PIPELINE,
    GLINER,
    GLINER_DATA,
    GLINER2,
    SPANS,
    JSON,
    CSV,
    CONLL,
)
"""In the order in which they are asked whether a file is theirs: special ones before general ones."""

ENDINGS = tuple(dict.fromkeys(ending for format_ in FORMATS for ending in format_.endings))


def format_named(name: str) -> Format:
    """The format with a name.

    Raises:
        AnalysisError: There is none.
    """
    found = next((format_ for format_ in FORMATS if format_.name == name), None)
    if found is None:
        known = ", ".join(format_.name for format_ in FORMATS)
        raise AnalysisError(f"There is no format {quoted(name)}. Give one of: {known}.")
    return found


def format_of(path: Path, labels: Labels = "gold", key: str | None = None) -> Format:
    """The format of a file: the first one that recognises it, else CoNLL.

    Args:
        path: The file.
        labels: Which labels are to be read. JSON with gold and predicted labels is recognised by these.
        key: Their key in JSON; None: it is found.

    Raises:
        AnalysisError: The file cannot be read.
    """
    found = CONLL
    for sample in samples_with_labels(Sample.of(path), labels, key):
        found = next((one for one in FORMATS if one.read is not None and one.recognises(sample)), CONLL)
        if found is not JSON:  # a format that knows what its labels are
            break
    return found


def format_of_folder(folder: Path) -> Format | None:
    """The format of a folder that is one corpus; None: its files are read one by one."""
    return next((one for one in FORMATS if one.recognises_folder is not None and one.recognises_folder(folder)), None)
