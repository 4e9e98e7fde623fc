"""The command line as scripts rely on it: what goes to stdout, what to stderr, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import seqeval.metrics
from seqeval.scheme import IOB2

from analysis.command_line import cli
from analysis.errors import AnalysisError
from analysis.export.formats import FORMATS
from analysis.options import Options
from analysis.pipeline.stages import RUN_OPTIONS
from tests.analysis.pipeline.killed_stages import write_corpus
from tests.conftest import REPOSITORY, StoredRun
from tests.tiny_models import build_tagger

SENTENCES = ["sentence_row", "sentence_id", "text"]
WORDS = [
    *["sentence_row", "sentence_id", "position", "word"],
    *["gold_tag", "predicted_tag", "loss", "p_gold", "p_predicted"],
]
SPANS = [
    *["sentence_row", "sentence_id", "gold_start", "gold_end", "gold_type"],
    *["predicted_start", "predicted_end", "predicted_type", "outcome"],
]
HOSTILE = "<script>alert('x')</script>\tB-PER\n\"quo,ted\"\tI-PER\n=1+1\tO\n😀\tB-LOC\n\u202eשלום\tO\n\n"
LIMIT = 40  # of 41 sentences


def analysis(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "analysis", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    build_tagger(folder / "tagger", "bert-cased", types=("PER", "LOC", "MISC"))
    write_corpus(folder / "corpus.conll", sentences=40)
    text = (folder / "corpus.conll").read_text(encoding="utf-8")
    (folder / "corpus.conll").write_text(f"{text}\n{HOSTILE}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def first_run(folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = ("--model", folder / "tagger", "--dataset", folder / "corpus.conll", "--limit", LIMIT)
    return analysis("run", *arguments, "--store", folder / "store", "--name", "first try")


@pytest.fixture
def store(folder: Path, first_run: subprocess.CompletedProcess[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one run, for calls of `main` in this process."""
    assert first_run.returncode == 0, first_run.stderr
    monkeypatch.setenv("EXPLAINER_STORE", str(folder / "store"))
    return folder / "store"


