"""What readers leave out or change: counted, with examples, for the audit."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

EXAMPLES = 3
"""The number of examples in a note."""


@dataclass(frozen=True)
class Finding:
    """Something that a reader leaves out or changes.

    Attributes:
        name: The name of its count in the audit.
        sentence: What was done, without the number: "Records that ..., left out".
    """

    name: str
    sentence: str


class Findings:
    """Counts findings, and keeps the first examples of each."""

    def __init__(self) -> None:
        self._counts: Counter[Finding] = Counter()
        self._examples: defaultdict[Finding, list[str]] = defaultdict(list)

    def add(self, finding: Finding, example: str) -> None:
        """Counts one case.

        Args:
            finding: What was found.
            example: The case with its place, for the note.
        """
        self._counts[finding] += 1
        if len(self._examples[finding]) < EXAMPLES:
            self._examples[finding].append(example)

    @property
    def counts(self) -> Counter[str]:
        """Name -> number."""
        return Counter({finding.name: count for finding, count in self._counts.items()})

    @property
    def notes(self) -> list[str]:
        """One sentence for each finding, with examples."""
        return [
            f"{finding.sentence}: {count:,} (for example {'; '.join(self._examples[finding])})."
            for finding, count in self._counts.items()
        ]
