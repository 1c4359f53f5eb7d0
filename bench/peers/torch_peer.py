# SPDX-License-Identifier: Apache-2.0
"""Shapes F and G in PyTorch alone, as the authors of these nets write them: no library above has them ready.

F: SE-adLIF units (Baronig et al. 2025), recurrent, with time constants and gains of their own that are learned.
G: two layers of LIF units whose inputs have learned axonal delays, interpolated between steps: gathers over time for all
steps at once, which is faster than a convolution with a kernel for each unit (Hammouamri et al. 2024).
torch_compiled_peer.py is the same program with its steps compiled.
"""

import common
import torch
import torch_net
from torch import nn


class SuperSpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / (10.0 * x.abs() + 1.0) ** 2


def se_adlif_step(alpha, beta, a, b, u, w, current):
    potential = alpha * u + (1.0 - alpha) * (current - w)
    spikes = SuperSpike.apply(potential - 1.0)
    u = potential * (1.0 - spikes.detach())
    return u, beta * w + (1.0 - beta) * 120.0 * (a * u + b * spikes), spikes


def lif_step(alpha: float, beta: float, u, synapse, current):
    spikes = SuperSpike.apply(u - 1.0)
    return beta * u * (1.0 - spikes.detach()) + (1.0 - beta) * synapse, alpha * synapse + current, spikes


def readout_step(alpha: float, beta: float, u, synapse, largest, current):
    return beta * u + (1.0 - beta) * synapse, alpha * synapse + current, torch.maximum(largest, u)


class SeAdlif(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.log_tau_mem = nn.Parameter(torch.full((width,), 10.0).log())
        self.log_tau_adaptation = nn.Parameter(torch.full((width,), 60.0).log())
        self.a, self.b = nn.Parameter(torch.full((width,), 0.5)), nn.Parameter(torch.full((width,), 1.0))

    def forward(self, currents, loop):
        alpha, beta = torch.exp(-torch.exp(-self.log_tau_mem)), torch.exp(-torch.exp(-self.log_tau_adaptation))
        u = w = spikes = torch.zeros_like(currents[0])
        out = []
        for current in currents.unbind(0):
            u, w, spikes = se_adlif_step(alpha, beta, self.a, self.b, u, w, current + loop(spikes))
            out.append(spikes)
        return torch.stack(out)


class Lif(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.alpha, self.beta = shape.alpha, shape.beta

    def forward(self, currents, loop=None):
        u = synapse = torch.zeros_like(currents[0])
        out = []
        for current in currents.unbind(0):
            u, synapse, spikes = lif_step(self.alpha, self.beta, u, synapse, current)
            out.append(spikes)
        return torch.stack(out)


class Delays(nn.Module):
    """Ŝ[t] = (1-φ) S[t - n] + φ S[t - n - 1], n = floor(d), φ = d - n, one d for each unit."""

    def __init__(self, units, longest):
        super().__init__()
        self.delays, self.longest = nn.Parameter(torch.rand(units) * longest), longest

    def forward(self, spikes):
        steps = spikes.shape[0]
        delays = self.delays.clamp(0, self.longest)
        whole = delays.detach().floor()
        part = delays - whole
        padded = nn.functional.pad(spikes, (0, 0, 0, 0, self.longest + 1, 0))
        at = torch.arange(steps)[:, None] + self.longest + 1 - whole.long()
        at = at[:, None].expand(spikes.shape)
        return (1.0 - part) * padded.gather(0, at) + part * padded.gather(0, at - 1)


class Net(nn.Module):
    def __init__(self, shape):
        super().__init__()
        sizes = [shape.inputs, *shape.hidden]
        pairs = list(zip(sizes, sizes[1:]))
        self.delays = nn.ModuleList(Delays(before, shape.delays) for before, _ in pairs if shape.delays)
        self.forward_ops = nn.ModuleList(nn.Linear(before, width, bias=False) for before, width in pairs)
        self.loops = nn.ModuleList(nn.Linear(width, width, bias=False) for width in shape.hidden if shape.recurrent)
        self.cells = nn.ModuleList(SeAdlif(width) if shape.resonating else Lif(shape) for width in shape.hidden)
        self.out = nn.Linear(sizes[-1], shape.classes, bias=False)
        self.shape, self.rates = shape, [0.0] * len(shape.hidden)
        with torch.no_grad():
            for op in self.forward_ops:
                op.weight.normal_(0, 2 / op.weight.shape[1] ** 0.5)
            for op in self.loops:
                op.weight.normal_(0, 0.5 / op.weight.shape[1] ** 0.5)

    def hidden(self, spikes, layers):
        for index in range(layers):
            sent = self.delays[index](spikes) if self.delays else spikes
            spikes = self.cells[index](self.forward_ops[index](sent), self.loops[index] if self.loops else None)
            self.rates[index] = spikes.detach().mean().item()
        return spikes

    def forward(self, spikes):
        u = synapse = largest = torch.zeros(spikes.shape[1], self.shape.classes)
        for current in self.out(self.hidden(spikes, len(self.cells))).unbind(0):
            u, synapse, largest = readout_step(self.shape.alpha, self.shape.beta_out, u, synapse, largest, current)
        return largest


if __name__ == "__main__":
    common.main("torch", "torch", torch_net.builder_of(Net))
