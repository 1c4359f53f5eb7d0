# SPDX-License-Identifier: Apache-2.0
"""Nets from and to other tools by NIR, the neuromorphic intermediate representation. Files need the package nir.

    python -m spikegrad.nir import GRAPH.nir -o MODEL.toml --dt 1e-3 --steps 100
    python -m spikegrad.nir export MODEL.toml -o GRAPH.nir
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ._nir_export import exported
from ._nir_graph import LINEAR, flattened, kind_of, take_apart
from ._nir_import import settings_of
from ._nir_steps import STEPS, loop_of, waits_of
from ._parts import Part, check_type, one_line
from .model import Model

#: What a spike may do to the potential, of an import.
RESETS = ("multiplicative", "multiplicative-leak", "subtractive", "subtractive-leak")

TIME_CONSTANTS = {"lif": ("tau_mem", "tau_syn"), "readout": ("tau_mem", "tau_syn"), "leaky": ("tau_mem",)}


@dataclass(frozen=True)
class NodeReport:
    """What became of one node: "exact" or "approximated", and how."""

    node: str
    kind: str
    verdict: str
    how: str

    def __str__(self) -> str:
        return f"{self.node} ({self.kind}): {self.verdict}{': ' if self.how else ''}{self.how}"


class NirReport(tuple[NodeReport, ...]):
    """One line for each node."""

    @property
    def exact(self) -> bool:
        return all(node.verdict == "exact" for node in self)

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


class FromNir(NamedTuple):
    model: Model
    report: NirReport


class ToNir(NamedTuple):
    graph: Any  #: nir.NIRGraph
    report: NirReport


def from_nir(graph: Any, *, dt: float, steps: int = 100, time_unit: float = 1.0, input: str = "held",
             decay: str = "exact", reset: str = "nir", loop: int | None = None, surrogate: Part | None = None,
             seed: int = 0) -> FromNir:
    """The model of an ``nir.NIRGraph`` or of a file, without a loss, and a report of each node.

    `dt`: the time step, s, which NIR does not say; `time_unit`: the graph's unit of time, s. `input`: a spike is a
    current "held" for one step, as most tools have it, or an "impulse". `decay`: "exact" for time constants as they
    are, "euler" for those of tools that make them of a decay by tau = dt / (1 - decay). `reset`: that of the file
    ("nir"), or what the tool does in its place: "multiplicative", "multiplicative-leak", "subtractive",
    "subtractive-leak". `loop`: steps that a recurrent loop takes, 1 in snnTorch and Norse, 3 in stork; as few as its
    units can, where it is not given. `surrogate`: of all units that spike.

    A spike moves a unit one step later here, two where there is a synaptic filter (docs/python.md), so that a layer lags
    behind those tools in which it moves the same step, and a recurrent loop takes as many steps. Ways of different
    lengths to one population are made of one length by delays. A ValueError of one line where there is no such unit.
    """
    for name, value, wanted in (("dt", dt, "float"), ("steps", steps, "int"), ("time_unit", time_unit, "float"),
                                ("seed", seed, "int"), ("loop", 1 if loop is None else loop, "int")):
        check_type(value, wanted, name)
    if loop is not None and not 1 <= loop <= steps:
        raise ValueError(f"loop: must be a number of steps from 1 to those of the run, not {loop}")
    for name, choice, choices in (("input", input, ("held", "impulse")), ("decay", decay, ("exact", "euler")),
                                  ("reset", reset, ("nir", *RESETS))):
        if choice not in choices:
            raise ValueError(f"{name}: must be {' or '.join(map(repr, choices))}, not {choice!r}")
    if not time_unit > 0:
        raise ValueError(f"time_unit: must be a number of seconds above 0, not {time_unit}")
    if isinstance(graph, (str, os.PathLike)):
        path = os.fspath(graph)
        graph, subtracts = _read(path)
        reset = "subtractive-leak" if subtracts and reset == "nir" else reset
        try:
            return _model_of(graph, dt, steps, time_unit, input, decay, reset, loop, surrogate, seed)
        except ValueError as error:
            raise ValueError(f"{path}: {one_line(error)}") from None
    if kind_of(graph) != "NIRGraph":
        raise TypeError(f"from_nir() takes an nir.NIRGraph or the path of a file, not {type(graph).__name__}")
    return _model_of(graph, dt, steps, time_unit, input, decay, reset, loop, surrogate, seed)


def _model_of(graph: Any, dt: float, steps: int, time_unit: float, input: str, decay: str, reset: str, loop: int | None,
              surrogate: Part | None, seed: int) -> FromNir:
    nodes, edges = flattened(graph)
    parts = take_apart(nodes, edges)
    model = Model(dt=dt, steps=steps, seed=seed)
    names = _names(list(parts.shapes))
    report: dict[str, NodeReport] = {}
    gains = {}
    for node, shape in parts.shapes.items():
        size = int(np.prod(shape))
        kind = kind_of(nodes[node])
        if kind == "Input":
            model.input(names[node], size)
            report[node] = NodeReport(node, kind, "exact", f"population '{names[node]}' of {size}")
            continue
        unit = settings_of(node, nodes[node], size, dt, steps, time_unit, input == "held", decay == "euler", reset)
        gains[node] = unit
        bias = unit.bias_gain * parts.biases.get(node, np.zeros(size)) + unit.drive
        settings: dict[str, Any] = {}
        if np.any(bias):
            settings["bias"] = bias
        if unit.kind != "readout":
            settings |= {"threshold": unit.threshold, "output": "deterministic"}
            if surrogate is not None:
                settings["surrogate"] = surrogate
        taus = {name: tau for name, tau in (("tau_mem", unit.tau_mem), ("tau_syn", unit.tau_syn))
                if name in TIME_CONSTANTS.get(unit.kind, ())}
        if all(np.ptp(tau) == 0 for tau in taus.values()):
            settings |= {name: float(tau[0]) for name, tau in taus.items()}
        else:  # of each unit its own: parameters, which training may change
            settings |= {"learn_time_constants": "unit", **{f"log_{name}": np.log(tau) for name, tau in taus.items()}}
        if unit.reset:
            settings["reset"] = unit.reset
        if unit.v_reset != 0.0:
            settings["v_reset"] = unit.v_reset
        model.population(names[node], size, unit.kind, **settings)
        report[node] = NodeReport(node, kind, "approximated" if unit.notes else "exact",
                                  "; ".join((f"population '{names[node]}' of {size} units '{unit.kind}'", *unit.notes)))
    own = {node: STEPS[gains[node].kind] if node in gains else 0 for node in parts.shapes}
    links = list(parts.links)
    waits = waits_of(own, links)
    for (source, target), link in parts.links.items():
        around, wait, said = loop_of(own, links, source, target), waits[source, target], ""
        if source == target and around:
            wait = 0 if loop is None else loop - around
            if wait < 0:
                raise ValueError(f"NIR node '{target}': a loop of units '{gains[target].kind}' takes {around} steps here, not "
                                 f"{loop}")
            around += wait
        elif around and loop not in (None, around):
            raise ValueError(f"NIR node '{target}': its loop from '{source}' takes {around} steps here, not {loop}; only "
                             "that of a population to itself can be made longer")
        if around:
            said = f"its loop from '{source}' takes {around} step{'s' * (around > 1)} here" + \
                ("" if loop else ", one or three elsewhere")
        elif wait:
            said = f"what comes from '{source}' waits {wait} step{'s' * (wait > 1)} for what comes by the longest way"
        weights = gains[target].gain[:, None] * link.weights
        delays = link.delays * time_unit + wait * dt
        if delays.any():
            model.connect(names[source], names[target], weights=weights, delays=delays)
        else:
            model.connect(names[source], names[target], weights=weights)
        if said:
            old = report[target]
            exact = old.verdict == "exact" and (around <= 1 or loop is not None)
            report[target] = NodeReport(target, old.kind, "exact" if exact else "approximated", f"{old.how}; {said}")
    for name, node in nodes.items():
        kind = kind_of(node)
        if kind in LINEAR:
            how = "into dense weights" if kind not in ("Flatten", "Delay") else ""
            report[name] = NodeReport(name, kind, "exact", how)
        elif kind == "Output":
            shown = [names[source] for source in parts.outputs.get(name, [])]
            report[name] = NodeReport(name, kind, "exact", f"shows {', '.join(shown)}")
    return FromNir(model, NirReport(report[name] for name in nodes if kind_of(nodes[name]) != "Wire"))


def to_nir(model: Model, path: str | os.PathLike[str] | None = None, *, dt: float | None = None, decay: str = "exact",
           gain: str = "unit") -> ToNir:
    """The model's net as an ``nir.NIRGraph`` and a report of each node; written to `path` if it is given. A ValueError
    of one line where NIR has no such node.

    The rest is for the tool that will read it, so that its spikes are the same. `dt`: its time step in the unit of the
    graph's time constants; that of the model, in seconds, where it is not given. `decay`: how it makes decays of them,
    by exp(-dt/tau) ("exact") or 1 - dt/tau ("euler"). `gain`: r is 1 ("unit"), or such that a step adds its current to the
    potential as it is ("step"), as tools want it whose units have no gain; the weights make up for it."""
    if not isinstance(model, Model):
        raise TypeError(f"to_nir() takes an sg.Model, not {type(model).__name__}")
    dt = model.dt if dt is None else dt
    check_type(dt, "float", "dt")
    for name, choice, choices in (("decay", decay, ("exact", "euler")), ("gain", gain, ("unit", "step"))):
        if choice not in choices:
            raise ValueError(f"{name}: must be {' or '.join(map(repr, choices))}, not {choice!r}")
    if not 0 < dt < float("inf"):
        raise ValueError(f"dt: must be a number above 0, not {dt}")
    nir = _package()
    graph, lines = exported(model, nir, decay == "euler", gain == "step", dt)
    if path is not None:
        nir.write(os.fspath(path), graph)
    return ToNir(graph, NirReport(NodeReport(*line) for line in lines))


def _package() -> Any:
    try:
        return importlib.import_module("nir")
    except ImportError as error:
        raise ImportError("NIR graphs need the package nir (pip install nir)") from error


def _read(path: str) -> tuple[Any, bool]:
    """The graph of a file, and whether its units subtract the threshold: up to 1.0.5 they did without a v_reset."""
    nir, h5py = _package(), importlib.import_module("h5py")
    if not os.path.isfile(path):
        raise ValueError(f"{path}: cannot be read: there is no such file")
    try:
        graph = nir.read(path, type_check=False)
        with h5py.File(path, "r") as file:
            version = file["version"][()] if "version" in file else b""
            resets: list[str] = []
            file.visit(lambda name: resets.append(name) if name.endswith("/v_reset") else None)
    except (OSError, KeyError, ValueError, TypeError, AssertionError) as error:
        why = str(error).splitlines()[0] if str(error) else repr(error)
        raise ValueError(f"{path}: is no NIR file that nir reads: {why}") from None
    numbers = [int(n) for n in re.findall(r"\d+", version.decode() if isinstance(version, bytes) else str(version))[:3]]
    return graph, bool(numbers) and tuple(numbers) < (1, 0, 6) and not resets


def _names(nodes: list[str]) -> dict[str, str]:
    """Names of populations: those of the nodes, without what model files give another meaning."""
    names: dict[str, str] = {}
    for node in nodes:
        name = base = re.sub(r"[^A-Za-z0-9_-]", "_", node) or "_"
        k = 1
        while name in names.values():
            k += 1
            name = f"{base}_{k}"
        names[node] = name
    return names


def _complete(model: Model) -> None:
    """A loss, so that the model can be a file: that of classes, of what the last population does."""
    last = list(model.populations.values())[-1]
    model.loss = Part("cross-entropy-max" if last.kind == "readout" else "cross-entropy-count", population=last.name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="spikegrad nir", description="Nets from and to other tools by NIR.")
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="a model file of a NIR file, and a report of each node")
    exporting = commands.add_parser("export", help="a NIR file of a model file, and a report of each node")
    for one in (importing, exporting):
        one.add_argument("file")
        one.add_argument("-o", "--output", required=True)
    importing.add_argument("--dt", type=float, required=True, help="time step, s")
    importing.add_argument("--steps", type=int, default=100, help="time steps of the model")
    importing.add_argument("--time-unit", type=float, default=1.0, help="the graph's unit of time, s")
    importing.add_argument("--input", choices=("held", "impulse"), default="held")
    importing.add_argument("--decay", choices=("exact", "euler"), default="exact")
    importing.add_argument("--reset", default="nir",
                           choices=("nir", *RESETS))
    importing.add_argument("--loop", type=int, help="steps that a recurrent loop takes; as few as its units can")
    exporting.add_argument("--dt", type=float, help="the reader's time step, in its unit of time; the model's, in seconds")
    exporting.add_argument("--decay", choices=("exact", "euler"), default="exact")
    exporting.add_argument("--gain", choices=("unit", "step"), default="unit")
    given = parser.parse_args(arguments)
    try:
        if given.command == "import":
            made = from_nir(given.file, dt=given.dt, steps=given.steps, time_unit=given.time_unit, input=given.input,
                            decay=given.decay, reset=given.reset, loop=given.loop)
            _complete(made.model)
            made.model.save(given.output)
            print(made.report)
        else:
            print(to_nir(Model.load(given.file), given.output, dt=given.dt, decay=given.decay, gain=given.gain).report)
    except (ValueError, ImportError, OSError) as error:
        print(f"spikegrad nir: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
