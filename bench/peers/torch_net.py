# SPDX-License-Identifier: Apache-2.0
"""The net of a shape in PyTorch around the neurons of a library.

A library gives Neurons: `spiking(layer)` and `readout()` make modules, `step(module, current, state)` one step
of either, and, where it has them, `sequence(module, currents)` all steps of a layer without recurrence.
Feed-forward products are made for all steps at once, the fastest way that all these libraries allow.
"""

import numpy
import torch

import common


class Net(torch.nn.Module):
    def __init__(self, shape, neurons):
        super().__init__()
        self.shape, self.neurons = shape, neurons
        layers = shape.layers()
        self.forward_ops, self.loops, self.cells = (torch.nn.ModuleList() for _ in range(3))
        for index, (channels, _) in enumerate(layers):
            if shape.convolutional:
                filters, kernel, stride = shape.CONVOLUTIONS[index]
                before = layers[index - 1][0] if index else 1
                self.forward_ops.append(torch.nn.Conv1d(before, filters, kernel, stride, bias=False))
                self.loops.append(torch.nn.Conv1d(filters, filters, 5, padding=2, bias=False))
            else:
                before = layers[index - 1][0] if index else shape.inputs
                self.forward_ops.append(torch.nn.Linear(before, channels, bias=False))
                if shape.recurrent:
                    self.loops.append(torch.nn.Linear(channels, channels, bias=False))
            self.cells.append(neurons.spiking())
        last = layers[-1][0] * layers[-1][1]
        self.out = torch.nn.Linear(last, shape.classes, bias=False)
        self.out_cell = neurons.readout()
        self.rates = [0.0] * len(layers)
        with torch.no_grad():
            for op in self.forward_ops:
                op.weight.normal_(0, 2 / (op.weight[0].numel() ** 0.5))
            for op in self.loops:
                op.weight.normal_(0, 0.5 / (op.weight[0].numel() ** 0.5))

    def layer(self, index, spikes):
        steps, batch = spikes.shape[:2]
        currents = self.forward_ops[index](spikes.flatten(0, 1)).unflatten(0, (steps, batch))
        cell, step = self.cells[index], self.neurons.step
        if len(self.loops) == 0 and hasattr(self.neurons, "sequence"):
            return self.neurons.sequence(cell, currents)
        loop = self.loops[index] if len(self.loops) else None
        state, out, last = None, [], None
        for current in currents.unbind(0):
            if loop is not None and last is not None:
                current = current + loop(last)
            last, state = step(cell, current, state)
            out.append(last)
        return torch.stack(out)

    def hidden(self, spikes, layers):
        for index in range(layers):
            spikes = self.layer(index, spikes)
            self.rates[index] = spikes.detach().mean().item()
        return spikes

    def forward(self, spikes):
        spikes = self.hidden(spikes, len(self.cells))
        currents = self.out(spikes.flatten(2))
        state, largest = None, None
        for current in currents.unbind(0):
            potential, state = self.neurons.step(self.out_cell, current, state)
            largest = potential if largest is None else torch.maximum(largest, potential)
        return largest


def dense(shape, events):
    """The tensor [steps, batch, units] that these libraries want, made of the events."""
    batch = len(events.labels)
    flat = torch.zeros(shape.steps * batch * shape.inputs)
    index = torch.from_numpy((events.step * batch + events.sample) * shape.inputs + events.unit)
    flat[index] = 1.0
    spikes = flat.view(shape.steps, batch, shape.inputs)
    return spikes.unsqueeze(2) if shape.convolutional else spikes


def builder(make_neurons):
    return builder_of(lambda shape: Net(shape, make_neurons(shape)))


def builder_of(make_net):
    """`make_net(shape)`: a module with forward_ops, loops, cells, hidden() and rates, as Net has them."""
    def build(shape, events, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        net = make_net(shape)
        few = dense(shape, events.first(8))

        def rate_of(layer):
            with torch.no_grad():
                net.hidden(few, layer + 1)
            return net.rates[layer]

        def scale_layer(layer, factor):
            with torch.no_grad():
                net.forward_ops[layer].weight *= factor
                if len(net.loops):
                    net.loops[layer].weight *= factor

        common.scaled(rate_of, scale_layer, len(net.cells), shape.rate)

        def run():
            net.zero_grad()
            spikes, labels = dense(shape, events), torch.from_numpy(events.labels)
            loss = torch.nn.functional.cross_entropy(net(spikes), labels, reduction="sum")
            loss.backward()
            rates.update({f"h{index}": rate for index, rate in enumerate(net.rates, 1)})
            return loss.item() / shape.batch

        rates = {"x": len(events.unit) / (shape.batch * shape.steps * shape.inputs)}
        return run, rates, int(numpy.sum([w.numel() for w in net.parameters()]))

    return build
