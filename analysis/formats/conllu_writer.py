"""Writes CoNLL-U: tags in column 10 (MISC) as `NER=B-PER`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.formats.conll_writer import document_comment
from analysis.formats.writable import check_cells, unwritable
from analysis.formats.written import LabelledSentence, Labels
from analysis.messages import shown

TITLE = "CoNLL-U"
_UNKNOWN = 7 * "\t_"
"""Columns 3 to 9: lemma, parts of speech, features and dependencies."""


def write_conllu(sentences: Iterable[LabelledSentence], labels: Labels, _tagger: str) -> Iterator[bytes]:
    """Sentences as CoNLL-U in UTF-8; a word without a tag has `NER=_`.

    Raises:
        AnalysisError: A sentence cannot be written, for example because a word contains a tab.
    """
    document: str | None = None
    for sentence in sentences:
        yield (document_comment(sentence, document) + _block(sentence, labels)).encode()
        document = sentence.document


def _block(sentence: LabelledSentence, labels: Labels) -> str:
    tags = sentence.tags(labels)
    check_cells(sentence, (tags,), TITLE)
    divided = next((tag for tag in tags if tag is not None and "|" in tag), None)
    if divided is not None:
        raise unwritable(sentence, f"its tag {shown(divided)} contains a vertical bar", TITLE)
    lines = (
        f"{number}\t{word}{_UNKNOWN}\tNER={tag or '_'}\n"
        for number, (word, tag) in enumerate(zip(sentence.words, tags, strict=True), 1)
    )
    return f"# sent_id = {sentence.id}\n# text = {sentence.text}\n{''.join(lines)}\n"
