"""What is too long for a link: `assets/long_links.js` under node, and the server's side of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from analysis.errors import AnalysisError
from app.frame.problems import check_complete
from tests.components.node import run_node

PAGE = """
const { stored, opened } = input.data;
function visit(search, canStore = true) {
  const window = {
    explainer: { facts },
    location: { search },
    history: { state: null, replaceState: (_state, _title, url) => (window.location.search = url) },
    sessionStorage: {
      getItem: (name) => (name in stored ? stored[name] : null),
      setItem: (name, value) => {
        if (!canStore) throw new Error("full");
        stored[name] = value;
      },
    },
  };
  load("long_links.js", { window });
  return { window, ...window.explainer.longLinks };
}
"""
LONG = {"ids": ",".join(map(str, range(30))), "search": "漢字" * 10}
SHORT = {"run": "R", "tab": "raw"}


def follow(script: str, *, stored: dict[str, str] | None = None, longest: int = 120, **data: Any) -> Any:
    return run_node(PAGE + script, {"stored": stored or {}, "opened": "", **data}, longestQuery=longest)


def read(query: str) -> dict[str, str]:
    return dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))


def test_short_query_stays_in_the_link() -> None:
    query = urlencode(SHORT)
    shortened, expanded = follow(
        "const page = visit(''); give([`${page.shorten(new URLSearchParams(input.data.query))}`,"
        " `${page.expand(input.data.query)}`])",
        query=query,
    )
    assert shortened == expanded == query


@pytest.mark.parametrize("can_store", ["true", "false"])
def test_long_parameters_are_kept_and_read_again(can_store: str) -> None:
    """The page needs no storage as long as it is open."""
    script = f"""
const page = visit('', {can_store});
const short = `${{page.shorten(new URLSearchParams(input.data.query))}}`;
give([short, `${{page.expand(short)}}`, `${{page.shorten(page.expand(short))}}`]);
"""
    short, expanded, again = follow(script, query=urlencode({**SHORT, **LONG}))
    assert len(short) <= 120
    assert read(short).items() >= SHORT.items()
    assert "漢" not in str(read(short))
    assert read(expanded) == {**SHORT, **LONG}
    assert again == short, "the same selection has the same address"


def test_only_what_does_not_fit_is_kept() -> None:
    query = urlencode({**LONG, **SHORT})
    short = follow("give(`${visit('').shorten(new URLSearchParams(input.data.query))}`)", query=query, longest=220)
    assert set(read(short)) == {*SHORT, "ids", "kept"}, "the search is longer once it is encoded"


def test_long_address_is_shortened_when_it_is_opened() -> None:
    script = "const page = visit(input.data.opened); const { search } = page.window.location;"
    script += "give([search, `${page.expand(search)}`, `${visit(search).expand(search)}`])"
    search, expanded, reloaded = follow(script, opened=f"?{urlencode({**SHORT, **LONG})}")
    assert len(search) <= 120
    assert read(expanded) == read(reloaded) == {**SHORT, **LONG}


def test_selections_of_one_moment_are_kept_apart() -> None:
    script = """
const page = visit('');
const shorts = ["a", "b", "c"].map((letter) => page.shorten(new URLSearchParams({ search: letter.repeat(200) })));
give(shorts.map((short) => page.expand(`${short}`).get("search")[0]));
"""
    assert follow(script) == ["a", "b", "c"]


def test_key_of_another_page_stays_and_the_server_says_so() -> None:
    query = follow("give(`${visit('').expand('?run=R&kept=elsewhere')}`)")
    assert read(query) == {"run": "R", "kept": "elsewhere"}
    with pytest.raises(AnalysisError, match=r"incomplete.*Select again"):
        check_complete(query)
    check_complete("run=R")
    check_complete(None)
