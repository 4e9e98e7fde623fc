"""The glossary."""

from __future__ import annotations

from dash import html

from app.frame.shell import layout
from app.tabs import TABS
from components.glossary import GLOSSARY, gloss, glossary, term
from tests.components.tree import of_type, text_of


def test_the_help_lists_every_word_with_its_meaning() -> None:
    listed = [(text_of(one.children[0]), text_of(one.children[1])) for one in glossary().children]
    assert dict(listed) == GLOSSARY
    assert text_of(glossary()) in text_of(layout(TABS, []))


def test_term_in_a_view_shows_its_meaning() -> None:
    written = term("BIO2", "IOB2")
    assert (text_of(written), written.title) == ("IOB2", GLOSSARY["BIO2"])
    assert of_type(html.Div(["F1, ", term("macro")]), html.Abbr)[0].children == "macro"
    assert gloss("nat").startswith("nat: The unit of loss")
