"""What an analysis says of a corpus and predictions that do not fit, and that it leaves nothing behind."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from analysis.command_line.cli import main
from analysis.errors import AnalysisError
from analysis.pipeline.pipeline import run_analysis
from analysis.pipeline.progress import Reporter
from analysis.store.store import Store

GOLD = "Eve B-PER\nsaw O\nBonn B-LOC\n\nSo O\n"


class Analysis:
    """Analyses of a corpus and predictions in a folder, without a sentence encoder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "store")
        self.said = StringIO()

    def run(self, predicted: str, gold: str = GOLD, **options: Any) -> str:
        self.folder.joinpath("gold.conll").write_text(gold, encoding="utf-8")
        self.folder.joinpath("predicted.conll").write_text(predicted, encoding="utf-8")
        files = {"dataset": f"{self.folder}/gold.conll", "predictions": f"{self.folder}/predicted.conll"}
        return run_analysis(self.store, Reporter(self.said), **{**files, **options})


@pytest.fixture
def analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analysis:
    monkeypatch.setattr("analysis.pipeline.pipeline.find_encoder", lambda name: None)
    return Analysis(tmp_path)


def test_an_f1_of_zero_is_a_warning_with_both_lists_of_types(analysis: Analysis) -> None:
    run = analysis.run(GOLD.replace("B-LOC", "O").replace("saw O", "saw B-LOC").replace("B-PER", "O"))
    warnings = analysis.store.manifest(run)["audit"]["warnings"]
    assert len(warnings) == 1
    assert warnings[0] == (
        "Warning: entity F1 is 0, although the corpus has 2 entities and the tagger predicts 1 (types of the corpus: "
        'LOC, PER; of the tagger: LOC). Read as CoNLL: words from column 0 ("Eve", "saw"), tags from column 1 '
        '("B-PER", "B-LOC"), counted from 0. Check the columns and the labels.'
    )


@pytest.mark.parametrize("outside", [(), ("B-LOC",), ("B-LOC", "B-PER")])
def test_another_f1_is_no_warning(outside: tuple[str, ...], analysis: Analysis) -> None:
    predicted = GOLD
    for tag in outside:
        predicted = predicted.replace(tag, "O")
    run = analysis.run(predicted)
    assert analysis.store.manifest(run)["audit"]["warnings"] == []


def test_without_a_common_type_the_columns_are_named_before_a_label_map(analysis: Analysis) -> None:
    with pytest.raises(AnalysisError) as refused:
        analysis.run("Eve B-person\nsaw O\nBonn O\n\nSo O\n")
    said = str(refused.value)
    assert 'words from column 0 ("Eve", "saw"), tags from column 1 ("B-PER", "B-LOC")' in said
    assert said.index("words from") < said.index("--word-column") < said.index("--label-map")


def test_more_types_than_can_be_compared_are_refused(analysis: Analysis) -> None:
    predicted = "Eve B-PER\nsaw O\nBonn O\n\nSo B-{}\n"
    many = "".join(f"w{number} B-T{number}\n" for number in range(1_001))
    with pytest.raises(AnalysisError, match=r"2 entity types and the tagger 1,003, together more than 1,000"):
        analysis.run(predicted.format("X") + "\n" + many)


def test_refused_predictions_leave_no_files_in_the_store(analysis: Analysis) -> None:
    with pytest.raises(AnalysisError, match="has no prediction for 2 of the corpus's 2 sentences"):
        analysis.run("Eve B-PER\n")
    left = sorted(path.name for path in analysis.store.path.iterdir())
    assert left == ["runs"]
    assert analysis.run(GOLD)


