"""Reads datasets of the Hugging Face hub, and folders written by `save_to_disk`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.corpus.folders import chosen_split
from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.records import WORD_COLUMNS, Table, read_columns, read_table
from analysis.formats.text_records import TextRecords
from analysis.messages import quoted

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

CONVERTED = "refs/convert/parquet"
"""The hub's conversion of a dataset to Parquet; used for datasets with a script, which `datasets` no longer runs."""


def is_saved(folder: Path) -> bool:
    """Whether a folder was written by `save_to_disk`."""
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()


def read_saved(folder: Path, split: str | None, columns: Columns) -> tuple[Annotations | TextRecords, str | None]:
    """Reads a saved Dataset, or a split of a saved DatasetDict. Also returns the name of the split, if any.

    Raises:
        AnalysisError: There is no such split, the folder is damaged, or its columns do not contain labelled words.
    """
    from datasets import load_from_disk  # noqa: PLC0415 - takes a second, which other formats do not need

    try:
        loaded = load_from_disk(str(folder))
    except (OSError, ValueError) as error:
        raise AnalysisError(f"{folder} cannot be read as a saved dataset ({_first_line(error)}).") from error
    own = None if isinstance(loaded, dict) or loaded.split is None else str(loaded.split)
    if own is not None and split not in (None, own):
        raise AnalysisError(f"{folder} contains only the split {quoted(own)}. Omit --split {split}.")
    return _read(loaded, str(folder), split, columns)


def read_hub(
    name: str, config: str | None, split: str | None, revision: str | None, columns: Columns
) -> tuple[Annotations | TextRecords, str | None]:
    """Reads a split of a dataset of the hub. Also returns the name of the split.

    A dataset with a script is read from the hub's conversion to Parquet, with a note in the audit.

    Raises:
        AnalysisError: The hub has no such dataset, configuration or split, or cannot be reached.
    """
    import datasets  # noqa: PLC0415 - takes a second, which other formats do not need

    notes: list[str] = []
    try:
        try:
            loaded = datasets.load_dataset(name, config, split=split, revision=revision)
        except RuntimeError as error:
            if "scripts are no longer supported" not in str(error) or revision is not None:
                raise
            folder = _converted_config(name, config)
            loaded = datasets.load_dataset(name, data_dir=folder, split=split, revision=CONVERTED)
            notes.append(f"{name} is a script, which is not run. The hub's conversion ({CONVERTED}) was read instead.")
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        raise AnalysisError(
            f"The dataset {quoted(name)} is not on this machine and cannot be loaded from the hub "
            f"({_first_line(error)}). Check --dataset, --config, --split and --revision."
        ) from error
    annotations, split = _read(loaded, name, split, columns)
    annotations.notes[:0] = notes
    return annotations, split


def _converted_config(name: str, config: str | None) -> str:
    """The folder of a configuration in the converted dataset; it has the name of the configuration."""
    from huggingface_hub import HfApi  # noqa: PLC0415 - only here
    from huggingface_hub.hf_api import RepoFolder  # noqa: PLC0415

    tree = HfApi().list_repo_tree(name, repo_type="dataset", revision=CONVERTED)
    folders = [entry.path for entry in tree if isinstance(entry, RepoFolder)]
    if config is None and len(folders) == 1:
        return folders[0]
    if config is None or config not in folders:
        wrong = "several configurations" if config is None else f"no configuration {quoted(config)}"
        raise AnalysisError(
            f"The dataset {quoted(name)} has {wrong}. Give --config one of: {', '.join(sorted(folders))}."
        )
    return config


def _read(
    loaded: Dataset | DatasetDict, source: str, split: str | None, columns: Columns
) -> tuple[Annotations | TextRecords, str | None]:
    dataset, split = _pick(loaded, source, split)
    plain = dataset.with_format(None)
    inner = [_inner(feature) for name, feature in dataset.features.items() if name.lower() in WORD_COLUMNS]
    has_structs = any(isinstance(feature, Mapping) for feature in inner)

    def read(names: Sequence[str]) -> dict[str, Any]:
        selected: dict[str, Any] = plain.select_columns(list(names)).to_dict()
        return selected

    values, found, origin = read_columns(dataset.column_names, has_structs, columns, source, read)
    tag_names, label = _class_names(dataset.features[origin.get(found.tag, found.tag)])
    table = Table(source, values, names=dataset.column_names).named(found, tag_names, label)
    return read_table(table, found), split


def _pick(loaded: Dataset | DatasetDict, source: str, split: str | None) -> tuple[Dataset, str | None]:
    if not isinstance(loaded, dict):
        return loaded, split or (None if loaded.split is None else str(loaded.split))
    chosen = chosen_split(list(map(str, loaded)), split, source)
    return loaded[chosen], chosen


def _class_names(feature: Any) -> tuple[tuple[str, ...] | None, str | None]:
    """The names of a ClassLabel, bare or in a list, and its field if it is in a struct."""
    feature = _inner(feature)
    fields = {None: feature} if not isinstance(feature, Mapping) else {key: _inner(one) for key, one in feature.items()}
    named = ((tuple(one.names), key) for key, one in fields.items() if getattr(one, "names", None))
    return next(named, (None, None))


def _inner(feature: Any) -> Any:
    """The feature of the items of lists, however deep."""
    while hasattr(feature, "feature"):
        feature = feature.feature
    return feature


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
