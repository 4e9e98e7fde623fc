"""Runs the scripts of `assets/` under node, with small stand-ins for the browser around them."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.conftest import REPOSITORY

LOADER = """
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
function load(name, globals) {
  const code = require("fs").readFileSync(input.assets + "/" + name, "utf8");
  new Function(...Object.keys(globals), code)(...Object.values(globals));
}
const give = (value) => process.stdout.write(JSON.stringify(value));
"""


def run_node(script: str, data: Any) -> Any:
    """What a script passes to `give`.

    Args:
        script: JavaScript; `input.data` is `data`, `load(name, globals)` runs a script of `assets/`.
        data: Anything that JSON can say.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node, which is not on the PATH, to run the scripts of assets/")
    ended = subprocess.run(
        [node, "-e", LOADER + script],
        input=json.dumps({"assets": str(REPOSITORY / "assets"), "data": data}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