def test_an_option_without_effect_is_said(analysis: Analysis) -> None:
    analysis.run(GOLD, umap_neighbors=3, device="cuda")
    assert "--umap-neighbors has no effect: " in analysis.said.getvalue()
    assert "--device has no effect: neither" in analysis.said.getvalue()
    assert "Reading the predictions " in analysis.said.getvalue()
    analysis.said.truncate(0)
    analysis.run(GOLD, limit=1, seed=1)
    assert "no effect" not in analysis.said.getvalue()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layers": [1]}, "--layers needs --model. Omit it with --predictions"),
        ({"dtype": "bf16"}, "--dtype needs --model. Omit it with --predictions"),
        ({"config": "x"}, '--config "x" has no effect on the corpus'),
        ({"revision": "x"}, '--revision "x" has no effect on the corpus'),
    ],
)
def test_an_option_that_cannot_have_an_effect_is_refused(
    options: dict[str, Any], said: str, analysis: Analysis
) -> None:
    with pytest.raises(AnalysisError, match=said):
        analysis.run(GOLD, **options)


def test_a_device_that_is_not_there_is_refused_before_the_encoder_runs(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.pipeline.pipeline.find_encoder", lambda name: object())
    with pytest.raises(AnalysisError, match='Device "cuda:77" is not available'):
        analysis.run(GOLD, device="cuda:77")


def test_a_run_that_keeps_its_name_says_which_option_named_it(analysis: Analysis) -> None:
    analysis.run(GOLD)
    analysis.run(GOLD, predictions=f"{analysis.folder}/predicted.conll:other")
    assert "the name in --predictions applies only to a new run" in analysis.said.getvalue()
    analysis.run(GOLD, name="third")
    assert "--name applies only to a new run" in analysis.said.getvalue()


def test_columns_that_are_not_there_are_named_by_their_own_option(analysis: Analysis) -> None:
    with pytest.raises(AnalysisError, match=r"too few for the tag column 7 .* or --prediction-column\.") as refused:
        analysis.run(GOLD, prediction_column="7")
    assert "--tag-column" not in str(refused.value)
    with pytest.raises(AnalysisError, match=r"too few for the document column 7 .* or --document-column\.") as refused:
        analysis.run(GOLD, document_column="7")
    assert "--tag-column" not in str(refused.value)


def test_empty_files_and_folders_of_predictions_are_said(analysis: Analysis) -> None:
    with pytest.raises(AnalysisError, match=r"predicted\.conll is empty"):
        analysis.run("")
    with pytest.raises(AnalysisError, match=r"is a folder\. Give --predictions a file"):
        analysis.run("", predictions=str(analysis.folder))


def test_long_labels_are_cut(analysis: Analysis, capsys: pytest.CaptureFixture[str]) -> None:
    long = "L" * 5_000
    run = analysis.run(GOLD.replace("PER", long), GOLD.replace("PER", long))
    assert main(["show", run, "--store", str(analysis.store.path)]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 400
    with pytest.raises(AnalysisError) as refused:
        analysis.run(GOLD.replace("PER", "X").replace("LOC", "X"), GOLD.replace("PER", long).replace("LOC", long))
    assert len(str(refused.value)) < 800


def test_control_characters_reach_no_terminal(analysis: Analysis, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = GOLD.replace("PER", "P\x1b[31mER")
    run = analysis.run(hostile, hostile, name="na\x1b[2Jme\u202e")
    for arguments in (["list"], ["show", run]):
        assert main([*arguments, "--store", str(analysis.store.path)]) == 0
    files = ["--dataset", f"{analysis.folder}/gold.conll", "--predictions", f"{analysis.folder}/predicted.conll"]
    assert main(["run", *files, "--store", str(analysis.store.path)]) == 0
    named = analysis.folder / "named.jsonl"
    named.write_text(json.dumps({"tokens": ["Ann", "left"], "predictions": {"\x1b]0;t\x07": ["B-PER", "O"]}}), "utf-8")
    two = analysis.folder / "two.conll"
    two.write_text("Ann B-PER\nleft O\n", "utf-8")
    store = ["--store", str(analysis.store.path)]
    assert main(["run", "--dataset", str(two), "--predictions", str(named), *store]) == 0
    assert main(["run", "--dataset", str(two), "--predictions", f"{named}:\x1b[1m", *store]) != 0
    assert main(["report", run, "--output", str(analysis.folder / "report.html"), *store]) == 0
    output = "".join(capsys.readouterr())
    assert "na\\x1b[2Jme\\u202e" in output
    assert "P\\x1b[31mER" in output
    assert not {one for one in output if not one.isprintable()} - {"\n"}
