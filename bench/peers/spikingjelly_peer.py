# SPDX-License-Identifier: Apache-2.0
"""SpikingJelly: LIFNode (it has no synaptic current: less work than the others do), hard reset, many steps at once
where there is no recurrence."""

import torch
from spikingjelly.activation_based import functional, neuron, surrogate

import common
import torch_net


class Neurons:
    def __init__(self, shape):
        self.shape = shape

    def spiking(self):
        many = not self.shape.recurrent
        return neuron.LIFNode(tau=self.shape.taus[0], decay_input=False, v_reset=0.0, detach_reset=True,
                              surrogate_function=surrogate.ATan(), step_mode="m" if many else "s")

    def readout(self):
        return torch.nn.Identity()  # a leaky sum, written out in step()

    def step(self, cell, current, state):
        if isinstance(cell, torch.nn.Identity):
            state = current if state is None else self.shape.beta_out * state + current
            return state, state
        if state is None:
            functional.reset_net(cell)
        return cell(current), True

    def sequence(self, cell, currents):
        functional.reset_net(cell)
        return cell(currents)


common.main("spikingjelly", "spikingjelly", torch_net.builder(Neurons))
