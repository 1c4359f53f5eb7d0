# SPDX-License-Identifier: Apache-2.0
"""The keywords of populations and sections, for type checkers and editors. At run time the library's own registry is
asked; a test holds these to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import numpy.typing as npt

from ._parts import Part

if TYPE_CHECKING:
    from typing import Literal

    PerUnit: TypeAlias = float | Sequence[float] | npt.NDArray[Any] | Part
    Learn: TypeAlias = Literal["none", "population", "unit"]
    BiasPer: TypeAlias = Literal["unit", "channel"]
    Output: TypeAlias = Literal["stochastic", "deterministic", "analog"]
    Reset: TypeAlias = Literal["multiplicative", "multiplicative-leak", "subtractive", "subtractive-leak", "none"]


class DelaySettings(TypedDict, total=False):
    """Of a connection: by how much later what its source sends acts."""

    delay: float  #: of all units, s
    delays: PerUnit  #: of each unit of the source, or each weight, s
    delay_per: Literal["source", "synapse"]  #: what has a delay of its own: a unit of the source, or a weight
    learn_delays: bool  #: are they trained, one for each unit of the source or each weight?
    max_delay: float  #: the longest of trained ones, s
    delay_sigma: float  #: width of the Gaussian that spreads trained delays of synapses in the first epoch, s
    delay_sigma_end: float  #: and in the end, s
    delay_sigma_part: float  #: share of the epochs after which it is reached


class ReadoutSettings(TypedDict, total=False):
    """Of leaky integrators without spikes."""

    bias: bool | PerUnit  #: a trained constant drive per unit
    bias_per: BiasPer  #: or one for all units of a channel
    learn_time_constants: Learn  #: which time constants are trained
    log_tau_mem: PerUnit  #: where they are trained, log(tau_mem / 1 s) to begin with
    log_tau_syn: PerUnit
    tau_mem: float  #: membrane time constant, s
    tau_syn: float  #: synaptic time constant, s


class SpikingSettings(TypedDict, total=False):
    """Of all units that spike."""

    bias: bool | PerUnit  #: a trained constant drive per unit
    bias_per: BiasPer  #: or one for all units of a channel
    output: Output  #: S = 1 with probability f(u - threshold); where u > threshold; or y = f(u - threshold)
    escape: Part | str  #: f
    surrogate: Part | str | Callable[[Any], Any]  #: g, what stands for f' in the backward pass; without it f' itself
    dropout: float  #: probability that a unit is silent to others in a training trial
    dropout_per: Literal["trial", "step"]  #: for the whole trial, or drawn anew in each step
    threshold: float


class MemorySettings(SpikingSettings, total=False):
    """Of units that spike and have a memory."""

    learn_threshold: Learn  #: is the threshold trained?
    initial_threshold: PerUnit  #: where it is trained, to begin with
    refractory_steps: int  #: steps after a spike in which the unit cannot spike
    differentiate_reset: bool  #: does the derivative pass through the unit's own reset?


class BinarySettings(SpikingSettings, total=False):
    """Of units without memory and delay."""


class LifSettings(MemorySettings, total=False):
    """Of leaky integrate-and-fire units."""

    tau_mem: float  #: membrane time constant, s
    tau_syn: float  #: synaptic time constant, s
    reset: Reset
    learn_time_constants: Learn
    log_tau_mem: PerUnit
    log_tau_syn: PerUnit


class AlifSettings(LifSettings, total=False):
    """Of LIF units whose spikes raise their threshold."""

    tau_adaptation: float  #: time constant of the threshold, s
    adaptation: float  #: beta; the threshold is threshold + beta a
    log_tau_adaptation: PerUnit


class SeAdlifSettings(MemorySettings, total=False):
    """Of adaptive LIF units that resonate."""

    tau_mem: float  #: membrane time constant, s
    tau_adaptation: float  #: time constant of the adaptation, s
    a: float  #: adaptation to the potential
    b: float  #: adaptation to each spike
    q: float  #: strength of both
    learn_time_constants: Learn
    log_tau_mem: PerUnit
    log_tau_adaptation: PerUnit
    learn_gains: Learn  #: which of a and b are trained
    initial_a: PerUnit  #: where they are trained, to begin with
    initial_b: PerUnit


class IntegrateSettings(MemorySettings, total=False):
    """Of integrate-and-fire units, which neither leak nor filter their synapses."""

    v_reset: float  #: where a multiplicative reset leads
    reset: Reset


class LeakySettings(IntegrateSettings, total=False):
    """Of leaky integrate-and-fire units without a synaptic filter."""

    tau_mem: float  #: membrane time constant, s
    learn_time_constants: Learn
    log_tau_mem: PerUnit


class TrainingSettings(TypedDict, total=False):
    """[training] of a model file."""

    estimator: str
    optimiser: str
    learning_rate: float
    learning_rates: Sequence[float]
    delay_rate: float
    epochs: int
    trials: int
    batch: int
    schedule: Literal["constant", "cosine", "step", "plateau", "one-cycle"]
    decay: float
    decay_epochs: int
    gradient_clip: float
    validation: float
    split: Literal["auto", "speakers", "stratified", "random"]
    validation_speakers: Sequence[int]
    select: Literal["accuracy", "loss", "last"]
    patience: int
    average: float
    momentum: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float


COMMON = frozenset({"bias", "bias_per"})
SPIKING = COMMON | {"output", "escape", "surrogate", "dropout", "dropout_per", "differentiate_reset",
                    "refractory_steps"}
