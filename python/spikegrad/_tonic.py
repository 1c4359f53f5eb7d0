# SPDX-License-Identifier: Apache-2.0
"""Data sets of Tonic as arrays: items of a structured array (t, and x, y, p as far as there are) and a label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ._parts import check_type

Arrays = tuple[list[npt.NDArray[np.float64]], list[npt.NDArray[np.int64]], list[Any], int]


def arrays_of(dataset: Any, time_unit: float, pool: int, sensor_size: tuple[int, int, int] | None,
              samples: Iterable[int] | None) -> Arrays:
    """Times in seconds, units and labels of each sample, and the number of channels. The unit of an event is
    (p height + y) width + x, with x and y divided by `pool`."""
    check_type(time_unit, "float", "time_unit")
    check_type(pool, "int", "pool")
    if not time_unit > 0 or pool < 1:
        raise ValueError("time_unit must be above 0, pool 1 or more")
    size = sensor_size if sensor_size is not None else getattr(dataset, "sensor_size", None)
    if size is None or len(size) != 3 or None in tuple(size):
        raise ValueError("from_tonic: sensor_size = (width, height, polarities) is needed where the data set has none")
    width, height, polarities = (int(side) for side in size)
    wide, high = -(-width // pool), -(-height // pool)
    chosen = range(len(dataset)) if samples is None else samples
    times, units, labels = [], [], []
    for sample in chosen:
        item = dataset[sample]
        if not isinstance(item, (tuple, list)) or len(item) != 2:
            raise TypeError(f"from_tonic: sample {sample} must be events and a label")
        events, label = item
        names = getattr(getattr(events, "dtype", None), "names", None)
        if not names or "t" not in names:
            raise TypeError(f"from_tonic: the events of sample {sample} must be a structured array with a field t: "
                            "take the data set without a transform to frames")
        sides = (("x", width, pool), ("y", height, pool), ("p", polarities, 1))
        place = {}
        for field, most, divide in sides:
            # Where there is one polarity, tools write anything for it: SHD of Tonic 1.
            given = field in names and not (field == "p" and polarities == 1)
            values = events[field].astype(np.int64) if given else np.zeros(len(events), np.int64)
            if values.size and (values.min() < 0 or values.max() >= most):
                raise ValueError(f"from_tonic: {field} of sample {sample} must lie from 0 to {most - 1}")
            place[field] = values // divide
        seconds = events["t"].astype(np.float64) * time_unit
        times.append(seconds)
        units.append((place["p"] * high + place["y"]) * wide + place["x"])
        labels.append(label)
    return times, units, labels, wide * high * polarities
