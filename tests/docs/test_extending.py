"""Each example of docs/extending.md, added to a copy of the program as the page says, passes its check."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "extending.md"
CODE = r"```python\n(.*?)```"
REGISTERED = r"^In `([^`]+)`, import it and add to `(\w+)`:\n\n```text\n(.*?)```"
PACKAGES = ("analysis", "app", "components", "assets")


@dataclass(frozen=True)
class Example:
    """A section of the page: its new files, what is added where, and its check."""

    title: str
    files: dict[str, str]
    registered: list[tuple[str, str, str]]
    check: str


def examples() -> list[Example]:
    found = []
    for section in PAGE.read_text("utf-8").split("\n## ")[1:]:
        check = re.search(rf"^Check:\n\n{CODE}", section, re.DOTALL | re.MULTILINE)
        assert check, f"the section {section.partition(chr(10))[0]} has no check"
        files = re.findall(rf"^New file `([^`]+)`:\n\n{CODE}", section, re.DOTALL | re.MULTILINE)
        registered = re.findall(REGISTERED, section, re.DOTALL | re.MULTILINE)
        found.append(Example(section.partition("\n")[0], dict(files), registered, check[1]))
    return found


def add(example: Example, program: Path) -> None:
    for name, text in example.files.items():
        path = program / name
        assert not path.exists(), f"{name} is no new file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.joinpath("__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    for name, registry, code in example.registered:
        path = program / name
        text = path.read_text("utf-8")
        imports, entry = code.rsplit("\n\n", 1)
        declared = re.search(rf"^{registry}\b[^=\n]*= [({{]\n.*?^(?=[)}}])", text, re.MULTILINE | re.DOTALL)
        assert declared, f"{name} has no {registry}"
        text = text[: declared.end()] + entry + text[declared.end() :]
        first_import = re.search(r"^from (?!__future__)", text, re.MULTILINE)
        assert first_import
        path.write_text(text[: first_import.start()] + imports + "\n" + text[first_import.start() :], encoding="utf-8")


RUNNER = """
import json, os, sys
os.chdir(sys.argv[1])
for title, code in json.load(sys.stdin):
    exec(compile(code, title, "exec"), {"__name__": "check"})
    print("passed:", title, flush=True)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_example_works_as_it_is_written(program: Path, tmp_path: Path) -> None:
    for example in examples():
        add(example, program)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(tmp_path)],
        input=json.dumps([(example.title, example.check) for example in examples()]),
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(program), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [f"passed: {example.title}" for example in examples()]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_an_example_is_its_own_files_and_one_line_of_registration(example: Example) -> None:
    assert example.files
    assert len({Path(name).parent for name in example.files}) == 1, "one room"
    ((_, _, code),) = example.registered
    entry = [line for line in code.splitlines() if line.strip() and not line.startswith(("from ", "import "))]
    assert len(entry) == 1


def test_the_page_shows_how_everything_that_can_be_added_is_added() -> None:
    registries = re.findall(r"^\| \[.*?\| `(\w+)` of `([^`]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted((name, registry) for example in examples() for name, registry, _ in example.registered) == sorted(
        (path, registry) for registry, path in registries
    )
