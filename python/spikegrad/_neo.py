# SPDX-License-Identifier: Apache-2.0
"""Spike trains of Neo: a unit is a ``neo.SpikeTrain``, a sample or trial a ``neo.Segment`` of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def arrays_of_trains(trains: Any, where: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Times in seconds since the first of the trains begins, sorted, and the place of each train in the list."""
    trains = getattr(trains, "spiketrains", trains)
    if isinstance(trains, (str, bytes)) or not isinstance(trains, (Sequence, Iterable)):
        raise TypeError(f"{where}: must be a neo.Segment or a list of neo.SpikeTrain, not {type(trains).__name__}")
    trains = list(trains)
    for train in trains:
        if not (hasattr(train, "t_start") and hasattr(train, "rescale")):
            raise TypeError(f"{where}: must be of neo.SpikeTrain, not {type(train).__name__}")
    if not trains:
        return np.zeros(0), np.zeros(0, np.int64)
    begin = min(float(train.t_start.rescale("s").magnitude) for train in trains)
    times = [np.asarray(train.rescale("s").magnitude, np.float64).ravel() - begin for train in trains]
    units = np.repeat(np.arange(len(trains)), [len(one) for one in times])
    flat = np.concatenate(times)
    order = np.argsort(flat, kind="stable")
    return flat[order], units[order]


def segment_of(times: npt.ArrayLike, units: npt.ArrayLike, size: int, t_stop: float, **annotations: Any) -> Any:
    """A ``neo.Segment`` with a train for each of `size` units."""
    neo = _package()
    seconds, places = np.asarray(times, np.float64), np.asarray(units)
    if seconds.size and (seconds.max() > t_stop or seconds.min() < 0):
        raise ValueError(f"to_neo: spikes must lie from 0 to t_stop, {t_stop:g} s, not at {seconds.max():g} s")
    if places.size and (places.min() < 0 or places.max() >= size):
        raise ValueError(f"to_neo: units must lie from 0 to {size - 1}, not {places.max()}")
    segment = neo.Segment(**annotations)
    for unit in range(size):
        train = neo.SpikeTrain(np.sort(seconds[places == unit]), units="s", t_start=0.0, t_stop=t_stop)
        train.segment = segment
        segment.spiketrains.append(train)
    return segment


def _package() -> Any:
    try:
        return importlib.import_module("neo")
    except ImportError as error:
        raise ImportError("spike trains of Neo need the package neo (pip install neo)") from error
