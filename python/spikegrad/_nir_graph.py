# SPDX-License-Identifier: Apache-2.0
"""Graphs of NIR taken apart: populations, and the matrices that lead from one to another through linear nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SPIKING = ("LIF", "CubaLIF", "IF", "Threshold")
READOUTS = ("LI", "CubaLI", "I")
LINEAR = ("Linear", "Affine", "Scale", "Flatten", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Delay", "Wire")
LARGEST = 2**27  # numbers of a matrix, 1 GB


class Wire:
    """The input or output of a graph inside another: what comes goes on."""


def kind_of(node: Any) -> str:
    return type(node).__name__


def flattened(graph: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Nodes and edges, those of graphs inside it among them, as "inner.node"."""
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []

    def visit(graph: Any, prefix: str) -> None:
        for name, node in graph.nodes.items():
            if kind_of(node) == "NIRGraph":
                visit(node, f"{prefix}{name}.")
            else:
                nodes[prefix + name] = Wire() if prefix and kind_of(node) in ("Input", "Output") else node
        for source, target in graph.edges:
            edges.extend((a, b) for a in ends(graph, source, prefix, "Output")
                         for b in ends(graph, target, prefix, "Input"))

    def ends(graph: Any, name: str, prefix: str, wanted: str) -> list[str]:
        if name not in graph.nodes:
            raise ValueError(f"NIR: an edge names '{prefix}{name}', which is no node")
        node = graph.nodes[name]
        if kind_of(node) != "NIRGraph":
            return [prefix + name]
        found = [f"{prefix}{name}.{inner}" for inner, of in node.nodes.items() if kind_of(of) == wanted]
        if not found:
            raise ValueError(f"NIR: the graph '{prefix}{name}' has no {wanted} node")
        return found

    visit(graph, "")
    return nodes, list(dict.fromkeys(edges))


def apply(name: str, node: Any, x: Floats) -> Floats:
    """What a linear node makes of x [columns, shape …], without its bias."""
    kind = kind_of(node)
    if kind in ("Linear", "Affine"):
        weight = np.asarray(node.weight, float)
        if weight.ndim != 2 or x.shape[-1] != weight.shape[-1]:
            raise ValueError(f"NIR node '{name}': a weight of shape {list(weight.shape)} does not take "
                             f"{list(x.shape[1:])} values")
        product: Floats = x @ weight.T
        return product
    if kind == "Scale":
        scaled: Floats = x * np.asarray(node.scale, float)
        return scaled
    if kind == "Flatten":
        shape = x.shape[1:]
        first, last = int(node.start_dim) % len(shape), int(node.end_dim) % len(shape)
        if int(node.start_dim) >= len(shape):
            return x
        return x.reshape(len(x), *shape[:first], -1, *shape[last + 1:])
    if kind in ("Delay", "Wire"):
        return x
    two = kind != "Conv1d"
    if x.ndim != (4 if two else 3):
        raise ValueError(f"NIR node '{name}' ({kind}): takes [channel, {'y, x' if two else 'position'}], "
                         f"not values of shape {list(x.shape[1:])}")
    if kind in ("SumPool2d", "AvgPool2d"):
        size = _pair(node.kernel_size)
        one = np.ones((1, 1, *size)) / (size[0] * size[1] if kind == "AvgPool2d" else 1)
        channels = x.shape[1]
        rows = x.reshape(-1, 1, *x.shape[2:])
        out = _convolve(name, rows, one, _pair(node.stride), _pair(node.padding), (1, 1), 1)
        return out.reshape(len(x), channels, *out.shape[2:])
    weight = np.asarray(node.weight, float)
    if not two:
        out = _convolve(name, x[:, :, None, :], weight[:, :, None, :], (1, _one(node.stride)),
                        node.padding if isinstance(node.padding, str) else (0, _one(node.padding)),
                        (1, _one(node.dilation)), int(node.groups))
        return out[:, :, 0, :]
    padding = node.padding if isinstance(node.padding, str) else _pair(node.padding)
    return _convolve(name, x, weight, _pair(node.stride), padding, _pair(node.dilation), int(node.groups))


