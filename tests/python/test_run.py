# SPDX-License-Identifier: Apache-2.0
"""Looking inside: spikes and potentials of every population."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import EXPERIMENTS, small_events, small_model

import spikegrad as sg


def test_fourth_snippet():
    m, events = small_model(), small_events()
    r = m.run(events, record={"h": ["spikes", "potential"]}, trials=10)
    spikes = r["h"].spikes
    assert spikes.times.shape == spikes.units.shape == spikes.trials.shape == spikes.steps.shape
    assert np.allclose(spikes.times, spikes.steps * m.dt) and spikes.times.max() < m.steps * m.dt
    assert r["h"].potential.shape == (10, 50, 8) and r["h"].potential.dtype == np.float32
    assert set(spikes.trials) <= set(range(10)) and len(spikes) > 0
    assert len(spikes.trial(3)) == (spikes.trials == 3).sum()


def lif_by_hand(drive: np.ndarray, spikes: np.ndarray, dt: float, tau_mem: float, tau_syn: float) -> np.ndarray:
    """Potentials of LIF units whose spikes are given: docs/model-files.md, multiplicative reset."""
    leak, decay = np.exp(-dt / tau_mem), np.exp(-dt / tau_syn)
    u, i, all_u = np.zeros(drive.shape[1]), np.zeros(drive.shape[1]), np.zeros_like(drive)
    for t in range(len(drive)):
        all_u[t] = u
        u, i = (leak * u + (1 - leak) * i) * (1 - spikes[t]), decay * i + drive[t]
    return all_u


def test_potentials_are_those_of_the_equations():
    m = small_model()
    raster = (np.random.default_rng(3).random((50, 20)) < 0.1).astype(float)
    r = m.run(raster, record={"x": "spikes", "h": ["spikes", "potential", "excess"]}, trials=4)
    assert np.array_equal(r["x"].output[2], raster)
    for trial in range(4):
        s = r["h"].output[trial].astype(float)
        drive = raster @ m.parameters["x->h"].T + s @ m.parameters["h->h"].T
        u = lif_by_hand(drive, s, m.dt, 20e-3, 5e-3)
        assert np.allclose(r["h"].potential[trial], u, atol=1e-5)
        assert np.allclose(r["h"].excess[trial], u - 1.0, atol=1e-5)


def test_both_engines_and_any_number_of_threads_agree():
    m, events = small_model(), small_events()
    a = m.run(events, trials=6, threads=1)
    b = m.run(events, trials=6, threads=2)
    assert np.array_equal(a["h"].output, b["h"].output) and np.array_equal(a["o"].potential, b["o"].potential)
    c = m.run(events, trials=6, engine="reference")
    assert np.array_equal(a["h"].output, c["h"].output)
    assert np.allclose(a["o"].potential, c["o"].potential, atol=1e-5)


def test_draws_follow_seed_and_trial():
    m, events = small_model(), small_events()
    a, b, c = m.run(events, trials=3), m.run(events, trials=5), m.run(events, trials=3, seed=9)
    assert np.array_equal(a["h"].output, b["h"].output[:3])
    assert not np.array_equal(a["h"].output, c["h"].output)
    assert not np.array_equal(a["h"].output[0], a["h"].output[1])


def test_inputs_of_all_forms_are_the_same():
    m = small_model()
    times, units = np.array([0.0, 0.0041, 0.05]), np.array([3, 19, 0])
    raster = np.zeros((50, 20))
    raster[[0, 2, 25], units] = 1
    outputs = [m.run(form, record={"x": "spikes", "h": "spikes"}) for form in
               [(times, units), sg.Events(times, units), raster, raster.tolist(), raster.astype(np.float32),
                {"x": (times.tolist(), units.tolist())}, (times[::-1], units[::-1])]]
    for r in outputs:
        assert np.array_equal(r["x"].output[0], raster)
        assert np.array_equal(r["h"].output, outputs[0]["h"].output)
    back = outputs[0]["x"].spikes
    assert np.array_equal(back.steps, [0, 2, 25]) and np.array_equal(back.units, units)


def test_the_models_own_input_and_its_loss():
    m = sg.Model.load(EXPERIMENTS / "quickstart.toml")
    r = m.run(trials=3000)
    assert r.loss is not None and abs(r.loss.mean() - 0.445395) < 0.1  # E[L] of the README
    assert r["h"].spikes.units.max() <= 1


def test_a_net_without_loss_runs():
    m = sg.Model(dt=1e-3, steps=20, seed=2)
    x, y = m.input("x", 3, sg.poisson(200)), m.input("y", 2)
    h = m.binary("h", 4, output="analog")
    m.connect(x, h), m.connect(y, h)
    r = m.run({"y": np.ones((20, 2))}, record={"x": "spikes", "h": "output"})
    assert r.loss is None and r["h"].output.shape == (1, 20, 4) and r["x"].output.sum() > 0
    with pytest.raises(ValueError, match="sends numbers"):
        r["h"].spikes


def test_adaptive_units_show_their_potential():
    m = sg.Model(dt=1e-3, steps=60, seed=2)
    x, h = m.input("x", 1), m.alif("h", 2, tau_adaptation=20e-3, adaptation=2.0)
    m.connect(x, h, weights=[[6.0], [3.0]])
    r = m.run(np.ones((60, 1)), record={"h": ["spikes", "potential", "excess"]})
    s, decay, a = r["h"].output[0], np.exp(-1e-3 / 20e-3), np.zeros(2)
    for t in range(60):
        assert np.allclose(r["h"].potential[0, t] - r["h"].excess[0, t], 1.0 + 2.0 * a, atol=1e-5)
        a = decay * a + (1 - decay) * s[t]
    assert s.sum() > 5


def test_two_threads_at_once():
    m, events = small_model(), small_events()
    expected = m.run(events, trials=40)["h"].output
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(m.run(events, trials=40)["h"].output)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        m.training = {"epochs": 3}  # what runs has a model of its own
    for thread in threads:
        thread.join()
    assert len(results) == 4 and all(np.array_equal(result, expected) for result in results)


def test_progress_is_told_and_may_stop():
    m = small_model()
    heard: list[tuple[str, int, int]] = []
    m.run(small_events(), trials=100_000, progress=lambda *what: heard.append(what), record={})
    assert heard and heard[-1][0] == "trials" and heard[-1][2] == 100_000

    def stop(*_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        m.run(small_events(), trials=10_000_000, progress=stop, record={})


WRONG = {
    "nan time": (lambda m: m.run(([float("nan")], [0])), ValueError, "must be a number of seconds"),
    "negative time": (lambda m: m.run(([-1.0], [0])), ValueError, "must be a number of seconds"),
    "unit": (lambda m: m.run(([0.0], [20])), ValueError, "unit 20: must lie from 0 to 19"),
    "negative unit": (lambda m: m.run(([0.0], [-1])), ValueError, "unit -1"),
    "huge unit": (lambda m: m.run(([0.0], np.array([2**63], np.uint64))), ValueError, "must lie from 0 to 19"),
    "lengths": (lambda m: m.run(([0.0, 1.0], [0])), ValueError, "of one length"),
    "real units": (lambda m: m.run(([0.0], [0.5])), TypeError, "units must be whole numbers"),
    "text": (lambda m: m.run("spikes"), TypeError, "must be real numbers"),
    "texts": (lambda m: m.run((["a"], [0])), TypeError, "times must be numbers"),
    "shape": (lambda m: m.run(np.zeros((50, 19))), ValueError, "must have shape [50, 20], not [50, 19]"),
    "one dimension": (lambda m: m.run(np.zeros(50)), ValueError, "array [step, unit]"),
    "nan value": (lambda m: m.run(np.full((50, 20), np.nan)), ValueError, "must be finite"),
    "object array": (lambda m: m.run(np.array([[None] * 20] * 50)), TypeError, "must be real numbers"),
    "complex": (lambda m: m.run(np.zeros((50, 20), complex)), TypeError, "must be real numbers"),
    "no input": (lambda m: m.run(), ValueError, "events or values are needed"),
    "other population": (lambda m: m.run({"h": np.zeros((50, 8))}), ValueError, "there is no input population 'h'"),
    "record": (lambda m: m.run(small_events(), record={"z": "spikes"}), ValueError, "there is no population 'z'"),
    "quantity": (lambda m: m.run(small_events(), record={"h": "voltage"}), ValueError, "must be spikes"),
    "record type": (lambda m: m.run(small_events(), record="h"), TypeError, "must be a mapping"),
    "potential of input": (lambda m: m.run(small_events(), record={"x": "potential"}), ValueError, "is an input"),
    "trials": (lambda m: m.run(small_events(), trials=0), ValueError, "trials"),
    "trials type": (lambda m: m.run(small_events(), trials=1.5), TypeError, "trials must be a whole number"),
    "seed": (lambda m: m.run(small_events(), seed=-1), ValueError, "seed"),
    "engine": (lambda m: m.run(small_events(), engine="gpu"), ValueError, "must be 'cpu' or 'reference'"),
    "progress": (lambda m: m.run(small_events(), progress=3), TypeError, "progress"),
    "too much": (lambda m: m.run(small_events(), trials=10**12), (MemoryError, ValueError), ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused(case):
    call, kind, says = WRONG[case]
    with pytest.raises(kind) as raised:
        call(small_model())
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_what_was_not_recorded_is_said():
    r = small_model().run(small_events(), record={"h": "spikes"})
    with pytest.raises(AttributeError, match="potential of 'h' was not recorded"):
        r["h"].potential
    with pytest.raises(KeyError, match="'o' was not recorded"):
        r["o"]
