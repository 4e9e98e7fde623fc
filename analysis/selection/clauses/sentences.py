"""Clauses on sentences: text, ids and documents."""
# ruff: noqa: D102 - the methods are documented in Clause

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from analysis.messages import in_order, shown
from analysis.selection.clause import Bool, SelectionError, SentenceClause, check_text, to_numpy
from analysis.selection.scene import Scene


@dataclass(frozen=True)
class Search(SentenceClause):
    """A text in the sentence, ignoring case; a text that no sentence contains selects nothing."""

    name = "search"
    typed = True
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
class _NamesClause(SentenceClause):
    """Sentences by names, separated by commas; a comma in a name is written %2C, a percent sign %25."""

    typed = True
    what: ClassVar[str]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_text(value, f"list of {cls.what}s")
        names = tuple(unquote(part) for part in value.split(","))
        existing = cls._column(scene)
        known = pc.is_in(pa.array(names), value_set=existing).to_pylist()
        if not all(known):
            unknown = names[known.index(False)]
            first = pc.unique(existing.drop_null())[:3].to_pylist()
            hint = ""
            if pc.any(pc.match_substring(existing, ",")).as_py():
                hint = f" Write a comma in the name of a {cls.what} as %2C."
            raise SelectionError(
                f"There is no {cls.what} {shown(unknown)} in this run; "
                + (f"its {cls.what}s are {in_order(first)} and so on.{hint}" if first else f"it has no {cls.what}s.")
            )
        return cls(names)

    @classmethod
    def _column(cls, scene: Scene) -> pa.StringArray:
        raise NotImplementedError

    @property
    def value(self) -> str:
        return ",".join(one.replace("%", "%25").replace(",", "%2C") for one in self.names)

    @property
    def label(self) -> str:
        return f"{self.what} {self.names[0]}" if len(self.names) == 1 else f"{len(self.names)} {self.what}s"

    def mask(self, scene: Scene) -> Bool:
        return to_numpy(pc.is_in(self._column(scene), value_set=pa.array(self.names)))


class Ids(_NamesClause):
    """Sentences by their ids."""

    name = "ids"
    what = "sentence"

    @classmethod
    def _column(cls, scene: Scene) -> pa.StringArray:
        return scene.run.sentences.id


class Documents(_NamesClause):
    """The sentences of documents."""

    name = "documents"
    what = "document"

    @classmethod
    def _column(cls, scene: Scene) -> pa.StringArray:
        return scene.run.sentences.document
