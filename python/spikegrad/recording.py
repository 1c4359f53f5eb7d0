# SPDX-License-Identifier: Apache-2.0
"""What a net does in trials of one input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from . import _core
from ._neo import arrays_of_trains, segment_of
from ._parameters import numbers_of
from ._parts import array_of, check_type, one_line
from ._population import Population
from ._progress import Bar, Progress

_NO_INTS: npt.NDArray[np.int64] = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Events:
    """Spikes as arrays of one length: `times` in seconds, `units`, and for recordings the `trials` and `steps` they
    are of."""

    times: npt.NDArray[np.floating[Any]]
    units: npt.NDArray[np.integer[Any]]
    trials: npt.NDArray[np.int64] = field(default_factory=lambda: _NO_INTS)
    steps: npt.NDArray[np.int64] = field(default_factory=lambda: _NO_INTS)

    def __post_init__(self) -> None:
        times, units = event_arrays(self.times, self.units, "events")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "units", units)

    def __len__(self) -> int:
        return len(self.times)

    def trial(self, trial: int) -> Events:
        """Those of one trial."""
        of = self.trials == trial
        return Events(self.times[of], self.units[of], self.trials[of], self.steps[of])

    @classmethod
    def from_neo(cls, trains: Any) -> Events:
        """Those of a ``neo.Segment``, or of a list of ``neo.SpikeTrain``: the unit is the place of a train in the list,
        times count from where the first train begins (t_start)."""
        return cls(*arrays_of_trains(trains, "from_neo"))

    def to_neo(self, size: int, t_stop: float) -> Any:
        """A ``neo.Segment`` with a train for each of `size` units, from 0 to `t_stop`, s; of one trial."""
        check_type(size, "int", "size")
        check_type(t_stop, "float", "t_stop")
        if len(np.unique(self.trials)) > 1:
            raise ValueError("to_neo: these events are of several trials: take those of one, .trial(k)")
        return segment_of(self.times, self.units, size, t_stop)

    def __repr__(self) -> str:
        trials = len(np.unique(self.trials))
        return f"<{len(self)} events{f' of {trials} trials' if trials > 1 else ''}>"


#: What an input population sends: events, or numbers [step, unit].
Input: TypeAlias = "Events | tuple[npt.ArrayLike, npt.ArrayLike] | npt.NDArray[Any] | Sequence[Sequence[float]]"


def event_arrays(times: npt.ArrayLike, units: npt.ArrayLike,
                 name: str) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.integer[Any]]]:
    """Times and units as flat arrays: floats in single or double precision, and whole numbers."""
    given_times, given_units = array_of(times, f"{name}: times"), array_of(units, f"{name}: units")
    if given_times.dtype.kind not in "fiu":
        raise TypeError(f"{name}: times must be numbers of seconds, not {given_times.dtype}")
    if given_units.dtype.kind not in "iu" and given_units.size:
        raise TypeError(f"{name}: units must be whole numbers, not {given_units.dtype}")
    if given_times.ndim != 1 or given_times.shape != given_units.shape:
        raise ValueError(f"{name}: times and units must be flat and of one length, not of shapes "
                         f"{list(given_times.shape)} and {list(given_units.shape)}")
    if given_times.dtype not in (np.float32, np.float64):
        given_times = given_times.astype(np.float64)
    return given_times, given_units if given_units.size else given_units.astype(np.int64)


def units_of(units: npt.NDArray[np.integer[Any]], channels: int, name: str) -> npt.NDArray[np.uint16]:
    """Units as the library keeps them, each below the number of channels."""
    if channels < 1 or channels > 65536:
        raise ValueError(f"{name}: must have 1 to 65536 channels, not {channels}")
    if units.size and (units.min() < 0 or units.max() >= channels):
        wrong = units.min() if units.min() < 0 else units.max()
        raise ValueError(f"{name}: unit {wrong}: must lie from 0 to {channels - 1}")
    return np.ascontiguousarray(units, dtype=np.uint16)


class PopulationRecord:
    """What was kept of one population. Arrays are float32 [trial, step, unit]."""

    def __init__(self, name: str, dt: float, arrays: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self.name, self.dt, self._arrays = name, dt, dict(arrays)

    def _array(self, quantity: str) -> npt.NDArray[np.float32]:
        if quantity not in self._arrays:
            raise AttributeError(f"the {quantity} of '{self.name}' was not recorded: "
                                 f"run(..., record={{'{self.name}': ['{quantity}']}}) keeps it")
        return self._arrays[quantity]

    @property
    def spikes(self) -> Events:
        """The spikes of all trials, sorted by trial, time and unit. A step's spikes have the time at which it begins."""
        output = self._array("output" if "spikes" not in self._arrays else "spikes")
        trials, steps, units = np.nonzero(output)
        counts = output[trials, steps, units]
        whole = counts.astype(np.int64)
        if not np.array_equal(whole, counts) or (whole < 0).any():
            raise ValueError(f"'{self.name}' sends numbers, not spikes: record its 'output'")
        trials, steps, units = (np.repeat(array, whole) for array in (trials, steps, units))
        return Events(steps * self.dt, units, trials, steps)

    @property
    def output(self) -> npt.NDArray[np.float32]:
        """What the population sends: 0 and 1 for spikes, numbers of analog units, potentials of readouts."""
        return self._array("output" if "output" in self._arrays else "spikes")

    @property
    def potential(self) -> npt.NDArray[np.float32]:
        """The membrane potential at the start of each step, in units of the threshold."""
        return self._array("potential")

    @property
    def excess(self) -> npt.NDArray[np.float32]:
        """The potential minus the threshold of the moment."""
        return self._array("excess")

    def __repr__(self) -> str:
        shape = list(next(iter(self._arrays.values())).shape) if self._arrays else []
        return f"<{self.name}: {', '.join(self._arrays)}, [trial, step, unit] = {shape}>"


