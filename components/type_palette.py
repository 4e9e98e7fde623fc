"""The looks of entity types in figures: the theme's colours, and the looks that were chosen in the browser.

HTML gets chosen looks from a style sheet that the browser writes (`assets/palette.js`). Figures cannot read style
sheets, so the routes that contain the theme also contain the chosen looks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError

from components.palette import Shape, Theme, type_colour, type_shape

LONGEST_TEXT = 65_536
COLOUR = re.compile(r"#[0-9a-f]{6}")
UNFIT_IN_ICON = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
"""Control characters, lone surrogates, and characters that change the direction of the following text."""
LONGEST_ICON = 32
"""Maximum number of code points; enough for two family emoji with skin tones."""


def _fit_for_icon(text: str) -> str:
    if re.search(UNFIT_IN_ICON, text):
        raise ValueError("an icon must not contain control characters")
    return text


Colour = Annotated[str, StringConstraints(pattern=f"^({COLOUR.pattern})?$")]
Icon = Annotated[str, StringConstraints(max_length=LONGEST_ICON), AfterValidator(_fit_for_icon)]
_ENTRY = TypeAdapter(tuple[str, Colour, Shape | Literal[""], Icon])


@dataclass(frozen=True)
class TypeLook:
    """The chosen look of a type; "" for a default."""

    colour: str = ""
    shape: str = ""
    icon: str = ""


DEFAULT = TypeLook()


@dataclass(frozen=True)
class TypePalette:
    """Colours, marker symbols and labels of a run's entity types.

    Attributes:
        theme: The colour scheme, for the defaults.
        looks: (type code, chosen look) pairs, sorted by code.
    """

    theme: Theme
    looks: tuple[tuple[int, TypeLook], ...] = ()

    def look(self, type_code: int) -> TypeLook:
        """The chosen look of a type."""
        return dict(self.looks).get(type_code, DEFAULT)

    def colour(self, type_code: int) -> str:
        """CSS colour of a type; the `O` colour for -1."""
        return self.look(type_code).colour or type_colour(self.theme, type_code)

    def shape(self, type_code: int) -> str:
        """Marker symbol of a type; a circle for -1."""
        return self.look(type_code).shape or type_shape(type_code)

    def label(self, type_code: int, name: str) -> str:
        """The type's icon and name, as plain text."""
        icon = self.look(type_code).icon
        return f"{icon} {name}" if icon else name


def read_palette(text: str, types: Sequence[str], theme: Theme) -> TypePalette:
    """Parse the chosen looks that a browser sends.

    Args:
        text: JSON list of [type name, colour, marker symbol, icon]; "" for a default.
        types: The run's types, in the order of their codes; other names are ignored.
        theme: The browser's colour scheme.

    Returns:
        The palette; invalid entries are ignored.
    """
    codes = {name: code for code, name in enumerate(types)}
    found = {}
    for given in _entries(text):
        try:
            name, *look = _ENTRY.validate_python(given)
        except ValidationError:
            continue
        if name in codes:
            found[codes[name]] = TypeLook(*look)
    return TypePalette(theme, tuple(sorted((code, look) for code, look in found.items() if look != DEFAULT)))


def _entries(text: str) -> list[Any]:
    try:
        entries = json.loads(text) if len(text) <= LONGEST_TEXT else []
    except (ValueError, RecursionError):
        return []
    return entries if isinstance(entries, list) else []
