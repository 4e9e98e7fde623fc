"""The tags of a corpus as written in its source, before conversion to BIO2 and renaming."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from analysis.formats.annotations import RawTag
from analysis.run.tags import MISSING

NO_LINE = 0


@dataclass(frozen=True)
class SourceTags:
    """The tag of each word as written in the source, and the line of each sentence.

    Attributes:
        codes: int32, words: index in `written`; MISSING if the source has no tag.
        written: The distinct tags as text, in order of their first occurrence.
        named: The tag that each denotes in the form `B-PER`: itself, the name of its number, or None for unlabelled.
        lines: int64, sentences: line of the source on which each begins, from 1; NO_LINE if there are no lines.
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
        """The tags and lines of the sentences that are kept.

        Args:
            tags: The source's tags, one list per sentence.
            lines: The line on which each sentence begins; empty if the source has no lines.
            rows: The sentences to keep, in order.
            names: Tag in the source -> the tag that it denotes.
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
        """sha256 (hex) of all attributes. It differs if sources write the same BIO2 tags differently."""
        digest = hashlib.sha256(json.dumps([self.written, self.named]).encode())
        digest.update(self.codes.tobytes())
        digest.update(self.lines.tobytes())
        return digest.hexdigest()

    def dictionary(self) -> list[dict[str, Any]]:
        """The distinct tags, for JSON."""
        return [{"written": text, "named": name} for text, name in zip(self.written, self.named, strict=True)]


def _code(codes: dict[RawTag, int], tag: RawTag) -> int:
    """The code of a tag; a new code if it has none yet. None has no code."""
    return codes.setdefault(tag, len(codes) - 1)
