"""Comments in files with one word per line: ids of sentences, starts of documents."""

from __future__ import annotations

import re

_ID = re.compile(r"#\s*(?:sent_id|sentence_id|id)(?:\s*[=:]\s*|[ ]+)([^\t\r\n]+)")
_ID_ASSIGNMENT = re.compile(r"#\s*(?:sent_id|sentence_id|id)\s*=")
_DOCUMENT = re.compile(r"# *newdoc(?: +id)? *(?:[=:] *(.*))?$")
_CONLL_2012_DOCUMENT = re.compile(r"#begin document \(?([^);]*)\)?(?:; *part +0*([1-9]\d*))?")
_CONLL_2012_END = re.compile(r"#end document\b")
_ASSIGNMENT = re.compile(r"#\s*[A-Za-z][\w.-]* = ")


def sentence_id_of(line: str) -> str | None:
    """The id that a comment gives to the next sentence; None: it gives none."""
    found = _ID.match(line)
    return found[1].strip() if found else None


def document_of(line: str) -> tuple[bool, str | None]:
    """Whether a comment starts a document, and its name (None: it has none)."""
    found = _DOCUMENT.match(line)
    if found:
        return True, (found[1] and found[1].strip()) or None
    begins = _CONLL_2012_DOCUMENT.match(line)
    if begins:
        return True, (f"{begins[1]} part {begins[2]}" if begins[2] else begins[1]) or None
    return False, None


def begins_conll_2012(line: str) -> bool:
    """Whether a comment starts a document in the form of CoNLL-2012."""
    return _CONLL_2012_DOCUMENT.match(line) is not None


def is_certain(line: str) -> bool:
    """Whether a line with `#` is a comment by its form, whatever its number of columns."""
    if _ID_ASSIGNMENT.match(line) or document_of(line)[0] or _CONLL_2012_END.match(line):
        return True
    return "\t" not in line and _ASSIGNMENT.match(line) is not None
