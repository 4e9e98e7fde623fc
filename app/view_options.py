"""The view options that several tabs share; every other one is declared by the tab that has it."""

from __future__ import annotations

from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from app.options import Choice, Text, WholeNumber

PAGE = WholeNumber("page", default=1, least=1)
"""Of a list; any change of what is listed goes back to the first (`assets/state.js`)."""

LEVEL = Choice("level", ("types", "tags"))
"""What matrices and lists of errors count: entities by type, or words by tag."""

METHOD = Choice("method", PROJECTION_METHODS)
POINTS = Choice("points", PROJECTION_SUBSETS)
COLOUR = Choice("colour", ("predicted", "gold", "outcome", "loss", "confidence"))

TEXT = Text("text")
"""What a person types for the tagger, in Probing and in Activations."""
