"""A Dash whose callbacks are called with what they say they take; what else is posted to them changes nothing.

The page sends what its components hold, and anyone may post anything. The parameters' type hints are the one place that
says what is right.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import wraps
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from dash import Dash
from dash.exceptions import PreventUpdate

Function = Callable[..., Any]
_SURROGATE = re.compile("[\ud800-\udfff]")


class CheckedDash(Dash):
    """Dash; see above."""

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Function], Function]:
        """As Dash's own, for functions whose parameters have type hints."""
        register = super().callback(*args, **kwargs)
        return lambda function: register(checked(function))


def checked(callback: Function) -> Function:
    """A callback that is quiet where a value is not of the type that its parameter has."""
    kinds = [parameter.annotation for parameter in inspect.signature(callback, eval_str=True).parameters.values()]

    @wraps(callback)
    def wrapped(*values: object) -> Any:
        if not all(map(fits, values, kinds)):
            raise PreventUpdate
        return callback(*values)

    return wrapped


def fits(value: object, kind: Any) -> bool:
    """Whether a value that came as JSON is of a type: a plain one, a list, a union, or a TypedDict.

    A TypedDict says what is read of an object, which may have other keys besides.
    Text is what UTF-8 can hold: half of a surrogate pair, which JSON can, is none.
    """
    if kind is Any:
        return True
    if get_origin(kind) in (Union, UnionType):
        return any(fits(value, part) for part in get_args(kind))
    if get_origin(kind) is list:
        return type(value) is list and all(fits(one, get_args(kind)[0]) for one in value)
    if is_typeddict(kind):
        return (
            isinstance(value, dict)
            and kind.__required_keys__ <= value.keys()
            and all(fits(value[name], part) for name, part in get_type_hints(kind).items() if name in value)
        )
    if kind is str:
        return type(value) is str and not _SURROGATE.search(value)
    if kind is float:
        return type(value) in (float, int)
    return type(value) is (NoneType if kind is None else kind)
