"""Constants that the scripts of `assets/` take from Python, so that no constant is defined in both languages.

The page contains them from the start, as `window.explainer.facts` (app/factory.py).
"""

from __future__ import annotations

from typing import Any

from analysis.selection.clauses import CLAUSES
from analysis.selection.selection import CLAUSE_NAMES
from app.view_options import METHOD, POINTS
from app.views.typed_text import LINE_END
from components.embedding_map import MAP_RANGE
from components.palette import CONTRAST_OFFSET, LINEAR_LEVELS, LUMINANCE_WEIGHTS, SHAPES, THEMES
from components.type_palette import COLOUR, LONGEST_ICON, UNFIT_IN_ICON

LONGEST_QUERY = 7_800
"""Bytes of a link's query string. Proxies often reject addresses of more than 8,000 bytes, including the path."""

KEPT_KEY = "kept"
"""URL parameter: the key of what the page keeps because it is too long for a link (`assets/long_links.js`)."""

THEME_KEY = "explainer-theme"
"""Key of the chosen theme in the browser's local storage."""


def browser_facts() -> dict[str, Any]:
    """The constants as JSON, by the names that the scripts use."""
    return {
        "clauses": CLAUSE_NAMES,
        "clickedClauses": [clause.name for clause in CLAUSES if not clause.typed],
        "defaults": {option.name: option.default for option in (METHOD, POINTS)},
        "longestQuery": LONGEST_QUERY,
        "keptKey": KEPT_KEY,
        "lineEnd": LINE_END.pattern,
        "mapRange": MAP_RANGE,
        "themeKey": THEME_KEY,
        "themes": {name: {"ink": theme.ink, "onType": theme.on_type} for name, theme in THEMES.items()},
        "luminance": {"levels": LINEAR_LEVELS, "weights": LUMINANCE_WEIGHTS, "offset": CONTRAST_OFFSET},
        "types": {
            "colour": COLOUR.pattern,
            "shapes": SHAPES,
            "unfitInIcon": UNFIT_IN_ICON,
            "longestIcon": LONGEST_ICON,
        },
    }
