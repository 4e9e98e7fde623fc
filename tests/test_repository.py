"""What the documents, the requirements and the make targets promise is what the code has."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import analysis
from analysis.command_line.cli import main
from analysis.export.annotations import WRITERS
from analysis.formats.registry import FORMATS
from analysis.options import Option
from analysis.pipeline.stages import RUN_OPTIONS, STAGES
from analysis.run.columns import Sentences, Spans, Words
from analysis.run.schema import OUTCOMES
from analysis.run.values import Array, Table, Value
from analysis.selection.selection import CLAUSE_NAMES
from app.settings import Settings
from tests.conftest import REPOSITORY

PACKAGES = ("analysis", "app", "components")
COMMANDS = ("run", "list", "show", "verify", "report", "check", "export", "delete")
REQUIREMENTS = "requirements.txt"
EXTRAS = ("requirements-demo.txt", "requirements-spacy.txt")
ALL_REQUIREMENTS = (REQUIREMENTS, *EXTRAS, "requirements-dev.txt")
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((REPOSITORY / "docs").glob("*.md"))),
)


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def section(document: str, title: str) -> str:
    """What stands under a heading of the second rank."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", read(document), re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no section {title}"
    return found[1]


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")]


def requirements(name: str) -> dict[str, Requirement]:
    lines = (line.partition("#")[0].strip() for line in read(name).splitlines())
    parsed = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


# Settings


class AskedFor(Mapping[str, str]):
    """An environment without variables that remembers which it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `(EXPLAINER_\w+)` \|", section("README.md", "Settings"), re.MULTILINE))


def test_every_setting_of_the_dashboard_is_in_the_readme() -> None:
    environment = AskedFor()
    Settings.from_environment(environment)
    assert environment.names
    assert environment.names <= documented_settings()


def test_the_readme_lists_exactly_the_variables_that_are_read() -> None:
    files = [*sources(), REPOSITORY / "gunicorn.conf.py", REPOSITORY / "Makefile"]
    read_somewhere = {name for path in files for name in re.findall(r"\bEXPLAINER_[A-Z]+\b", path.read_text("utf-8"))}
    assert documented_settings() == read_somewhere


# The command line


def options_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    assert main([command, "--help"]) == 0
    return set(re.findall(r"(?<!\w)--[a-z-]+", capsys.readouterr().out)) - {"--help"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = section("README.md", "Command line")
    assert f"`python -m analysis {command} " in commands
    text = commands + read("docs/command-line.md")
    missing = {option for option in options_of(command, capsys) if not re.search(rf"{option}(?![a-z-])", text)}
    assert missing == set()


@pytest.mark.parametrize("document", ["README.md", "docs/command-line.md"])
def test_a_document_names_no_option_that_is_not_there(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    there = set().union(*(options_of(command, capsys) for command in COMMANDS), {"--help"})
    assert set(re.findall(r"(?<!\w)--[a-z][a-z-]*", read(document))) <= there


def option_rows() -> list[list[str]]:
    """Cells of the table of the options of `run`."""
    table = section("docs/command-line.md", "Options of `run`")
    rows = [line.strip("|").replace("\\|", "\0").split("|") for line in table.split("\n") if line.startswith("| `--")]
    return [[cell.strip().replace("\0", "|") for cell in row] for row in rows]


@pytest.mark.parametrize("option", RUN_OPTIONS, ids=lambda option: option.name)
def test_the_table_has_each_option_of_run_with_its_default(option: Option[Any]) -> None:
    written = f"`{option.flag} {option.metavar}`" if option.metavar else f"`{option.flag}`"
    (default,) = [row[2] for row in option_rows() if row[0] == written]
    assert option.default_text in default


def test_the_table_has_no_other_options() -> None:
    assert len(option_rows()) == len(RUN_OPTIONS)


READ = {"gold": "gold", "predictions": "predictions", "both": "gold, predictions"}


def format_rows() -> Iterator[str]:
    """The README's rows of formats, from their declarations."""
    for format_ in FORMATS:
        writer = WRITERS.get(format_.name)
        written = "" if writer is None else "both" if writer.has_both else "gold or predicted"
        package = f"`{format_.package}`" if format_.package else ""
        cells = (f"`{format_.name}`", format_.title, READ[format_.holds], written, package)
        yield f"| {' | '.join(cells)} |".replace("  ", " ")


