"""Files with one sentence per line and no header: its words and as many tags, or words with their tags attached."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, RawTag
from analysis.formats.column_contents import ColumnContents, TagKind
from analysis.formats.tag_forms import is_prefixed
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_EXAMPLES = 2
_SEPARATORS = ("|||", "\t")
_LIST = re.compile(r"[ ,]+")
_MARKS = ("###", "/", "_", "|")


@dataclass(frozen=True)
class _Form:
    """How a line is split.

    Attributes:
        separator: What separates the columns; None: the tag of a word is attached to it.
        word: The column of the words.
        tag: The column of the tags.
        mark: What stands between a word and the tag attached to it.
    """

    separator: str | None = None
    word: int = 0
    tag: int = 0
    mark: str = ""

    def split(self, line: str) -> tuple[list[str], list[str]]:
        """The words and the tags of a line.

        Raises:
            IndexError: It has too few columns, or a word has no tag.
        """
        if self.separator is None:
            parts = [one.rpartition(self.mark) for one in line.split()]
            if not all(word for word, _, _ in parts):
                raise IndexError
            return [word for word, _, _ in parts], [tag for _, _, tag in parts]
        cells = line.split(self.separator)
        return cells[self.word].split(), _items(cells[self.tag])


def read_sentence_lines(path: Path, first: Sequence[str], rest: Iterable[str], columns: Columns) -> Annotations | None:
    """Reads a file with one sentence per line; None: it has another form.

    Args:
        path: The file.
        first: Its first lines, by which the form is recognised: most lines have several words, and as many tags.
        rest: The other lines.
        columns: The columns that are given. A file whose columns are given has one word per line.

    Raises:
        AnalysisError: A line has another number of tags than words.
    """
    form = None if columns.word or columns.tag else _form_of([line for line in first if _is_sentence(line)])
    if form is None:
        return None
    read = Annotations(str(path), Columns() if form.separator is None else Columns(str(form.word), str(form.tag)))
    for number, line in enumerate(chain(first, rest), start=1):
        if not _is_sentence(line):
            continue
        try:
            words, tags = form.split(line)
        except IndexError as error:
            raise AnalysisError(
                f"{path}, line {number} ({shown(line.strip())}) does not have the words and the tags of a sentence, as "
                "other lines do. Correct the line."
            ) from error
        if len(words) != len(tags):
            raise AnalysisError(
                f"{path}, line {number} has {len(words)} words but {len(tags)} tags. Each word needs one tag; words "
                "are separated by spaces."
            )
        given: list[RawTag] = [*tags]
        read.append(None, words, given, number)
    read.read_as = _read_as(read, form)
    return read


def _is_sentence(line: str) -> bool:
    is_comment = line[:1] == "#" and not any(separator in line for separator in _SEPARATORS)
    return bool(line.strip()) and not is_comment


def _form_of(lines: Sequence[str]) -> _Form | None:
    for separator in _SEPARATORS:
        rows = [line.strip("\r\n").split(separator) for line in lines if separator in line]
        if rows and 2 * len(rows) >= len(lines):
            return _columns_of(rows, separator)
    return next((form for mark in _MARKS if (form := _attached(lines, mark)) is not None), None)


def _columns_of(rows: Sequence[Sequence[str]], separator: str) -> _Form | None:
    """The columns of words and tags, which have equal numbers in most rows."""
    width = min(map(len, rows))
    numbers = [[len(row[position].split()) for row in rows] for position in range(width)]
    texts = [position for position in range(width) if _most(number > 1 for number in numbers[position])]
    for tag in reversed(range(width) if texts else ()):
        items = [_items(row[tag]) for row in rows]
        if all(len(cells) < 2 for cells in items) or not _are_tags(list(chain.from_iterable(items))):
            continue
        for word in texts:
            if word != tag and _most(map(operator.eq, numbers[word], map(len, items))):
                return _Form(separator, word, tag)
    return None


def _attached(lines: Sequence[str], mark: str) -> _Form | None:
    sentences = [line.split() for line in lines]
    parts = [one.rpartition(mark) for words in sentences for one in words]
    if not parts or not all(word and tag for word, _, tag in parts) or not _most(len(words) > 1 for words in sentences):
        return None
    tags = [tag for _, _, tag in parts]
    return _Form(mark=mark) if _are_tags(tags) and not any(mark in word for word, _, _ in parts) else None


def _items(cell: str) -> list[str]:
    return [one for one in _LIST.split(cell.strip()) if one]


def _are_tags(cells: Sequence[str]) -> bool:
    """Whether cells are tags, all of them with prefixes or none: a type that contains spaces is no list of tags."""
    with_prefix = [is_prefixed(cell) for cell in cells if cell != OUTSIDE]
    return (all(with_prefix) or not any(with_prefix)) and ColumnContents(cells, 0).tag_kind >= TagKind.OUTSIDE_ONLY


def _most(are: Iterable[bool]) -> bool:
    found = list(are)
    return 2 * sum(found) >= len(found)


def _read_as(read: Annotations, form: _Form) -> str:
    words = ", ".join(map(shown, islice(chain.from_iterable(read.words), _EXAMPLES)))
    tags = ", ".join(map(shown, islice(dict.fromkeys(chain.from_iterable(read.tags)), _EXAMPLES)))
    if form.separator is None:
        return f"Read as one sentence per line: words ({words}), each with its tag ({tags}) behind {shown(form.mark)}."
    return (
        f"Read as one sentence per line: words from column {form.word} ({words}), tags from column {form.tag} ({tags}),"
        " counted from 0."
    )
