"""Analyses that are killed, repeated, changed and run twice at once; and the real stages from end to end."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.pipeline.progress import Reporter, describe_progress
from analysis.store.store import Store
from tests.analysis.pipeline import stub_stages
from tests.analysis.pipeline.killed_stages import write_corpus
from tests.analysis.pipeline.stub_stages import STAGE_NAMES, STAGES, analyse, checksums
from tests.conftest import REPOSITORY
from tests.tiny_models import build_tagger


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """One analysis for every point at which it can be killed, and what came of running it again."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.analysis.pipeline.stub_stages", str(tmp_path_factory.mktemp("deaths"))],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout)


def test_a_killed_analysis_run_again_gives_the_same_run(deaths: list[dict], tmp_path: Path) -> None:
    unbroken = checksums(tmp_path, analyse(tmp_path))
    assert len(deaths) > 20
    for death in deaths:
        assert death["exit_code"] == -9
        assert death["checksums"] == unbroken
        assert death["problems"] == []


def test_finished_stages_of_a_killed_analysis_are_not_repeated(deaths: list[dict]) -> None:
    for death in deaths:
        begun = death["stages_before"]
        # A stage begins only when the one before it is finished.
        assert not set(begun[:-1]) & set(death["stages_after"])
    assert {len(death["stages_before"]) for death in deaths} == {1, 2, 3}
    assert any(death["stages_before"] == STAGE_NAMES and not death["stages_after"] for death in deaths)


def test_a_resumed_analysis_leaves_nothing_aside(deaths: list[dict]) -> None:
    for death in deaths:
        # Killed after the run was published, it may leave its empty lock file.
        assert [name for name in death["left"] if not name.endswith(".lock")] == ["runs"]


def test_the_same_analysis_again_does_nothing(tmp_path: Path) -> None:
    run_id = analyse(tmp_path)
    log: list[str] = []
    said = io.StringIO()
    assert analyse(tmp_path, log, report=Reporter(said)) == run_id
    assert log == []
    assert f"already published as run {run_id}" in said.getvalue()


@pytest.mark.parametrize(
    ("options", "repeated"),
    [({"rows": 11}, STAGE_NAMES), ({"factor": 7.0}, ["summary", "scores"]), ({"unused": 1}, [])],
)
def test_a_changed_parameter_repeats_only_what_depends_on_it(
    tmp_path: Path, options: dict, repeated: list[str]
) -> None:
    first = analyse(tmp_path)
    log: list[str] = []
    second = analyse(tmp_path, log, **options)
    assert log == repeated
    assert (first == second) == (repeated == [])
    assert Store(tmp_path).verify(second) == []
    before, after = checksums(tmp_path, first), checksums(tmp_path, second)
    kept = [output.key for stage in STAGES if stage.name not in repeated for output in stage.outputs]
    assert all(before[key] == after[key] for key in kept)


def test_a_new_version_of_a_stage_repeats_it_and_what_depends_on_it(tmp_path: Path) -> None:
    first = analyse(tmp_path)
    log: list[str] = []
    stages = (STAGES[0], replace(STAGES[1], version=2), STAGES[2])
    assert analyse(tmp_path, log, stages=stages) != first
    assert log == ["summary", "scores"]


def test_other_contents_are_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = analyse(tmp_path)
    monkeypatch.setitem(stub_stages.HASHES, "corpus", "other words")
    log: list[str] = []
    assert analyse(tmp_path, log) != first
    assert log == STAGE_NAMES


def damage(folder: Path, size: int) -> None:
    (file,) = [path for path in folder.rglob("*.val") if path.stat().st_size == size]
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_damaged_published_value_is_not_taken(tmp_path: Path) -> None:
    first = analyse(tmp_path)
    size = Store(tmp_path).manifest(first)["entries"]["numbers"]["bytes"]
    damage(tmp_path / "runs" / first, size)
    log: list[str] = []
    second = analyse(tmp_path, log, factor=9.0)
    assert log == STAGE_NAMES
    assert Store(tmp_path).verify(second) == []
    assert Store(tmp_path).verify(first) != []


def failing(stage_number: int):
    """The stub stages, one of which fails as a stage may."""

    def fail(context) -> None:
        raise AnalysisError("No more of this.")

    stages = list(STAGES)
    stages[stage_number] = replace(stages[stage_number], run=fail)
    return tuple(stages)


def test_a_damaged_staged_value_is_made_again(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="No more"):
        analyse(tmp_path, stages=failing(2))
    (staging,) = [path for path in tmp_path.glob(".staging-*") if path.is_dir() and path.suffix != ".scratch"]
    whole = analyse(tmp_path / "other")
    damage(staging, Store(tmp_path / "other").manifest(whole)["entries"]["numbers"]["bytes"])
    log: list[str] = []
    run_id = analyse(tmp_path, log)
    assert log == ["numbers", "scores"]  # `summary` was made of the undamaged numbers
    assert checksums(tmp_path, run_id) == checksums(tmp_path / "other", whole)


