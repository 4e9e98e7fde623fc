"""The request that the page posts to Dash for a callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def posted(callback: Mapping[str, Any], value: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    """The body of the request.

    Args:
        callback: As Dash's page has it, from `/_dash-dependencies`.
        value: What an input or a state has, asked in this order.
    """
    given = {part: [{**one, "value": value(one)} for one in callback[part]] for part in ("inputs", "state")}
    names = callback["output"].strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.split("@")[0].rsplit(".", 1), strict=True)) for name in names]
    return {
        "output": callback["output"],
        "outputs": outputs if callback["output"].startswith("..") else outputs[0],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in given["inputs"]],
        **given,
    }
