# SPDX-License-Identifier: Apache-2.0
"""Nets from and to other tools by NIR: each node against its own equations, files, round trips, other tools."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from nir_nets import DT, ONES, SPREAD, STEPS, UNITS, by_hand, chain, cuba, nir, raster, recurrent, weight

import spikegrad as sg


@pytest.mark.parametrize("case", UNITS)
def test_units_spike_as_their_equations_say(case):
    node, w, x = UNITS[case], weight(4, 6), raster(6)
    made = sg.from_nir(chain(nir.Linear(weight=w), node), dt=DT, steps=STEPS)
    name = list(made.model.populations)[1]
    spikes = made.model.run(x)[name].output[0]
    _, expected = by_hand(node, x @ w.T)
    assert expected.sum() > 10 and made.report.exact
    assert made.model.populations[name].kind == {"CubaLIF": "lif", "LIF": "leaky", "IF": "integrate"}[type(node).__name__]
    assert np.array_equal(spikes[1:], expected[:-1]), case


def test_resets_that_differ_from_unit_to_unit():
    node = nir.LIF(tau=10e-3 * ONES, r=3 * ONES, v_leak=0 * ONES, v_threshold=ONES, v_reset=-0.5 * SPREAD)
    made = sg.from_nir(chain(nir.Linear(weight=weight(4, 6)), node), dt=DT, steps=STEPS)
    name = list(made.model.populations)[1]
    assert "begin at v_reset" in str(made.report) and not made.report.exact
    r = made.model.run(raster(6), record={name: ["potential", "spikes"]})[name]
    x, v, spikes = raster(6) @ weight(4, 6).T, -0.5 * SPREAD, []
    for current in x:
        v = np.exp(-0.1) * v + (1 - np.exp(-0.1)) * 3 * current
        spikes.append(v > 1)
        v = np.where(v > 1, -0.5 * SPREAD, v)
    assert np.isclose(r.potential[0, 0], 0).all() and np.sum(spikes) > 10
    assert np.array_equal(r.output[0, 1:], np.array(spikes[:-1], float))


@pytest.mark.parametrize("node", [
    nir.CubaLI(tau_syn=5e-3 * ONES, tau_mem=10e-3 * SPREAD, r=2 * ONES, v_leak=0 * ONES, w_in=3 * SPREAD),
    nir.LI(tau=10e-3 * SPREAD, r=2 * SPREAD, v_leak=0 * ONES),
    nir.I(r=5 * SPREAD)], ids=["CubaLI", "LI", "I"])
def test_readouts_have_the_potential_of_their_equations(node):
    w, x = weight(4, 6), raster(6)
    made = sg.from_nir(chain(nir.Affine(weight=w, bias=np.array([0.1, -0.2, 0.0, 0.3])), node), dt=DT, steps=STEPS)
    name = list(made.model.populations)[1]
    expected, _ = by_hand(node, x @ w.T + np.array([0.1, -0.2, 0.0, 0.3]))
    late = 1 if hasattr(node, "tau_syn") else 2
    got = made.model.run(x, engine="reference")[name].potential[0]
    assert np.allclose(got[late:], expected[:-late], rtol=1e-4, atol=1e-5)


def test_impulses_and_time_units():
    """A spike is a charge of 1: the current rises by w_in / tau_syn, in the graph's own unit of time (here ms)."""
    node = nir.CubaLI(tau_syn=np.array([5.0]), tau_mem=np.array([10.0]), r=np.array([2.0]), v_leak=np.zeros(1),
                      w_in=np.array([3.0]))
    made = sg.from_nir(chain(nir.Linear(weight=np.ones((1, 1))), node), dt=DT, steps=20, time_unit=1e-3,
                       input="impulse")
    x = np.zeros((20, 1))
    x[0] = 1
    v = made.model.run(x, engine="reference")["cubali"].potential[0, :, 0]
    decay, current, u, expected = np.exp(-0.1), 0.0, 0.0, []
    for t in range(20):
        expected.append(u)
        u = decay * u + (1 - decay) * 2.0 * current
        current = np.exp(-0.2) * current + (3.0 / 5.0 if t == 0 else 0.0)
    assert np.allclose(v, expected, rtol=1e-5)


