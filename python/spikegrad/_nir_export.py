# SPDX-License-Identifier: Apache-2.0
"""Models as graphs of NIR; see _nir_import.py for the equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._nir_import import NO_FILTER, NO_LEAK
from ._nir_steps import STEPS, waits_there

if TYPE_CHECKING:
    from .model import Model

Line = tuple[str, str, str, str]


def exported(model: Model, nir: Any, euler: bool, by_step: bool, dt: float) -> tuple[Any, list[Line]]:
    """The graph, and (node, kind, verdict, how) of each node. `dt` is the length of a step in the graph's unit of time.

    Decays exp(-dt/tau) stay the same: where the reader has 1 - dt/tau (`euler`), by another tau. What a unit makes of a
    current stays the same too: with `by_step`, r and w_in are so that a step adds its input as it is, and the weights
    have what that takes.
    """
    document, net = model._look(), model._net()
    values = {name: net.parameters[at:at + int(np.prod(shape))].reshape(shape) for name, shape, at in net.blocks}
    connections = list(document.get("connection", []))
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    report: list[Line] = []
    scales: dict[str, Any] = {}  # of what enters a population
    times = dt / model.dt
    sizes = {name: int(np.prod(shape)) for name, _, shape, _ in net.populations}
    shapes: dict[str, tuple[int, ...]] = {name: shape for name, _, shape, _ in net.populations}
    spreads = _spreads(connections, shapes)

    def shape_of(name: str) -> Any:
        return np.array(spreads[name] if name in spreads else (sizes[name],))

    def add(name: str, node: Any, verdict: str, how: str) -> None:
        nodes[name] = node
        report.append((name, type(node).__name__, verdict, how))

    for section, (name, kind, _, output) in zip(document["population"], net.populations):
        if kind == "input":
            add(name, nir.Input(input_type=shape_of(name)), "exact", "")
            continue
        shape = tuple(shape_of(name))
        if kind == "binary":
            notes = _output_notes(name, output)
            add(name, nir.Threshold(threshold=np.full(shape, float(section.get("threshold", 1.0)))),
                "approximated" if notes else "exact", notes)
            continue
        if int(section.get("refractory_steps", 0)) > 0:
            raise ValueError(f"population '{name}': NIR has no refractory period")
        if kind not in ("lif", "readout", "leaky", "integrate"):
            raise ValueError(f"population '{name}': NIR has no node for units '{kind}'")
        tau_mem, tau_syn = (_taus(values, section, name, key, default, shape)
                            for key, default in (("tau_mem", 10e-3), ("tau_syn", 5e-3)))
        filtered = kind in ("lif", "readout") and bool((tau_syn > 1.01 * NO_FILTER * model.dt).any())
        leaky = kind != "integrate" and bool((tau_mem < 0.99 * NO_LEAK * model.dt * model.steps).any())
        open_mem, open_syn = -np.expm1(-model.dt / tau_mem), -np.expm1(-model.dt / tau_syn)
        if kind == "integrate":  # whose drive is added as it is
            open_mem = np.ones(shape)
        settings: dict[str, Any] = {"r": np.ones(shape)}
        if leaky or filtered:
            mem, syn = (dt / open_mem, dt / open_syn) if euler else (times * tau_mem, times * tau_syn)
            settings["v_leak"] = np.zeros(shape)
            settings |= {"tau_mem": mem, "tau_syn": syn, "w_in": 1.0 / open_syn} if filtered else {"tau": mem}
        else:
            settings["r"] = open_mem / dt
        if by_step:
            settings["r"], scales[name] = settings["r"] / open_mem, open_mem.ravel()
        notes = ""
        if kind != "readout":
            notes = _reset_notes(name, str(section.get("reset", "multiplicative")), kind == "lif")
            notes = "; ".join(note for note in (notes, _output_notes(name, output)) if note)
            learned = values.get(f"{name}.threshold")
            settings |= {"v_threshold": np.full(shape, float(section.get("threshold", 1.0))) if learned is None else
                         np.broadcast_to(learned, (sizes[name],)).reshape(shape).copy(),
                         "v_reset": np.full(shape, float(section.get("v_reset", 0.0)))}
        node_kind = ("Cuba" if filtered else "") + ("LI" if leaky or filtered else "I") + \
            ("F" if kind != "readout" else "")
        add(name, getattr(nir, node_kind)(**settings), "approximated" if notes else "exact", notes)

    biases = {name[:-len(".bias")]: block for name, block in values.items() if name.endswith(".bias")}
    own = {name: STEPS.get(kind, 0) for name, kind, _, _ in net.populations}
    links = [(connection["from"], connection["to"]) for connection in connections]
    late = {link: _delays(values, connection, *link, dt, times, sizes[link[0]])
            for link, connection in zip(links, connections)}
    more = waits_there(own, links, {link: delays.min() / dt for link, delays in late.items()})
    for connection in connections:
        source, target = connection["from"], connection["to"]
        block, name, at = values[f"{source}->{target}"], f"{source}_to_{target}", source
        delays = late[source, target] + dt * more[source, target]
        if (delays > 1e-6 * dt).any():
            delay = f"{name}_delay"
            add(delay, nir.Delay(delay=delays.reshape(tuple(shape_of(source)))), "exact", "")
            edges.append((source, delay))
            at = delay
        bias: Any = biases.pop(target, None)
        if bias is not None:  # one a unit, whether the model has one a unit or one a channel
            bias = np.repeat(np.ravel(bias), sizes[target] // bias.size)
        if target in scales:
            scale = scales[target]
            bias = None if bias is None else scale * bias
            if connection.get("kind", "dense") == "dense":
                block = scale[:, None] * block
            elif np.ptp(scale) == 0.0:
                block = scale[0] * block
            else:
                raise ValueError(f"connection '{source}->{target}': time constants differ from unit to unit, which a "
                                 "convolution's weights cannot make up for: gain=\"unit\"")
        if connection.get("kind", "dense") == "dense":
            for end in (source, target):
                if end in spreads:
                    raise ValueError(f"connection '{source}->{target}': NIR has no dense weights of a population with "
                                     f"channels and positions, as '{end}' is")
            node = nir.Linear(weight=np.array(block)) if bias is None else \
                nir.Affine(weight=np.array(block), bias=np.array(bias))
        else:
            each = (np.zeros(sizes[target]) if bias is None else bias).reshape(shapes[target][0], -1)
            if np.ptp(each, axis=1).any():
                raise ValueError(f"population '{target}': NIR has one bias a channel, not one a unit")
            two = connection["kind"] == "conv2d"
            sides = {key: _sides(connection.get(key, default), two)
                     for key, default in (("stride", 1), ("padding", 0), ("dilation", 1))}
            node = (nir.Conv2d if two else nir.Conv1d)(
                input_shape=tuple(spreads[source][1:]) if two else spreads[source][1], weight=np.array(block),
                groups=int(connection.get("groups", 1)), bias=each[:, 0].copy(), **sides)
        add(name, node, "exact", "")
        edges += [(at, name), (name, target)]
    if biases:
        raise ValueError(f"population '{next(iter(biases))}': has a bias and no connections to carry it")
    sends = {connection["from"] for connection in connections}
    for name, kind, _, _ in net.populations:
        if name not in sends and kind != "input":
            add(f"{name}_output", nir.Output(output_type=shape_of(name)), "exact", f"shows {name}")
            edges.append((name, f"{name}_output"))
    return nir.NIRGraph(nodes=nodes, edges=edges, type_check=False), report


def _spreads(connections: list[dict[str, Any]], shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Shapes of the nodes at either end of a convolution: over rows too, where that is."""
    spreads: dict[str, tuple[int, ...]] = {}
    for connection in connections:
        kind = connection.get("kind", "dense")
        if kind == "dense":
            continue
        for name in (connection["from"], connection["to"]):
            shape = shapes[name]
            if kind == "conv2d" and len(shape) == 2:
                shape = (shape[0], 1, shape[1])
            if spreads.setdefault(name, shape) != shape:
                raise ValueError(f"population '{name}': has connections 'conv1d' and 'conv2d', and NIR's nodes of these "
                                 "are of different shapes")
    return spreads


