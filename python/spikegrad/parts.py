# SPDX-License-Identifier: Apache-2.0
"""Surrogates, escape functions, initialisers, connection kinds, losses, patterns, penalties.

Names, settings and defaults are those of model files (docs/model-files.md), where each is explained. Potentials are in
units of the threshold, times in seconds, rates in hertz. A kind that needs no settings may be given by its name, as in
``surrogate="superspike"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ._parts import FAMILIES, Part, check_type, part_of
from ._population import Population, name_of

Numbers: TypeAlias = "npt.NDArray[Any] | Sequence[Any]"
Sides: TypeAlias = "int | Sequence[int]"
Target: TypeAlias = "Part | npt.NDArray[Any]"

__all__ = [
    "Part", "arctan", "clipped_exponential", "constant", "conv1d", "conv2d", "cross_entropy_count", "cross_entropy_first_spike",
    "cross_entropy_max", "cross_entropy_mean", "cross_entropy_softmax_sum", "dense",
    "exponential", "fluctuation_driven", "gaussian", "kaiming", "likelihood", "linear", "lower_bound", "multi_gaussian",
    "normal", "orthogonal", "picture", "poisson", "readout_init", "rectangular", "sigmoid", "spikes", "squared_error",
    "straight_through", "superspike", "table", "triangular", "uniform", "upper_bound", "values", "van_rossum",
]


def _make(family: str, kind: str, **settings: Any) -> Part:
    fields = FAMILIES[family][kind][1]
    for name, value in settings.items():
        if name in fields:
            check_type(value, fields[name][0], f"{kind}: {name}")
    return Part(kind, **settings)


# ---- surrogates g(x), escape functions f(x), x = u - threshold -------------------------------------------------------

def sigmoid(beta: float = 10.0) -> Part:
    """Escape function 1/(1 + exp(-beta x)); as a surrogate its derivative."""
    return _make("surrogate", "sigmoid", beta=beta)


def superspike(beta: float = 10.0) -> Part:
    """Surrogate ``1/(beta |x| + 1)^2``; as an escape function its integral."""
    return _make("surrogate", "superspike", beta=beta)


def exponential(beta: float | None = None, *, rate: float | None = None, width: float | None = None) -> Part:
    """Surrogate ``exp(-beta |x|)``; as an escape function, with `rate` (Hz) and `width`, the hazard rate exp(x/width)."""
    given = {"beta": beta, "rate": rate, "width": width}
    settings = {name: value for name, value in given.items() if value is not None}
    for name, value in settings.items():
        check_type(value, "float", f"exponential: {name}")
    return Part("exponential", **settings)


def clipped_exponential(p0: float = 0.1, width: float = 0.1) -> Part:
    """Escape function min(1, p0 exp(x/width))."""
    return _make("escape", "clipped-exponential", p0=p0, width=width)


def triangular(beta: float = 1.0, gamma: float | None = None) -> Part:
    """Surrogate ``gamma max(0, 1 - beta |x|)``; as an escape function, without `gamma`, its integral for a peak of beta."""
    settings = {"beta": beta} if gamma is None else {"beta": beta, "gamma": gamma}
    return _make("surrogate", "triangular", **settings)


def rectangular(width: float = 1.0) -> Part:
    """Surrogate 1/width for ``|x| < width/2``, else 0; as an escape function its integral."""
    return _make("surrogate", "rectangular", width=width)


def gaussian(sigma: float = 0.4) -> Part:
    """Surrogate: the normal density of standard deviation `sigma`; as an escape function its integral."""
    return _make("surrogate", "gaussian", sigma=sigma)


def arctan(alpha: float = 2.0) -> Part:
    """Surrogate (alpha/2)/(1 + (pi alpha x/2)^2); as an escape function its integral."""
    return _make("surrogate", "arctan", alpha=alpha)


def multi_gaussian(sigma: float = 0.5, height: float = 0.15, spread: float = 6.0) -> Part:
    """Surrogate of three normal densities, the outer two negative."""
    return _make("surrogate", "multi-gaussian", sigma=sigma, height=height, spread=spread)


def straight_through() -> Part:
    """Surrogate 1."""
    return _make("surrogate", "straight-through")


def table(x: Numbers, g: Numbers) -> Part:
    """Surrogate of your own: straight lines through the points (x, g), 0 outside; x rises."""
    return _make("surrogate", "table", x=x, g=g)


# ---- initialisers ----------------------------------------------------------------------------------------------------

def constant(value: float = 0.0) -> Part:
    """All weights `value`."""
    return _make("initialiser", "constant", value=value)


def normal(mean: float = 0.0, std: float = 1.0) -> Part:
    """Weights N(mean, std^2)."""
    return _make("initialiser", "normal", mean=mean, std=std)


def uniform(low: float = -1.0, high: float = 1.0) -> Part:
    """Weights uniform from `low` to `high`."""
    return _make("initialiser", "uniform", low=low, high=high)


def kaiming(gain: float = 2.0 ** 0.5) -> Part:
    """Weights N(0, gain^2/n), n the fan-in."""
    return _make("initialiser", "kaiming", gain=gain)


def fluctuation_driven(sigma_u: float = 1.0, nu: float = 10.0, alpha: float = 0.9) -> Part:
    """Weights by which the potential of a unit that does not spike fluctuates by `sigma_u`, at presynaptic rates of
    `nu` Hz; `alpha` is the share of the feed-forward connections."""
    return _make("initialiser", "fluctuation-driven", sigma_u=sigma_u, nu=nu, alpha=alpha)


def orthogonal(gain: float = 1.0) -> Part:
    """Weights whose rows (or columns, where these are fewer) are orthogonal and of length `gain`."""
    return _make("initialiser", "orthogonal", gain=gain)


def readout_init() -> Part:
    """Weights N(0, 1/n), n the fan-in: the kind "readout" of model files."""
    return _make("initialiser", "readout")


# ---- connection kinds ------------------------------------------------------------------------------------------------

def dense() -> Part:
    """Every unit to every unit; weights [post, pre]."""
    return _make("connection", "dense")


def conv1d(kernel: int = 1, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1) -> Part:
    """Convolution over positions; weights [channel out, channel in of a group, kernel]. Each of the `groups` of channels
    sees its own alone: depthwise where there are as many as channels."""
    return _make("connection", "conv1d", kernel=kernel, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d(kernel: Sides = 1, stride: Sides = 1, padding: Sides = 0, dilation: Sides = 1, groups: int = 1) -> Part:
    """Convolution between populations of shape (channels, rows, columns); weights
    [channel out, channel in of a group, rows, columns]. One number stands for both of (rows, columns)."""
    return _make("connection", "conv2d", kernel=kernel, stride=stride, padding=padding, dilation=dilation, groups=groups)


# ---- patterns of inputs and targets ----------------------------------------------------------------------------------

def spikes(at: Numbers) -> Part:
    """1 at each [step, unit] of the list, 0 elsewhere."""
    return Part("spikes", spikes=at)


def values(of: Numbers) -> Part:
    """Numbers [step, unit], or [unit] for the same in every step."""
    return Part("values", values=of)


def poisson(rate: float) -> Part:
    """A frozen Poisson pattern of `rate` Hz, drawn from the model's seed."""
    check_type(rate, "float", "poisson: rate")
    return Part("poisson", rate=rate)


