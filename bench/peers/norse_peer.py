# SPDX-License-Identifier: Apache-2.0
"""Norse: LIFCell (current and potential) with SuperSpike of slope 10, LICell as readout."""

import torch
from norse.torch.functional.leaky_integrator import LIParameters
from norse.torch.functional.lif import LIFParameters
from norse.torch.module.leaky_integrator import LICell
from norse.torch.module.lif import LIFCell

import common
import torch_net


class Neurons:
    def __init__(self, shape):
        membrane, synapse, out = (torch.tensor(1e3 / tau) for tau in shape.taus)
        self.hidden = LIFParameters(tau_syn_inv=synapse, tau_mem_inv=membrane, method="super",
                                    alpha=torch.tensor(10.0))
        self.leaky = LIParameters(tau_syn_inv=synapse, tau_mem_inv=out)

    def spiking(self):
        return LIFCell(self.hidden, dt=1e-3)

    def readout(self):
        return LICell(self.leaky, dt=1e-3)

    def step(self, cell, current, state):
        return cell(current, state)


common.main("norse", "norse", torch_net.builder(Neurons))