@pytest.fixture(autouse=True)
def _keep_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """`main` in this process: exit code, stdout, stderr."""
    code = cli.main(list(map(str, arguments)))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def exported(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    """Rows of an export as they are: CSV changes text that looks like a formula."""
    out = call(capsys, "export", *arguments, "--format", "jsonl")[1]
    return [json.loads(line) for line in out.split("\n") if line]


def in_csv(value: Any) -> str:
    """A cell of a CSV that is harmless in spreadsheets; a fraction as Python writes it."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def from_csv_row(cells: dict[str, str], row: dict[str, Any]) -> dict[str, str]:
    """Cells of a CSV, those of fractions as Python writes them."""
    return {name: str(float(cell)) if isinstance(row[name], float) else cell for name, cell in cells.items()}


def test_run_prints_the_run_id_alone(first_run: subprocess.CompletedProcess[str]) -> None:
    assert first_run.returncode == 0, first_run.stderr
    assert re.fullmatch(r"[0-9a-f]{16}\n", first_run.stdout)
    assert re.search(r"^\[1/\d+\] corpus", first_run.stderr, re.MULTILINE)
    for part in ("Audit of", "gold spans: LOC", "ORG", "entity F1"):
        assert part in first_run.stderr
    for noise in ("Traceback", "Warning", "it/s"):
        assert noise not in first_run.stderr


def test_running_it_again_says_so_and_prints_the_same_id(folder: Path, store: Path, capsys, first_run) -> None:
    arguments = ("--model", folder / "tagger", "--dataset", folder / "corpus.conll", "--limit", LIMIT)
    code, out, err = call(capsys, "run", *arguments)
    assert (code, out) == (0, first_run.stdout)
    assert "already published" in err
    _, _, err = call(capsys, "run", *arguments, "--name", "another name")
    assert re.search(r'The run keeps its name ".+": --name applies only to a new run\.', err)


def test_list(store: Path, capsys, first_run) -> None:
    code, out, err = call(capsys, "list", "--json")
    (run,) = json.loads(out)
    assert (code, err) == (0, "")
    assert run["id"] == first_run.stdout.strip()
    assert (run["name"], run["sentences"], run["problem"]) == ("first try", LIMIT, None)
    code, out, err = call(capsys, "list")
    assert code == 0
    assert run["id"] in out
    assert "first try" in out


def test_an_empty_store_is_no_failure(tmp_path: Path, capsys) -> None:
    assert call(capsys, "list", "--json", "--store", tmp_path)[:2] == (0, "[]\n")
    code, out, err = call(capsys, "list", "--store", tmp_path)
    assert (code, out) == (0, "")
    assert "no runs" in err


def test_show_agrees_with_seqeval_on_the_exported_words(store: Path, capsys, first_run) -> None:
    run_id = first_run.stdout.strip()
    code, out, err = call(capsys, "show", run_id[:6], "--json")
    shown = json.loads(out)
    assert (code, err) == (0, "")
    assert {"run", "name", "corpus", "audit", "scores", "confusion", "timings"} <= set(shown)
    assert shown["run"] == run_id
    words = rows_of(call(capsys, "export", run_id, "--table", "words")[1])
    assert shown["corpus"]["words"] == len(words)
    sentences: dict[str, list[dict[str, str]]] = {}
    for word in words:
        sentences.setdefault(word["sentence_row"], []).append(word)
    gold = [[word["gold_tag"] for word in sentence] for sentence in sentences.values()]
    predicted = [[word["predicted_tag"] or "O" for word in sentence] for sentence in sentences.values()]
    for key, options in [("seqeval_default", {}), ("seqeval_strict", {"mode": "strict", "scheme": IOB2})]:
        for name in ("precision", "recall", "f1"):
            score = getattr(seqeval.metrics, f"{name}_score")(gold, predicted, zero_division=0, **options)
            assert shown["scores"][key][name] == pytest.approx(score)
    for mode in ("strict", "exact", "partial", "ent_type"):
        assert set(shown["scores"]["nervaluate"][mode]) >= {"precision", "recall", "f1"}
    types = shown["confusion"]["types"]
    for row, name in enumerate(types["labels"]):
        assert sum(types["counts"][row]) == shown["audit"]["spans"].get(name, 0)
        assert shown["scores"]["per_type"][name]["support"] == sum(types["counts"][row])
    assert shown["corpus"]["spans"] == sum(map(sum, types["counts"][:-1]))
    assert shown["audit"]["labels_only_in_data"] == ["ORG"]
    assert shown["audit"]["labels_only_in_model"] == ["MISC"]


def test_show_for_people(store: Path, capsys) -> None:
    code, out, _ = call(capsys, "show", "first try")
    assert code == 0
    for part in (
        "seqeval, strict IOB2",
        "nervaluate, partial",
        "missed",
        "spurious",
        "Audit",
        "labels only in the data",
        "Has       predicted tags, losses, confidences, hidden states, neurons, live tagging\n",
    ):
        assert part in out


def test_exports_begin_with_the_promised_columns_and_agree(store: Path, tmp_path: Path, capsys) -> None:
    for table, columns in [("words", WORDS), ("spans", SPANS), ("sentences", SENTENCES)]:
        files = {kind: tmp_path / f"{table}.{kind}" for kind in ("csv", "jsonl", "parquet")}
        for kind, file in files.items():
            code, out, _ = call(capsys, "export", "first try", "--table", table, "--format", kind, "--output", file)
            assert (code, out) == (0, "")
        with files["csv"].open(encoding="utf-8", newline="") as stream:
            from_csv = list(csv.DictReader(stream))
        from_jsonl = [json.loads(line) for line in files["jsonl"].read_text(encoding="utf-8").split("\n")[:-1]]
        from_parquet = pq.read_table(files["parquet"])
        assert from_parquet.column_names[: len(columns)] == columns
        assert list(from_csv[0])[: len(columns)] == columns
        assert list(from_jsonl[0]) == from_parquet.column_names
        assert len(from_csv) == len(from_jsonl) == from_parquet.num_rows > 0
        for text_row, row, exact in zip(from_csv, from_jsonl, from_parquet.to_pylist(), strict=True):
            assert from_csv_row(text_row, row) == {name: in_csv(value) for name, value in row.items()}
            assert row == pytest.approx(exact)
        assert not list(tmp_path.glob(".*"))


def test_hostile_words_come_out_as_they_went_in(store: Path, capsys) -> None:
    hostile = [word for word in exported(capsys, "first try", "--table", "words") if word["sentence_row"] == 40]
    assert [f"{word['word']}\t{word['gold_tag']}" for word in hostile] == HOSTILE.split("\n")[:5]
    in_a_spreadsheet = rows_of(call(capsys, "export", "first try", "--table", "words")[1])
    assert [row["word"] for row in in_a_spreadsheet if row["sentence_row"] == "40"][2] == "'=1+1"


def test_sentence_rows_count_in_file_order_under_a_limit(folder: Path, store: Path, capsys) -> None:
    sentences = (folder / "corpus.conll").read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    texts = [" ".join(line.split("\t")[0] for line in sentence.split("\n")) for sentence in sentences]
    rows = exported(capsys, "first try", "--table", "sentences")
    assert len(rows) == LIMIT < len(texts)
    assert [row["text"] for row in rows] == [texts[row["sentence_row"]] for row in rows]


@pytest.mark.parametrize(
    ("table", "clauses", "keeps"),
    [
        ("spans", ["--gold-type", "PER"], lambda row: row["gold_type"] == "PER"),
        ("spans", ["--gold-type", "none"], lambda row: row["outcome"] == "spurious"),
        (
            "spans",
            ["--gold-type", "LOC", "--pred-type", "none"],
            lambda row: row["gold_type"] == "LOC" and row["outcome"] == "missed",
        ),
        ("spans", ["--outcome", "type"], lambda row: row["outcome"] == "type"),
        ("words", ["--gold-tag", "B-LOC"], lambda row: row["gold_tag"] == "B-LOC"),
        ("words", ["--min-loss", "2"], lambda row: row["loss"] != "" and float(row["loss"]) >= 2),
        (
            "words",
            ["--max-confidence=0.3", "--gold-tag=O"],
            lambda row: float(row["p_predicted"]) <= 0.3 and row["gold_tag"] == "O",
        ),
        ("sentences", ["--search", "nobody"], lambda row: "nobody" in row["text"]),
    ],
)
def test_filters_keep_the_rows_they_say(store: Path, capsys, table: str, clauses: list[str], keeps) -> None:
    everything = rows_of(call(capsys, "export", "first try", "--table", table)[1])
    code, out, err = call(capsys, "export", "first try", "--table", table, *clauses)
    assert code == 0, err
    expected = [row for row in everything if keeps(row)]
    assert rows_of(out) == expected
    assert f"{len(expected)} {table}" in err


def test_verify_and_delete(store: Path, tmp_path: Path, capsys, first_run) -> None:
    shutil.copytree(store, tmp_path / "copy")
    run_id = first_run.stdout.strip()
    assert call(capsys, "verify", "first try", "--store", tmp_path / "copy")[0] == 0
    largest = max((tmp_path / "copy").rglob("*.val"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    code, out, err = call(capsys, "verify", run_id[:8], "--store", tmp_path / "copy")
    assert (code, out) == (1, "")
    assert run_id in err
    code, out, err = call(capsys, "delete", run_id, "--store", tmp_path / "copy")
    assert (code, out) == (0, "")
    assert call(capsys, "list", "--json", "--store", tmp_path / "copy")[1] == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "no such run"],
        ["verify", "ffff"],
        ["delete", "ffff"],
        ["export", "ffff", "--table", "words"],
        ["export", "first try", "--table", "words", "--gold-tag", "B-NOTHING"],
        ["export", "first try", "--table", "words", "--min-loss", "much"],
        ["export", "first try", "--table", "words", "--output", "/"],
        ["export", "first try", "--table", "words", "--output", "/no/such/folder/file.csv"],
        ["run", "--model", "tests", "--dataset", "no/such/file.conll"],
    ],
)
def test_a_failed_job_is_one_sentence_and_exit_code_1(store: Path, capsys, arguments: list[str]) -> None:
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (1, "")
    *_, last = err.splitlines()
    assert last.startswith("Error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--help"),
        (["walk"], "walk"),
        (["show"], "RUN"),
        (["show", "a", "b"], "b"),
        (["run", "--model", "m"], "--dataset"),
        (["run", "--dataset", "d"], "--model"),
        (["run", "--model", "m", "--dataset", " "], "--dataset"),
        (["run", "--model", "~nobody-here/m", "--dataset", "d"], "--model"),
        (["run", "--model", "m", "--dataset", "d", "--reference", "folder/" + "r" * 300], "--reference"),
        (["run", "--model", "m", "--dataset", "d", "--dtype", "fp8"], "--dtype"),
        (["run", "--model", "m", "--dataset", "d", "--limit", "0"], "--limit"),
        (["run", "--model", "m", "--dataset", "d", "--limit", "many"], "--limit"),
        (["run", "--model", "m", "--dataset", "d", "--limit"], "--limit"),
        (["run", "--model", "m", "--dataset", "d", "--label-map", "person"], "--label-map"),
        (["run", "--model", "m", "--dataset", "d", "--umap-min-dist", "2"], "--umap-min-dist"),
        (["run", "--model", "m", "--dataset", "d", "--umap-neighbors", "1"], "--umap-neighbors"),
        (["run", "--model", "m", "--dataset", "d", "--layers", "2,0"], "--layers"),
        (["export", "r"], "--table"),
        (["export", "r", "--table", "letters"], "--table"),
        (["export", "r", "--table", "words", "--format", "xls"], "--format"),
        (["export", "r", "--table", "words", "--gold", "PER"], "--gold"),
        (["list", "--jso"], "--jso"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_one_sentence(capsys, arguments: list[str], named: str) -> None:
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("Error: ")
    assert named in line


@pytest.mark.parametrize("command", ["run", "list", "show", "verify", "report", "check", "export", "delete", None])
def test_help_is_plain_text_of_80_columns(capsys, monkeypatch: pytest.MonkeyPatch, command: str | None) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = call(capsys, *([command] if command else []), "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_help_of_run_has_every_option_with_its_default(capsys) -> None:
    out = " ".join(call(capsys, "run", "--help")[1].split())
    for option in RUN_OPTIONS:
        assert f" {option.flag} {option.metavar}" in out
        assert option.default_text.replace("all-MiniLM", "all- MiniLM") in out


def test_values_are_read_as_they_are_written(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Options] = []

    def kept(options: Options, *_: object) -> str:
        given.append(options)
        raise AnalysisError("read")

    monkeypatch.setattr("analysis.pipeline.pipeline.analyse", kept)
    arguments = ["--model=m", "--dataset", "d", "--name", "-x", "--split=a=b", "--reference", "r", "--reference=s:t"]
    assert call(capsys, "run", *arguments, "--allow-pickle", "--limit", 3, "--limit", 4)[0] == 1
    expected = {"model": "m", "dataset": "d", "name": "-x", "split": "a=b", "reference": ["r", "s:t"]}
    expected |= {"allow_pickle": True, "limit": 4}
    kept_values = given[0].to_json()
    assert {name: kept_values[name] for name in expected} == expected


def test_what_needs_no_torch_loads_none() -> None:
    code = (
        "import sys; from analysis.command_line import cli; from analysis.run.rerun import rerun_command\n"
        "cli.main(['run', '--help']); cli.main(['list', '--store', '/nowhere']); rerun_command({})\n"
        "sys.exit(bool({'torch', 'transformers', 'datasets', 'sklearn', 'umap'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True)


def test_parquet_is_not_for_a_terminal(store: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = call(capsys, "export", "first try", "--table", "words", "--format", "parquet")
    assert (code, out) == (2, "")
    assert "--output" in err


def test_an_export_that_fails_leaves_the_old_file(store: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    target = tmp_path / "words.csv"
    target.write_text("old")

    def fail(*_: object) -> Iterator[bytes]:
        yield b"new"
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(FORMATS, "csv", fail)
    code, _, err = call(capsys, "export", "first try", "--table", "words", "--output", target)
    assert code == 1
    assert "no space left" in err
    assert [path.name for path in tmp_path.iterdir()] == ["words.csv"]
    assert target.read_text() == "old"


def test_a_reader_that_has_enough_is_no_traceback(store: Path) -> None:
    command = f"'{sys.executable}' -m analysis export 'first try' --table words --store '{store}' | head -n 1"
    finished = subprocess.run(["bash", "-c", command], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert finished.stdout.startswith('"sentence_row",')
    assert "Traceback" not in finished.stderr
    assert "BrokenPipe" not in finished.stderr


def test_ctrl_c_says_what_stands(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.pipeline.pipeline.analyse", interrupted)
    code, out, err = call(capsys, "run", "--model", "m", "--dataset", "d")
    assert (code, out) == (130, "")
    assert "Run the same command to continue" in err


@pytest.mark.parametrize("shown", [True, False])
def test_a_bug_is_a_sentence_and_its_traceback_is_kept(tmp_path: Path, shown: bool) -> None:
    code = (
        "import sys; from analysis.command_line import cli\n"
        "def broken(store): raise ZeroDivisionError('inner detail')\n"
        "cli.Store.runs = broken\n"
        f"sys.exit(cli.main(['list', '--store', {str(tmp_path)!r}]))"
    )
    environment = {**os.environ, **({"EXPLAINER_TRACEBACK": "1"} if shown else {})}
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, env=environment, check=False
    )
    assert finished.returncode == 1
    assert ("Traceback" in finished.stderr) == shown
    if not shown:
        (line,) = finished.stderr.splitlines()
        assert "ZeroDivisionError" in line
        assert "inner detail" in (tmp_path / "explainer-traceback.txt").read_text()


@pytest.mark.shared
def test_real_tagger_on_real_corpus_gives_what_seqeval_gives(shared_folder: Path, real_run: StoredRun, capsys) -> None:
    corpus = shared_folder / "data/uner-ewt/test.conll"
    scores = json.loads(call(capsys, "show", real_run.id, "--json", "--store", real_run.store)[1])["scores"]
    words = exported(capsys, real_run.id, "--table", "words", "--store", real_run.store)
    sentences = [block.split("\n") for block in corpus.read_text(encoding="utf-8").strip("\n").split("\n\n")]
    predicted: dict[int, list[str]] = {}
    for word in words:
        row, position = int(word["sentence_row"]), int(word["position"])
        assert sentences[row][position] == f"{word['word']}\t{word['gold_tag']}"
        predicted.setdefault(row, []).append(word["predicted_tag"])
    assert len(predicted) == 150
    gold = [[line.split("\t")[1] for line in sentences[row]] for row in predicted]
    for key, options in [("seqeval_default", {}), ("seqeval_strict", {"mode": "strict", "scheme": IOB2})]:
        f1 = seqeval.metrics.f1_score(gold, list(predicted.values()), **options)
        assert scores[key]["f1"] == pytest.approx(f1)
        assert f1 > 0.4