def picture(file: str | PathLike[str] | None = None, threshold: float = 0.5) -> Part:
    """A PNG stretched to steps x units: a spike where it is darker than `threshold`. Without a file, one that is
    drawn."""
    check_type(threshold, "float", "picture: threshold")
    return Part("picture", threshold=threshold, **({} if file is None else {"file": fspath(file)}))


# ---- losses and penalties --------------------------------------------------------------------------------------------

def _target(given: Target) -> Part:
    """A pattern; an array [step, unit] stands for itself."""
    if isinstance(given, np.ndarray):
        return values(given)
    return part_of(given, "target")


def linear(population: Population | str, coefficients: Numbers) -> Part:
    """Sum of coefficients[step, unit] times the output; [unit] for the same in every step."""
    return Part("linear", population=name_of(population), coefficients=coefficients)


def squared_error(population: Population | str, target: Target) -> Part:
    """Half the sum over steps of (output - target)^2, mean over units; `target` a pattern or an array [step, unit]."""
    return Part("squared-error", population=name_of(population), target=_target(target))


def van_rossum(population: Population | str, target: Target, tau_mem: float = 10e-3, tau_syn: float = 5e-3,
               scale: float = 0.2) -> Part:
    """The squared error of output and target seen through a double exponential filter."""
    made = _make("loss", "van-rossum", tau_mem=tau_mem, tau_syn=tau_syn, scale=scale)
    return Part(made.kind, population=name_of(population), target=_target(target), **made.settings)


