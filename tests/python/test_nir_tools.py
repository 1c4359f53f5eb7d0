# SPDX-License-Identifier: Apache-2.0
"""Nets from and to other tools by NIR: their exports imported here and ours imported there, the same spikes into both,
and the spikes compared step by step. Where a tool does otherwise than its file says, the test shows it.

A spike moves a potential one step later here, two of a unit with a synaptic filter, so that each layer of spiking units
follows that of a tool in which it moves the same step by as many steps more than the layer before it."""

from __future__ import annotations

import numpy as np
import pytest

import spikegrad as sg

nir = pytest.importorskip("nir")
torch = pytest.importorskip("torch")
pytest.importorskip("nirtorch")
pytestmark = pytest.mark.filterwarnings("ignore")

STEPS = 60
INPUT = (np.random.default_rng(0).random((STEPS, 6)) < 0.3).astype(float)
X = torch.from_numpy(INPUT).float()


def differing(model: sg.Model, expected: list[np.ndarray]) -> list[int]:
    """Spikes of each layer that are not the tool's."""
    r = model.run(INPUT, engine="reference")
    layers = [p for p in model.populations.values() if p.kind != "input"]
    lag = lag_of(layers[0])
    assert len(layers) == len(expected) and all(layer.sum() > 5 for layer in expected)
    return [int(np.abs(r[p.name].output[0, late:] - layer[:-late]).sum())
            for p, layer, late in zip(layers, expected, (lag, 2 * lag))]


def lag_of(population: sg.Population) -> int:
    return {"lif": 2, "leaky": 1, "integrate": 1}[population.kind]


def two_layers(neuron, first: float, second: float):
    """Linear, units, linear, units; weights so that all of it spikes."""
    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Linear(6, 5, bias=False), neuron(5), torch.nn.Linear(5, 4, bias=False), neuron(4))
    with torch.no_grad():
        net[0].weight.mul_(first).add_(0.3 * first)
        net[2].weight.mul_(second).add_(0.3 * second)
    return net


def layers_of(net) -> list[np.ndarray]:
    """The spikes of both layers of units, each called step by step."""
    outputs = []
    with torch.no_grad():
        for step in X:
            first = net[1](net[0](step[None]))
            outputs.append((first[0].numpy(), net[3](net[2](first))[0].numpy()))
    return [np.array(layer) for layer in zip(*outputs)]


def own_model(filtered: bool, **settings: object) -> sg.Model:
    m = sg.Model(dt=1e-3, steps=STEPS, seed=4)
    source = m.input("x", 6)
    for k, size in enumerate((5, 4), 1):
        given = {name: value if name != "bias" else [value] * size for name, value in settings.items()}
        kind, of_kind = (("lif", dict(tau_syn=4e-3, reset="multiplicative-leak")) if filtered else ("leaky", {}))
        h = m.population(f"h{k}", size, kind, tau_mem=8e-3, output="deterministic", **of_kind, **given)
        m.connect(source, h, init=sg.normal(1.0 if filtered else 2.5, 1.5))
        source = h
    return m


def differing_there(model: sg.Model, theirs: np.ndarray) -> int:
    """Spikes of the last layer that are not those of the tool's import."""
    ours = model.run(INPUT, engine="reference")["h2"].output[0]
    late = 2 * lag_of(model.populations["h2"])
    assert ours.sum() > 20
    return int(np.abs(ours[late:] - theirs[:-late]).sum())


def stepped(net) -> np.ndarray:
    """Spikes of an imported net that takes and gives its state."""
    state, outputs = None, []
    with torch.no_grad():
        for step in X:
            output, state = net(step[None], state)
            outputs.append((output[0] if isinstance(output, tuple) else output)[0].numpy())
    return np.array(outputs)


# ---- snnTorch --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("synaptic", [False, True])
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_snntorch(reset, synaptic):
    """Its exports have dt = 1e-4 s, Euler decays, and a reset to 0 whatever its own is. "zero" of Leaky is that; that
    of Synaptic takes the input of its step too; "subtract" is its default."""
    snn = pytest.importorskip("snntorch")
    from snntorch.export_nir import export_to_nir

    def neuron(size: int):
        settings = dict(beta=torch.full((size,), 0.9), threshold=torch.ones(size), reset_mechanism=reset,
                        init_hidden=True)
        return snn.Synaptic(alpha=torch.full((size,), 0.7), **settings) if synaptic else snn.Leaky(**settings)

    net = two_layers(neuron, 1.0, 2.0)
    expected = layers_of(net)
    made = sg.from_nir(export_to_nir(net, torch.zeros(1, 6), ignore_dims=[0]), dt=1e-4, steps=STEPS, decay="euler",
                       reset="subtractive" if reset == "subtract" else "multiplicative" if synaptic else "nir")
    assert differing(made.model, expected) == [0, 0]


