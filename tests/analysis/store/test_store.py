"""The store through its public door: what is written comes back, and what is broken or foreign is refused."""

from __future__ import annotations

import errno
import json
import os
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import diskcache
import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.run.schema import SCHEMA_VERSION
from analysis.store.store import Store
from analysis.store.value_cache import ValueCache
from tests.analysis.pipeline import stub_stages
from tests.conftest import REPOSITORY

VALUE_KEYS = ("numbers", "numbers_audit", "summary", "scores", "empty")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def run_id(store: Store) -> str:
    return stub_stages.analyse(store.path)


def run_folder(store: Store, run_id: str) -> Path:
    return store.path / "runs" / run_id


def value_file(store: Store, run_id: str, key: str) -> Path:
    with sqlite3.connect(run_folder(store, run_id) / "cache.db") as database:
        ((name,),) = database.execute("SELECT filename FROM Cache WHERE key = ?", (key,)).fetchall()
    database.close()
    return run_folder(store, run_id) / name


def change_database(store: Store, run_id: str, statement: str, *values: object) -> None:
    with sqlite3.connect(run_folder(store, run_id) / "cache.db") as database:
        database.execute(statement, values)
    database.close()


def test_arrays_and_tables_come_back_memory_mapped(store: Store, run_id: str) -> None:
    values = store.open(run_id)._values
    expected = np.concatenate(
        [np.random.default_rng(shard).normal(size=(10, 4)).astype(np.float16) for shard in range(3)]
    )
    numbers = values.read(stub_stages.NUMBERS)
    assert isinstance(numbers, np.memmap)
    assert not numbers.flags.writeable
    np.testing.assert_array_equal(numbers, expected)
    summary = values.read(stub_stages.SUMMARY)
    np.testing.assert_allclose(summary.column("mean").to_numpy(), 2 * expected.mean(axis=1, dtype=np.float64))
    assert summary.column("text").to_pylist()[-1] == "row 29"
    assert values.read(stub_stages.EMPTY).shape == (0, 3)
    assert values.read(stub_stages.NUMBERS_AUDIT)["note"] == "é\u202e<b>"


def test_manifest_describes_every_value(store: Store, run_id: str) -> None:
    manifest = store.open(run_id).manifest
    assert manifest["schema"] == SCHEMA_VERSION
    assert manifest["run"] == run_id
    assert set(manifest["entries"]) == {*VALUE_KEYS, *(f"stage:{name}" for name in stub_stages.STAGE_NAMES)}
    entry = manifest["entries"]["numbers"]
    assert (entry["kind"], entry["shape"], entry["dtype"], entry["stage"]) == ("array", [30, 4], "float16", "numbers")
    assert entry["bytes"] == value_file(store, run_id, "numbers").stat().st_size
    assert manifest["entries"]["summary"]["shape"] == [30, 2]
    assert set(manifest["timings"]) == set(stub_stages.STAGE_NAMES)
    assert manifest["parameters"]["summary"] == {"factor": 2.0}


def test_nothing_is_evicted_pickled_or_left_aside(store: Store, run_id: str) -> None:
    with sqlite3.connect(run_folder(store, run_id) / "cache.db") as database:
        settings = dict(database.execute("SELECT key, value FROM Settings"))
        modes = {mode for (mode,) in database.execute("SELECT mode FROM Cache")}
    database.close()
    assert settings["eviction_policy"] == "none"
    assert settings["cull_limit"] == 0
    assert settings["size_limit"] == 2**40
    assert settings["disk_min_file_size"] == 0
    assert settings["sqlite_synchronous"] == 2
    assert modes == {diskcache.core.MODE_BINARY}
    assert [path.name for path in store.path.iterdir()] == ["runs"]
    assert not list(run_folder(store, run_id).glob("cache.db-*"))


@pytest.mark.parametrize("value", [1, "text", None, [1], {"a": 1}, np.zeros(2)])
def test_only_bytes_under_text_keys_are_kept(tmp_path: Path, value: object) -> None:
    cache = ValueCache(tmp_path / "cache")
    with pytest.raises(TypeError, match="bytes or files"):
        cache._cache.set("key", value, retry=True)
    with pytest.raises(TypeError, match="text"):
        cache._cache.set(value if not isinstance(value, str) else 3.5, b"bytes", retry=True)
    cache.close()


