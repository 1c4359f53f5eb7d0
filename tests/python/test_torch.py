# SPDX-License-Identifier: Apache-2.0
"""A net as a layer of PyTorch. Skipped where torch is not installed; ./run test --torch installs it."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import small_events, small_model

import spikegrad as sg

torch = pytest.importorskip("torch")


def net(output: str = "deterministic", **settings: object) -> sg.Model:
    """Five inputs, six LIF units that hear each other, two readouts; 12 steps."""
    m = sg.Model(dt=1e-3, steps=12, seed=3)
    x = m.input("x", 5)
    h = m.lif("h", 6, tau_mem=5e-3, tau_syn=3e-3, output=output, escape=sg.sigmoid(beta=3), bias=True,
              surrogate=sg.superspike(5), **settings)
    o = m.readout("o", 2)
    for source, target in ((x, h), (h, h), (h, o)):
        m.connect(source, target, init=sg.normal(0.5, 2.0))
    return m


def spikes(batch: int = 4, steps: int = 12, units: int = 5, seed: int = 0) -> torch.Tensor:
    return (torch.rand(batch, steps, units, generator=torch.Generator().manual_seed(seed)) < 0.3).float()


def test_outputs_are_those_of_the_model():
    m, x = net(), spikes()
    potentials, hidden = sg.torch.Layer(m, "o")(x), sg.torch.Layer(m, "h")(x)
    rates = sg.torch.Layer(m, output="h", rates=True)(x)
    assert potentials.shape == (4, 12, 2) and potentials.dtype == torch.float32 and hidden.sum() > 0
    for k in range(4):
        r = m.run(x[k].numpy())
        assert np.array_equal(r["o"].potential[0], potentials[k].detach().numpy())
        assert np.array_equal(r["h"].output[0], hidden[k].detach().numpy())
    assert torch.allclose(rates, hidden.mean(1) / 1e-3)


def test_parameters_share_their_names_with_the_model():
    m = net()
    layer = sg.torch.Layer(m, "o")
    names = dict(layer.named_parameters())
    assert list(names) == list(m.parameters)
    for name, parameter in names.items():
        assert np.allclose(parameter.detach().numpy(), m.parameters[name]) and parameter.requires_grad
    with torch.no_grad():
        names["x->h"] *= 2
    again = layer.to_model()
    assert np.allclose(again.parameters["x->h"], 2 * m.parameters["x->h"])
    assert np.array_equal(again.run(spikes()[0].numpy())["o"].potential[0], layer(spikes())[0].detach().numpy())


@pytest.mark.parametrize("population", ["o", "h"])
def test_gradcheck(population):
    layer = sg.torch.Layer(net("analog", differentiate_reset=True), population, estimator="smoothed",
                           engine="reference").double()
    x = torch.randn(2, 12, 5, dtype=torch.float64, requires_grad=True)
    names = [name for name, _ in layer.named_parameters()]

    def function(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, dict(zip(names, parameters)), (x,))

    assert torch.autograd.gradcheck(function, (x, *layer.parameters()), eps=1e-6, atol=1e-6, rtol=1e-5)


def test_both_engines_agree():
    m = small_model()
    raster = (np.random.default_rng(3).random((50, 20)) < 0.1).astype(np.float32)
    layer = sg.torch.Layer(m, "o")
    x = torch.from_numpy(raster)[None].requires_grad_()
    torch.nn.functional.cross_entropy(layer(x, seed=7).amax(1), torch.tensor([2])).backward()
    other = sg.torch.Layer(m, "o", engine="reference")
    y = torch.from_numpy(raster)[None].requires_grad_()
    torch.nn.functional.cross_entropy(other(y, seed=7).amax(1), torch.tensor([2])).backward()
    for a, b in zip(layer.parameters(), other.parameters()):
        assert a.grad.abs().max() > 0
        assert torch.allclose(a.grad, b.grad, rtol=1e-4, atol=1e-5 * float(b.grad.abs().max()))
    assert x.grad.abs().max() > 0
    assert torch.allclose(x.grad, y.grad, rtol=1e-4, atol=1e-5 * float(y.grad.abs().max()))


def test_events_are_the_same_as_a_dense_tensor():
    m, events = small_model(), [small_events(seed) for seed in range(3)]
    layer = sg.torch.Layer(m, "o")
    dense = torch.zeros(3, 50, 20)
    for k, (times, units) in enumerate(events):
        dense[k, (times / 2e-3).astype(int), units] = 1
    data = sg.Dataset([t for t, _ in events], [u for _, u in events], [0, 1, 2], channels=20)
    a, b, c = layer(dense, seed=1), layer(events, seed=1), layer(data, seed=1)
    assert torch.equal(a, b) and torch.equal(a, c)
    d = layer({"x": [sg.Events(*one) for one in events]}, seed=1)
    assert torch.equal(a, d)
    d.sum().backward()
    assert layer.get_parameter("x->h").grad is not None


def test_stochastic_nets_are_reproducible():
    layer, x = sg.torch.Layer(net("stochastic"), "h"), spikes(8)
    assert torch.equal(layer(x, seed=5), layer(x, seed=5)) and not torch.equal(layer(x, seed=5), layer(x, seed=6))
    torch.manual_seed(11)
    a, b = layer(x), layer(x)
    torch.manual_seed(11)
    assert torch.equal(a, layer(x)) and not torch.equal(a, b)
    same = x[:1].repeat(2, 1, 1)
    out = layer(same)
    assert not torch.equal(out[0], out[1])  # the samples of a batch have draws of their own
    state = torch.get_rng_state()
    sg.torch.Layer(net(), "h")(x)
    assert torch.equal(state, torch.get_rng_state())  # what draws nothing leaves torch's generator alone


def test_dropout_is_for_training():
    layer, x = sg.torch.Layer(net(dropout=0.5), "o"), spikes()
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize("estimator", ["surrogate", "smoothed", "straight-through", "mean-field"])
def test_estimators_of_one_pass(estimator):
    layer, x = sg.torch.Layer(net("stochastic"), "o", estimator=estimator), spikes().requires_grad_()
    layer(x).square().sum().backward()
    assert x.grad.isfinite().all() and x.grad.abs().max() > 0


@pytest.mark.parametrize("estimator", ["score", "counterfactual-k", "stochastic-triple", "finite-difference", "exact"])
def test_other_estimators_are_refused(estimator):
    with pytest.raises(ValueError, match="surrogate.*sg.train") as raised:
        sg.torch.Layer(net("stochastic"), "o", estimator=estimator)
    assert "\n" not in str(raised.value)


def test_inside_a_larger_net_it_learns():
    torch.manual_seed(0)
    front, layer = torch.nn.Linear(7, 5), sg.torch.Layer(net(), "o")
    whole = torch.nn.Sequential(front, torch.nn.Sigmoid(), layer)
    x, labels = torch.randn(30, 12, 7), torch.arange(30) % 2
    x[labels == 1] += 1.0
    optimiser = torch.optim.Adam(whole.parameters(), 0.02)
    before = front.weight.detach().clone()
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(whole(x).mean(1), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0] and not torch.equal(before, front.weight)


def test_two_calls_before_one_backward():
    layer, x, y = sg.torch.Layer(net(), "o"), spikes(seed=1), spikes(seed=2)
    (layer(x).sum() + 2 * layer(y).sum()).backward()
    both = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    layer(x).sum().backward()
    (2 * layer(y).sum()).backward()
    assert all(torch.allclose(a, p.grad, rtol=1e-5, atol=1e-5) for a, p in zip(both, layer.parameters()))


def test_frozen_parameters_have_no_gradient():
    layer, x = sg.torch.Layer(net(), "o"), spikes()
    layer.get_parameter("h->h").requires_grad_(False)
    layer(x).sum().backward()
    for name, parameter in layer.named_parameters():
        assert (parameter.grad is None) == (name == "h->h")
        assert parameter.grad is None or parameter.grad.shape == parameter.shape


def test_a_tape_is_kept_for_a_backward_pass_alone(monkeypatch):
    """Of a call that no backward pass can follow, nothing is kept."""
    layer, x, kept = sg.torch.Layer(net(), "o"), spikes(), []

    class Spy:
        def __init__(self, function: object) -> None:
            self.function = function

        def __getattr__(self, name: str) -> object:
            return getattr(self.function, name)

        def forward(self, *arguments: object) -> object:
            kept.append(arguments[-1])
            return self.function.forward(*arguments)

    monkeypatch.setattr(layer, "_functions", {False: Spy(layer._function(False))})
    outputs = layer(x)
    with torch.no_grad():
        assert torch.equal(layer(x), outputs)
    layer.requires_grad_(False)
    assert not layer(x).requires_grad
    assert kept == [True, False, False]


def test_copies_and_pickles():
    layer, x = sg.torch.Layer(net(), "o"), spikes()
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(x), layer(x))
    fresh = sg.torch.Layer(net(), "o")
    with torch.no_grad():
        fresh.get_parameter("x->h").zero_()
    fresh.load_state_dict(layer.state_dict())
    assert torch.equal(fresh(x), layer(x))


def test_several_inputs():
    m = sg.Model(dt=1e-3, steps=6, seed=2)
    x, y, o = m.input("x", 3), m.input("y", 2), m.readout("o", 2)
    m.connect(x, o)
    m.connect(y, o)
    layer = sg.torch.Layer(m, o)
    a, b = torch.randn(4, 6, 3, requires_grad=True), torch.randn(4, 6, 2)
    layer({"y": b, "x": a}).sum().backward()
    assert a.grad.abs().max() > 0
    with pytest.raises(ValueError, match="give a mapping"):
        layer(a)
    with pytest.raises(ValueError, match=r"must be of x, y, not of \\n$"):
        layer({"\n": a})


WRONG = {
    "shape": (lambda l: l(torch.zeros(2, 11, 5)), ValueError, "must have shape [batch, 12, 5], not [2, 11, 5]"),
    "no batch": (lambda l: l(torch.zeros(12, 5)), ValueError, "must have shape"),
    "nan": (lambda l: l(torch.full((1, 12, 5), float("nan"))), ValueError, "must be finite"),
    "complex": (lambda l: l(torch.zeros(1, 12, 5, dtype=torch.complex64)), TypeError, "real numbers"),
    "text": (lambda l: l("x"), TypeError, "must be a tensor"),
    "array": (lambda l: l(np.zeros((1, 12, 5))), TypeError, "must be a tensor"),
    "unit": (lambda l: l([([0.0], [5])]), ValueError, "must"),
    "seed": (lambda l: l(spikes(), seed=-1), ValueError, "seed"),
    "output": (lambda l: sg.torch.Layer(net(), "z"), ValueError, "there is no population 'z'"),
    "input as output": (lambda l: sg.torch.Layer(net(), "x"), ValueError, "is an input"),
    "rates of a readout": (lambda l: sg.torch.Layer(net(), "o", rates=True), ValueError, "does not spike"),
    "engine": (lambda l: sg.torch.Layer(net(), "o", engine="gpu"), ValueError, "must be 'cpu' or 'reference'"),
    "threads": (lambda l: sg.torch.Layer(net(), "o", threads=-1), ValueError, "threads"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused(case):
    call, kind, says = WRONG[case]
    with pytest.raises(kind) as raised:
        call(sg.torch.Layer(net(), "o"))
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_threads_of_python_share_a_layer():
    layer, x = sg.torch.Layer(net(), "o"), spikes(64)
    expected, results = layer(x), []
    threads = [threading.Thread(target=lambda: results.append(layer(x))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6 and all(torch.equal(result, expected) for result in results)


PROCESS = """
import threading
{before}
import torch
torch.set_num_threads(4)
a = torch.randn(400, 400)
beside = threading.Thread(target=lambda: [a @ a for _ in range(200)])
beside.start()
import spikegrad as sg
{after}
m = sg.Model(dt=1e-3, steps=20, seed=1)
x, h, o = m.input("x", 30), m.lif("h", 40), m.readout("o", 2)
m.connect(x, h); m.connect(h, o)
layer = sg.torch.Layer(m, "o", threads=2)
for _ in range(20):
    layer((torch.rand(64, 20, 30) < 0.3).float().requires_grad_()).sum().backward()
data = sg.Dataset([[0.001, 0.002]] * 4, [[1, 2]] * 4, [0, 1, 0, 1], channels=30)
data.save("{file}")
assert len(sg.Dataset.load("{file}")) == 4
{use}
beside.join()
print("done")
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_beside_other_libraries_in_a_process(tmp_path, order):
    """Threads of torch, and the HDF5 of h5py and tables, before and after spikegrad's own."""
    pytest.importorskip("h5py")
    pytest.importorskip("tables")
    imports = "import h5py, tables"
    code = PROCESS.format(before=imports if order == "before" else "", after=imports if order == "after" else "",
                          file=tmp_path / "events.h5",
                          use=f"assert len(h5py.File('{tmp_path / 'events.h5'}')['labels']) == 4\n"
                              f"tables.open_file('{tmp_path / 'events.h5'}').close()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "done" in done.stdout, done.stderr
