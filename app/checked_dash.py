"""A Dash whose callbacks are called with what they say they take; what else is posted to them changes nothing.

The page sends what its components hold, and anyone may post anything. The parameters' type hints are the one place that
says what is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import GenericAlias
from typing import Any

from dash import Dash
from dash.exceptions import PreventUpdate
from pydantic import ConfigDict, TypeAdapter, ValidationError

Function = Callable[..., Any]
_JSON_VALUES = ConfigDict(
    strict=True,
    str_min_length=0,  # reads text as UTF-8, which half of a surrogate pair is not
)


class CheckedDash(Dash):
    """Dash; see above."""

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Function], Function]:
        """As Dash's own, for functions whose parameters have type hints."""
        register = super().callback(*args, **kwargs)
        return lambda function: register(checked(function))


def checked(callback: Function) -> Function:
    """A callback that is quiet where a value is not of the type that its parameter has.

    It gets of an object what the parameter's TypedDict names; the posted object may have other keys besides.
    """
    hints = (parameter.annotation for parameter in inspect.signature(callback, eval_str=True).parameters.values())
    values_of: Any = GenericAlias(tuple, tuple(hints))
    parameters = TypeAdapter(values_of, config=_JSON_VALUES)

    @wraps(callback)
    def wrapped(*values: object) -> Any:
        try:
            read = parameters.validate_python(values)
        except ValidationError:
            raise PreventUpdate from None
        return callback(*read)

    return wrapped
