# SPDX-License-Identifier: Apache-2.0
"""Graphs of NIR for tests, and what their nodes do by their own equations."""

from __future__ import annotations

import numpy as np
import pytest

nir = pytest.importorskip("nir")

DT, STEPS = 1e-3, 60


def raster(units: int, steps: int = STEPS, rate: float = 0.3, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, units)) < rate).astype(float)


def weight(post: int, pre: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 0.6, (post, pre))


def cuba(size: int, **given: object) -> nir.CubaLIF:
    ones = np.ones(size)
    return nir.CubaLIF(**{"tau_syn": 5e-3 * ones, "tau_mem": 10e-3 * ones, "r": ones, "v_leak": 0 * ones,
                          "v_threshold": ones, "w_in": 20.0 * ones, **given})


def chain(*nodes: object) -> nir.NIRGraph:
    return nir.NIRGraph.from_list(*nodes, type_check=False)  # which does not know groups of channels


def by_hand(node: nir.NIRNode, current: np.ndarray, dt: float = DT) -> tuple[np.ndarray, np.ndarray]:
    """Potentials and spikes of a node for input `current` [step, unit], each held for a step: exponential Euler. A
    spike at the end of a step sets the potential to v_reset."""
    size = current.shape[1]
    one = lambda name, default: np.broadcast_to(np.asarray(getattr(node, name, default), float).ravel(), (size,))
    r, leak = one("r", 1.0), one("v_leak", 0.0)
    v, i = leak.copy(), np.zeros(size)
    potentials, spikes = [], []
    for x in current:
        if hasattr(node, "tau_syn"):
            decay = np.exp(-dt / one("tau_syn", 1.0))
            used, i = i, decay * i + (1 - decay) * one("w_in", 1.0) * x
        else:
            used = x
        if hasattr(node, "tau_mem") or hasattr(node, "tau"):
            decay = np.exp(-dt / one("tau_mem" if hasattr(node, "tau_mem") else "tau", 1.0))
            v = decay * v + (1 - decay) * (leak + r * used)
        else:
            v = v + dt * r * used
        potentials.append(v.copy())
        if hasattr(node, "v_threshold"):
            s = v > one("v_threshold", 1.0)
            v = np.where(s, one("v_reset", 0.0), v)
            spikes.append(s.astype(float))
    return np.array(potentials), np.array(spikes)


ONES = np.ones(4)
SPREAD = np.array([0.6, 0.8, 1.0, 1.3])
UNITS = {
    "CubaLIF": cuba(4),
    "CubaLIF, taus and thresholds that differ": cuba(4, tau_mem=10e-3 * SPREAD, tau_syn=4e-3 * SPREAD,
                                                     v_threshold=SPREAD, w_in=20.0 * SPREAD, r=SPREAD),
    "CubaLIF, leak and reset": cuba(4, v_leak=0.2 * ONES, v_reset=0.2 * ONES),
    "LIF": nir.LIF(tau=10e-3 * ONES, r=3 * ONES, v_leak=0 * ONES, v_threshold=ONES),
    "LIF, all differ": nir.LIF(tau=10e-3 * SPREAD, r=3 * SPREAD, v_leak=0 * ONES, v_threshold=SPREAD),
    "LIF, reset below the leak": nir.LIF(tau=10e-3 * ONES, r=3 * ONES, v_leak=0 * ONES, v_threshold=ONES,
                                         v_reset=-0.5 * ONES),
    "LIF, reset and leak": nir.LIF(tau=10e-3 * SPREAD, r=3 * SPREAD, v_leak=0.2 * ONES, v_threshold=ONES,
                                   v_reset=0.1 * ONES),
    "LIF, reset and leak in thresholds that differ": nir.LIF(tau=10e-3 * ONES, r=3 * ONES, v_leak=0.2 * ONES,
                                                             v_threshold=0.2 + SPREAD, v_reset=0.2 - 0.1 * SPREAD),
    "IF": nir.IF(r=200.0 * SPREAD, v_threshold=SPREAD),
    "IF, reset": nir.IF(r=200.0 * SPREAD, v_threshold=ONES, v_reset=-0.3 * ONES),
}


def recurrent(unit: nir.NIRNode) -> nir.NIRGraph:
    return nir.NIRGraph(
        nodes={"x": nir.Input(input_type=np.array([6])), "a": nir.Linear(weight=weight(4, 6)), "h": unit,
               "back": nir.Linear(weight=weight(4, 4, 5)), "out": nir.Output(output_type=np.array([4]))},
        edges=[("x", "a"), ("a", "h"), ("h", "back"), ("back", "h"), ("h", "out")])
