# SPDX-License-Identifier: Apache-2.0
"""Surrogates of one's own, sampled into a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ._parts import Part, check_type

_FARTHEST = 64.0  # threshold units
_NEGLIGIBLE = 1e-3  # of the peak
_BETWEEN = 32  # places between two points at which the error is looked at


class Sampled(Part):
    """A function g(x) as straight lines through points, 0 outside: the kind "table". `error` is the largest difference
    from the function that was seen, `peak` the function's largest value."""

    __slots__ = ("error", "peak", "name")

    def __init__(self, name: str, x: npt.NDArray[np.float64], g: npt.NDArray[np.float64], error: float,
                 peak: float) -> None:
        super().__init__("table", x=x.tolist(), g=g.tolist())
        self.name, self.error, self.peak = name, error, peak

    def __repr__(self) -> str:
        x = self.settings["x"]
        return f"sampled({self.name}: {len(x)} points in [{x[0]:g}, {x[-1]:g}], error {self.error:.2g})"


def sampled(function: Callable[[Any], Any], tolerance: float = 0.01, points: int = 48) -> Sampled:
    """A surrogate derivative g(x), x = u - threshold, given as a function of a number or of an array.

    Points are added where the error is largest until it is below `tolerance` times the peak, or there are `points` of
    them: each costs time at every step, so that few are better. ``sampled(f).error`` says how large the error is.
    """
    if not callable(function):
        raise TypeError(f"a surrogate must be a function or a kind, not {type(function).__name__}")
    check_type(tolerance, "float", "tolerance")
    check_type(points, "int", "points")
    if not tolerance > 0 or not 5 <= points <= 1000:
        raise ValueError("tolerance: must be above 0, and points from 5 to 1000")
    name = getattr(function, "__name__", "function")
    far = _values(function, np.linspace(-_FARTHEST, _FARTHEST, 4097, dtype=np.float64), name)
    peak = float(np.abs(far).max())
    if peak == 0.0:
        raise ValueError(f"surrogate {name}: is 0 everywhere")
    reach = _FARTHEST
    while reach > 1 / 32:
        outer = np.linspace(reach / 2, reach, 65)
        if np.abs(_values(function, np.concatenate([-outer, outer]), name)).max() > _NEGLIGIBLE * peak:
            break
        reach /= 2
    x = np.linspace(-reach, reach, 5, dtype=np.float64)
    while True:
        places, errors = _errors(function, x, name)
        worst = int(errors.argmax())
        if errors[worst] <= tolerance * peak or len(x) >= points:
            break
        x = np.sort(np.append(x, places[worst]))
    outside = np.abs(far[np.abs(np.linspace(-_FARTHEST, _FARTHEST, 4097)) > reach])
    error = max(float(errors[worst]), float(outside.max()) if outside.size else 0.0)
    return Sampled(name, x, _values(function, x, name), error, peak)


def _errors(function: Callable[[Any], Any], x: npt.NDArray[np.float64],
            name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    shares = np.arange(1, _BETWEEN) / _BETWEEN
    places = (x[:-1, None] + np.diff(x)[:, None] * shares).ravel()
    return places, np.abs(np.interp(places, x, _values(function, x, name)) - _values(function, places, name))


def _values(function: Callable[[Any], Any], x: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    try:
        values = np.asarray(function(x))
    except Exception:  # a function of single numbers
        values = np.array(0.0)
    if values.shape != x.shape:
        values = np.asarray([function(float(one)) for one in x])
    if values.shape != x.shape or values.dtype.kind not in "biuf":
        raise TypeError(f"surrogate {name}: must give one real number for each x")
    if not np.isfinite(values).all():
        raise ValueError(f"surrogate {name}: must give finite numbers; at x = {x[~np.isfinite(values)][0]:g} it does not")
    return values.astype(np.float64)
