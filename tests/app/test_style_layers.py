"""The order of the style sheets is declared once and does not depend on their names."""

from __future__ import annotations

import re
from pathlib import Path

from app import factory
from app.factory import create_app
from app.settings import Settings

LAYERS = factory.ASSETS / "layers.css"
SHEETS = sorted((factory.ASSETS / "styles").glob("*.css"))
THIRD_PARTY = {"bootstrap", "ag-grid"}
UNLAYERED = "dash"
"""What overrides Dash's components, whose own sheets are in no layer."""


def declared() -> list[str]:
    found = re.search(r"^@layer ([^;{]+);", LAYERS.read_text(), re.MULTILINE)
    assert found
    return re.split(r",\s*", found[1])


def test_each_sheet_has_the_layer_of_its_name() -> None:
    for sheet in SHEETS:
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL).strip()
        layers = re.findall(r"@layer ([\w-]+) \{", rules)
        if sheet.stem == UNLAYERED:
            assert layers == []
        else:
            assert layers == [sheet.stem]
            assert rules.startswith("@layer ")
            assert re.findall(r"^\S.*", rules, re.MULTILINE)[1:] == ["}"], f"{sheet.name}: a rule is outside the layer"


def test_every_layer_is_in_the_order() -> None:
    assert len(declared()) == len(set(declared()))
    assert set(declared()) == {sheet.stem for sheet in SHEETS} - {UNLAYERED} | THIRD_PARTY


def test_the_order_is_declared_before_any_sheet_is_linked() -> None:
    page = create_app(Settings(Path("no-store"))).server.test_client().get("/").text
    linked = re.findall(r'<link rel="stylesheet" href="[^"]*assets/([\w/-]+\.css)', page)
    assert linked[0] == "layers.css"
    assert set(linked[1:]) == {f"styles/{sheet.name}" for sheet in SHEETS}