def test_linear_nodes_fold_into_one_matrix():
    rng = np.random.default_rng(2)
    image = nir.Input(input_type=np.array([2, 6, 5]))
    conv = nir.Conv2d(input_shape=(6, 5), weight=rng.normal(size=(4, 1, 3, 2)), stride=(2, 1), padding=(1, 0),
                      dilation=(1, 2), groups=2, bias=rng.normal(size=4))
    pool = nir.AvgPool2d(kernel_size=np.array([2, 1]), stride=np.array([1, 1]), padding=np.array([0, 0]))
    scale = nir.Scale(scale=rng.normal(size=(4, 2, 3)))
    linear = nir.Affine(weight=rng.normal(size=(3, 24)), bias=rng.normal(size=3))
    flat = nir.Flatten(input_type=np.array([4, 2, 3]), start_dim=0)
    node = nir.LI(tau=np.full(3, 10e-3), r=np.ones(3), v_leak=np.zeros(3))
    made = sg.from_nir(chain(image, conv, pool, scale, flat, linear, node), dt=DT, steps=10)
    model, torch = made.model, pytest.importorskip("torch")
    x = rng.normal(size=(10, 2, 6, 5))
    t = torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(conv.weight), torch.from_numpy(conv.bias),
                                   (2, 1), (1, 0), (1, 2), 2)
    t = torch.nn.functional.avg_pool2d(t, (2, 1), (1, 1)) * torch.from_numpy(scale.scale)
    drive = t.flatten(1).numpy() @ linear.weight.T + linear.bias
    expected, _ = by_hand(node, drive)
    got = model.run(x.reshape(10, -1), engine="reference")["li"].potential[0]
    assert np.allclose(got[2:], expected[:-2], rtol=1e-5, atol=1e-6) and made.report.exact


def test_convolutions_of_one_dimension_and_same_padding():
    rng = np.random.default_rng(4)
    torch = pytest.importorskip("torch")
    for padding in (0, 2, "same", "valid"):
        conv = nir.Conv1d(input_shape=9, weight=rng.normal(size=(3, 2, 4)), stride=1, padding=padding, dilation=1,
                          groups=1, bias=np.zeros(3))
        size = tuple(int(n) for n in conv.output_type["output"])
        node = nir.LI(tau=np.full(size, 10e-3), r=np.ones(size), v_leak=np.zeros(size))
        made = sg.from_nir(chain(nir.Input(input_type=np.array([2, 9])), conv, node), dt=DT, steps=5)
        x = rng.normal(size=(5, 2, 9))
        y = torch.nn.functional.conv1d(torch.from_numpy(x), torch.from_numpy(conv.weight), padding=padding)
        w = made.model.parameters["input->li"]
        assert np.allclose(x.reshape(5, -1) @ w.T, y.flatten(1).numpy())


def test_edges_add_and_loops_are_said():
    h = cuba(4)
    graph = nir.NIRGraph(
        nodes={"x": nir.Input(input_type=np.array([6])), "a": nir.Linear(weight=weight(4, 6)), "b":
               nir.Linear(weight=weight(4, 6, 2)), "h": h, "back": nir.Linear(weight=weight(4, 4)),
               "out": nir.Output(output_type=np.array([4]))},
        edges=[("x", "a"), ("x", "b"), ("a", "h"), ("b", "h"), ("h", "back"), ("back", "h"), ("h", "out")])
    made = sg.from_nir(graph, dt=DT)
    gain = 20 * (1 - np.exp(-DT / 5e-3))
    assert np.allclose(made.model.parameters["x->h"], gain * (weight(4, 6) + weight(4, 6, 2)))
    assert np.allclose(made.model.parameters["h->h"], gain * weight(4, 4))
    report = {node.node: node for node in made.report}
    assert report["h"].verdict == "approximated" and "takes 2 steps here, one or three" in report["h"].how
    assert report["a"].verdict == "exact"
    assert report["out"].how == "shows h" and not made.report.exact
    inner = nir.NIRGraph(nodes={"input": nir.Input(input_type=np.array([4])), "lif": h,
                                "w": nir.Linear(weight=weight(4, 4)), "output": nir.Output(output_type=np.array([4]))},
                         edges=[("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")])
    nested = nir.NIRGraph(nodes={"x": nir.Input(input_type=np.array([6])), "a": nir.Linear(weight=weight(4, 6)),
                                 "rnn": inner, "out": nir.Output(output_type=np.array([4]))},
                          edges=[("x", "a"), ("a", "rnn"), ("rnn", "out")])
    other = sg.from_nir(nested, dt=DT).model
    assert list(other.populations) == ["x", "rnn_lif"]
    assert np.allclose(other.parameters["rnn_lif->rnn_lif"], made.model.parameters["h->h"])


