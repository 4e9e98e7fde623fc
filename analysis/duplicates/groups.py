"""Groups of similar sentences at a threshold, from the results of the stage `duplicates`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from analysis.duplicates.same_text import NO_TEXT
from analysis.duplicates.similarity import LEVELS, Pairs, components, level_of, levels_of
from analysis.duplicates.values import DISTINCT_TEXT, DUPLICATE_COUNTS, DUPLICATE_LINKS, RELABELLED_COPIES
from analysis.run.run import Run
from analysis.run.run_cache import RunCache

KINDS = ("all", "exact", "near")
"""Kinds of groups: all; copies of one text; groups with several texts."""
DEFAULT_THRESHOLD = 0.95
EXACT = LEVELS
"""The level above all thresholds: only copies of the same text are linked."""

Bool = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Links:
    """The table `duplicate_links`, and the level that each link reaches."""

    pairs: Pairs
    differing_labels: npt.NDArray[np.int32]
    levels: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Groups:
    """The groups of a run at a level; two sentences or more each.

    Attributes:
        level: The level at which sentences are linked, or EXACT.
        of_sentence: int64, sentences: the number of its group, -1 if in none.
        order: int64: numbers of the groups, those whose labels disagree first, then the most similar, then the larger.
        size: int64, groups: sentences.
        texts: int64, groups: distinct texts.
        similarity: float32, groups: cosine of the weakest link that holds it together; 1 for copies of one text.
        disagrees: bool, groups: two linked sentences share a word with different labels.
        first: int64, groups: its first sentence.
    """

    level: int
    of_sentence: Int64
    order: Int64
    size: Int64
    texts: Int64
    similarity: npt.NDArray[np.float32]
    disagrees: Bool
    first: Int64


@dataclass(frozen=True)
class Member:
    """A sentence of a group.

    Attributes:
        sentence: Its row.
        other: The sentence that it is linked to, and so compared with; None for the group's first.
        cosine: Of the two; 1 if they are the same text.
        same_text: Whether they are.
    """

    sentence: int
    other: int | None
    cosine: float
    same_text: bool


_ARRAYS: RunCache[npt.NDArray[np.int32]] = RunCache(2)
_LINKS: RunCache[_Links] = RunCache(1)
_GROUPS: RunCache[Groups] = RunCache(2 * LEVELS)


def distinct_text(run: Run) -> npt.NDArray[np.int32]:
    """int32, sentences: the number of its distinct text, NO_TEXT without words."""
    return _ARRAYS.get(run, "distinct_text", lambda: np.array(run.read(DISTINCT_TEXT)))


def differing_labels_of_copies(run: Run) -> npt.NDArray[np.int32]:
    """int32, sentences: words with different labels than in the first sentence of the same text."""
    return _ARRAYS.get(run, "differing_labels_of_copies", lambda: np.array(run.read(RELABELLED_COPIES)))


def pair_counts(run: Run) -> dict[float, int]:
    """Threshold -> how many pairs of distinct texts of the whole run reach it, the lowest threshold first."""
    return {entry["threshold"]: entry["pairs"] for entry in run.read(DUPLICATE_COUNTS)}


def groups_of(run: Run, kind: str, threshold: float) -> Groups:
    """The groups of a run.

    Args:
        run: The run.
        kind: One of KINDS.
        threshold: Two texts are linked where their cosine reaches it; ignored for copies.

    Raises:
        MissingStageError: The run has none.
    """
    level = EXACT if kind == "exact" else level_of(threshold)
    return _GROUPS.get(run, (kind, level), lambda: _grouped(run, level, least_texts=2 if kind == "near" else 1))


def group_mask(run: Run, level: int, sentence: int) -> Bool:
    """Which sentences are in a sentence's group at a level (or EXACT); all False if it is in none."""
    groups = _GROUPS.get(run, ("all" if level < EXACT else "exact", level), lambda: _grouped(run, level, 1))
    number = groups.of_sentence[sentence]
    mask: Bool = (groups.of_sentence == number) & (number >= 0)
    return mask


def _links(run: Run) -> _Links:
    def read() -> _Links:
        table = run.read(DUPLICATE_LINKS).combine_chunks()
        first, second, cosine, differing_labels = (table[name].to_numpy() for name in table.column_names)
        return _Links(Pairs(first, second, cosine), differing_labels, levels_of(cosine))

    return _LINKS.get(run, None, read)