def test_the_readme_lists_every_format_as_it_is_declared() -> None:
    """To mend the document, copy the lines that this test wants."""
    table = section("README.md", "Your own model and corpus").partition("### Formats\n")[2]
    assert re.findall(r"^\| `.*", table, re.MULTILINE) == list(format_rows())


def test_every_clause_is_in_the_documents() -> None:
    architecture = section("docs/architecture.md", "Selection")
    assert [name for name in CLAUSE_NAMES if f"`{name}`" not in architecture] == []
    outcomes = section("docs/architecture.md", "The ledger")
    assert [name for name in OUTCOMES if f"`{name}`" not in outcomes] == []


# Documents


def test_the_changelog_begins_with_the_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert newest
    assert newest[1] == version


@pytest.mark.parametrize("document", DOCUMENTS)
def test_local_links_lead_somewhere(document: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", read(document))
    assert [target for target in targets if not (REPOSITORY / document).parent.joinpath(target).exists()] == []


def code_blocks(document: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", read(document), re.MULTILINE | re.DOTALL)


def new_files(document: str) -> list[str]:
    """Files that a document has its reader write."""
    return re.findall(r"^New file `([^`]+)`:$", read(document), re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_files_that_exist(document: str) -> None:
    roots = (*PACKAGES, "assets", "tests", "benchmarks", "docs")
    named = re.findall(rf"`((?:{'|'.join(roots)})/[\w./-]*)`", read(document))
    existing = [path for path in named if (REPOSITORY / path).exists()]
    assert sorted({*named} - {*existing}) == sorted(new_files(document))


def test_the_documents_list_every_folder_and_no_other() -> None:
    fence = section("docs/architecture.md", "Folders").split("```")[1]
    named = set(re.findall(r"^([\w/]+)/ ", fence, re.MULTILINE))
    packages = {path.parent.relative_to(REPOSITORY).as_posix() for path in sources() if path.name == "__init__.py"}
    of_tabs = {name for name in packages if name.startswith("app/tabs/")}  # a tab each
    assert {name for name in named if name.partition("/")[0] in PACKAGES} == packages - of_tabs
    assert [name for name in named if not (REPOSITORY / name).is_dir()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_import_from_the_public_interface_alone(document: str) -> None:
    """And from modules that the reader has written."""
    deep = {name for code in code_blocks(document) for name in re.findall(r"(?:from|import) (analysis\.[\w.]+)", code)}
    assert deep <= {path.removesuffix(".py").replace("/", ".") for path in new_files(document)}


def test_the_example_of_a_run_in_python_uses_what_there_is() -> None:
    """The code of docs/store.md is compiled, and the columns it reads are columns of the tables."""
    code = re.search(r"```python\n(.*?)```", read("docs/store.md"), re.DOTALL)
    assert code
    compile(code[1], "docs/store.md", "exec")
    tables = {"words": Words, "sentences": Sentences, "spans": Spans}
    used = re.findall(r"run\.(words|sentences|spans)\.(\w+)", code[1])
    assert used
    assert [column for table, column in used if column not in tables[table].__dataclass_fields__] == []


def declared_values() -> dict[str, Value]:
    """Key -> value: all that modules of analysis declare, also in dictionaries."""
    found: dict[str, Value] = {}
    for module in pkgutil.walk_packages(analysis.__path__, "analysis."):
        if module.name.endswith((".schema", ".values")):
            for one in vars(importlib.import_module(module.name)).values():
                parts = one.values() if isinstance(one, dict) else (one,)
                for value in (part for part in parts if isinstance(part, Value)):
                    assert found.setdefault(value.key, value) is value, f"two values have the key {value.key}"
    return found


def test_every_value_has_a_key_of_its_own_and_a_stage_that_writes_it() -> None:
    values = declared_values()
    writers: dict[str, set[str]] = {}
    for stage in STAGES:
        for value in (*stage.outputs, *stage.optional_outputs):
            assert values.get(value.key) == value, f"{value.key} is declared in no schema.py or values.py"
            writers.setdefault(value.key, set()).add(stage.instead_of or stage.name)
    assert writers == {key: {value.stage} for key, value in values.items()}


def form_of(value: Value) -> str:
    """What docs/store.md says of a value's rows or shape."""
    if isinstance(value, Table):
        return value.row
    return " × ".join(map(str, value.shape)) + f" ({value.dtype})" if isinstance(value, Array) else ""


def test_the_documents_list_every_value_as_it_is_declared() -> None:
    """To mend the document, copy the lines that this test wants."""
    order = {stage.name: place for place, stage in enumerate(STAGES)}
    wanted = [
        f"| `{value.key}` | {value.kind} | {form_of(value)} | {value.meaning} | `{value.stage}` |"
        for value in sorted(declared_values().values(), key=lambda value: order[value.stage])
    ]
    assert re.findall(r"^\| `.*", section("docs/store.md", "The values"), re.MULTILINE) == wanted


# Make


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", read("Makefile"), re.MULTILINE))


def test_make_help_lists_every_target_for_people() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[0] for line in shown.splitlines()[1:]} == make_targets()
    assert {"demo", "demo-hub", "test", "serve", "bench", "lint", "format"} <= make_targets()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_documents_name_targets_that_exist(document: str) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", read(document), re.MULTILINE))
    assert named <= make_targets()


def test_serving_a_folder_that_is_not_there_says_so() -> None:
    command = [
        "make",
        "--no-print-directory",
        "serve",
        "STORE=nowhere/at/all",
        "DEMO_STAMP=",
    ]  # the stamp: nothing is to be installed
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == (
        "There is no folder nowhere/at/all: say where the runs are, make serve STORE=path."
    )


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = subprocess.run(
            [sys.executable, "-m", "gunicorn", "wsgiref.simple_server:demo_app"],
            cwd=REPOSITORY,
            env={**os.environ, "EXPLAINER_BIND": address},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.startswith(f"The dashboard cannot listen on {address} (Address already in use)")
    assert len(result.stderr.splitlines()) == 1


# Requirements


def third_party_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*PACKAGES, "tests", "benchmarks"}


def test_every_import_is_a_requirement() -> None:
    distributions = packages_distributions()
    declared = {name for file in (REQUIREMENTS, *EXTRAS) for name in requirements(file)}
    undeclared = {
        name
        for path in sources()
        for name in third_party_imports(path)
        if not declared & {canonicalize_name(owner) for owner in distributions.get(name, [])}
    }
    assert undeclared == set()


def test_requirements_are_ranges_with_an_upper_end() -> None:
    """Of torch too, so that a person with a build for a graphics card keeps it; the lock alone is exact."""
    others = [
        str(requirement)
        for name in ALL_REQUIREMENTS
        for requirement in requirements(name).values()
        if {specifier.operator for specifier in requirement.specifier} != {">=", "<"}
    ]
    assert others == []


def test_the_lock_pins_every_requirement_inside_its_range() -> None:
    lock = requirements("requirements.lock")
    pins = {name: next(iter(pin.specifier)) for name, pin in lock.items()}
    assert {pin.operator for pin in pins.values()} == {"=="}
    for file in ALL_REQUIREMENTS:
        for name, requirement in requirements(file).items():
            assert requirement.specifier.contains(pins[name].version), f"{requirement} is locked at {pins[name]}"


def test_the_lock_serves_every_machine() -> None:
    lines = [line for line in read("requirements.lock").splitlines() if not line.startswith("#")]
    assert [line for line in lines if re.search(r"[+@/\\]|^-", line)] == []