def test_delays_and_thresholds():
    delays = np.array([1e-3, 0.0, 3e-3, 2e-3, 0.0, 5e-3])
    node = nir.LI(tau=np.full(4, 10e-3), r=np.ones(4), v_leak=np.zeros(4))
    made = sg.from_nir(chain(nir.Delay(delay=delays), nir.Linear(weight=weight(4, 6)), node), dt=DT, steps=STEPS)
    x = raster(6)
    late = np.zeros_like(x)
    for unit, d in enumerate((delays / DT).round().astype(int)):
        late[d:, unit] = x[:STEPS - d, unit]
    expected, _ = by_hand(node, late @ weight(4, 6).T)
    assert np.allclose(made.model.run(x, engine="reference")["li"].potential[0, 2:], expected[:-2], atol=1e-6)
    binary = sg.from_nir(chain(nir.Linear(weight=weight(4, 6)), nir.Threshold(threshold=SPREAD)), dt=DT, steps=STEPS)
    assert np.array_equal(binary.model.run(x)["threshold"].output[0], (x @ weight(4, 6).T > SPREAD).astype(float))


def test_delays_of_synapses_are_not_exported():
    m = sg.Model(dt=DT, steps=STEPS)
    x, o = m.input("x", 2), m.readout("o", 1)
    m.connect(x, o, weights=[[1.0, 2.0]], delays=[[1e-3, 2e-3]], delay_per="synapse")
    with pytest.raises(ValueError, match='delay_per = "synapse" is not exported'):
        sg.to_nir(m)


def scalar_weight() -> nir.Linear:
    node = nir.Linear(weight=weight(4, 4))
    node.weight = np.float64(1.0)  # as a damaged file may have it
    return node


