"""The colours: readable in both themes, and distinguishable with colour vision deficiencies."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

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
    type_shape,
)
from tests.conftest import REPOSITORY

AA = 4.5
"""Minimum contrast of text (WCAG 2.2, success criterion 1.4.3)."""

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

TRITANOPIA = np.array(
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
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
    """CIELAB (D65) of a colour, as seen with the colour vision of this matrix."""
    light = np.clip(seen @ linear(colour), 0, 1)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratios = matrix @ light / [0.9505, 1.0, 1.089]
    x, y, z = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: Floats, other: Floats) -> float:
    """CIEDE2000 of two colours in CIELAB (Sharma, Wu and Dalal 2005, "The CIEDE2000 Color-Difference Formula")."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    seventh = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(seventh / (seventh + 25.0**7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * stretch)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    t = 1 + sum(height * np.cos(np.radians(times * hue + phase)) for height, times, phase in waves)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    d_l = (l2 - l1) / s_l
    d_c = (c2 - c1) / (1 + 0.045 * chroma)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation *= -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return float(np.sqrt(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h))


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [  # Table 1 of Sharma, Wu and Dalal: blues, hues that meet around 0 degrees, greys, and large differences
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
        ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_of_difference(one: Any, other: Any, published: float) -> None:
    assert difference(np.array(one, float), np.array(other, float)) == pytest.approx(published, abs=5e-5)
    assert difference(np.array(other, float), np.array(one, float)) == pytest.approx(published, abs=5e-5)


def test_the_measure_of_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def text_pairs(theme: Theme) -> dict[str, float]:
    """Every pair of text and background colours in the style sheets, and its contrast."""
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
def test_figure_in_the_strongest_cell_can_be_read(theme: Theme, kind: str, colour: str) -> None:
    sheet = (REPOSITORY / "assets" / "styles" / "confusion.css").read_text()
    tint = re.search(
        rf"\.confusion \.{kind} {{\s*background: color-mix\(in srgb, var\(--{colour}\) "
        r"calc\((\d+)% \+ var\(--heat\) \* (\d+)%\), var\(--panel\)\)",
        sheet,
    )
    assert tint is not None
    share = (int(tint[1]) + int(tint[2])) / 100
    assert contrast(theme.ink, mixed(getattr(theme, colour), theme.panel, share)) >= AA


EYES = {"usual": np.eye(3), "deuteranopia": DEUTERANOPIA, "protanopia": PROTANOPIA, "tritanopia": TRITANOPIA}
LEAST = 10
"""Minimum CIEDE2000 difference of two types. A difference of about 2 is visible side by side (Mokrzycki and Tatol 2011,
"Colour difference Delta E - A survey"); small marks at a distance need several times as much."""


@THEMES
@pytest.mark.parametrize("eyes", EYES)
def test_all_hues_differ_for_every_colour_vision(theme: Theme, eyes: str) -> None:
    apart = {
        pair: difference(*(lab(colour, EYES[eyes]) for colour in pair))
        for pair in combinations(theme.types[:TYPE_COLOURS], 2)
    }
    assert len(apart) == 28
    assert {pair: round(value, 1) for pair, value in apart.items() if value < LEAST} == {}


@THEMES
def test_types_differ_from_plain_text(theme: Theme) -> None:
    for eyes in EYES.values():
        for plain in (theme.ink, theme.ink_second):
            assert min(difference(lab(plain, eyes), lab(colour, eyes)) for colour in theme.types) > 5


def test_hue_and_marker_distinguish_72_types_and_hue_and_texture_16() -> None:
    drawn = [(type_colour(LIGHT, code), type_shape(code)) for code in range(73)]
    assert len(set(drawn[:72])) == 72
    assert drawn[72] == drawn[0]
    written = [type_class(code).split()[:-1] for code in range(16)]
    assert len({tuple(classes) for classes in written}) == 16


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
    sheets = "".join(file.read_text() for file in (REPOSITORY / "assets" / "styles").glob("*.css"))
    files = [*(REPOSITORY / "components").glob("*.py"), *(REPOSITORY / "assets").glob("*.js")]
    code = "".join(file.read_text() for file in files)
    sheets += css_variables()
    own = {"--t"} | set(re.findall(r"(--[\w-]+)\s*:", sheets)) | set(re.findall(r'"(--[\w-]+)"', code))
    used = set(re.findall(r"var\((--[\w-]+)\)", sheets))  # one with a fallback need not be there
    assert used - known - own == set()


def test_types_beyond_the_hues_get_a_texture() -> None:
    classes = [type_class(code) for code in range(-1, 60)]
    assert classes[:3] == ["t-none", "t0 k0", "t1 k1"]
    assert classes[9:11] == ["t0 textured k8", "t1 textured k9"]
    assert len({one.split()[-1] for one in classes[1:]}) == 60, "each type can be changed alone"
    assert [type_colour(LIGHT, code) for code in (-1, 0, 8)] == [LIGHT.outside, LIGHT.types[0], LIGHT.types[0]]


@THEMES
@pytest.mark.parametrize("steps", [2, 3, 6])
def test_ramp_increases_in_strength(theme: Theme, steps: int) -> None:
    colours = ramp_colours(theme, steps)
    assert (len(colours), colours[0], colours[-1]) == (steps, theme.ramp[0], theme.ramp[2])
    against = [contrast(colour, theme.panel) for colour in colours]
    assert against == sorted(against)
