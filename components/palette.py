"""The colours, as CSS variables for the page and as values for WebGL figures, which cannot read CSS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

TYPE_COLOURS = 8
"""Number of hues for entity types. In both themes, any two hues have a CIEDE2000 difference of at least 10, for normal
vision and for deuteranopia, protanopia and tritanopia (simulated as in Machado et al. 2009). Further types repeat the
hues with a texture and other marker shapes."""


@dataclass(frozen=True)
class Theme:
    """A colour scheme. All pairs of text and background colours meet WCAG AA."""

    background: str
    panel: str
    sunken: str
    line: str
    ink: str
    ink_second: str
    ink_third: str
    accent: str
    accent_soft: str
    error: str
    error_soft: str
    on_type: str
    outside: str
    types: tuple[str, ...]
    ramp: tuple[str, str, str]
    outcomes: tuple[str, ...]
    """In the order of the ledger's outcomes: correct, type, boundary, type+boundary, missed, spurious."""
    components: tuple[str, ...]
    """Colours of neuron components, by number; `--component-1` is the first."""


LIGHT = Theme(
    background="#f6f7f9",
    panel="#ffffff",
    sunken="#f1f3f6",
    line="#e4e7ec",
    ink="#1b2430",
    ink_second="#5b6675",
    ink_third="#636d7c",
    accent="#4453d6",
    accent_soft="#eceefc",
    error="#c0400c",
    error_soft="#fdf0e8",
    on_type="#ffffff",
    outside="#c3cad5",
    types=("#1d69c6", "#af4e03", "#117955", "#a1368e", "#970203", "#600182", "#524836", "#08515c"),
    ramp=("#d5dbe6", "#e59a64", "#a52a04"),
    outcomes=("#7d8ba0", "#c2410c", "#f0b04a", "#6b2a0f", "#9d174d", "#0f766e"),
    components=(
        *("#3f72c8", "#c9701a", "#23936a", "#bf4a86", "#7d5fc9", "#948012", "#1a8f9d", "#cf4f47", "#8a6d5b", "#66758a"),
    ),
)

DARK = Theme(
    background="#12161d",
    panel="#1a2029",
    sunken="#151a22",
    line="#2a323e",
    ink="#e8ecf2",
    ink_second="#a7b1bf",
    ink_third="#8b96a6",
    accent="#8d99ff",
    accent_soft="#262c4d",
    error="#ff9a5c",
    error_soft="#3a2619",
    on_type="#12161d",
    outside="#465061",
    types=("#50aafa", "#f4a668", "#50d7a9", "#d180bf", "#fd6a7c", "#eec7f9", "#b59914", "#cedf14"),
    ramp=("#3a4454", "#b0683a", "#ffc59a"),
    outcomes=("#7f8da1", "#ff8f4d", "#ffe08a", "#a8481b", "#f472b6", "#2dd4bf"),
    components=(
        *("#7aa5ee", "#f0a860", "#62c79a", "#e88bbd", "#ad97ee", "#d9c258", "#5cc9d6", "#f28b82", "#c0a593", "#a3b2c7"),
    ),
)

THEMES = {"light": LIGHT, "dark": DARK}

NO_TYPE_CLASS = "t-none"

# Relative luminance and contrast ratio as defined in WCAG 2.2. The browser also uses these values, for chosen colours
# (app/frame/browser_facts.py).
LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue."""
LINEAR_LEVELS = tuple(
    round(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4, 6)
    for part in (level / 255 for level in range(256))
)
"""Linear light, 0-1, of the 256 levels of a channel."""
CONTRAST_OFFSET = 0.05
"""Added to both luminances of a contrast ratio."""


def type_colour(theme: Theme, type_code: int) -> str:
    """The colour of an entity type by its code in the run's tag set; the `O` colour for -1."""
    return theme.outside if type_code < 0 else theme.types[type_code % TYPE_COLOURS]


def readable_on(theme: Theme, colour: str) -> str:
    """The text colour, dark or light, with the higher contrast on a background colour."""
    return max(theme.on_type, theme.ink, key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1-21 (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + CONTRAST_OFFSET) / (darker + CONTRAST_OFFSET)


def _luminance(colour: str) -> float:
    """Relative luminance, 0-1 (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    levels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return sum(weight * LINEAR_LEVELS[level] for weight, level in zip(LUMINANCE_WEIGHTS, levels, strict=True))


Shape = Literal["circle", "diamond", "square", "triangle-up", "x", "cross", "star", "triangle-down", "hourglass"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
"""Marker symbols, one for each four types. Their number is odd, so that a pair of hue and symbol repeats only after 72
types."""


def type_shape(type_code: int) -> str:
    """The marker symbol of an entity type; a circle for `O`."""
    return SHAPES[max(type_code, 0) // 4 % len(SHAPES)]


def type_class(type_code: int) -> str:
    """The CSS classes that set `--t`, the type's colour; types beyond the number of hues also get a texture.

    The last class, `k` and the code, belongs to this type only: the browser applies chosen looks to it
    (assets/palette.js).
    """
    if type_code < 0:
        return NO_TYPE_CLASS
    textured = " textured" if type_code >= TYPE_COLOURS else ""
    return f"t{type_code % TYPE_COLOURS}{textured} k{type_code}"


def ramp_colours(theme: Theme, steps: int) -> list[str]:
    """Colours of increasing strength, for a number such as loss."""
    anchors = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in theme.ramp], dtype=float)
    at = np.linspace(0, len(anchors) - 1, steps)
    channels = [np.interp(at, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in zip(*channels, strict=True)]


def css_variables() -> str:
    """Both themes as CSS custom properties, and the classes of types and components that use them."""
    return "\n".join(
        [
            f":root{{{_declarations(LIGHT)}color-scheme:light}}",
            f"[data-bs-theme=dark]{{{_declarations(DARK)}color-scheme:dark}}",
            *(f".t{number}{{--t:var(--type-{number});--type-icon:none}}" for number in range(TYPE_COLOURS)),
            f".{NO_TYPE_CLASS}{{--t:var(--ink-second);--type-icon:none}}",
            *(_component_rules(number) for number in range(1, len(LIGHT.components) + 1)),
        ]
    )


def _component_rules(number: int) -> str:
    """The rules for the colour and strength of a neuron component, also when it is shown alone."""
    looks = f"--k:var(--component-{number});--strength:var(--v{number},0)"
    return (
        f'.c{number}{{{looks};--number:"{number}"}}'
        f'[data-isolated="{number}"] .column-word{{{looks}}}'
        f'.activity-text[data-isolated="{number}"] .c{number}:is(.strength,.component-card){{--shown:1;--show:block}}'
    )


def _declarations(theme: Theme) -> str:
    names = ["background", "panel", "sunken", "line", "ink", "ink_second", "ink_third", "accent", "accent_soft"]
    names += ["error", "error_soft", "on_type", "outside"]
    plain = "".join(f"--{name.replace('_', '-')}:{getattr(theme, name)};" for name in names)
    types = "".join(f"--type-{number}:{colour};" for number, colour in enumerate(theme.types))
    outcomes = "".join(
        f"--outcome-{number}:{colour};--on-outcome-{number}:{readable_on(theme, colour)};"
        for number, colour in enumerate(theme.outcomes)
    )
    components = "".join(f"--component-{number}:{colour};" for number, colour in enumerate(theme.components, 1))
    return plain + types + outcomes + components
