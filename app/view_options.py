"""The view options that several tabs share; each tab declares its own options itself."""

from __future__ import annotations

from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from app.options import Choice, Text, WholeNumber

PAGE = WholeNumber("page", default=1, least=1)
"""Page of a list, from 1; any change of the listed items resets it (`assets/state.js`)."""

LEVEL = Choice("level", ("types", "tags"))
"""What matrices and error lists count: entities by type, or words by tag."""

METHOD = Choice("method", PROJECTION_METHODS)
POINTS = Choice("points", PROJECTION_SUBSETS)
COLOUR = Choice("colour", ("predicted", "gold", "outcome", "loss", "confidence"))

TEXT = Text("text")
"""The typed text for the tagger, in Probing and Activations."""
