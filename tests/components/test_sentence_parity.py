"""The grid, in the browser, draws the same segments as the lists."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.views.sentence_parts import context_segments, sentence_segments
from components.sentence import Segment, segments, sentence_html
from tests.components.node import run_node
from tests.components.test_sentence import LOC, ORG, PER, WORDS, mark
from tests.components.tree import Node, plain
from tests.runs import random_run

DRAW = """
const Fragment = Symbol("Fragment");
function flat(children) {
  const found = [];
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    const parts = Array.isArray(child) ? child : child.fragment || [child];
    for (const part of parts) {
      if (typeof part === "string" && typeof found[found.length - 1] === "string") found[found.length - 1] += part;
      else found.push(part);
    }
  }
  return found;
}
const React = {
  Fragment,
  createElement: (type, props, ...children) => {
    if (props && "dangerouslySetInnerHTML" in props) throw new Error("html is set as it is");
    if (type === Fragment) return { fragment: flat(children) };
    const { className = "", dir } = props || {};
    return { tag: type, className, dir, children: flat(children) };
  },
};
const window = { React, addEventListener: () => {}, dash_clientside: {} };
load("grid.js", { window, document: { addEventListener: () => {} } });
const { AnnotatedSentence, OutcomeBadge } = window.dashAgGridComponentFunctions;
const shown = (one) => (typeof one === "string" ? one : [one.tag, one.className, one.children.map(shown)]);
give({
  sentences: input.data.sentences.map((value) => {
    const drawn = AnnotatedSentence({ value });
    return { dir: drawn.dir, drawn: shown(drawn) };
  }),
  badges: input.data.badges.map((value) => shown(OutcomeBadge({ value }))),
  nothing: [AnnotatedSentence({ value: undefined }), OutcomeBadge({ value: null })],
});
"""

HOSTILE = (
    "<script>alert(1)</script>",
    "&lt;b&gt;",
    '"quoted"',
    "it's",
    "😀👩‍👩‍👧",
    "שלום",
    "a\u2028b",
    "",
    "x" * 10_000,
)


def draw_in_grid(sentences: list[list[Segment]], badges: list[str]) -> dict[str, Any]:
    """Segments as drawn by the grid's renderers."""
    plainly = json.loads(json.dumps([[part.as_plain() for part in parts] for parts in sentences]))
    result: dict[str, Any] = run_node(DRAW, {"sentences": plainly, "badges": badges})
    return result


def by_hand() -> list[list[Segment]]:
    return [
        segments(WORDS, 0, []),
        segments(WORDS, 5, [mark("correct", (1, 5, ORG), (1, 5, ORG))], focus=2),
        segments(WORDS, 0, [mark("type", (3, 5, LOC), (3, 5, PER))], focus=0),
        segments(WORDS, 0, [mark("boundary", (1, 5, ORG), (2, 4, ORG))]),
        segments(WORDS, 0, [mark("boundary", (1, 5, ORG), (1, 2, ORG)), mark("spurious", predicted=(3, 5, LOC))]),
        segments(HOSTILE, 0, [mark("missed", (0, 3, ("<i>", 0))), mark("spurious", predicted=(4, 9, ("=x", 12)))]),
    ]


def of_runs() -> list[list[Segment]]:
    """Every sentence of a few random runs, whole and as a window, with a random focused word."""
    random = np.random.default_rng(3)
    found = []
    for seed in range(4):
        run = random_run(25, seed=seed)
        for sentence in np.flatnonzero(run.sentences.word_count):
            rows = run.sentence_words(int(sentence))
            start, end = sorted(random.integers(0, rows.stop - rows.start + 1, 2).tolist())
            focus = int(random.integers(rows.start, rows.stop))
            found.append(sentence_segments(run, int(sentence), focus))
            found.append(context_segments(run, int(sentence), start, end, focus))
    return found


@pytest.fixture(scope="module")
def drawn() -> tuple[list[list[Segment]], dict[str, Any]]:
    cases = [*by_hand(), *of_runs()]
    return cases, draw_in_grid(cases, ["correct", "type+boundary", "<b>"])


def test_both_renderers_show_the_same(drawn: tuple[list[list[Segment]], dict[str, Any]]) -> None:
    cases, in_grid = drawn
    assert len(cases) > 100
    for parts, shown in zip(cases, in_grid["sentences"], strict=True):
        in_list: Node = plain(sentence_html(parts))
        assert shown["drawn"][0] == in_list[0]
        assert shown["drawn"][1].split() == [*in_list[1].split(), "one-line"]
        assert shown["drawn"][2] == in_list[2]
        assert shown["dir"] == "auto"


def test_a_badge_names_the_outcome(drawn: tuple[list[list[Segment]], dict[str, Any]]) -> None:
    assert drawn[1]["badges"] == [
        ["span", "outcome outcome-correct two-lines", ["correct"]],
        ["span", "outcome outcome-type-boundary two-lines", ["type+", ["wbr", "", []], "boundary"]],
        ["span", "outcome outcome-<b> two-lines", ["<b>"]],
    ]


def test_rows_that_are_not_loaded_yet_are_empty(drawn: tuple[list[list[Segment]], dict[str, Any]]) -> None:
    assert drawn[1]["nothing"] == [None, None]