def bias_of(node: Any, shape: tuple[int, ...]) -> Floats | None:
    """The bias that a node adds to values of that shape, or nothing."""
    if kind_of(node) not in ("Affine", "Conv1d", "Conv2d") or node.bias is None:
        return None
    bias = np.asarray(node.bias, float)
    if not np.any(bias):
        return None
    if kind_of(node) != "Affine":
        bias = bias.reshape(-1, *[1] * (len(shape) - 1))
    return np.broadcast_to(bias, shape).astype(float)


def _one(value: Any) -> int:
    return int(np.asarray(value).ravel()[0])


def _pair(value: Any) -> tuple[int, int]:
    values = np.asarray(value).ravel()
    return int(values[0]), int(values[-1])


def _convolve(name: str, x: Floats, weight: Floats, stride: tuple[int, int], padding: tuple[int, int] | str,
              dilation: tuple[int, int], groups: int) -> Floats:
    """x [columns, channel in, y, x], weight [channel out, channel in of a group, y, x]."""
    reach = [dilation[d] * (weight.shape[2 + d] - 1) for d in (0, 1)]
    if padding == "same":
        around = [(r // 2, r - r // 2) for r in reach]
    elif padding == "valid":
        around = [(0, 0), (0, 0)]
    else:
        around = [(int(p), int(p)) for p in padding]
    if x.shape[1] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ValueError(f"NIR node '{name}': weights of shape {list(weight.shape)} in {groups} groups do not take "
                         f"{x.shape[1]} channels")
    x = np.pad(x, [(0, 0), (0, 0), *around])
    size = [(x.shape[2 + d] - reach[d] - 1) // stride[d] + 1 for d in (0, 1)]
    if min(size) < 1:
        raise ValueError(f"NIR node '{name}': the kernel is larger than its input")
    out = np.zeros((len(x), weight.shape[0], *size))
    per_in, per_out = weight.shape[1], weight.shape[0] // groups
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            at = x[:, :, i * dilation[0]:, j * dilation[1]:][:, :, ::stride[0], ::stride[1]][:, :, :size[0], :size[1]]
            for g in range(groups):
                part = slice(g * per_out, (g + 1) * per_out)
                out[:, part] += np.einsum("kchw,oc->kohw", at[:, g * per_in:(g + 1) * per_in], weight[part, :, i, j])
    return out


@dataclass
class Link:
    """From one population to another: weights [post, pre], and delays [pre] in the graph's unit of time."""

    weights: Floats
    delays: Floats


@dataclass
class Parts:
    """A graph taken apart."""

    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)  #: of populations, in the order they are reached
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    biases: dict[str, Floats] = field(default_factory=dict)  #: constant drive of a population [unit]
    outputs: dict[str, list[str]] = field(default_factory=dict)  #: of Output nodes: the populations that they show


def size_of(node: Any) -> int:
    """Units of a population by its own parameters; 1 may stand for any number."""
    names = ("tau", "tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "threshold", "w_in")
    return max(np.asarray(getattr(node, name)).size for name in names if getattr(node, name, None) is not None)


def _own_shape(node: Any) -> tuple[int, ...]:
    names = ("tau_mem", "tau", "r", "threshold")
    return next(np.asarray(getattr(node, name)).shape for name in names if getattr(node, name, None) is not None)


def take_apart(nodes: Mapping[str, Any], edges: list[tuple[str, str]]) -> Parts:
    """Follows each population's output, and each bias, through linear nodes to the populations that it drives."""
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        after[source].append(target)
    for name, node in nodes.items():
        if kind_of(node) not in (*SPIKING, *READOUTS, *LINEAR, "Input", "Output"):
            raise ValueError(f"NIR node '{name}': there is nothing here for a node of type {kind_of(node)}")
    parts = Parts()
    waiting = [name for name, node in nodes.items() if kind_of(node) == "Input"]
    for name in waiting:
        parts.shapes[name] = tuple(int(n) for n in np.ravel(next(iter(nodes[name].input_type.values()))))

    def arrive(target: str, shape: tuple[int, ...]) -> None:
        if kind_of(nodes[target]) in ("Output", *LINEAR):
            return
        own, size = size_of(nodes[target]), int(np.prod(shape))
        if own not in (1, size):
            raise ValueError(f"NIR node '{target}': has {own} units, but what comes to it {size}")
        if target not in parts.shapes:
            parts.shapes[target] = shape
            waiting.append(target)

    def paths(at: str, x: Floats, delays: Floats, plain: bool,
              seen: tuple[str, ...]) -> Iterator[tuple[str, Floats, Floats]]:
        for target in after[at]:
            node = nodes[target]
            arrive(target, x.shape[1:])
            if kind_of(node) not in LINEAR:
                yield target, x, delays
                continue
            if target in seen:
                raise ValueError(f"NIR node '{target}': linear nodes go around in a circle")
            later = delays
            if kind_of(node) == "Delay":
                d = np.broadcast_to(np.asarray(node.delay, float), x.shape[1:]).ravel()
                if not plain and np.ptp(d) > 0:
                    raise ValueError(f"NIR node '{target}': delays that differ stand before the weights here, for each "
                                     "unit of the source")
                later = delays + (d if plain and len(d) == len(delays) else d[0])
            out = apply(target, node, x)
            if out.size > LARGEST:
                raise ValueError(f"NIR node '{target}': as a dense matrix it would have {out.size} numbers")
            bias = bias_of(node, out.shape[1:])
            if bias is not None and target not in biased:
                biased.add(target)
                constants.append((target, bias))
            still = plain and kind_of(node) in ("Delay", "Flatten", "Wire")
            yield from paths(target, out, later, still, (*seen, target))

    biased: set[str] = set()
    constants: list[tuple[str, Floats]] = []
    while True:
        while waiting:
            source = waiting.pop(0)
            shape = parts.shapes[source]
            size = int(np.prod(shape))
            for target, x, delays in paths(source, np.eye(size).reshape(size, *shape), np.zeros(size), True, ()):
                if kind_of(nodes[target]) == "Output":
                    if len(x) != x[0].size or not np.array_equal(x.reshape(len(x), -1), np.eye(len(x))):
                        raise ValueError(f"NIR node '{target}': linear nodes lead to it; end in a readout (LI, CubaLI)")
                    parts.outputs.setdefault(target, []).append(source)
                    continue
                if kind_of(nodes[source]) in READOUTS:
                    raise ValueError(f"NIR node '{source}': is a readout, which sends nothing on to '{target}'")
                weights = x.reshape(len(x), -1).T
                link = parts.links.get((source, target))
                if link is None:
                    parts.links[source, target] = Link(weights, delays)
                elif np.array_equal(link.delays, delays):
                    link.weights = link.weights + weights
                else:
                    raise ValueError(f"NIR: '{source}' reaches '{target}' with two delays")
        # Nodes without a way from an input: their own size is all there is.
        left = [name for name, node in nodes.items()
                if kind_of(node) in (*SPIKING, *READOUTS) and name not in parts.shapes]
        if not left:
            break
        parts.shapes[left[0]] = _own_shape(nodes[left[0]]) or (1,)
        waiting.append(left[0])
    for node_name, bias in constants:
        for target, x, _ in paths(node_name, bias[None], np.zeros(1), False, (node_name,)):
            if kind_of(nodes[target]) != "Output":
                parts.biases[target] = parts.biases.get(target, 0.0) + x.ravel()
    return parts