@pytest.mark.parametrize("filtered", [False, True])
def test_to_snntorch(filtered):
    """It reads files with dt = 1e-4 s, decays by Euler, and units without gain."""
    pytest.importorskip("snntorch")
    from snntorch.import_nir import import_from_nir

    m = own_model(filtered)
    net = import_from_nir(sg.to_nir(m, dt=1e-4, decay="euler", gain="step").graph)
    assert differing_there(m, stepped(net)) == 0


# ---- Norse -----------------------------------------------------------------------------------------------------------

def test_norse():
    """Exported with dt=1, for Norse multiplies its time constants by it. Units of LIFBox are NIR's by Euler steps; LIF
    adds an input to its current as it is, which NIR multiplies by dt / tau_syn and Norse's file does not undo."""
    norse = pytest.importorskip("norse.torch")
    torch.manual_seed(3)
    one = lambda size: dict(tau_mem_inv=torch.full((size,), 100.0), v_leak=torch.zeros(size), v_th=torch.ones(size),
                            v_reset=torch.zeros(size))
    for box in (True, False):
        cell = ((lambda size: norse.LIFBoxCell(p=norse.LIFBoxParameters(**one(size)))) if box else
                (lambda size: norse.LIFCell(p=norse.LIFParameters(tau_syn_inv=torch.full((size,), 200.0),
                                                                  **one(size)))))
        net = norse.SequentialState(torch.nn.Linear(6, 5, bias=False), cell(5),
                                    torch.nn.Linear(5, 4, bias=False), cell(4))
        with torch.no_grad():
            net[0].weight.mul_(8 if box else 2).add_(2.0 if box else 0.5)
            net[2].weight.mul_(8 if box else 3).add_(8.0 if box else 2.0)
            first = second = None
            outputs = []
            for step in X:
                z, first = net[1](net[0](step[None]), first)
                y, second = net[3](net[2](z), second)
                outputs.append((z[0].numpy(), y[0].numpy()))
        expected = [np.array(layer) for layer in zip(*outputs)]
        graph = norse.to_nir(net, torch.zeros(6), dt=1)
        made = sg.from_nir(graph, dt=1e-3, steps=STEPS, decay="euler").model
        if not box:
            assert sum(differing(made, expected)) > 10
            for name in list(made.parameters):
                made.parameters[name] = made.parameters[name] * 5e-3 / 1e-3
        assert differing(made, expected) == [0, 0], box


@pytest.mark.parametrize("filtered", [False, True])
def test_to_norse(filtered):
    norse = pytest.importorskip("norse.torch")
    m = own_model(filtered)
    net = norse.from_nir(sg.to_nir(m, decay="euler").graph, dt=1e-3)
    assert differing_there(m, stepped(net)) == 0


# ---- SpikingJelly ----------------------------------------------------------------------------------------------------

JELLY = {"LIFNode": (dict(tau=5.0), 6, 10), "LIFNode, input as it is": (dict(tau=5.0, decay_input=False), 1, 2),
         "IFNode": ({}, 0.8, 1.5), "CUBALIFNode": (dict(c_decay=0.6, v_decay=0.8, v_reset=0.0), 0.3, 0.6)}


@pytest.mark.parametrize("case", JELLY)
def test_spikingjelly(case):
    """Its exports are NIR's by Euler steps, with its own r and w_in, and the reset to v_reset."""
    base = pytest.importorskip("spikingjelly.activation_based")
    from spikingjelly.activation_based import functional, neuron
    from spikingjelly.activation_based.nir_exchange import export_to_nir

    settings, first, second = JELLY[case]
    net = two_layers(lambda size: getattr(neuron, case.split(",")[0])(**settings), first, second)
    assert base
    graph = export_to_nir(net, torch.zeros(1, 6), dt=1e-3)
    functional.reset_net(net)
    assert differing(sg.from_nir(graph, dt=1e-3, steps=STEPS, decay="euler").model, layers_of(net)) == [0, 0]


@pytest.mark.parametrize("filtered", [False, True])
def test_to_spikingjelly(filtered):
    pytest.importorskip("spikingjelly.activation_based")
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    m = own_model(filtered)
    net = import_from_nir(sg.to_nir(m, decay="euler", gain="step").graph, dt=1e-3)
    assert differing_there(m, stepped(net)) == 0


