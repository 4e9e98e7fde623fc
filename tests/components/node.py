"""Runs the scripts of `assets/` under node, with small stand-ins for the browser."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from app.frame.browser_facts import browser_facts
from tests.conftest import REPOSITORY

NODE = Path(sysconfig.get_path("scripts")) / "node"

LOADER = """
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
function load(name, globals) {
  const code = require("fs").readFileSync(input.assets + "/" + name, "utf8");
  new Function(...Object.keys(globals), code)(...Object.values(globals));
}
const { facts } = input;
const give = (value) => process.stdout.write(JSON.stringify(value));
"""


def run_node(script: str, data: Any, **facts: Any) -> Any:
    """The value that a script passes to `give`.

    Args:
        script: JavaScript; `input.data` is `data`, `facts` what the page carries for its scripts, and
            `load(name, globals)` runs a script of `assets/`.
        data: Anything that JSON can say.
        facts: Facts that differ from those of the page.
    """
    ended = subprocess.run(
        [NODE, "-e", LOADER + script],
        input=json.dumps({"assets": str(REPOSITORY / "assets"), "facts": {**browser_facts(), **facts}, "data": data}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
