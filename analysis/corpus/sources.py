"""The sources for `--dataset`: a file, a folder of splits, a saved dataset, or a dataset of the hub."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.corpus.hub import is_saved, read_hub, read_saved
from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, joined, lines_of, read_text
from analysis.formats.format import Read
from analysis.formats.registry import ENDINGS, format_named, format_of, format_of_folder
from analysis.formats.tables import read_csv
from analysis.formats.text_records import TextRecords, annotations_of
from analysis.messages import quoted

_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}")
_HUB_ID = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")
SPLIT_HINT = ", and give the split with --split"


def read_source(
    dataset: str,
    config: str | None,
    split: str | None,
    revision: str | None,
    columns: Columns,
    format_name: str | None = None,
) -> tuple[Annotations, str]:
    """Reads the source `dataset`, files in the format of that name; None: recognised by their content.

    Returns:
        The sentences, and a label: folder and file, or dataset, configuration and split.

    Raises:
        AnalysisError: There is no such source or split, or it cannot be read.
    """
    path = Path(dataset).expanduser()
    if path.is_file():
        annotations, label = _read_file(path, split, columns, format_name), _label(path.parent, path.stem)
    elif path.is_dir() and is_saved(path):
        annotations, chosen = read_saved(path, split, columns)
        label = _label(path, chosen)
    elif (corpus := _one_corpus(path, split, format_name)) is not None:
        annotations, label = _read_whole(*corpus, columns), _label(path, split)
    elif path.is_dir():
        annotations, label = _read_folder(path, split, columns, format_name)
    elif _looks_like_a_path(dataset):
        raise AnalysisError(f"There is no file or folder {quoted(dataset)}. Check --dataset.")
    elif not _HUB_ID.fullmatch(dataset):
        raise AnalysisError(
            f"There is no file or folder {quoted(dataset)}, and the name is not valid for a hub dataset. "
            f"Check --dataset{SPLIT_HINT if ':' in dataset else ''}."
        )
    else:
        annotations, chosen = read_hub(dataset, config, split, revision, columns)
        return annotations, "/".join(part for part in (dataset, config, chosen) if part)
    for option, value in (("--config", config), ("--revision", revision)):
        if value is not None:
            annotations.notes.append(f"{option} {value} has no effect: it applies only to datasets of the hub.")
    return annotations, label


def _label(folder: Path, name: str | None) -> str:
    return "/".join(part for part in (folder.resolve().name, name) if part)


def _looks_like_a_path(dataset: str) -> bool:
    known_ending = Path(dataset).suffix.lower() in ENDINGS
    return known_ending or dataset.startswith(("/", ".", "~")) or "\\" in dataset or dataset.count("/") > 1


def _read_file(path: Path, split: str | None, columns: Columns, format_name: str | None) -> Annotations:
    if split is not None and split.lower() not in path.stem.lower():
        raise AnalysisError(
            f"{path} is one file and has no split {quoted(split)}. Omit the split, or give the folder that contains it."
        )
    return _read(path, columns, format_name)


def _read(path: Path, columns: Columns, format_name: str | None) -> Annotations:
    """Reads a file in the format of that name; None: recognised by its content."""
    if format_name is None and path.suffix.lower() == ".tsv" and _has_id_column(path, columns):
        return read_csv(path, columns)  # only a table with a header has a column of sentence ids
    chosen = format_of(path) if format_name is None else format_named(format_name)
    if chosen.read is None:
        raise AnalysisError(f"{chosen.title} can only be written. Give another --format.")
    content = chosen.read(path, columns)
    return annotations_of(content) if isinstance(content, TextRecords) else content


def _one_corpus(folder: Path, split: str | None, format_name: str | None) -> tuple[Path, Read] | None:
    """The folder, or its folder named like the split, and the reader of its format, if all its files are one corpus."""
    chosen = folder if split is None else folder / split
    found = format_of_folder(chosen) if chosen.is_dir() else None
    if found is None or found.read is None or format_name not in (None, found.name):
        return None
    return chosen, found.read


def _read_whole(folder: Path, read: Read, columns: Columns) -> Annotations:
    content = read(folder, columns)
    return annotations_of(content) if isinstance(content, TextRecords) else content


def _has_id_column(path: Path, columns: Columns) -> bool:
    suggested = columns.suggested and columns.suggested.id
    if columns.id is not None or suggested is None:
        return columns.id is not None
    return suggested in lines_of(read_text(path))[0].split("\t")


def _read_folder(folder: Path, split: str | None, columns: Columns, format_name: str | None) -> tuple[Annotations, str]:
    splits: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix.lower() in ENDINGS and not path.name.startswith("."):
            shard = _SHARD.fullmatch(path.stem)
            splits.setdefault(shard[1] if shard else path.stem, []).append(path)
    folders = [one.name for one in sorted(folder.iterdir()) if one.is_dir() and format_of_folder(one) is not None]
    if folders and not splits:
        raise AnalysisError(f"{folder} has several splits. Give --split one of: {', '.join(folders)}.")
    if not splits:
        raise AnalysisError(
            f"{folder} contains no file with one of these extensions: {', '.join(ENDINGS)}. "
            "Give a file, or a folder with such files."
        )
    if split is None and len(splits) > 1:
        raise AnalysisError(f"{folder} has several splits. Give --split one of: {', '.join(splits)}.")
    chosen = split if split is not None else next(iter(splits))
    if chosen not in splits:
        raise AnalysisError(f"{folder} has no split {quoted(chosen)}. Give --split one of: {', '.join(splits)}.")
    files = splits[chosen]
    if len(files) > 1 and not all(_SHARD.fullmatch(path.stem) for path in files):
        names = ", ".join(path.name for path in files)
        raise AnalysisError(
            f"{folder} contains the split {quoted(chosen)} more than once ({names}). Give one of these files."
        )
    parts = [_read(path, columns, format_name) for path in files]
    return parts[0] if len(parts) == 1 else joined(str(folder), parts), _label(folder, chosen)
