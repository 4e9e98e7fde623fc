"""`check`: exit codes and the one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import seqeval.metrics

from analysis.command_line import cli
from tests.analysis.command_line.stored_runs import GOOD, OTHER, WORSE, Sentence, publish, tags_of


def f1(sentences: list[Sentence]) -> float:
    return float(seqeval.metrics.f1_score(*tags_of(sentences)))


GOOD_F1, WORSE_F1 = f1(list(GOOD)), f1(list(WORSE))
DROP = GOOD_F1 - WORSE_F1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checks")
    for name, sentences in (("good", GOOD), ("worse", WORSE), ("other", OTHER)):
        publish(folder, name, sentences)
    return folder / "store"


@pytest.fixture(autouse=True)
def _store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINER_STORE", str(store))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


def check(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    assert len((captured.out + captured.err).splitlines()) == 1
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("good", "--min-f1", GOOD_F1), ["at least"]),
        (("worse", "--min-f1", 0), ["at least 0"]),
        (("worse", "--max-drop-from", "good", DROP), ["at most", '"good"']),
        (("good", "--max-drop-from", "worse", 0), ["at most 0", '"worse"']),
        (("good", "--max-drop-from", "good", 0, "--min-f1", 0.1), ["at least 0.1 and at most 0"]),
        (("other", "--min-f1", 1), ['"other" is 1', "at least 1"]),
    ],
)
def test_what_is_met_is_one_sentence_and_exit_code_0(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], parts: list[str]
) -> None:
    code, out, err = check(capsys, *arguments)
    assert (code, err) == (0, "")
    assert all(part in out for part in parts), out


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("good", "--min-f1", GOOD_F1 + 0.001), [f"{GOOD_F1:.6g}", "below"]),
        (("worse", "--max-drop-from", "good", DROP - 0.001), ["more than", f"{GOOD_F1:.6g}"]),
        (("worse", "--min-f1", 0.99, "--max-drop-from", "good", 0), ["below 0.99 and more than 0 below"]),
        (("worse", "--min-f1", 0.99, "--max-drop-from", "good", 1), ["below 0.99."]),
    ],
)
def test_what_is_not_met_is_one_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], parts: list[str]
) -> None:
    code, out, err = check(capsys, *arguments)
    assert (code, out) == (1, "")
    assert not err.startswith("Error")
    assert all(part in err for part in parts), err


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("good", "--max-drop-from", "other", 0.1), 1, "another corpus"),
        (("good", "--max-drop-from", "nobody", 0.1), 1, "nobody"),
        (("nobody", "--min-f1", 0.1), 1, "nobody"),
        (("good",), 2, "--min-f1"),
        (("good", "--min-f1", "nan"), 2, "from 0 to 1"),
        (("good", "--min-f1", 80), 2, "from 0 to 1"),
        (("good", "--min-f1", "high"), 2, "from 0 to 1"),
        (("good", "--max-drop-from", "worse", -0.1), 2, "from 0 to 1"),
        (("good", "--max-drop-from", "worse"), 2, "--max-drop-from"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], code: int, part: str
) -> None:
    given, out, err = check(capsys, *arguments)
    assert (given, out) == (code, "")
    assert err.startswith("Error: ")
    assert part in err