class Explosive:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("key", ["scores", "numbers", "manifest", "stage:scores"])
@pytest.mark.parametrize("in_file", [True, False])
def test_pickled_value_is_never_loaded(store: Store, run_id: str, tmp_path: Path, key: str, in_file: bool) -> None:
    marker = tmp_path / "exploded"
    with diskcache.Cache(run_folder(store, run_id), disk_min_file_size=0 if in_file else 2**20) as cache:
        cache.set(key, Explosive(marker))
        assert cache._sql("SELECT mode FROM Cache WHERE key = ?", (key,)).fetchone() == (diskcache.core.MODE_PICKLE,)
    fresh = Store(store.path)
    with pytest.raises(AnalysisError, match=run_id):
        fresh.open(run_id)
    assert fresh.verify(run_id)
    fresh.runs()
    assert not marker.exists()


def test_pickled_key_is_never_loaded(store: Store, run_id: str, tmp_path: Path) -> None:
    marker = tmp_path / "exploded"
    change_database(
        store,
        run_id,
        "INSERT INTO Cache(key, raw, mode, value) VALUES (?, 0, 1, 'x')",
        pickle.dumps(Explosive(marker)),
    )
    assert "not plain text" in " ".join(Store(store.path).verify(run_id))
    assert not marker.exists()


def test_value_outside_the_folder_is_refused(store: Store, run_id: str) -> None:
    secret = store.path / "secret"
    secret.write_bytes(b"x" * value_file(store, run_id, "scores").stat().st_size)
    change_database(store, run_id, "UPDATE Cache SET filename = '../../secret' WHERE key = 'scores'")
    with pytest.raises(AnalysisError, match="outside its folder"):
        Store(store.path).open(run_id)


def test_verify_is_content_with_a_sound_run(store: Store, run_id: str) -> None:
    assert store.verify(run_id) == []


