# SPDX-License-Identifier: Apache-2.0
"""spikegrad: trains spiking neural networks with any gradient estimator, and measures what each is worth.

    import spikegrad as sg

    m = sg.Model(dt=2e-3, steps=100, seed=1)
    x = m.input("x", 20)
    h = m.lif("h", 40, surrogate=sg.superspike(10))
    o = m.readout("o", 3)
    m.connect(x, h); m.connect(h, h); m.connect(h, o)
    m.loss = sg.cross_entropy_max(o)

Everything is done by the C++ library; names, settings and units are those of model files. What is wrong with a value is
a ValueError of one line, a wrong type a TypeError.
"""

import importlib
from typing import Any

from . import _core
from ._population import Population
from .alignment import Alignment
from .comparison import Comparison, Sweep, compare
from .dataset import Dataset
from .evaluation import Activity, Evaluation, evaluate
from .field import curl, loop, scan
from .history import Epoch, History
from .model import Model, kinds
from .parts import (Part, arctan, clipped_exponential, constant, conv1d, conv2d, cross_entropy_count, cross_entropy_first_spike, cross_entropy_max,
                    cross_entropy_mean, cross_entropy_softmax_sum, dense,
                    exponential, fluctuation_driven, gaussian, kaiming, likelihood, linear, lower_bound, multi_gaussian,
                    normal, orthogonal, picture, poisson, readout_init, rectangular, sigmoid, spikes, squared_error,
                    straight_through, superspike, table, triangular, uniform, upper_bound, values, van_rossum)
from .recording import Events, PopulationRecord, Recording
from .sampled import Sampled, sampled
from .study import Reproduction, report, reproduce
from .training import Run, resume, train

__version__: str = _core.version


def __getattr__(name: str) -> Any:
    if name in ("torch", "nir"):  # imported when they are asked for: torch takes seconds, and both may be absent
        return importlib.import_module(f".{name}", __name__)
    if name in ("from_nir", "to_nir"):
        return getattr(importlib.import_module(".nir", __name__), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


__all__ = [
    "Activity", "Alignment", "Comparison", "Dataset", "Epoch", "Evaluation", "Events", "History", "Model", "Part",
    "Population", "PopulationRecord", "Recording", "Reproduction", "Run", "Sampled", "Sweep", "arctan",
    "clipped_exponential", "compare", "constant", "conv1d", "conv2d", "cross_entropy_count", "cross_entropy_first_spike",
    "cross_entropy_max", "cross_entropy_mean", "cross_entropy_softmax_sum", "curl", "dense", "evaluate", "exponential",
    "fluctuation_driven", "gaussian", "kaiming", "kinds", "likelihood", "linear", "loop", "lower_bound",
    "multi_gaussian", "normal", "orthogonal", "picture", "poisson", "readout_init", "rectangular", "report",
    "reproduce", "resume", "sampled", "scan", "sigmoid", "spikes", "squared_error", "straight_through", "superspike", "table",
    "train", "triangular", "uniform", "upper_bound", "values", "van_rossum",
]
