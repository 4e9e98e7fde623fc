"""The sources for `--dataset`: a file, a folder of splits, a saved dataset, or a dataset of the hub."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.corpus.folders import chosen_split, data_files, is_shard
from analysis.corpus.hub import is_saved, read_hub, read_saved
from analysis.errors import AnalysisError
from analysis.formats.aligned_texts import annotations_of
from analysis.formats.annotations import Annotations, Columns, joined
from analysis.formats.conll import CONLL
from analysis.formats.delimited import CSV
from analysis.formats.format import Read, Sample
from analysis.formats.registry import ENDINGS, format_named, format_of, format_of_folder
from analysis.formats.tag_labels import with_types
from analysis.formats.text_records import TextRecords
from analysis.messages import quoted

_HUB_ID = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh91AY&SY", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_LFS_POINTER = b"version https://git-lfs.github.com/"
_XML_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml\b|!DOCTYPE\b|!--|([A-Za-z_][\w:.-]*)[^<>]*>)", re.IGNORECASE)
_XML_ENDINGS = (".xml", ".html", ".htm", ".xhtml", ".xmi", ".tei")
SPLIT_HINT = ", and give the split with --split"


def read_source(
    dataset: str,
    config: str | None,
    split: str | None,
    revision: str | None,
    columns: Columns,
    format_name: str | None = None,
    split_words: bool = False,
) -> tuple[Annotations, str]:
    """Reads the source `dataset`.

    Args:
        dataset: A file, a folder or a hub id.
        config: Configuration of a hub dataset.
        split: Name of the split; None: the only one.
        revision: Revision of a hub dataset.
        columns: The columns to read.
        format_name: Name of the files' format; None: recognised by their content.
        split_words: Split words at entities that begin or end inside them.

    Returns:
        The sentences, and a label: folder and file, or dataset, configuration and split.

    Raises:
        AnalysisError: There is no such source or split, or it cannot be read.
    """
    path = Path(dataset).expanduser()
    _check_options_of_the_hub(path, config, revision)
    if path.is_file():
        content, label = _read_file(path, split, columns, format_name), _label(path.parent, path.stem)
    elif path.is_dir() and is_saved(path):
        content, chosen = read_saved(path, split, columns)
        label = _label(path, chosen)
    elif (corpus := _one_corpus(path, split, format_name)) is not None:
        whole, read = corpus
        content, label = read(whole, columns), _label(path, split)
    elif path.is_dir():
        content, label = _read_folder(path, config, split, columns, format_name, split_words)
    elif _looks_like_a_path(dataset):
        raise AnalysisError(f"There is no file or folder {quoted(dataset)}. Check --dataset.")
    elif not _HUB_ID.fullmatch(dataset):
        raise AnalysisError(
            f"There is no file or folder {quoted(dataset)}, and the name is not valid for a hub dataset. "
            f"Check --dataset{SPLIT_HINT if ':' in dataset else ''}."
        )
    else:
        content, chosen = read_hub(dataset, config, split, revision, columns)
        return _annotations(content, split_words), "/".join(part for part in (dataset, config, chosen) if part)
    annotations = _annotations(content, split_words)
    return annotations, label


def _check_options_of_the_hub(path: Path, config: str | None, revision: str | None) -> None:
    """Refuse options that have no effect on a file or folder."""
    for option, value in (("--config", config if path.is_file() else None), ("--revision", revision)):
        if value is not None and path.exists():
            raise AnalysisError(f"{option} {quoted(value)} has no effect on the corpus {quoted(str(path))}. Omit it.")


def _annotations(content: Annotations | TextRecords, split_words: bool) -> Annotations:
    return annotations_of(with_types(content), split_words) if isinstance(content, TextRecords) else content


def _label(folder: Path, name: str | None) -> str:
    return "/".join(part for part in (folder.resolve().name, name) if part)


def _looks_like_a_path(dataset: str) -> bool:
    known_ending = Path(dataset).suffix.lower() in ENDINGS
    return known_ending or dataset.startswith(("/", ".", "~")) or "\\" in dataset or dataset.count("/") > 1


def _read_file(path: Path, split: str | None, columns: Columns, format_name: str | None) -> Annotations | TextRecords:
    if split is not None and split.lower() not in path.name.lower():
        raise AnalysisError(
            f"{path} is one file and has no split {quoted(split)}. Omit the split, or give the folder that contains it."
        )
    return _read(path, columns, format_name)


def _check_content(path: Path) -> None:
    if path.stat().st_size == 0:
        raise AnalysisError(f"{path} is empty. Give a file of labelled text.")
    beginning = Sample.of(path).content
    if beginning.startswith(_COMPRESSED):
        raise AnalysisError(f"{path} is compressed. Unpack it first.")
    if _is_xml(path, beginning):
        raise AnalysisError(
            f"{path} is XML or HTML, which is not read. Convert it to lines of a word and its tag, or to JSON lines of "
            'texts with entities: {"text": "Ada wrote", "entities": [{"start": 0, "end": 3, "label": "PER"}]}.'
        )
    if beginning.startswith(_LFS_POINTER):
        raise AnalysisError(f"{path} is a Git LFS pointer, not the data. Download the data with `git lfs pull`.")


def _is_xml(path: Path, beginning: bytes) -> bool:
    """Whether a file begins as XML: by its declaration or extension, or with a tag that is closed at its end."""
    opened = _XML_TAG.match(beginning)
    if opened is None:
        return False
    is_closed = opened[1] is not None and beginning.rstrip().endswith(b"</" + opened[1] + b">")
    return opened[1] is None or is_closed or path.suffix.lower() in _XML_ENDINGS


def _read(path: Path, columns: Columns, format_name: str | None) -> Annotations | TextRecords:
    """Reads a file in the format of that name; None: recognised by its content."""
    _check_content(path)
    chosen = format_of(path) if format_name is None else format_named(format_name)
    if format_name is None and chosen is CONLL and _has_id_column(path, columns):
        chosen = CSV  # only a table with a header has a column of sentence ids
    if chosen.read is None:
        raise AnalysisError(f"{chosen.title} can only be written. Give another --format.")
    return chosen.read(path, columns)


def _one_corpus(folder: Path, split: str | None, format_name: str | None) -> tuple[Path, Read] | None:
    """The folder, or its folder named like the split, and the reader of its format, if all its files are one corpus."""
    chosen = folder if split is None else folder / split
    found = format_of_folder(chosen) if chosen.is_dir() else None
    if found is None or found.read is None or format_name not in (None, found.name):
        return None
    return chosen, found.read


def _has_id_column(path: Path, columns: Columns) -> bool:
    suggested = columns.suggested and columns.suggested.id
    if columns.id is not None or suggested is None:
        return columns.id is not None
    return suggested in Sample.of(path).lines[0].split("\t")


def _read_folder(
    folder: Path, config: str | None, split: str | None, columns: Columns, format_name: str | None, split_words: bool
) -> tuple[Annotations, str]:
    corpora = {
        one.name: corpus
        for one in sorted(folder.iterdir())
        if config is None and (corpus := _one_corpus(folder, one.name, format_name)) is not None
    }
    splits = data_files(folder, config, apart=[path for path, _ in corpora.values()])
    chosen = chosen_split(list(dict.fromkeys([*splits, *corpora])), split, str(folder))
    if chosen in corpora:
        path, read = corpora[chosen]
        return _annotations(read(path, columns), split_words), _label(folder, chosen)
    files = splits[chosen]
    if len({(path.suffix, is_shard(path)) for path in files}) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in files)
        raise AnalysisError(
            f"{folder} contains the split {quoted(chosen)} more than once ({names}). Give one of these files."
        )
    parts = [_annotations(_read(path, columns, format_name), split_words) for path in files]
    return parts[0] if len(parts) == 1 else joined(str(folder), parts), _label(folder, chosen)
