"""Names from files are shown so that a terminal cannot be steered by them."""

from __future__ import annotations

from analysis.messages import listed, quoted, shown


def test_characters_that_cannot_be_printed_are_escaped() -> None:
    assert quoted("a\x1b[31mb") == '"a\\x1b[31mb"'
    assert shown("a\nb") == '"a\\nb"'
    assert listed(["b\u202e", "a\x1b"]) == "a\\x1b, b\\u202e"
    assert listed(["Zoë", "Ann"]) == "Ann, Zoë"
