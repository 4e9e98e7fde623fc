"""What every reader gives: sentences of words with tags as the source has them, and how the reader was told to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import AnalysisError

RawTag = str | int | None
"""A tag's name, its number where names are kept elsewhere, or None: unlabelled."""


@dataclass(frozen=True)
class Columns:
    """Where words, tags and sentence ids are: a column's name, or its position in a CoNLL file; None: to be found."""

    word: str | None = None
    tag: str | None = None
    id: str | None = None


@dataclass
class Annotations:
    """Labelled sentences as read, before tags are interpreted.

    Attributes:
        source: The file, folder or dataset, for messages.
        ids: One a sentence, None where the source has none.
        words: One list a sentence.
        tags: As `words`, of the same lengths.
        lines: The line of `source` that each sentence begins at, from 1; empty where there are no lines.
        tag_names: What integer tags stand for, where the source says so.
        counts: What was passed over or mended, for the audit.
        notes: Sentences for the audit.
    """

    source: str
    ids: list[str | None] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    tags: list[list[RawTag]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    tag_names: tuple[str, ...] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def append(self, sentence_id: str | None, words: list[str], tags: list[RawTag], line: int | None = None) -> None:
        """Adds a sentence."""
        self.ids.append(sentence_id)
        self.words.append(words)
        self.tags.append(tags)
        if line is not None:
            self.lines.append(line)

    def where(self, sentence: int) -> str:
        """The place of a sentence, for messages."""
        name = f"row {sentence}" if self.ids[sentence] is None else f"{self.ids[sentence]!r}"
        line = f" at line {self.lines[sentence]}" if self.lines else ""
        return f"{self.source}: sentence {name}{line}"


def joined(source: str, parts: Sequence[Annotations]) -> Annotations:
    """The shards of one split, in order, as one."""
    whole = Annotations(source, tag_names=parts[0].tag_names)
    for part in parts:
        if part.tag_names != whole.tag_names:
            raise AnalysisError(
                f"{part.source} and {parts[0].source} name their tags differently: convert one of them."
            )
        whole.ids += part.ids
        whole.words += part.words
        whole.tags += part.tags
        whole.counts += part.counts
        whole.notes += part.notes
    return whole


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without byte order mark.

    Raises:
        AnalysisError: It cannot be read, or is no UTF-8 text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnalysisError(f"{path} cannot be read ({error.strerror}).") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise AnalysisError(f"{path} is UTF-16 text: save it as UTF-8.")
    if b"\0" in content:
        raise AnalysisError(
            f"{path} is not a text file (byte {content.index(0)} is NUL): give a file of labelled text."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise AnalysisError(
            f"{path} is not UTF-8: byte 0x{content[error.start]:02x} in line {line} (byte {error.start} of the file); "
            "convert the file to UTF-8."
        ) from error


def lines_of(text: str) -> list[str]:
    """Lines as editors count them. Not `str.splitlines`: words may hold U+2028, U+0085 and the like."""
    return text.replace("\r\n", "\n").split("\n")
