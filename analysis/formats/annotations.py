"""The result of all readers (sentences of words with the tags of the source), and the columns to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.label_names import Labels
from analysis.messages import shown

RawTag = str | int | None
"""The name of a tag, its number if names are stored separately, or None: unlabelled."""

Document = str | int | None
"""The id of a document, its number (from 1) if the source only marks its start, or None: in no document."""

SENTENCE_ENDS = frozenset(".!?。！？…")
"""Words that end a sentence."""

LINE_END = re.compile(r"\r*\n|\r")
"""The end of a line: a line feed, with carriage returns before it or not, or a carriage return alone."""


@dataclass(frozen=True)
class Columns:
    """The columns of words, tags, sentence ids and documents.

    Attributes:
        word: Name of the column, or its position in a CoNLL file (from 0); None: found automatically.
        tag: Likewise.
        id: Name of the column; None: found automatically.
        document: Name of the column, or its position in a CoNLL file; None: to be found.
        suggested: Columns of a similar source. They are used if the source has them, and ignored otherwise.
        labels: Which labels are read. It decides between columns that have both, and which options messages name.
    """

    word: str | None = None
    tag: str | None = None
    id: str | None = None
    document: str | None = None
    suggested: Columns | None = None
    labels: Labels = "gold"

    @property
    def format_option(self) -> str:
        """The option that gives the format."""
        return "--format" if self.labels == "gold" else "--prediction-format"

    def option(self, column: str) -> str | None:
        """The option that gives a column (`word`, `tag`, `id`, `document`); None: there is none for predictions."""
        if self.labels == "gold":
            return f"--{column}-column"
        return "--prediction-column" if column == "tag" else None

    def or_option(self, column: str) -> str:
        """` or --tag-column`, for a message that ends in what to correct; empty: there is no option."""
        option = self.option(column)
        return f" or {option}" if option else ""

    def choose(self, column: str, choices: str, usual: str) -> str:
        """A sentence on how to give a column.

        Args:
            column: `word`, `tag`, `id` or `document`.
            choices: The names to choose from.
            usual: The name by which the column would be found.
        """
        option = self.option(column)
        return f"Give {option} one of: {choices}." if option else f'Rename one of these to "{usual}": {choices}.'


@dataclass
class Annotations:
    """Labelled sentences as read, before tags are interpreted.

    Attributes:
        source: The file, folder or dataset, for messages.
        columns: The columns that were read.
        ids: One per sentence; None if the source has none.
        documents: The document of each sentence.
        words: One list per sentence.
        tags: One list per sentence, of the same length as its words.
        lines: The line of `source` on which each sentence begins, from 1; empty if the source has no lines.
        texts: The text of each sentence, if the source has texts instead of words; else empty.
        scores: The probability of each tag, from 0 to 1, as a tagger gave it; None: not given. Empty if no tag has one.
        tag_names: Names of integer tags, if the source has them.
        counts: What was skipped or changed, for the audit.
        notes: Sentences for the audit.
        read_as: A sentence: in which format and from which columns it was read, with the first words and tags; empty:
            the reader has no choice.
    """

    source: str
    columns: Columns = Columns()
    ids: list[str | None] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    tags: list[list[RawTag]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    scores: list[list[float | None]] = field(default_factory=list)
    tag_names: tuple[str, ...] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    read_as: str = ""

    def __len__(self) -> int:
        return len(self.words)

    def append(
        self,
        sentence_id: str | None,
        words: list[str],
        tags: list[RawTag],
        line: int | None = None,
        document: Document = None,
    ) -> None:
        """Adds a sentence."""
        self.ids.append(sentence_id)
        self.documents.append(document)
        self.words.append(words)
        self.tags.append(tags)
        if line is not None:
            self.lines.append(line)

    def where(self, sentence: int) -> str:
        """The place of a sentence, for messages."""
        given = self.ids[sentence]
        name = sentence if given is None else shown(given)
        line = f" at line {self.lines[sentence]}" if self.lines else ""
        return f"{self.source}: sentence {name}{line}"


def joined(source: str, parts: Sequence[Annotations]) -> Annotations:
    """Concatenate the shards of a split, in order.

    Documents with the same id are one document, also across shards; numbered documents are never shared.

    Raises:
        AnalysisError: The shards give different names to integer tags.
    """
    whole = Annotations(source, parts[0].columns, tag_names=parts[0].tag_names, read_as=parts[0].read_as)
    documents_before = 0
    for part in parts:
        if part.tag_names != whole.tag_names:
            raise AnalysisError(
                f"{part.source} and {parts[0].source} give different names to their tags. Convert one of them."
            )
        numbers = [document for document in part.documents if isinstance(document, int)]
        whole.documents += [
            document + documents_before if isinstance(document, int) else document for document in part.documents
        ]
        documents_before += max(numbers, default=0)
        whole.ids += part.ids
        whole.words += part.words
        whole.texts += part.texts
        whole.tags += part.tags
        whole.scores += part.scores
        whole.counts += part.counts
        whole.notes += part.notes
    return whole


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without its byte order mark.

    Raises:
        AnalysisError: It cannot be read, or is not UTF-8 text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnalysisError(f"{path} cannot be read ({error.strerror}).") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise AnalysisError(f"{path} is UTF-16 text. Save it as UTF-8.")
    if b"\0" in content:
        raise AnalysisError(
            f"{path} is not a text file (byte {content.index(0)} is NUL). Give a file of labelled text."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise AnalysisError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} in line {line} (byte {error.start} of the file). "
            "Convert the file to UTF-8."
        ) from error


def lines_of(text: str) -> list[str]:
    """Lines as counted by editors. `str.splitlines` also splits at U+2028, U+0085 and others."""
    return LINE_END.split(text)
