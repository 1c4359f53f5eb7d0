# SPDX-License-Identifier: Apache-2.0
"""What estimators say at every point of parameter space, beside the truth."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy.typing as npt

from . import _core
from ._parameters import numbers_of
from ._parts import check_type
from ._progress import Bar, Progress
from .comparison import model_of, names_of, seed_of, whole_number
from .model import Model

AnyModel = Model | str | os.PathLike[str]


def scan(model: AnyModel, parameter: str, start: float = -1.0, stop: float = 1.0, *, points: int = 101,
         estimators: Sequence[str] | str = "surrogate", samples: int = 1000, seed: int | None = None, threads: int = 0,
         progress: Progress = None) -> _core.Scan:
    """The gradient along a line: one parameter, such as ``"x->h[0,1]"`` [post, pre], takes `points` values from `start`
    to `stop`, the others stay. The first of the `curves` is the truth. An expectation that cannot be enumerated is the
    mean of `samples`, the same draws at every point."""
    model = model_of(model)
    check_type(parameter, "str", "parameter")
    with Bar(progress) as bar:
        return _core.scan(model._resolved(), names_of(estimators, "estimators"), parameter=parameter,
                          start=_finite(start, "start"), stop=_finite(stop, "stop"),
                          points=whole_number(points, "points", 2, 10**7),
                          samples=whole_number(samples, "samples", 2, 10**9), seed=seed_of(seed, model),
                          threads=whole_number(threads, "threads", 0, 2**31 - 1), progress=bar)


def loop(model: AnyModel, sine: npt.ArrayLike, cosine: npt.ArrayLike, *, radius: float = 1.0, points: int = 1000,
         estimators: Sequence[str] | str = "surrogate", samples: int = 1000, seed: int | None = None, threads: int = 0,
         progress: Progress = None) -> _core.Loop:
    """The gradient around the closed path radius (sine sin phi + cosine cos phi); `sine` and `cosine` have one number
    for each parameter, in the order of ``m.parameters.flat``. The closed integral of a gradient is 0."""
    model = model_of(model)
    if not _finite(radius, "radius") > 0:
        raise ValueError(f"radius: must be a number above 0, not {radius}")
    with Bar(progress) as bar:
        return _core.loop(model._resolved(), names_of(estimators, "estimators"), radius=float(radius),
                          sine=numbers_of(sine, "sine").ravel(), cosine=numbers_of(cosine, "cosine").ravel(),
                          points=whole_number(points, "points", 3, 10**7),
                          samples=whole_number(samples, "samples", 2, 10**9), seed=seed_of(seed, model),
                          threads=whole_number(threads, "threads", 0, 2**31 - 1), progress=bar)


def curl(model: AnyModel, *, step: float = 1e-4, estimators: Sequence[str] | str = "surrogate", samples: int = 1000,
         seed: int | None = None, threads: int = 0, progress: Progress = None) -> list[_core.Curl]:
    """The Jacobian of the truth and of each estimator where the parameters are, by central differences of `step`; a
    gradient's is symmetric."""
    model = model_of(model)
    if not _finite(step, "step") > 0:
        raise ValueError(f"step: must be a number above 0, not {step}")
    with Bar(progress) as bar:
        return _core.curl(model._resolved(), names_of(estimators, "estimators"), step=float(step),
                          samples=whole_number(samples, "samples", 2, 10**9), seed=seed_of(seed, model),
                          threads=whole_number(threads, "threads", 0, 2**31 - 1), progress=bar)


def _finite(value: float, name: str) -> float:
    check_type(value, "float", name)
    if not math.isfinite(value):
        raise ValueError(f"{name}: must be a finite number, not {value}")
    return float(value)
