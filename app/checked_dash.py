"""A Dash application that validates posted values against the callbacks' type hints.

Anyone can post anything to a callback. A callback with an invalid value is not called, and nothing on the page changes.
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
    str_min_length=0,  # makes pydantic decode text as UTF-8, so that it rejects lone surrogates
)


class CheckedDash(Dash):
    """Dash with validated callbacks; see the module's docstring."""

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Function], Function]:
        """Same as Dash's decorator; all parameters of the function need type hints."""
        register = super().callback(*args, **kwargs)
        return lambda function: register(checked(function))


def checked(callback: Function) -> Function:
    """The callback, preceded by a validation of its arguments; an invalid argument prevents the update.

    For a TypedDict parameter, the callback gets only the declared keys of the posted object.
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
