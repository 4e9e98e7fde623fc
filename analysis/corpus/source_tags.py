"""The tags of a corpus as its source writes them, before they are read as BIO2 and renamed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from analysis.corpus.readers.annotations import RawTag
from analysis.run.tags import MISSING

NO_LINE = 0


@dataclass(frozen=True)
class SourceTags:
    """What the source says of each word, and where.

    Attributes:
        codes: int32, words: index in `written`; MISSING where the source writes nothing.
        written: The distinct tags, as text, in order of their first word.
        named: What each of them stands for: itself, the name of its number, or None: unlabelled.
        lines: int64, sentences: the line of the source that each begins at, from 1; NO_LINE where there are no lines.
    """

    codes: npt.NDArray[np.int32]
    written: tuple[str, ...]
    named: tuple[str | None, ...]
    lines: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        tags: Sequence[Sequence[RawTag]],
        lines: Sequence[int],
        rows: Sequence[int],
        names: Mapping[RawTag, str | None],
    ) -> Self:
        """Of the sentences that are kept.

        Args:
            tags: The source's tags, a list for each of its sentences.
            lines: The line that each sentence begins at, or nothing.
            rows: The sentences to keep, in order.
            names: What each tag stands for.
        """
        codes: dict[RawTag, int] = {None: MISSING}
        words = sum(len(tags[row]) for row in rows)
        found = np.fromiter((_code(codes, tag) for row in rows for tag in tags[row]), np.int32, words)
        del codes[None]
        return cls(
            codes=found,
            written=tuple(map(str, codes)),
            named=tuple(names[tag] for tag in codes),
            lines=np.array([lines[row] if lines else NO_LINE for row in rows], np.int64),
        )

    def content_hash(self) -> str:
        """sha256 (hex) of all of it: of two sources with the same words and BIO2 tags, it tells which one it is."""
        digest = hashlib.sha256(json.dumps([self.written, self.named]).encode())
        digest.update(self.codes.tobytes())
        digest.update(self.lines.tobytes())
        return digest.hexdigest()

    def dictionary(self) -> list[dict[str, Any]]:
        """The distinct tags, for JSON."""
        return [{"written": text, "named": name} for text, name in zip(self.written, self.named, strict=True)]


def _code(codes: dict[RawTag, int], tag: RawTag) -> int:
    """The tag's code, a new one where it has none; the entry of None does not count."""
    return codes.setdefault(tag, len(codes) - 1)