REFUSED = {
    "threshold": (lambda: chain(nir.Linear(weight=weight(4, 6)), cuba(4, v_threshold=SPREAD - 0.7)), "must lie above"),
    "tau": (lambda: chain(nir.Linear(weight=weight(4, 6)), cuba(4, tau_mem=0 * ONES)), "tau_mem must be positive"),
    "nan": (lambda: chain(nir.Linear(weight=weight(4, 6)), cuba(4, r=np.nan * ONES)), "r must be finite"),
    "readout that sends": (lambda: chain(nir.LI(tau=ONES, r=ONES, v_leak=0 * ONES), nir.Linear(weight=weight(4, 4)),
                                         cuba(4)), "sends nothing on"),
    "weight of one number": (lambda: chain(nir.Input(input_type=np.array([4])), scalar_weight(), cuba(4)), "does not take"),
    "loop": (lambda: recurrent(cuba(4)), "a loop of units 'lif' takes 2 steps here, not 1"),
    "linear output": (lambda: chain(cuba(4), nir.Linear(weight=weight(4, 4))), "linear nodes lead to it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_there_is_no_unit_for_is_refused_in_one_line(case):
    make, says = REFUSED[case]
    with pytest.raises(ValueError) as raised:
        sg.from_nir(make(), dt=DT, loop=1)
    assert says in str(raised.value) and "NIR node '" in str(raised.value) and "\n" not in str(raised.value)


def test_wrong_arguments_are_refused():
    graph = chain(nir.Linear(weight=weight(4, 6)), cuba(4))
    for wrong, kind in ((dict(dt="1"), TypeError), (dict(dt=DT, input="spike"), ValueError),
                        (dict(dt=DT, time_unit=0.0), ValueError), (dict(dt=-1.0), ValueError),
                        (dict(dt=20e-3, decay="euler"), ValueError), (dict(dt=DT, loop=0), ValueError)):
        with pytest.raises(kind):
            sg.from_nir(graph, **wrong)
    with pytest.raises(TypeError, match="nir.NIRGraph"):
        sg.from_nir(3, dt=DT)
    with pytest.raises(ValueError, match="there is no such file"):
        sg.from_nir("nothing.nir", dt=DT)


def model(**settings: object) -> sg.Model:
    m = sg.Model(dt=DT, steps=STEPS, seed=4)
    x = m.input("x", 6)
    h = m.lif("h", 5, output="deterministic", reset="multiplicative-leak", **{"tau_mem": 8e-3, "tau_syn": 4e-3, **settings})
    o = m.readout("o", 2)
    m.connect(x, h, init=sg.normal(1.0, 1.5))
    m.connect(h, h)
    m.connect(h, o)
    return m


def test_models_come_back_the_same(tmp_path):
    for settings in ({}, {"bias": [0.1, 0.0, -0.1, 0.2, 0.3]}, {"threshold": 0.7},
                     {"learn_time_constants": "unit", "log_tau_mem": np.log(5e-3 * np.arange(1, 6))}):
        m = model(**settings)
        made = sg.to_nir(m, tmp_path / "net.nir")
        assert made.report.exact, made.report
        for source in (made.graph, tmp_path / "net.nir"):
            again = sg.from_nir(source, dt=DT, steps=STEPS).model
            x = raster(6)
            a, b = m.run(x, engine="reference"), again.run(x, engine="reference")
            assert a["h"].output.sum() > 10 and np.array_equal(a["h"].output, b["h"].output)
            assert np.allclose(a["o"].potential, b["o"].potential, atol=1e-6)


def test_a_graph_may_be_for_other_decays_units_of_time_and_gains():
    """What comes back is the same, read as the reader has it."""
    for settings in ({}, {"bias": [0.1, 0.0, -0.1, 0.2, 0.3]}, {"tau_syn": DT / 1000},
                     {"learn_time_constants": "unit", "log_tau_mem": np.log(5e-3 * np.arange(1, 6))}):
        m = model(**settings)
        a = m.run(raster(6), engine="reference")
        for decay in ("exact", "euler"):
            for gain in ("unit", "step"):
                graph = sg.to_nir(m, dt=1.0, decay=decay, gain=gain).graph
                again = sg.from_nir(graph, dt=DT, time_unit=DT, decay=decay, steps=STEPS, loop=2).model
                b = again.run(raster(6), engine="reference")
                sooner = 1 if again.populations["h"].kind == "leaky" else 0  # than a lif without filter
                for was, now in ((a["h"].output, b["h"].output), (a["o"].potential, b["o"].potential)):
                    assert np.allclose(was[0, sooner:], now[0, :STEPS - sooner], atol=1e-6), (settings, decay, gain)
                assert a["h"].output.sum() > 10
    for wrong, kind in ((dict(dt=0.0), ValueError), (dict(dt="1"), TypeError), (dict(decay="linear"), ValueError),
                        (dict(gain="none"), ValueError)):
        with pytest.raises(kind):
            sg.to_nir(model(), **wrong)
    with pytest.raises(TypeError, match="sg.Model"):
        sg.to_nir("net.toml")


def test_files_of_nir_itself_are_read_or_refused_in_one_line():
    """Those of a folder that SPIKEGRAD_NIR_FILES names, as the .nir files of NIR's repository and paper."""
    folder = os.environ.get("SPIKEGRAD_NIR_FILES")
    if not folder:
        pytest.skip("SPIKEGRAD_NIR_FILES names no folder")
    files = sorted(pathlib.Path(folder).rglob("*.nir"))
    assert files
    for file in files:
        try:
            made = sg.from_nir(file, dt=1e-4, steps=20, decay="euler")
        except ValueError as error:
            print(f"{file.name}: refused: {error}")
            assert "\n" not in str(error) and file.name in str(error)
            continue
        print(f"{file.name}: read: {', '.join(made.model.populations)}")
        record = made.model.run(np.ones((20, next(iter(made.model.populations.values())).size)))
        assert all(np.isfinite(array).all() for one in record.values() for array in one._arrays.values())


@pytest.mark.parametrize("kind", ["leaky", "integrate"])
def test_units_without_filter_come_back_the_same(kind):
    m = sg.Model(dt=DT, steps=STEPS, seed=4)
    x, h, o = m.input("x", 6), m.population("h", 5, kind, output="deterministic", v_reset=-0.2), m.readout("o", 2)
    m.connect(x, h, init=sg.normal(2.0 if kind == "leaky" else 0.3, 0.5))
    m.connect(h, h, init=sg.normal(0.0, 0.3))
    m.connect(h, o)
    a = m.run(raster(6), engine="reference")
    for decay in ("exact", "euler"):
        for gain in ("unit", "step"):
            made = sg.to_nir(m, decay=decay, gain=gain)
            b = sg.from_nir(made.graph, dt=DT, decay=decay, steps=STEPS).model.run(raster(6), engine="reference")
            assert made.report.exact and a["h"].output.sum() > 10 and np.array_equal(a["h"].output, b["h"].output)
            assert np.allclose(a["o"].potential, b["o"].potential, atol=1e-6)
    m.set({"population.h.reset": "subtractive"})
    with pytest.raises(ValueError, match="no reset 'subtractive'"):
        sg.to_nir(m)


def test_convolutions_come_back_the_same():
    m = sg.Model(dt=DT, steps=20, seed=4)
    x = m.input("x", (2, 9))
    h = m.lif("h", (3, 4), output="deterministic", reset="multiplicative-leak", threshold=0.1)
    m.connect(x, h, kind=sg.conv1d(kernel=3, stride=2), init=sg.normal(1.0, 1.0))
    again = sg.from_nir(sg.to_nir(m).graph, dt=DT, steps=20).model
    s = raster(18, 20)
    a, b = m.run(s)["h"].output, again.run(s)["h"].output
    assert a.sum() > 5 and np.array_equal(a, b)


@pytest.mark.parametrize("case", ("plane", "depthwise", "row", "dilated"))
def test_windows_groups_and_biases_of_channels_come_back_the_same(case):
    m = sg.Model(dt=DT, steps=20, seed=4)
    size, target, kind, node = {
        "plane": ((2, 6, 5), (4, 3, 3), sg.conv2d(kernel=(3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2),
                  nir.Conv2d),
        "depthwise": ((3, 4, 4), (3, 2, 2), sg.conv2d(kernel=3, groups=3), nir.Conv2d),
        "row": ((2, 6), (3, 4), sg.conv2d(kernel=(1, 3)), nir.Conv2d),
        "dilated": ((2, 9), (4, 5), sg.conv1d(kernel=3, dilation=2, groups=2), nir.Conv1d)}[case]
    x = m.input("x", size)
    h = m.lif("h", target, output="deterministic", reset="multiplicative-leak", threshold=0.1,
              bias=np.linspace(-0.1, 0.2, target[0]), bias_per="channel")
    m.connect(x, h, kind=kind, init=sg.normal(1.0, 1.0))
    graph = sg.to_nir(m).graph
    assert isinstance(graph.nodes["x_to_h"], node) and graph.nodes["x_to_h"].bias.shape == (target[0],)
    again = sg.from_nir(graph, dt=DT, steps=20).model
    s = raster(x.size, 20)
    a, b = (net.run(s, record={"h": ["potential", "output"]})["h"] for net in (m, again))
    assert a.output.sum() > 5 and np.array_equal(a.output, b.output) and np.allclose(a.potential, b.potential, atol=1e-5)


def test_a_population_between_convolutions_of_one_and_two_dimensions_is_refused():
    m = sg.Model(dt=DT, steps=5)
    x, h, o = m.input("x", (1, 6)), m.lif("h", (1, 4)), m.lif("o", (1, 2))
    m.connect(x, h, kind=sg.conv1d(kernel=3))
    m.connect(h, o, kind=sg.conv2d(kernel=(1, 3)))
    with pytest.raises(ValueError, match="population 'h': has connections 'conv1d' and 'conv2d'"):
        sg.to_nir(m)


def test_what_nir_cannot_say_is_refused_or_said():
    for settings, says in (({"output": "analog"}, "send numbers"),
                           ({"reset": "subtractive"}, "no reset 'subtractive'")):
        m = sg.Model(dt=DT, steps=5)
        m.connect(m.input("x", 2), m.lif("h", 2, **settings))
        with pytest.raises(ValueError, match=says):
            sg.to_nir(m)
    m = sg.Model(dt=DT, steps=5)
    m.connect(m.input("x", 2), m.alif("h", 2))
    with pytest.raises(ValueError, match="no node for units 'alif'"):
        sg.to_nir(m)
    m = sg.Model(dt=DT, steps=5)
    m.connect(m.input("x", 2), m.lif("h", 2))
    report = sg.to_nir(m).report
    assert "drawn here" in str(report) and "the reset takes the input" in str(report)


def test_files_of_before_reset_by_subtraction(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "old.nir"
    nir.write(path, chain(nir.Linear(weight=weight(4, 6)), nir.LIF(tau=10e-3 * ONES, r=3 * ONES, v_leak=0 * ONES,
                                                                  v_threshold=ONES)))
    assert sg.from_nir(path, dt=DT).model._look()["population"][1]["reset"] == "multiplicative"
    with h5py.File(path, "r+") as file:
        del file["version"]
        file["version"] = b"1.0.4"
        del file["node/nodes/lif/v_reset"]
    made = sg.from_nir(path, dt=DT)
    assert made.model._look()["population"][1]["reset"] == "subtractive-leak" and made.report.exact
    (tmp_path / "broken.nir").write_bytes(b"no HDF5")
    with pytest.raises(ValueError, match="is no NIR file"):
        sg.from_nir(tmp_path / "broken.nir", dt=DT)


def test_the_command(tmp_path):
    m = model()
    m.loss = sg.cross_entropy_max("o")
    m.save(tmp_path / "net.toml")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "spikegrad.nir", *map(str, arguments)], capture_output=True,
                              text=True, check=False)

    done = run("export", tmp_path / "net.toml", "-o", tmp_path / "other.nir", "--dt", 1.0, "--decay", "euler", "--gain",
               "step")
    assert done.returncode == 0 and np.isclose(nir.read(tmp_path / "other.nir").nodes["h"].tau_mem[0],
                                               1 / (1 - np.exp(-DT / 8e-3))), done.stderr
    done = run("export", tmp_path / "net.toml", "-o", tmp_path / "net.nir")
    assert done.returncode == 0 and "h (CubaLIF): exact" in done.stdout, done.stderr
    done = run("import", tmp_path / "net.nir", "-o", tmp_path / "again.toml", "--dt", DT, "--steps", STEPS)
    assert done.returncode == 0 and "approximated" in done.stdout, done.stderr
    again = sg.Model.load(tmp_path / "again.toml")
    assert np.array_equal(m.run(raster(6))["h"].output, again.run(raster(6))["h"].output)
    if "SPIKEGRAD_PROGRAM" in os.environ:  # which runs the same, by the python3 of the path
        beside = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        program = subprocess.run([os.environ["SPIKEGRAD_PROGRAM"], "nir", "import", tmp_path / "net.nir", "-o",
                                  tmp_path / "third.toml", "--dt", str(DT), "--steps", str(STEPS)],
                                 capture_output=True, text=True, check=False, env=beside)
        assert program.returncode == 0, program.stderr
        assert program.stdout == done.stdout
        assert (tmp_path / "third.toml").read_text() == (tmp_path / "again.toml").read_text()
    done = run("import", tmp_path / "none.nir", "-o", tmp_path / "again.toml", "--dt", DT)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and not pathlib.Path("none.toml").exists()