def _sides(value: Any, two: bool) -> Any:
    """(rows, columns) of a setting of a convolution over both, else its number."""
    if not two:
        return int(value)
    rows, columns = (value, value) if isinstance(value, int) else value
    return int(rows), int(columns)


def _taus(values: dict[str, Any], section: dict[str, Any], name: str, key: str, default: float,
          shape: tuple[int, ...]) -> Any:
    learned = values.get(f"{name}.log_{key}")
    if learned is None:
        return np.full(shape, float(section.get(key, default)))
    return np.broadcast_to(np.exp(learned), (int(np.prod(shape)),)).reshape(shape).copy()


def _delays(values: dict[str, Any], connection: dict[str, Any], source: str, target: str, dt: float, times: float,
            size: int) -> Any:
    """Of each unit of the source, in the graph's unit of time."""
    if connection.get("delay_per") == "synapse":
        raise ValueError(f"connection '{source}->{target}': NIR delays what a node gives, not single weights: "
                         f"delay_per = \"synapse\" is not exported")
    learned = values.get(f"{source}->{target}.delays")
    if learned is not None:
        return dt * np.array(learned)
    given = connection.get("delays", connection.get("delay", 0.0))
    if isinstance(given, dict):
        raise ValueError(f"connection '{source}->{target}': delays that an initialiser draws are not exported")
    return times * np.broadcast_to(np.asarray(given, float), (size,))


def _reset_notes(name: str, reset: str, takes_input: bool) -> str:
    """`takes_input`: of units whose multiplicative reset takes the input of its step too."""
    if reset in ("subtractive", "subtractive-leak", "none"):
        raise ValueError(f"population '{name}': NIR has no reset '{reset}': a spike sets the potential to v_reset")
    if reset == "multiplicative-leak" or not takes_input:
        return ""
    return "the reset takes the input of its step too, NIR's does not"


def _output_notes(name: str, output: str) -> str:
    if output == "analog":
        raise ValueError(f"population '{name}': NIR has no units that send numbers")
    return "spikes are drawn here, and come at the threshold in NIR" if output == "stochastic" else ""
