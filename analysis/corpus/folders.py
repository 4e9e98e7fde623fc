"""The data files of a folder, by split."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from analysis.errors import AnalysisError
from analysis.formats.format import Sample
from analysis.formats.registry import ENDINGS, FORMATS
from analysis.formats.tag_schemes import split_tag
from analysis.messages import in_order, quoted
from analysis.run.tags import OUTSIDE

MAX_DEPTH = 3
"""Subfolders are searched to this depth."""

_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}")
_NUMBERED = re.compile(r"0\d{3,4}")
_NO_DATA_ENDINGS = frozenset(
    (".md", ".rst", ".pdf", ".html", ".py", ".sh", ".ipynb", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".log", ".bib")
)
_NO_DATA_NAMES = frozenset(
    (
        *("readme", "license", "licence", "copying", "notice", "authors", "citation", "changelog", "makefile"),
        *("dataset_info", "dataset_infos", "config", "metadata", "requirements", "package"),
    )
)
_FRONT_MATTER = re.compile(r"---\r?\n(.*?)\r?\n---", re.DOTALL)
_MIN_SHARE_OF_TAGS = 0.5


def data_files(folder: Path, config: str | None = None, apart: Collection[Path] = ()) -> dict[str, list[Path]]:
    """The data files of a folder, by the name of their split.

    If the metadata of README.md name the files of splits, as on the hub, these are the data files. Else they are the
    files that lie in the folder; if there are none, those in its subfolders. Not data files are hidden files, README,
    LICENSE and the like, scripts and settings, and files whose content is no labelled text, unless they have an
    extension of a format other than `.txt`.

    A split has the name of its file without extension and without the number of a shard, behind the names of the
    subfolders other than `data`. A file whose extension is none of a format (`eng.testb`) is named whole.

    Args:
        folder: The folder.
        config: The configuration: one of the metadata, or a subfolder; None: any.
        apart: Subfolders that are splits of their own, whose files are not listed.

    Raises:
        AnalysisError: There is no such configuration, or there are neither data files nor subfolders `apart`.
    """
    described = _described(folder, config)
    if described:
        return described
    if config is not None and not (folder / config).is_dir():
        raise AnalysisError(f"{folder} has no configuration {quoted(config)}. Omit --config.")
    place = folder if config is None else folder / config
    for depth in range(MAX_DEPTH + 1):
        splits: dict[str, list[Path]] = {}
        for path in _files(place, depth, apart):
            if is_data_file(path):
                splits.setdefault(_split_of(path.relative_to(place)), []).append(path)
        if splits:
            return splits
    if apart:
        return {}
    raise AnalysisError(
        f"{place} and its subfolders contain no data files. Give a file of labelled text, or a folder with such files."
    )


def chosen_split(splits: Sequence[str], split: str | None, source: str) -> str:
    """The name of the split that is meant: the only one, the one with this name, or the only one with this word.

    Args:
        splits: The names of the splits.
        split: The name that was given; None: none was.
        source: The source of the splits, for messages.

    Raises:
        AnalysisError: There is none, or there are several.
    """
    names = in_order(splits)
    if split is None:
        if len(splits) != 1:
            raise AnalysisError(f"{source} has several splits. Give --split one of: {names}.")
        return splits[0]
    if split in splits:
        return split
    meant = [name for name in splits if split.lower() in re.split(r"[^a-z0-9]+", name.lower())]
    if len(meant) != 1:
        problem = "no split" if not meant else "several splits"
        raise AnalysisError(f"{source} has {problem} {quoted(split)}. Give --split one of: {names}.")
    return meant[0]


def is_data_file(path: Path) -> bool:
    """Whether a file of a folder contains data, by its name and its content."""
    ending, stem = path.suffix.lower(), path.name.lower().partition(".")[0]
    if ending in _NO_DATA_ENDINGS or stem in _NO_DATA_NAMES or path.name.startswith("."):
        return False
    if ending in ENDINGS and ending != ".txt":
        return True
    sample = Sample.of(path)
    if b"\0" in sample.content and not sample.content.startswith(b"PAR1"):
        return False
    by_content = (one for one in FORMATS if one.read is not None and ending not in one.endings)
    return _has_tags(sample) or any(one.recognises(sample) for one in by_content)


def is_shard(path: Path) -> bool:
    """Whether a file has the name of a part of a split."""
    return _SHARD.fullmatch(path.stem) is not None


def _files(folder: Path, depth: int, apart: Collection[Path]) -> Iterator[Path]:
    """The files at a depth below a folder, sorted; hidden folders and those `apart` are skipped."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise AnalysisError(f"{folder} cannot be read ({error.strerror}).") from error
    if depth == 0:
        yield from (path for path in entries if path.is_file())
        return
    for path in entries:
        is_searched = path.is_dir() and not path.is_symlink() and not path.name.startswith((".", "_"))
        if is_searched and path not in apart:
            yield from _files(path, depth - 1, apart)


