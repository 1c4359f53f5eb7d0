# SPDX-License-Identifier: Apache-2.0
"""Models: nets with their input, loss and settings. A model made here is a model file that was not written yet."""

from __future__ import annotations

import copy
import html
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from . import _core, _toml
from ._model_files import (MADE, as_overrides, block, check_population, flat, in_place, kept, listed)
from ._parameters import Parameters, block_of
from ._parts import FAMILIES, SECTIONS, Part, check_path, check_settings, check_type, delay_keys, part_of, plain
from ._population import Population, name_of
from ._units import Units
from .recording import Input, Recording, record_trials
from .sampled import sampled

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._progress import Progress
    from ._settings import DelaySettings

Path_ = str | os.PathLike[str]


class Model(Units):
    """A net with its input, loss and settings.

    It is a model file in memory (docs/model-files.md): made here population by population, or read by `load`, and
    written by `save`. Times are in seconds, rates in hertz, potentials in units of the threshold. Nothing in it is the
    state of a run: there is nothing to reset.
    """

    def __init__(self, dt: float = 1e-3, steps: int | None = None, seed: int = 0) -> None:
        """`steps` time steps of `dt` seconds. The seed is that of initial weights, patterns and all trials."""
        check_type(dt, "float", "dt")
        check_type(seed, "int", "seed")
        if steps is None:
            raise TypeError("Model() needs steps, the number of time steps")
        check_type(steps, "int", "steps")
        self._lock = threading.RLock()
        self._document: dict[str, Any] | None = {"seed": int(seed), "time": {"dt": float(dt), "steps": int(steps)}}
        self._values: dict[str, npt.NDArray[np.float64]] = {}
        self._source = MADE
        self._core: _core.Model | None = None
        self._read("", [])  # refuses a dt or steps that cannot be

    # ---- files -------------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: Path_, set: Sequence[str] | Mapping[str, object] = (), seed: int | None = None) -> Model:
        """Reads a model file, or one that comes with spikegrad (``"quickstart"``, as in ``spikegrad list experiments``).
        `set` changes values as the command line's ``--set`` does: ``["time.steps=10"]`` or
        ``{"time.steps": 10}``; `seed` takes the place of the file's own."""
        check_path(path)
        return cls._of(_core.Model.load(os.fspath(path), as_overrides(set, seed)))

    @classmethod
    def parse(cls, text: str, set: Sequence[str] | Mapping[str, object] = (), seed: int | None = None) -> Model:
        """The same from the text of a model file."""
        check_type(text, "str", "parse: text")
        return cls._of(_core.Model.parse(_toml.encodable(text), MADE, as_overrides(set, seed)))

    @classmethod
    def _of(cls, core: _core.Model) -> Model:
        model = cls.__new__(cls)
        model._lock = threading.RLock()
        model._document, model._values, model._source, model._core = None, {}, core.source, core
        return model

    def to_toml(self) -> str:
        """The resolved model file: every default and every weight written out."""
        return self._resolved().to_toml()

    def save(self, path: Path_) -> None:
        """Writes the resolved model file."""
        text, to = self.to_toml(), Path(path)
        aside = to.with_name(f".{to.name}.{os.getpid()}")
        aside.write_text(text, encoding="utf-8")
        aside.replace(to)

    def copy(self) -> Model:
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {"document": self._document, "values": self._values, "source": self._source}
        if self._document is None:
            state["text"] = self.to_toml()
        return copy.deepcopy(state)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._lock = threading.RLock()
        self._document, self._values, self._source = state["document"], state["values"], state["source"]
        self._core = _core.Model.parse(state["text"], self._source) if "text" in state else None

    # ---- the net -----------------------------------------------------------------------------------------------------

    def input(self, name: str, size: int | tuple[int, ...], pattern: Part | npt.NDArray[Any] | None = None, *,
              pool: int | None = None, binary: bool | None = None) -> Population:
        """A population whose output is given: by a `pattern` (such as ``sg.poisson(50)``, or an array [step, unit]),
        or else by the samples of a data set, and by what `run` is given. `pool` neighbouring channels of the data are
        one unit; `binary`: at most one spike a unit and step, else they are counted."""
        section: dict[str, Any] = {"population": name}
        if pattern is not None:
            if pool is not None or binary is not None:
                raise TypeError("pool and binary are for data, not for a pattern")
            part = Part("values", values=pattern) if isinstance(pattern, np.ndarray) else part_of(pattern, "pattern")
            section |= part.table()
        else:
            section["kind"] = "data"
            for key, value in (("pool", pool), ("binary", binary)):
                if value is not None:
                    check_type(value, SECTIONS["data"][key][0], key)
                    section[key] = value
        with self._lock:
            population = self._add("input", name, size, {})
            self._append("input", section)
            return population

    def population(self, name: str, size: int | tuple[int, ...], kind: str, **settings: Any) -> Population:
        """Units of any kind there is (``sg.kinds("unit")``), with the settings that model files have for it."""
        return self._add(kind, name, size, settings)

    def connect(self, source: Population | str, target: Population | str, *, init: Part | str | None = None,
                weights: npt.ArrayLike | None = None, kind: Part | str | None = None,
                **delays: Unpack[DelaySettings]) -> None:
        """Connects two populations, or one with itself. Weights are drawn by `init`, or given as `weights`
        [post, pre] ([channel out, channel in, kernel] where `kind` is ``sg.conv1d(...)``, [.., rows, columns] where it
        is ``sg.conv2d(...)``). Without either they are
        drawn by ``readout_init()`` onto a readout, else by ``fluctuation_driven()``. What the source sends acts `delay`
        s later, or `delays` [unit of the source], or with ``delay_per="synapse"`` [post, pre] as the weights; with
        `learn_delays=True` they are trained, up to `max_delay` s."""
        ends = name_of(source), name_of(target)
        section: dict[str, Any] = {"from": ends[0], "to": ends[1], **delay_keys(delays)}
        if kind is not None:
            section |= part_of(kind, "kind").table()
        if init is not None and weights is not None:
            raise TypeError("connect() takes init or weights, not both")
        if weights is not None:
            section["init"] = {"kind": "constant", "value": 0.0}
        elif init is not None:
            section["init"] = part_of(init, "init").table()
        else:
            readout = any(p.name == ends[1] and p.kind == "readout" for p in self.populations.values())
            section["init"] = {"kind": "readout" if readout else "fluctuation-driven"}
        with self._lock:
            net = self._read("connection", [section])
            name = f"{ends[0]}->{ends[1]}"
            if any((other["from"], other["to"]) == ends for other in listed(self._look().get("connection", []))):
                raise ValueError(f"[connection '{name}']: there are two of them")
            if weights is not None:
                self._values = {**self._values, name: block_of(weights, name, net.blocks[0][1]).copy()}
            self._append("connection", section)

    def _add(self, kind: str, name: str, size: int | tuple[int, ...], settings: Mapping[str, Any]) -> Population:
        if not isinstance(kind, str):
            raise TypeError(f"kind must be a text, not {type(kind).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"name must be a text, not {type(name).__name__}")
        section: dict[str, Any] = {"name": name, "kind": kind}
        if isinstance(size, (tuple, list)):
            section["shape"] = [*size]
        else:
            check_type(size, "int", "size")
            section["size"] = size
        check_population(kind, settings)
        for key, value in settings.items():
            whole = key in ("escape", "surrogate")
            if key == "surrogate" and callable(value):
                value = sampled(value)
            section[key] = part_of(value, key).table() if whole else value
        with self._lock:
            self._read("population", [section])
            self._append("population", section)
            return self.populations[name]

    # ---- loss and settings -------------------------------------------------------------------------------------------

    @property
    def loss(self) -> Part | None:
        """The loss of a trial, such as ``sg.cross_entropy_max("o")``."""
        section = self._look().get("loss")
        return plain(section) if section else None

    @loss.setter
    def loss(self, loss: Part) -> None:
        self._put("loss", part_of(loss, "loss").table())

    @property
    def regularisers(self) -> tuple[Part, ...]:
        """Penalties on spike counts, added to the loss: ``m.regularisers = [sg.upper_bound("h", bound=7)]``."""
        return tuple(plain(section) for section in listed(self._look().get("regulariser", [])))

    @regularisers.setter
    def regularisers(self, parts: Iterable[Part]) -> None:
        self._put("regulariser", [part_of(part, "a regulariser").table() for part in parts])

    @property
    def training(self) -> dict[str, Any]:
        """[training] of the model file: ``m.training = dict(optimiser="adam", learning_rate=1e-3)``. What is left out
        has its default."""
        return self._section("training")

    @training.setter
    def training(self, settings: Mapping[str, Any]) -> None:
        self._set_section("training", settings)

    @property
    def estimator(self) -> dict[str, Any]:
        """[estimator]: settings of the gradient estimators."""
        return self._section("estimator")

    @estimator.setter
    def estimator(self, settings: Mapping[str, Any]) -> None:
        self._set_section("estimator", settings)

    @property
    def augmentation(self) -> dict[str, Any]:
        """[augmentation]: how training samples vary from epoch to epoch."""
        return self._section("augmentation")

    @augmentation.setter
    def augmentation(self, settings: Mapping[str, Any]) -> None:
        self._set_section("augmentation", settings)

    def _section(self, name: str) -> dict[str, Any]:
        return dict(self._look().get(name, {}))

    def _set_section(self, name: str, settings: Mapping[str, Any]) -> None:
        check_settings(settings, SECTIONS[name], name)
        self._put(name, dict(settings))

    def set(self, changes: Mapping[str, object]) -> None:
        """Changes values by their paths, as the command line's ``--set`` does:
        ``m.set({"time.steps": 10, "population.h.escape.beta": 4.0})``. Weights that were given or trained stay where
        their shape does. A surrogate may be a function, as in `lif`. What is refused changes nothing."""
        if isinstance(changes, Mapping):
            changes = {path: sampled(value) if callable(value) and str(path).endswith(".surrogate") else value
                       for path, value in changes.items()}
        overrides = as_overrides(changes)
        with self._lock:
            before = self._document, self._core
            self._document = dict(_core.read_document(_toml.text(self._look()), self._source, overrides))
            self._core = None
            try:
                if self._look_for_populations():
                    self._net()
            except ValueError:
                self._document, self._core = before
                raise

    # ---- what it is --------------------------------------------------------------------------------------------------

    @property
    def dt(self) -> float:
        return self._net().dt

    @property
    def steps(self) -> int:
        return self._net().steps

    @property
    def seed(self) -> int:
        core = self._core
        return core.seed if core is not None else int(self._look().get("seed", 0))

    @property
    def populations(self) -> dict[str, Population]:
        """By their names, in the order of the file."""
        if not self._look_for_populations():
            return {}
        return {name: Population(name, kind, shape) for name, kind, shape, _ in self._net().populations}

    def _look_for_populations(self) -> bool:
        return self._core is not None or bool(self._look().get("population"))

    @property
    def parameters(self) -> Parameters:
        """Weights, biases and learned time constants by the names of their blocks: ``m.parameters["x->h"]`` is an
        array [post, pre], read-only and not copied; ``m.parameters["x->h"] = w`` sets it."""
        return Parameters(self)

    @parameters.setter
    def parameters(self, values: Mapping[str, npt.ArrayLike] | npt.ArrayLike) -> None:
        Parameters(self).assign(values)

    def _set_values(self, values: Mapping[str, npt.NDArray[np.float64]]) -> None:
        with self._lock:
            self._values = {**self._values, **values}
            if self._core is not None:
                self._core = self._core.with_parameters(flat(self._core, values))

    # ---- running -----------------------------------------------------------------------------------------------------

    def run(self, events: Input | Mapping[str, Input] | None = None, *,
            record: Mapping[str, str | Sequence[str]] | None = None, trials: int = 1, seed: int | None = None,
            engine: str = "cpu", threads: int = 0, progress: Progress = None) -> Recording:
        """Runs trials of one input and keeps what populations do.

        `events`: what the input population sends: ``(times, units)``, times in seconds; ``sg.Events``; or an array
        [step, unit]. Several input populations take a mapping of their names. Without it, the model's own input.
        `record`: for each population what is kept of it: "spikes", "output", "potential", "excess" (potential minus
        threshold). Without it, the spikes of all that spike and the potentials of readouts.
        Trials differ in their draws, which depend on the seed (the model's, where it is not given) and the number of
        the trial. `engine`: "cpu" (single precision) or "reference" (double).
        """
        core, has_loss = self._runnable()
        return record_trials(core, self.seed, self.populations, self._binning(), events, record, trials, seed, engine,
                             threads, progress, has_loss=has_loss)

    # ---- inside ------------------------------------------------------------------------------------------------------

    # A document is never changed in place: whoever reads one is not disturbed by another thread's edit.

    def _look(self) -> dict[str, Any]:
        """The document."""
        with self._lock:
            if self._document is None:
                assert self._core is not None
                core = self._core
                document: dict[str, Any] = dict(_core.read_document(core.to_toml(), core.source, []))
                self._values = {name: block(core, name, shape, at) for name, shape, at in core.blocks}
                for connection in document.get("connection", []):
                    del connection["weights"]
                    connection["init"] = {"kind": "constant", "value": 0.0}
                self._document = document
            return self._document

    def _put(self, key: str, value: Any) -> None:
        with self._lock:
            self._document = {**self._look(), key: copy.deepcopy(value)}
            self._core = None

    def _append(self, key: str, section: dict[str, Any]) -> None:
        with self._lock:
            self._put(key, [*listed(self._look().get(key, [])), section])

    def _read(self, key: str, sections: list[dict[str, Any]]) -> _core.Net:
        """Time and populations, with these sections besides, and no other connections: refuses what is wrong."""
        document = self._look()
        parts: dict[str, Any] = {"time": document["time"], "population": list(document.get("population", []))}
        if key:
            parts[key] = [*parts.get(key, []), *sections]
        if not parts["population"]:
            parts["population"] = [{"name": "x", "kind": "input", "size": 1}]
        return in_place(lambda: _core.read_network(_toml.text(parts), self._source, self.seed), self._source)

    def _net(self) -> _core.Net | _core.Model:
        """What there is of the net, complete or not."""
        core, document = self._core, self._look() if self._core is None else {}
        if core is not None or "loss" in document:
            return core or self._resolved()
        parts = kept(document, "time", "population", "connection")
        net = in_place(lambda: _core.read_network(_toml.text(parts), self._source, self.seed), self._source)
        return net.with_parameters(flat(net, self._values)) if self._values else net

    def _runnable(self) -> tuple[_core.Net | _core.Model, bool]:
        """What runs, and whether its loss says something; without a loss yet, with one that asks nothing, so that
        patterns are drawn."""
        net, document = self._net(), self._look() if self._core is None else {}
        if isinstance(net, _core.Model):
            return net, net.data is None  # the label of a data set's loss is that of no sample
        inputs = listed(document.get("input", []))
        if all(section.get("kind") == "data" for section in inputs):
            return net, False
        net_alone = kept(document, "seed", "time", "population", "connection")
        name, _, shape, _ = net.populations[-1]
        nothing = {"kind": "linear", "population": name, "coefficients": [0.0] * prod(shape)}
        silent = [{"population": section["population"], "kind": "values", "values": [0.0] * self._size(section)}
                  if section.get("kind") == "data" else section for section in inputs]
        text = _toml.text({**net_alone, "input": silent, "loss": nothing})
        model = in_place(lambda: _core.Model.parse(text, self._source), self._source)
        return model.with_parameters(net.parameters), False

    def _binning(self) -> dict[str, tuple[int, bool]]:
        """Pool and binary of the input populations whose spikes come from data."""
        core = self._core
        if core is not None:
            if core.data is None:
                return {}
            place, pool, binary = core.data
            return {core.populations[place][0]: (pool, binary)}
        return {str(section["population"]): (int(section.get("pool", 1)), bool(section.get("binary", True)))
                for section in listed(self._look().get("input", []))
                if section.get("kind") == "data" and "population" in section}

    def _size(self, section: Mapping[str, Any]) -> int:
        return self.populations[str(section["population"])].size

    def _resolved(self) -> _core.Model:
        """The model as the library has it; it never changes, so that whoever runs it is not disturbed by edits."""
        with self._lock:
            if self._core is None:
                text = _toml.text(self._look())
                core = in_place(lambda: _core.Model.parse(text, self._source), self._source)
                self._core = core.with_parameters(flat(core, self._values)) if self._values else core
            return self._core

    def __repr__(self) -> str:
        head = f"Model: dt {self.dt:g} s, {self.steps} steps, seed {self.seed}" if self._look_for_populations() \
            else "Model without populations"
        return "\n".join([head, *(f"  {' '.join(row)}" for row in self._rows())])

    def _rows(self) -> list[tuple[str, str, str]]:
        if not self._look_for_populations():
            return []
        net = self._net()
        rows = [(name, kind, " x ".join(map(str, shape[1:] if shape[0] == 1 else shape)))
                for name, kind, shape, _ in net.populations]
        rows += [(name, "parameters", " x ".join(map(str, shape))) for name, shape, _ in net.blocks]
        if (loss := self.loss) is not None:
            rows.append(("loss", repr(loss), ""))
        return rows

    def _repr_html_(self) -> str:
        rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
                       for row in self._rows())
        head = f"dt {self.dt:g} s, {self.steps} steps, seed {self.seed}" if rows else "no populations"
        return f"<table><caption>Model: {head}</caption>{rows}</table>"


def kinds(family: str) -> dict[str, str]:
    """The members of a family ("unit", "escape", "surrogate", "connection", "initialiser", "loss", "regulariser") with
    a line for each; or the "estimator"s and "optimiser"s."""
    if family == "estimator":
        return _core.estimators()
    if family == "optimiser":
        return _core.optimisers()
    if family not in FAMILIES:
        known = ", ".join([*FAMILIES, "estimator", "optimiser"])
        raise ValueError(f"there is no family '{family}'; there are: {known}")
    return {kind: summary for kind, (summary, _) in FAMILIES[family].items()}


__all__ = ["Model", "Population", "kinds"]
