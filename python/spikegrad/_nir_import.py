# SPDX-License-Identifier: Apache-2.0
"""Nodes of NIR as units here. The equations of NIR are continuous in time:

    CubaLIF   tau_syn I' = -I + w_in S,   tau_mem v' = (v_leak - v) + r I,   a spike where v > v_threshold: v := v_reset
    LIF       the same with the input for I;   IF   v' = r I;   CubaLI, LI, I   the same without spikes

and exact for an input that is held for a step (exponential Euler), lambda = exp(-dt/tau): `lif`, `leaky` and `integrate`
here, their drive scaled. Of a readout without synaptic filter tau_syn is so short that lambda is 0; without leak tau_mem
is so long that it is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._nir_graph import READOUTS, Floats, kind_of

NO_FILTER = 1e-3  # tau_syn in steps: exp(-1000) is 0
NO_LEAK = 1e6  # tau_mem in lengths of the run


@dataclass
class UnitSettings:
    """A population here: what its incoming weights are multiplied by, and its constant drive besides theirs."""

    kind: str
    tau_mem: Floats
    tau_syn: Floats
    gain: Floats  #: of a spike
    bias_gain: Floats  #: of a constant input
    drive: Floats  #: constant, from leak and reset
    threshold: float = 1.0
    reset: str = ""
    v_reset: float = 0.0  #: of `leaky` and `integrate`
    notes: tuple[str, ...] = ()  #: where it is approximated, how


def settings_of(name: str, node: Any, size: int, dt: float, steps: int, time_unit: float, held: bool, euler: bool,
                reset: str) -> UnitSettings:
    """Raises ValueError, naming the node, for what there is no unit for."""
    kind = kind_of(node)

    def numbers(field: str, default: float = 0.0) -> Floats:
        value = getattr(node, field, None)
        values = np.asarray(default if value is None else value, float).ravel()
        if not np.isfinite(values).all():
            raise ValueError(f"NIR node '{name}': {field} must be finite")
        every: Floats = np.broadcast_to(values, (size,)).copy()
        return every

    def taus(field: str) -> Floats:
        tau = numbers(field) * time_unit
        if (tau <= 0).any():
            raise ValueError(f"NIR node '{name}': {field} must be positive")
        if not euler:
            return tau
        if (tau < dt * (1 - 1e-9)).any():
            raise ValueError(f"NIR node '{name}': {field} {tau.min():g} s is shorter than dt, {dt:g} s: no Euler step "
                             "of it decays (is time_unit right?)")
        with np.errstate(divide="ignore"):
            exact = -dt / np.log(np.maximum(1.0 - dt / tau, 0.0))  # exp(-dt/exact) = 1 - dt/tau
        longer: Floats = np.maximum(exact, NO_FILTER * dt)
        return longer

    if kind == "Threshold":
        threshold = numbers("threshold")
        ones, nothing = np.ones(size), np.zeros(size)
        return _scaled(name, UnitSettings("binary", nothing, nothing, ones, ones, nothing), threshold)

    notes: tuple[str, ...] = ()
    r = numbers("r", 1.0)
    leaky, filtered = kind not in ("IF", "I"), kind.startswith("Cuba")
    # A reset that takes the input of its step too is one of `lif` alone.
    plain = kind in ("LIF", "IF") and reset != "multiplicative"
    tau_mem = taus("tau_mem" if filtered else "tau") if leaky else np.full(size, NO_LEAK * dt * steps)
    tau_syn = taus("tau_syn") if filtered else np.full(size, NO_FILTER * dt)
    open_mem, open_syn = -np.expm1(-dt / tau_mem), -np.expm1(-dt / tau_syn)
    if not leaky and not plain:
        notes += (f"no leak is a leak of tau_mem {tau_mem[0]:g} s: at most {1 / NO_LEAK:g} of a potential in the run",)
    if plain and not leaky:  # whose drive is added as it is
        open_mem = np.ones(size)
    # The potential here is (1 - lambda_m) times the current: what a current of 1 must become for v to be right.
    current = r if leaky else r * (dt / time_unit) / open_mem
    if filtered:
        w_in = numbers("w_in", 1.0)
        bias_gain = current * w_in * open_syn
        gain = bias_gain if held else current * w_in / (numbers("tau_syn"))
    else:
        bias_gain = current
        gain = current if held else (r / (numbers("tau") * open_mem) if leaky else r / open_mem)
    v_leak = numbers("v_leak")
    unit = "readout" if kind in READOUTS else "lif" if not plain else "leaky" if leaky else "integrate"
    settings = UnitSettings(unit, tau_mem, tau_syn, gain, bias_gain, v_leak * open_syn, notes=notes)
    late = ("v_leak and v_reset differ: the leak is a constant drive, which comes through the synaptic filter",)
    if kind in READOUTS:
        if filtered and v_leak.any():
            settings.notes += ("v_leak is a constant drive, which comes through the synaptic filter",)
        return settings
    settings.reset = "multiplicative-leak" if reset == "nir" else reset
    threshold, v_reset = numbers("v_threshold"), numbers("v_reset")
    if settings.reset.startswith("subtractive"):
        rest = v_leak  # potentials here are v - v_leak
        settings.drive = np.zeros(size)
        if settings.reset == "subtractive" and leaky:
            settings.notes += ("the threshold is taken off after the step's leak, as asked for",)
    elif plain and _are_one((v_reset - v_leak) / _unit(threshold - v_leak)):
        rest = v_leak
        settings.drive = np.zeros(size)
        settings.v_reset = float((v_reset - v_leak)[0])
    else:
        rest = v_reset  # potentials here are v - v_reset
        differs = v_leak - rest
        settings.drive = differs * open_syn if leaky else np.zeros(size)
        if differs.any():
            settings.notes += (late if filtered else ()) + ("potentials begin at v_reset",)
        if reset == "multiplicative":
            settings.notes += ("a reset takes the input of its step too, as asked for",)
    if plain and settings.reset.startswith("multiplicative"):
        settings.reset = "multiplicative"  # which it calls that of NIR
    return _scaled(name, settings, threshold - rest)


def _are_one(values: Floats) -> bool:
    """To the rounding of the float32 that files are written in."""
    return bool(np.ptp(values) <= 1e-7 * np.abs(values).max())


def _unit(threshold: Floats) -> Floats:
    """What potentials are measured in: thresholds that differ, else as they are."""
    return np.ones_like(threshold) if np.ptp(threshold) == 0 or (threshold <= 0).any() else threshold


def _scaled(name: str, settings: UnitSettings, threshold: Floats) -> UnitSettings:
    """Thresholds that differ become 1: potentials are measured in thresholds."""
    if np.ptp(threshold) == 0:
        settings.threshold = float(threshold[0])
        return settings
    if (threshold <= 0).any():
        raise ValueError(f"NIR node '{name}': thresholds that differ must lie above v_reset and v_leak, so that "
                         "potentials can be measured in them")
    settings.gain, settings.bias_gain = settings.gain / threshold, settings.bias_gain / threshold
    settings.drive, settings.v_reset = settings.drive / threshold, settings.v_reset / float(threshold[0])
    settings.threshold = 1.0
    return settings