# ---- sinabs ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("subtracts", [False, True])
@pytest.mark.parametrize("normed", [True, False])
def test_sinabs(normed, subtracts):
    """Time constants are in steps and decays exact. Whether the input is multiplied by 1 - exp(-1/tau) (norm_input) and
    how a spike resets is not in its file: by default it does, and the threshold is taken off before the leak."""
    layers = pytest.importorskip("sinabs.layers")
    from sinabs.activation import MembraneReset, MembraneSubtract, SingleSpike
    from sinabs.nir import to_nir

    net = two_layers(lambda size: layers.LIFSqueeze(
        tau_mem=torch.full((1,), 5.0), norm_input=normed, reset_fn=MembraneSubtract() if subtracts else MembraneReset(),
        spike_fn=SingleSpike, batch_size=1, spike_threshold=torch.ones(1)), 6 if normed else 1, 10 if normed else 2)
    graph = to_nir(net, torch.zeros(STEPS, 6))
    for layer in (net[1], net[3]):
        layer.reset_states()
    with torch.no_grad():
        first = net[1](net[0](X))
        expected = [first.numpy(), net[3](net[2](first)).numpy()]

    def imported(reset: str) -> sg.Model:
        model = sg.from_nir(graph, dt=1e-3, steps=STEPS, time_unit=1e-3, reset=reset).model
        if not normed:
            for name in list(model.parameters):
                model.parameters[name] = model.parameters[name] / -np.expm1(-1 / 5.0)
        return model

    assert differing(imported("subtractive-leak" if subtracts else "nir"), expected) == [0, 0]
    assert sum(differing(imported("nir" if subtracts else "subtractive-leak"), expected)) > 10


def test_to_sinabs():
    """It reads LIF (no CubaLIF) behind Affine (no Linear), with time constants in steps, no gain, and resets by taking
    off the threshold whatever the file says."""
    layers = pytest.importorskip("sinabs.layers")
    from sinabs.activation import MembraneReset, SingleSpike
    from sinabs.nir import from_nir

    m = own_model(filtered=False, bias=0.0)
    net = from_nir(sg.to_nir(m, dt=1.0, gain="step").graph, batch_size=1)

    def spikes(reset) -> np.ndarray:
        for layer in net.modules():
            if isinstance(layer, layers.LIFSqueeze):
                layer.spike_fn = SingleSpike
                layer.reset_fn = reset or layer.reset_fn
                layer.reset_states()
        with torch.no_grad():
            return net(X)[0].numpy()

    assert differing_there(m, spikes(None)) > 10
    assert differing_there(m, spikes(MembraneReset())) == 0


# ---- Rockpool --------------------------------------------------------------------------------------------------------

LEAK, DECAY = np.exp(-1 / 8), np.exp(-1 / 4)  # of the units below


def test_rockpool():
    """Decays are exact, and a spike takes the threshold off before the leak, where the file says a reset to 0. Its
    current decays in the step that a spike comes in and is added to the potential as it is, which the file's r and w_in
    do not say: weights times what is missing."""
    pytest.importorskip("rockpool.nn.modules")
    from rockpool.nn.combinators import Sequential
    from rockpool.nn.modules import LIFTorch, LinearTorch
    from rockpool.nn.modules.torch.nir import to_nir

    torch.manual_seed(3)
    unit = lambda size: LIFTorch((size, size), tau_mem=8e-3, tau_syn=4e-3, threshold=1.0, bias=0.0, dt=1e-3,
                                 max_spikes_per_dt=1)
    net = Sequential(LinearTorch((6, 5), has_bias=False), unit(5), LinearTorch((5, 4), has_bias=False), unit(4))
    with torch.no_grad():
        net[0].weight.mul_(0.5).add_(0.1)
        net[2].weight.add_(0.3)
        graph = to_nir(net)
        first = net[1](net[0](X[None])[0])[0]
        expected = [first[0].numpy(), net[3](net[2](first)[0])[0][0].numpy()]
    model = sg.from_nir(graph, dt=1e-3, steps=STEPS, reset="subtractive-leak").model
    assert sum(differing(model, expected)) > 10
    for name in list(model.parameters):
        model.parameters[name] = model.parameters[name] * DECAY / (1 - DECAY) / (8 * LEAK * (1 - LEAK))
    assert differing(model, expected) == [0, 0]


def test_to_rockpool():
    """It reads CubaLIF, makes dt of r as tau_mem / (1 + r), and does the rest as above; its LIF cannot be read."""
    pytest.importorskip("rockpool.nn.modules")
    from rockpool.nn.modules import LIFTorch, LinearTorch
    from rockpool.nn.modules.torch.nir import from_nir

    m = own_model(filtered=True)
    graph = sg.to_nir(m, gain="step").graph
    for name in ("h1", "h2"):
        graph.nodes[name].r = np.full(len(graph.nodes[name].r), 8e-3 / 1e-3 - 1.0)
    net = from_nir(graph)
    for layer in net.modules():
        if isinstance(layer, LIFTorch):
            layer.max_spikes_per_dt = torch.tensor(1.0)
        elif isinstance(layer, LinearTorch):
            layer.weight.data = layer.weight.data / DECAY
    with torch.no_grad():
        theirs = net(X[None])[0][0].numpy()
    assert differing_there(m, theirs) > 10  # its reset
    for name in ("h1", "h2"):
        m.set({f"population.{name}.reset": "subtractive-leak"})
    assert differing_there(m, theirs) == 0
