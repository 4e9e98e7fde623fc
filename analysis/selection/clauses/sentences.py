"""Clauses on sentences: text and ids."""
# ruff: noqa: D102 - what the methods of a clause do is written once, in Clause

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from analysis.selection.clause import Bool, SelectionError, SentenceClause, check_text, to_numpy
from analysis.selection.scene import Scene


@dataclass(frozen=True)
class Search(SentenceClause):
    """A text that the sentence holds, in upper or lower case; one that no sentence holds selects nothing."""

    name = "search"
    text: str

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_text(value, "search")
        return cls(value)

    @property
    def value(self) -> str:
        return self.text

    @property
    def label(self) -> str:
        return f"search “{self.text}”"

    def mask(self, scene: Scene) -> Bool:
        return to_numpy(pc.match_substring(scene.run.sentences.text, self.text, ignore_case=True))


@dataclass(frozen=True)
class Ids(SentenceClause):
    """Sentences by their ids, separated by commas; a comma in an id is written %2C, a percent sign %25."""

    name = "ids"
    ids: tuple[str, ...]

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_text(value, "list of sentence ids")
        ids = tuple(unquote(part) for part in value.split(","))
        known = pc.is_in(pa.array(ids), value_set=scene.run.sentences.id).to_pylist()
        if not all(known):
            unknown = ids[known.index(False)]
            raise SelectionError(
                f"There is no sentence {unknown!r} in this run; its {len(scene.run.sentences):,} sentences are called "
                f"{', '.join(scene.run.sentences.id[:3].to_pylist())} and so on."
            )
        return cls(ids)

    @property
    def value(self) -> str:
        return ",".join(one.replace("%", "%25").replace(",", "%2C") for one in self.ids)

    @property
    def label(self) -> str:
        return f"sentence {self.ids[0]}" if len(self.ids) == 1 else f"{len(self.ids)} sentences"

    def mask(self, scene: Scene) -> Bool:
        return to_numpy(pc.is_in(scene.run.sentences.id, value_set=pa.array(self.ids)))
