"""The colours: readable in both themes, and apart for people who see fewer of them."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from components.palette import (
    DARK,
    LIGHT,
    TYPE_COLOURS,
    Theme,
    css_variables,
    ramp_colours,
    readable_on,
    type_class,
    type_colour,
)
from tests.conftest import REPOSITORY

AA = 4.5
"""Least contrast of text (WCAG 2.2, success criterion 1.4.3)."""

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
GROUNDS = ("panel", "background", "sunken", "accent_soft", "error_soft")

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0; on linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)

Floats = npt.NDArray[np.float64]


def linear(colour: str) -> Floats:
    """Linear RGB, 0-1, of `#rrggbb` (IEC 61966-2-1)."""
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def hexadecimal(channels: Floats) -> str:
    return "#" + "".join(f"{round(float(channel)):02x}" for channel in channels)


def mixed(colour: str, ground: str, share: float) -> str:
    """CSS `color-mix(in srgb, colour share, ground)`."""
    parts = [np.array([int(one[place : place + 2], 16) for place in (1, 3, 5)], float) for one in (colour, ground)]
    return hexadecimal(share * parts[0] + (1 - share) * parts[1])


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    darker, lighter = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, seen: Floats) -> Floats:
    """CIELAB (D65) of a colour as eyes with this matrix see it."""
    light = np.clip(seen @ linear(colour), 0, 1)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(matrix @ light / [0.9505, 1.0, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_measure_of_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def text_pairs(theme: Theme) -> dict[str, float]:
    """Every pair of text and ground that the style sheets make, and its contrast."""
    pairs = {
        f"{ink} on {ground}": (getattr(theme, ink), getattr(theme, ground))
        for ink in ("ink", "ink_second", "ink_third")
        for ground in GROUNDS
    }
    pairs |= {
        f"{text} on {ground}": (getattr(theme, text), getattr(theme, ground))
        for text, grounds in {
            "accent": ("panel", "background", "sunken", "accent_soft"),
            "error": ("panel", "error_soft", "accent_soft", "sunken"),
            "panel": ("ink",),
            "on_type": ("ink_second",),
        }.items()
        for ground in grounds
    }
    for number, colour in enumerate(theme.types):
        pairs[f"on_type on type {number}"] = (theme.on_type, colour)
    for number, colour in enumerate(theme.outcomes):
        pairs[f"text on outcome {number}"] = (readable_on(theme, colour), colour)
    return {name: contrast(*pair) for name, pair in pairs.items()}


@THEMES
def test_text_can_be_read(theme: Theme) -> None:
    pairs = text_pairs(theme)
    assert {name: round(ratio, 2) for name, ratio in pairs.items() if ratio < AA} == {}


@THEMES
@pytest.mark.parametrize("ground", ["panel", "sunken", "accent_soft", "error_soft"])
def test_types_can_be_read_as_text(theme: Theme, ground: str) -> None:
    ratios = [contrast(colour, getattr(theme, ground)) for colour in theme.types]
    assert min(ratios) >= AA, ratios


@THEMES
@pytest.mark.parametrize(("kind", "colour"), [("diagonal", "accent"), ("error", "error")])
def test_the_figure_in_the_warmest_cell_can_be_read(theme: Theme, kind: str, colour: str) -> None:
    sheet = (REPOSITORY / "assets" / "30-views.css").read_text()
    tint = re.search(
        rf"\.confusion \.{kind} {{\s*background: color-mix\(in srgb, var\(--{colour}\) "
        r"calc\((\d+)% \+ var\(--heat\) \* (\d+)%\), var\(--panel\)\)",
        sheet,
    )
    assert tint is not None
    share = (int(tint[1]) + int(tint[2])) / 100
    assert contrast(theme.ink, mixed(getattr(theme, colour), theme.panel, share)) >= AA


@THEMES
@pytest.mark.parametrize(
    ("eyes", "least"),
    [(np.eye(3), 40), (DEUTERANOPIA, 18), (PROTANOPIA, 15)],
    ids=["usual", "deuteranopia", "protanopia"],
)
def test_the_first_four_types_differ_for_all_eyes(theme: Theme, eyes: Floats, least: float) -> None:
    """Two patches side by side differ plainly from about 10 in CIELAB; small dots apart need more."""
    distances = [np.linalg.norm(lab(a, eyes) - lab(b, eyes)) for a, b in combinations(theme.types[:4], 2)]
    assert min(distances) >= least


def declarations(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\{(.*?)\}", css_variables())
    assert block is not None
    return dict(re.findall(r"(--[\w-]+):([^;]+);", block[1]))


def test_the_page_gets_every_colour_of_both_themes() -> None:
    light, dark = declarations(":root"), declarations("[data-bs-theme=dark]")
    assert light.keys() == dark.keys()
    for theme, values in ((LIGHT, light), (DARK, dark)):
        assert values["--ink-third"] == theme.ink_third
        assert [values[f"--type-{number}"] for number in range(TYPE_COLOURS)] == list(theme.types)
        assert [values[f"--outcome-{number}"] for number in range(6)] == list(theme.outcomes)
        for number, colour in enumerate(theme.outcomes):
            assert contrast(values[f"--on-outcome-{number}"], colour) >= AA


def test_style_sheets_use_only_colours_that_exist() -> None:
    known = set(declarations(":root"))
    sheets = "".join(file.read_text() for file in (REPOSITORY / "assets").glob("*.css"))
    code = "".join(file.read_text() for file in (REPOSITORY / "components").glob("*.py"))
    own = {"--t"} | set(re.findall(r"(--[\w-]+)\s*:", sheets)) | set(re.findall(r'"(--[\w-]+)"', code))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))
    assert used - known - own == set()


def test_types_beyond_the_hues_get_a_texture() -> None:
    classes = [type_class(code) for code in range(-1, 20)]
    assert classes[:3] == ["t-none", "t0", "t1"]
    assert classes[9:11] == ["t0 textured", "t1 textured"]
    assert len(set(classes[1:17])) == 16
    assert [type_colour(LIGHT, code) for code in (-1, 0, 8)] == [LIGHT.outside, LIGHT.types[0], LIGHT.types[0]]


@THEMES
@pytest.mark.parametrize("steps", [2, 3, 6])
def test_a_ramp_goes_from_quiet_to_loud(theme: Theme, steps: int) -> None:
    colours = ramp_colours(theme, steps)
    assert (len(colours), colours[0], colours[-1]) == (steps, theme.ramp[0], theme.ramp[2])
    against = [contrast(colour, theme.panel) for colour in colours]
    assert against == sorted(against)