@pytest.mark.parametrize("key", [*VALUE_KEYS, "stage:numbers", "manifest"])
def test_verify_finds_a_flipped_byte(store: Store, run_id: str, key: str) -> None:
    file = value_file(store, run_id, key)
    content = bytearray(file.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    file.write_bytes(content)
    problems = Store(store.path).verify(run_id)
    assert len(problems) == 1
    assert key in problems[0]


@pytest.mark.parametrize("key", [*VALUE_KEYS, "manifest"])
def test_verify_finds_a_missing_file(store: Store, run_id: str, key: str) -> None:
    value_file(store, run_id, key).unlink()
    assert any("not found" in problem or "missing" in problem for problem in Store(store.path).verify(run_id))
    with pytest.raises(AnalysisError, match=r"missing|damaged"):
        Store(store.path).open(run_id)


def test_verify_finds_a_missing_row(store: Store, run_id: str) -> None:
    change_database(store, run_id, "DELETE FROM Cache WHERE key = 'summary'")
    assert any("'summary'" in problem for problem in Store(store.path).verify(run_id))


def test_verify_finds_a_foreign_key_and_a_foreign_file(store: Store, run_id: str) -> None:
    cache = ValueCache(run_folder(store, run_id))
    cache.put("intruder", b"bytes")
    cache.close()
    (run_folder(store, run_id) / "stray.txt").write_text("?")
    problems = " ".join(Store(store.path).verify(run_id))
    assert "'intruder' does not belong" in problems
    assert "stray.txt" in problems


def test_verify_and_open_refuse_a_broken_database(store: Store, run_id: str) -> None:
    (run_folder(store, run_id) / "cache.db").write_bytes(b"this is no database" * 500)
    fresh = Store(store.path)
    (problem,) = fresh.verify(run_id)
    assert "cannot be read" in problem
    with pytest.raises(AnalysisError, match="cannot be read"):
        fresh.open(run_id)
    assert fresh.runs()[0].problem is not None


def test_another_schema_version_is_refused_with_both_versions_and_the_remedy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.pipeline.stage_runner.SCHEMA_VERSION", 4711)
    run_id = stub_stages.analyse(store.path)
    with pytest.raises(AnalysisError) as caught:
        store.open(run_id)
    for part in (
        "4711",
        f"version {SCHEMA_VERSION}.",
        "python -m analysis run --model stub-model --dataset stub.conll",
    ):
        assert part in str(caught.value)
    (summary,) = store.runs()
    assert summary.id == run_id
    assert "4711" in (summary.problem or "")
    store.delete(store.resolve(run_id[:5]))
    assert store.runs() == []


def test_runs_are_listed_newest_first(store: Store) -> None:
    ids = {}
    for year, factor in [("2025", 1.0), ("2027", 2.0), ("2026", 3.0)]:

        def describe(staging, year=year):
            return {**stub_stages.describe(staging), "created": f"{year}-05-05T00:00:00+00:00", "name": f"of {year}"}

        ids[year] = stub_stages.analyse(store.path, describe_run=describe, factor=factor)
    assert [run.id for run in store.runs()] == [ids["2027"], ids["2026"], ids["2025"]]
    newest = store.runs()[0]
    assert (newest.name, newest.corpus, newest.tagger, newest.words) == ("of 2027", "stub/test", "stub", 30)
    assert newest.f1 is not None
    assert newest.problem is None


def test_a_run_is_found_by_id_prefix_and_name(store: Store, run_id: str) -> None:
    other = stub_stages.analyse(store.path, factor=5.0)
    assert store.resolve(run_id) == run_id
    shortest = next(run_id[:length] for length in range(1, 17) if run_id[:length] != other[:length])
    assert store.resolve(shortest) == run_id
    with pytest.raises(AnalysisError, match=rf"matches several runs: .*{other}"):
        store.resolve("stub run")
    store.delete(other)
    assert store.resolve("stub run") == run_id
    for nothing in ("", "no such run", "zzzz"):
        with pytest.raises(AnalysisError, match="no run"):
            store.resolve(nothing)


def test_a_deleted_run_is_gone_but_its_readers_keep_what_they_have(store: Store, run_id: str) -> None:
    numbers = store.open(run_id)._values.read(stub_stages.NUMBERS)
    before = np.array(numbers)
    (store.path / ".deleted-left-by-a-kill").mkdir()
    store.delete(run_id)
    np.testing.assert_array_equal(numbers, before)
    assert [path.name for path in store.path.iterdir()] == ["runs"]
    with pytest.raises(AnalysisError, match=f"no run {run_id}"):
        store.open(run_id)
    with pytest.raises(AnalysisError, match="not a valid run id"):
        store.open("9" * 4_000)
    with pytest.raises(AnalysisError, match="Nothing was deleted"):
        store.delete(run_id)


def test_a_store_that_is_not_there_is_empty_and_not_made(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").runs() == []
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_is_a_sentence_and_the_analysis_goes_on_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(diskcache.Disk, "_write", full)
        with pytest.raises(AnalysisError, match=r"no space left on device\. .* same command"):
            stub_stages.analyse(store.path)
    assert store.verify(stub_stages.analyse(store.path)) == []


def test_a_store_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError, match="cannot be written"):
        stub_stages.analyse(tmp_path / "file")


def test_processes_may_open_one_run_at_once(store: Store, run_id: str) -> None:
    code = (
        "import sys; from pathlib import Path; from analysis.store.store import Store\n"
        "from tests.analysis.pipeline.stub_stages import NUMBERS\n"
        "for _ in range(15): print(Store(Path(sys.argv[1])).open(sys.argv[2])._values.read(NUMBERS).sum())"
    )
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(store.path), run_id], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    outputs = {reader.communicate()[0] for reader in readers}
    assert [reader.returncode for reader in readers] == [0, 0, 0]
    assert len(outputs) == 1
    assert store.verify(run_id) == []


def test_manifest_is_json_that_any_tool_reads(store: Store, run_id: str) -> None:
    assert json.loads(value_file(store, run_id, "manifest").read_text())["run"] == run_id