def test_a_broken_staging_database_is_begun_anew(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="No more"):
        analyse(tmp_path, stages=failing(2))
    (database,) = tmp_path.glob(".staging-*/cache.db")
    database.write_bytes(b"this is no database" * 1000)
    log: list[str] = []
    assert Store(tmp_path).verify(analyse(tmp_path, log)) == []
    assert log == STAGE_NAMES


def test_the_same_analysis_twice_at_once_is_done_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from analysis.pipeline.progress import Reporter\n"
        "from tests.analysis.pipeline.stub_stages import STAGES, FileLog, analyse\n"
        "def held(context): print('begun', flush=True); sys.stdin.readline(); STAGES[0].run(context)\n"
        "stages = (replace(STAGES[0], run=held), *STAGES[1:])\n"
        "print(analyse(Path(sys.argv[1]), FileLog(Path(sys.argv[2])), stages, Reporter(sys.stderr)))"
    )

    def start(stdin: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "store"), str(log)],
            cwd=REPOSITORY,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    with start(subprocess.PIPE) as first:
        assert first.stdout.readline() == "begun\n"
        with start(subprocess.DEVNULL) as second:
            assert "Waiting for it" in second.stderr.readline()
            printed = first.communicate("go on\n")[0]
            assert second.communicate()[0] == printed
    assert (first.returncode, second.returncode) == (0, 0)
    assert log.read_text().split() == STAGE_NAMES


def test_a_stage_must_write_what_it_declares_and_read_what_it_declares(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"did not write .*'numbers'"):
        analyse(tmp_path, stages=(replace(STAGES[0], run=lambda context: None), *STAGES[1:]))
    with pytest.raises(RuntimeError, match="not 'numbers_audit'"):
        analyse(tmp_path, stages=(replace(STAGES[0], outputs=(stub_stages.NUMBERS,)), *STAGES[1:]))
    with pytest.raises(RuntimeError, match="'numbers', which is not among its inputs"):
        analyse(tmp_path, stages=(STAGES[0], replace(STAGES[1], inputs=()), STAGES[2]))
    with pytest.raises(KeyError, match="log"):
        analyse(tmp_path, stages=(STAGES[0], replace(STAGES[1], resources=()), STAGES[2]))


def test_real_stages_that_are_killed_go_on_from_where_they_were(tmp_path: Path) -> None:
    build_tagger(tmp_path / "tagger", "bert-cased")
    write_corpus(tmp_path / "corpus.conll", sentences=60)
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.analysis.pipeline.killed_stages", str(tmp_path)],
        cwd=REPOSITORY,
        # A fork of a process whose OpenMP threads have begun, scikit-learn's and numba's, waits for them for ever.
        env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(finished.stdout)
    names = told["unbroken"]["stages"]
    *killed, last = told["processes"]
    assert [process["dies_in"] for process in killed] == names
    assert {process["exit_code"] for process in killed} == {-9}
    assert last["exit_code"] == 0
    # Each begins with the stage in which the one before was killed.
    assert [process["stages"] for process in told["processes"]] == [
        names[max(0, at - 1) : at + 1] for at in range(len(names) + 1)
    ]
    assert told["killed"] == {"checksums": told["unbroken"]["checksums"], "problems": []}
    # The forward pass was killed before it wrote its last shard, and did not begin from the first word.
    assert told["unbroken"]["first_progress"] == 0
    assert told["processes"][names.index("predictions") + 1]["first_progress"] > 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_updates_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("analysis.pipeline.progress.time.monotonic", lambda: now)
    terminal = Terminal()
    report = Reporter(terminal)
    progress = report.stage("[1/4] predictions")
    for second in range(4):
        now = float(second)
        progress(100 + 50 * second, 500, "words")
    report.say("[1/4] predictions: 3.0 s")
    assert terminal.getvalue().count("\n") == 1
    # 50 words a second since the first call, not counting the 100 of an earlier, stopped analysis
    assert "250/500 words, 50 words/s, 0:05 left" in terminal.getvalue()


def test_progress_in_a_log_file_is_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("analysis.pipeline.progress.time.monotonic", lambda: now)
    log = io.StringIO()
    progress = Reporter(log).stage("stage")
    for second in range(25):
        now = float(second)
        progress(second, 100, "words")
    assert log.getvalue().splitlines() == [
        "stage: 10/100 words, 1 words/s, 1:30 left",
        "stage: 20/100 words, 1 words/s, 1:20 left",
    ]


def test_progress_without_a_rate_says_only_how_far_it_is() -> None:
    assert describe_progress(5, 10, "words", 0, 0.0) == "5/10 words"
    assert describe_progress(5, 10, "maps", 1, 60.0) == "5/10 maps, 5:00 left"