class Recording(Mapping[str, PopulationRecord]):
    """What `Model.run` kept, by population. `loss` is that of each trial [trials], of a model that has one and whose
    loss can be had: no label is asked for."""

    def __init__(self, records: Mapping[str, PopulationRecord], dt: float, trials: int,
                 loss: npt.NDArray[np.float64] | None) -> None:
        self._records, self.dt, self.trials, self.loss = dict(records), dt, trials, loss

    def __getitem__(self, name: str) -> PopulationRecord:
        if name not in self._records:
            raise KeyError(f"'{name}' was not recorded; there are: {', '.join(self._records)}")
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return "\n".join([f"Recording: trials {self.trials}, dt {self.dt:g} s", *(f"  {r}" for r in self.values())])


def record_trials(core: _core.Model | _core.Net, seed: int, populations: Mapping[str, Population],
                  binning: Mapping[str, tuple[int, bool]], events: Input | Mapping[str, Input] | None,
                  record: Mapping[str, str | Sequence[str]] | None, trials: int, own_seed: int | None,
                  engine: str, threads: int, progress: Progress, *, has_loss: bool) -> Recording:
    """Model.run()."""
    for name, value in (("trials", trials), ("threads", threads)):
        check_type(value, "int", name)
        least = 1 if name == "trials" else 0
        if not least <= value < 2**31:
            raise ValueError(f"{name}: must be a whole number from {least} to {2**31 - 1}, not {value}")
    if own_seed is not None:
        check_type(own_seed, "int", "seed")
        if not 0 <= own_seed < 2**63:
            raise ValueError(f"seed: must be a whole number from 0 to 2^63-1, not {own_seed}")
    check_type(engine, "str", "engine")
    kept = _what_to_keep(core, populations, record)
    places = {name: k for k, name in enumerate(populations)}
    requests = [(places[name], {"spikes": "output"}.get(what, what)) for name, whats in kept.items() for what in whats]
    inputs = _inputs(core, populations, binning, events)
    loss: npt.NDArray[np.float64] | None = None
    with Bar(progress) as bar:
        settings: dict[str, Any] = dict(engine=engine, threads=threads, trials=trials,
                                        seed=seed if own_seed is None else own_seed, progress=bar)
        if isinstance(core, _core.Model):
            arrays, loss = _core.record(core, inputs, requests, **settings)
            if not has_loss:
                loss = None
        else:
            arrays = _core.record(core, inputs, requests, **settings)
    taken = iter(arrays)
    records = {name: PopulationRecord(name, core.dt, {what: next(taken) for what in whats})
               for name, whats in kept.items()}
    return Recording(records, core.dt, trials, loss)


def _what_to_keep(core: _core.Model | _core.Net, populations: Mapping[str, Population],
                  record: Mapping[str, str | Sequence[str]] | None) -> dict[str, list[str]]:
    if record is None:
        return {name: ["potential"] if output == "potential" else ["output" if output == "analog" else "spikes"]
                for name, _, _, output in core.populations if output != "given"}
    if not isinstance(record, Mapping):
        raise TypeError('record must be a mapping such as {"h": ["spikes", "potential"]}, '
                        f"not {type(record).__name__}")
    kept = {}
    for name, whats in record.items():
        name = str(name)
        if name not in populations:
            raise ValueError(f"record: there is no population '{one_line(name)}'; there are: {', '.join(populations)}")
        kept[name] = [whats] if isinstance(whats, str) else list(whats)
        for what in kept[name]:
            if what not in ("spikes", "output", "potential", "excess"):
                raise ValueError(f"record: '{one_line(what)}' of '{name}': must be spikes, output, potential or excess")
    return kept


def _inputs(core: _core.Model | _core.Net, populations: Mapping[str, Population],
            binning: Mapping[str, tuple[int, bool]], events: Input | Mapping[str, Input] | None) -> list[Any]:
    """One for each input population, in their order; None: the model's own."""
    names = [name for name, _, _, output in core.populations if output == "given"]
    if events is None:
        return [None] * len(names)
    if not isinstance(events, Mapping):
        if len(names) != 1:
            raise ValueError(f"events: the model has {len(names)} input populations ({', '.join(names)}): "
                             "give a mapping of their names")
        events = {names[0]: events}
    for name in events:
        if name not in names:
            raise ValueError(f"events: there is no input population '{one_line(name)}'; there are: {', '.join(names)}")
    return [_input(core, populations[name], binning.get(name, (1, False)), events[name]) if name in events else None
            for name in names]


def _input(core: _core.Model | _core.Net, population: Population, binning: tuple[int, bool], given: Any) -> Any:
    where = f"events of '{population.name}'"
    if isinstance(given, tuple) and len(given) == 2:
        given = Events(*given)
    if not isinstance(given, Events):
        values = numbers_of(given, where)
        if values.ndim != 2:
            raise ValueError(f"{where}: must be (times, units) or an array [step, unit], not of shape "
                             f"{list(values.shape)}")
        if not np.isfinite(values).all():
            raise ValueError(f"{where}: must be finite numbers")
        return values
    pool, binary = binning
    channels = min(population.size * pool, 65536)
    return _core.bin_events(np.ascontiguousarray(given.times), units_of(given.units, channels, where),
                            np.array([0, len(given)]), np.zeros(1, np.uint16), None, ["0"], channels, dt=core.dt,
                            steps=core.steps, pool=pool, binary=binary, source=where)