def _split_of(path: Path) -> str:
    name = path.stem if path.suffix.lower() in ENDINGS else path.name
    folders = [part for part in path.parts[:-1] if part != "data"]
    if folders and _NUMBERED.fullmatch(name):
        return "/".join(folders)
    shard = _SHARD.fullmatch(name)
    return "/".join([*folders, shard[1] if shard else name])


def _has_tags(sample: Sample) -> bool:
    """Whether most lines of a text contain a tag, beside other cells."""
    rows = [cells for line in sample.lines[:1000] if len(cells := line.split()) > 1]
    tagged = sum(any(map(_is_tag, row)) for row in rows)
    return bool(rows) and tagged >= _MIN_SHARE_OF_TAGS * len(rows)


def _is_tag(cell: str) -> bool:
    prefix, name = split_tag(cell)
    return cell == OUTSIDE or bool(prefix and name and "-" in cell)


def _described(folder: Path, config: str | None) -> dict[str, list[Path]]:
    """The files that the metadata of README.md give for each split; empty: they give none."""
    card = folder / "README.md"
    if not card.is_file():
        return {}
    front = _FRONT_MATTER.match(card.read_text("utf-8-sig", "replace"))
    try:
        metadata = yaml.safe_load(front[1]) if front else None
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date such as 2024-13-45
        return {}  # the names of the files tell the splits
    configs = metadata.get("configs") if isinstance(metadata, dict) else None
    found = [one for one in configs or () if isinstance(one, dict)] if isinstance(configs, list) else []
    if config is not None:
        found = [one for one in found if one.get("config_name") == config]
    elif len(found) > 1:
        found = [one for one in found if one.get("default") or one.get("config_name") == "default"] or found
    splits: dict[str, list[Path]] = {}
    for one in found:
        base = folder / str(one.get("data_dir") or "")
        for split, patterns in _patterns(one.get("data_files")):
            name = split if len(found) == 1 else f"{one.get('config_name')}/{split}"
            splits.setdefault(name, []).extend(_matching(folder, base, patterns))
    return {split: files for split, files in splits.items() if files}


def _patterns(given: Any) -> Iterator[tuple[str, list[str]]]:
    """Each split of `data_files` with its patterns: a text, a list of texts, of {split, path}, or split -> path."""
    if isinstance(given, dict):
        given = [{"split": split, "path": path} for split, path in given.items()]
    for one in given if isinstance(given, list) else [given]:
        entry = one if isinstance(one, dict) else {"path": one}
        paths = entry.get("path")
        texts = [path for path in (paths if isinstance(paths, list) else [paths]) if isinstance(path, str)]
        if texts:
            yield str(entry.get("split", "train")), texts


def _matching(folder: Path, base: Path, patterns: Iterable[str]) -> list[Path]:
    """The files in a folder that match glob patterns, sorted.

    Patterns cannot lead out of the folder. Those that are not valid (an empty one, `**.conll`) match no file.
    """
    inside = [one for one in patterns if not PurePosixPath(one).is_absolute() and ".." not in PurePosixPath(one).parts]
    found: set[Path] = set()
    for pattern in inside:
        with suppress(ValueError):
            found.update(path for path in base.glob(pattern) if path.is_file())
    return sorted(path for path in found if path.resolve().is_relative_to(folder.resolve()))
