# SPDX-License-Identifier: Apache-2.0
"""Members of a family (a surrogate, a loss, ...): a kind with its settings, as a model file has them."""

from __future__ import annotations

import difflib
import numbers
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core

FAMILIES = _core.families()
SECTIONS = _core.sections()

_WANTED = {"float": "a number", "int": "a whole number", "bool": "True or False", "str": "a text", "list": "numbers",
           "sides": "a whole number or two, (rows, columns)"}


class Part:
    """A kind with its settings. Two of them are equal where both are."""

    __slots__ = ("kind", "settings")

    def __init__(self, kind: str, **settings: Any) -> None:
        if not isinstance(kind, str):
            raise TypeError(f"kind must be a text, not {type(kind).__name__}")
        self.kind = kind
        self.settings: dict[str, Any] = settings

    def table(self) -> dict[str, Any]:
        """As a table of a model file."""
        return {"kind": self.kind, **self.settings}

    def __repr__(self) -> str:
        name = self.kind.replace("-", "_")
        return f"{name}({', '.join(f'{key}={_short(value)}' for key, value in self.settings.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and repr(self.table()) == repr(other.table())

    def __hash__(self) -> int:
        return hash(repr(self))


def part_of(given: object, name: str) -> Part:
    """A part, or the one with the defaults of a kind that is named."""
    if isinstance(given, Part):
        return given
    if isinstance(given, str):
        return Part(given)
    if isinstance(given, Mapping) and isinstance(given.get("kind"), str):
        return Part(**{str(key): value for key, value in given.items()})
    raise TypeError(f"{name} must be a kind with its settings, such as sg.superspike(beta=10), "
                    f"not {type(given).__name__}")


def plain(table: Mapping[str, Any]) -> Part:
    """A table of a model file as a part."""
    return Part(table["kind"], **{key: value for key, value in table.items() if key != "kind"})


def one_line(text: object) -> str:
    """A name that somebody gave, as an error of one line shows it."""
    shown = str(text)
    return shown if shown.isprintable() else repr(shown)[1:-1]


def check_type(value: object, wanted: str, name: str) -> None:
    """Raises TypeError unless a setting has the type that the library wants; its range is the library's affair."""
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    listed = isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes))
    right = {
        "float": real,
        "int": isinstance(value, numbers.Integral) and real,
        "bool": isinstance(value, (bool, np.bool_)),
        "str": isinstance(value, str),
        "list": listed,
        "sides": isinstance(value, numbers.Integral) and real or listed,
    }[wanted]
    if not right:
        raise TypeError(f"{name} must be {_WANTED[wanted]}, not {_shown_type(value)}")


def array_of(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    """As numpy makes it of anything; what is behind it may be a file that was closed."""
    try:
        return np.asarray(values)
    except (TypeError, ValueError):
        raise
    except Exception as error:
        raise ValueError(f"{name}: cannot be read: {one_line(error)}") from None


def check_path(path: object) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"a path must be a text or a Path, not {type(path).__name__}")


def check_settings(settings: Mapping[str, Any], fields: Mapping[str, tuple[str, object, str]], function: str,
                   others: Iterable[str] = ()) -> None:
    """Raises TypeError for a keyword that is not there, or of a wrong type. `others`: keywords checked elsewhere."""
    for name, value in settings.items():
        if name in fields:
            check_type(value, fields[name][0], name)
        elif name not in others:
            raise unexpected(function, name, [*fields, *others])


def delay_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a connection's delays, as model files have them."""
    check_settings(given, {"delay": ("float", None, ""), "delay_per": ("str", None, ""),
                           "learn_delays": ("bool", False, ""), "max_delay": ("float", None, ""),
                           "delay_sigma": ("float", None, ""), "delay_sigma_end": ("float", None, ""),
                           "delay_sigma_part": ("float", None, "")}, "connect", ["delays"])
    keys = dict(given)
    if isinstance(delays := given.get("delays"), (Part, str, Mapping)):
        keys["delays"] = part_of(delays, "delays").table()
    elif delays is not None:
        keys["delays"] = np.asarray(delays, dtype=float).tolist()
    return keys


def unexpected(function: str, name: str, known: Iterable[str]) -> TypeError:
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return TypeError(f"{function}() got an unexpected keyword argument '{name}'{hint}")


def _shown_type(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _short(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array{list(value.shape)}"
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:36]} ..."
