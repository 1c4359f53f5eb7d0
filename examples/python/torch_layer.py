# SPDX-License-Identifier: Apache-2.0
"""A spiking net inside a larger PyTorch net, trained by a torch optimiser; and the same net in snnTorch, on time.

    python examples/python/torch_layer.py [--updates 40] [--batch 128] [--threads 2]

Real-valued time series of ten classes go through a linear layer and a sigmoid into a spiking net (128 recurrent LIF
units and a readout), whose largest potentials are the logits. Where snntorch is installed, the same net is made of its
neurons (Synaptic, reset to zero, the same time constants, surrogate and initial weights), trained alike, and the times
are compared. How far a few updates come depends on the initial weights more than on anything else.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time

import torch

import spikegrad as sg

STEPS, FEATURES, CURRENTS, HIDDEN, CLASSES, DT = 100, 40, 64, 128, 10, 1e-3
TAU_MEM, TAU_SYN, SLOPE = 10e-3, 5e-3, 10.0


def series(batch: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes differ in the phase at which each feature swings."""
    labels = torch.randint(CLASSES, (batch,), generator=generator)
    phases = torch.rand(CLASSES, FEATURES, generator=torch.Generator().manual_seed(1)) * 2 * math.pi
    t = torch.arange(STEPS) * 2 * math.pi / STEPS
    x = torch.sin(t[None, :, None] + phases[labels][:, None, :])
    return x + 0.5 * torch.randn(batch, STEPS, FEATURES, generator=generator), labels


def spiking_layer(threads: int) -> sg.torch.Layer:
    m = sg.Model(dt=DT, steps=STEPS, seed=1)
    x = m.input("x", CURRENTS)
    h = m.lif("h", HIDDEN, tau_mem=TAU_MEM, tau_syn=TAU_SYN, output="deterministic", surrogate=sg.superspike(SLOPE))
    o = m.readout("o", CLASSES, tau_mem=TAU_MEM, tau_syn=TAU_SYN)
    m.connect(x, h, init=sg.normal(0.0, 1.0))
    m.connect(h, h, init=sg.normal(0.0, 0.2))
    m.connect(h, o, init=sg.normal(0.0, 0.2))
    return sg.torch.Layer(m, output="o", threads=threads)


def with_spikegrad(threads: int) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(FEATURES, CURRENTS), torch.nn.Sigmoid(), spiking_layer(threads))


class SnnTorchNet(torch.nn.Module):
    """The same, step by step."""

    def __init__(self) -> None:
        super().__init__()
        import snntorch

        alpha, beta = math.exp(-DT / TAU_SYN), math.exp(-DT / TAU_MEM)
        slope = snntorch.surrogate.fast_sigmoid(SLOPE)
        self.front = torch.nn.Linear(FEATURES, CURRENTS)
        self.weights = torch.nn.Linear(CURRENTS, HIDDEN, bias=False)
        self.loop = torch.nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.out = torch.nn.Linear(HIDDEN, CLASSES, bias=False)
        self.hidden = snntorch.Synaptic(alpha, beta, spike_grad=slope, reset_mechanism="zero")
        self.readout = snntorch.Synaptic(alpha, beta, reset_mechanism="none")
        self.gain = 1.0 - beta  # of the membrane: snnTorch adds the current as it is

    def begin_as(self, net: torch.nn.Module) -> None:
        """With the weights of with_spikegrad()."""
        self.front.load_state_dict(net[0].state_dict())
        with torch.no_grad():
            for layer, name in ((self.weights, "x->h"), (self.loop, "h->h"), (self.out, "h->o")):
                layer.weight.copy_(net[2].get_parameter(name))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        drives = self.weights(torch.sigmoid(self.front(x))).transpose(0, 1)
        hidden, readout = self.hidden.reset_mem(), self.readout.reset_mem()
        spikes, potentials = torch.zeros(x.shape[0], HIDDEN), []
        for drive in drives:
            spikes, *hidden = self.hidden(self.gain * (drive + self.loop(spikes)), *hidden)
            _, *readout = self.readout(self.gain * self.out(spikes), *readout)
            potentials.append(readout[1])
        return torch.stack(potentials, 1)


def train(net: torch.nn.Module, updates: int, batch: int) -> tuple[float, float]:
    """Milliseconds of an update in the middle, and the accuracy of the last ten."""
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    generator = torch.Generator().manual_seed(7)
    times, right = [], []
    for _ in range(updates):
        x, labels = series(batch, generator)
        begin = time.perf_counter()
        optimiser.zero_grad()
        logits = net(x).amax(1)
        torch.nn.functional.cross_entropy(logits, labels).backward()
        optimiser.step()
        times.append(1e3 * (time.perf_counter() - begin))
        right.append((logits.argmax(1) == labels).float().mean().item())
    return statistics.median(times), statistics.mean(right[-10:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    net = with_spikegrad(arguments.threads)
    try:
        other = SnnTorchNet()
        other.begin_as(net)
    except ImportError:
        other = None
    ours, accuracy = train(net, arguments.updates, arguments.batch)
    print(f"spikegrad: {ours:.1f} ms an update, accuracy {accuracy:.2f}")
    if other is None:
        print("snntorch is not installed: nothing to compare with")
        return
    theirs, accuracy = train(other, arguments.updates, arguments.batch)
    print(f"snnTorch:  {theirs:.1f} ms an update, accuracy {accuracy:.2f}")
    print(f"snnTorch takes {theirs / ours:.1f} times as long")


if __name__ == "__main__":
    main()
