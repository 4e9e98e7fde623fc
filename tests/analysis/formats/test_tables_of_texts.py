"""Texts with entities in Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.analysis.formats.files import load, records, tagged


@pytest.mark.parametrize(
    "entities",
    [
        [[{"start": 3, "end": 7, "label": "LOC", "text": "Rome"}], []],
        [{"start": [3], "end": [7], "label": ["LOC"]}, {"start": [], "end": [], "label": []}],
        [[{"text": "rome", "label": "LOC"}], None],
    ],
)
def test_parquet(tmp_path: Path, entities: list[Any]) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": ["In Rome", "At home"], "entities": entities, "id": ["a", "b"]}), path)
    corpus = load(path)
    assert (tagged(corpus), corpus.sentence_ids) == (["In/O Rome/B-LOC", "At/O home/O"], ["a", "b"])
    assert corpus.audit["columns"]["tag"] == "entities"
    assert records(path).read_as == 'Read as a table: 2 texts from "text", entities from "entities".'
