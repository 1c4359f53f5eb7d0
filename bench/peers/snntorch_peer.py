# SPDX-License-Identifier: Apache-2.0
"""snnTorch: Synaptic neurons (current and potential), reset to zero, fast sigmoid of slope 10."""

import snntorch
from snntorch import surrogate

import common
import torch_net


class Neurons:
    def __init__(self, shape):
        self.shape = shape

    def spiking(self):
        return snntorch.Synaptic(self.shape.alpha, self.shape.beta, spike_grad=surrogate.fast_sigmoid(10),
                                 reset_mechanism="zero")

    def readout(self):
        return snntorch.Synaptic(self.shape.alpha, self.shape.beta_out, reset_mechanism="none")

    def step(self, cell, current, state):
        spikes, synapse, potential = cell(current, *(state or cell.reset_mem()))
        return (potential if cell.reset_mechanism == "none" else spikes), (synapse, potential)


common.main("snntorch", "snntorch", torch_net.builder(Neurons))