def likelihood(population: Population | str, target: Target) -> Part:
    """-log P(target) of a stochastic population, each step given the target's past."""
    return Part("likelihood", population=name_of(population), target=_target(target))


def _cross_entropy(kind: str, population: Population | str, label: int | None) -> Part:
    if label is None:
        return Part(kind, population=name_of(population))
    check_type(label, "int", "label")
    return Part(kind, population=name_of(population), label=label)


def cross_entropy_max(population: Population | str, label: int | None = None) -> Part:
    """-log softmax of a readout's maxima over time at unit `label`, which a data set gives where it is left out."""
    return _cross_entropy("cross-entropy-max", population, label)


def cross_entropy_mean(population: Population | str, label: int | None = None) -> Part:
    """The same of its means over time."""
    return _cross_entropy("cross-entropy-mean", population, label)


def cross_entropy_softmax_sum(population: Population | str, label: int | None = None, ignore_steps: int = 0) -> Part:
    """The same of the sum over time of the softmax of its potentials; the first `ignore_steps` steps do not count."""
    made = _make("loss", "cross-entropy-softmax-sum", ignore_steps=ignore_steps)
    return Part(made.kind, **_cross_entropy(made.kind, population, label).settings, **made.settings)


def cross_entropy_count(population: Population | str, label: int | None = None, scale: float = 1.0) -> Part:
    """-log softmax of `scale` times the spike counts, of a population that spikes."""
    made = _make("loss", "cross-entropy-count", scale=scale)
    return Part(made.kind, **_cross_entropy(made.kind, population, label).settings, **made.settings)


def cross_entropy_first_spike(population: Population | str, label: int | None = None, scale: float = 0.1) -> Part:
    """The same of minus `scale` times the steps before the first spike: the earliest answers."""
    made = _make("loss", "cross-entropy-first-spike", scale=scale)
    return Part(made.kind, **_cross_entropy(made.kind, population, label).settings, **made.settings)


def _bound(kind: str, population: Population | str, **settings: Any) -> Part:
    made = _make("regulariser", kind, **settings)
    return Part(kind, population=name_of(population), **made.settings)


def upper_bound(population: Population | str, bound: float = 0.0, strength: float = 1.0, norm: str = "l2",
                per: str = "unit") -> Part:
    """A penalty on more than `bound` spikes per unit and trial; `norm` "l1" or "l2", `per` "unit", "channel" or
    "population"."""
    return _bound("upper-bound", population, bound=bound, strength=strength, norm=norm, per=per)


def lower_bound(population: Population | str, bound: float = 0.0, strength: float = 1.0, norm: str = "l2",
                per: str = "unit") -> Part:
    """A penalty on fewer than `bound` spikes per unit and trial."""
    return _bound("lower-bound", population, bound=bound, strength=strength, norm=norm, per=per)
