"""Writes CoNLL: one word per line with its gold tag, predicted tag and probability, separated by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analysis.formats.writable import check_cells, unwritable
from analysis.formats.written import LabelledSentence, Labels
from analysis.messages import shown

TITLE = "CoNLL"
COLUMNS = "# global.columns = word gold predicted probability\n"
"""Names the columns as CoNLL-U Plus does."""
ABSENT = "_"
_READ_AS_MARK = re.compile(r"-DOCSTART-|#\s*(?:newdoc|(?:sent_id|sentence_id|id)\s*=)")
"""First words of a line that readers take for a document or an id."""


def write_conll(sentences: Iterable[LabelledSentence], _labels: Labels, _tagger: str) -> Iterator[bytes]:
    """Sentences as CoNLL in UTF-8; gold and predicted tags both have a column.

    A missing tag or probability is `_`. Ids are in comments: `# sent_id = x`, and `# newdoc id = x` where another
    document begins.

    Raises:
        AnalysisError: A sentence cannot be written, for example because a word contains a tab.
    """
    yield COLUMNS.encode()
    document: str | None = None
    for sentence in sentences:
        yield (document_comment(sentence, document) + _block(sentence)).encode()
        document = sentence.document


def document_comment(sentence: LabelledSentence, document: str | None) -> str:
    """The comment before a sentence if it is in another document than the one before; else an empty text."""
    if sentence.document == document:
        return ""
    return "# newdoc\n" if sentence.document is None else f"# newdoc id = {sentence.document}\n"


def _block(sentence: LabelledSentence) -> str:
    check_cells(sentence, (sentence.gold_tags, sentence.predicted_tags), TITLE)
    mark = next((word for word in sentence.words if _READ_AS_MARK.match(word)), None)
    if mark is not None:
        raise unwritable(sentence, f"a line that begins with its word {shown(mark)} would be read as a comment", TITLE)
    rows = zip(sentence.words, sentence.gold_tags, sentence.predicted_tags, sentence.p_predicted, strict=True)
    lines = (
        f"{word}\t{gold or ABSENT}\t{predicted or ABSENT}\t{ABSENT if p is None else f'{p:.6g}'}\n"
        for word, gold, predicted, p in rows
    )
    return f"# sent_id = {sentence.id}\n{''.join(lines)}\n"