def _grouped(run: Run, level: int, least_texts: int) -> Groups:
    distinct, differing_in_copies = distinct_text(run), differing_labels_of_copies(run)
    links = _links(run)
    chosen = links.levels >= level
    pairs, differing_labels = links.pairs.at(chosen), links.differing_labels[chosen]
    count = int(distinct.max(initial=NO_TEXT)) + 1
    part = components(pairs, count).astype(np.int64) if level < EXACT else np.arange(count)
    has_text = np.flatnonzero(distinct != NO_TEXT)
    part_of_sentence = part[distinct[has_text]]
    size, texts = np.bincount(part_of_sentence, minlength=count), np.bincount(part, minlength=count)
    similarity = np.ones(count, np.float32)
    np.minimum.at(similarity, part[pairs.first], pairs.cosine)
    disagrees = np.zeros(count, np.bool_)
    disagrees[part[pairs.first[differing_labels > 0]]] = True
    disagrees[part_of_sentence[differing_in_copies[has_text] > 0]] = True
    first = np.full(count, len(distinct), np.int64)
    np.minimum.at(first, part_of_sentence, has_text)
    kept = np.flatnonzero((size >= 2) & (texts >= least_texts))
    number = np.full(count, -1, np.int64)
    number[kept] = np.arange(len(kept))
    of_sentence = np.full(len(distinct), -1, np.int64)
    of_sentence[has_text] = number[part_of_sentence]
    keys = (first[kept], -size[kept], -similarity[kept], ~disagrees[kept])
    return Groups(
        level=level,
        of_sentence=of_sentence,
        order=np.lexsort(keys),
        size=size[kept],
        texts=texts[kept],
        similarity=similarity[kept],
        disagrees=disagrees[kept],
        first=first[kept],
    )


def members_of(run: Run, groups: Groups, number: int, limit: int) -> list[Member]:
    """The sentences of a group, each with the one that it is linked to: the walk of a tree, parents before children.

    Copies are linked to the first sentence of their text, texts to one another by the links of the forest.

    Args:
        run: The run.
        groups: Of that run.
        number: Of the group.
        limit: The maximum number of members, and one more if the last is linked to none of them: first those whose
            labels differ from the linked sentence, then the most similar.
    """
    distinct = distinct_text(run)
    sentences = np.flatnonzero(groups.of_sentence == number)
    texts, opening, text = np.unique(distinct[sentences], return_index=True, return_inverse=True)
    tree = _tree(_links(run), groups.level, texts, root=int(text[0]))
    is_copy = opening[text] != np.arange(len(sentences))
    parent = np.where(is_copy, opening[text], opening[tree.parent[text]])
    cosine = np.where(is_copy, np.float32(1), tree.cosine[text])
    differing_labels = np.where(is_copy, differing_labels_of_copies(run)[sentences], tree.differing_labels[text])
    walk = np.lexsort([is_copy, tree.rank[text]])
    place = np.empty(len(walk), np.int64)
    place[walk] = np.arange(len(walk))

    chosen = {0}
    for at in np.lexsort([place, -cosine, differing_labels == 0]).tolist():
        if len(chosen) >= limit:
            break
        chosen |= {at, int(parent[at])}
    return [
        Member(
            sentence=int(sentences[at]),
            other=None if at == 0 else int(sentences[parent[at]]),
            cosine=float(cosine[at]),
            same_text=bool(is_copy[at]),
        )
        for at in sorted(chosen, key=lambda at: place[at])
    ]


@dataclass(frozen=True)
class _Tree:
    """The texts of a group as a tree; arrays with one entry a text.

    Attributes:
        rank: Place in the walk from the root, breadth first.
        parent: The text that it is linked to; the root is its own.
        cosine: To the parent; 1 for the root.
        differing_labels: Words with different labels than in the parent.
    """

    rank: Int64
    parent: Int64
    cosine: npt.NDArray[np.float32]
    differing_labels: npt.NDArray[np.int32]


def _tree(links: _Links, level: int, texts: npt.NDArray[np.int32], root: int) -> _Tree:
    count = len(texts)
    tree = _Tree(np.zeros(count, np.int64), np.arange(count), np.ones(count, np.float32), np.zeros(count, np.int32))
    inside = np.flatnonzero((links.levels >= level) & np.isin(links.pairs.first, texts))
    if not len(inside):
        return tree
    first, second = (np.searchsorted(texts, ends[inside]) for ends in (links.pairs.first, links.pairs.second))
    graph = csr_array((np.ones(len(inside)), (first, second)), shape=(count, count))
    walk, before = breadth_first_order(graph, root, directed=False)
    tree.rank[walk] = np.arange(count)
    tree.parent[walk[1:]] = before[walk[1:]]
    child = np.where(tree.parent[second] == first, second, first)
    tree.cosine[child] = links.pairs.cosine[inside]
    tree.differing_labels[child] = links.differing_labels[inside]
    return tree
