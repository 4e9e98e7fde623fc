"""The table that the benchmarks print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    measure: str
    baseline: str
    ours: str
    ratio: str
    goal: str
    met: bool


def markdown(rows: list[Row]) -> str:
    """The rows as a table."""
    lines = ["| measure | baseline | ExplaiNER | ratio | goal | met |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.measure} | {row.baseline} | {row.ours} | {row.ratio} | {row.goal} | {'yes' if row.met else 'NO'} |"
        for row in rows
    ]
    return "\n".join(lines)
