# SPDX-License-Identifier: Apache-2.0
"""Delays of synapses against a few lines of numpy: how they divide a spike, and how a Gaussian spreads and trains them."""

from __future__ import annotations

import numpy as np
import pytest

import spikegrad as sg

DT, STEPS, LONGEST = 1e-3, 30, 6
RNG = np.random.default_rng(4)
RASTER = (RNG.random((STEPS, 3)) < 0.2).astype(float)
WEIGHTS, DELAYS = RNG.normal(size=(2, 3)), RNG.uniform(0.0, LONGEST, (2, 3))


def potentials(weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Of a readout; shares [post, pre, k] of what was sent k steps before."""
    leak, decay = np.exp(-DT / 10e-3), np.exp(-DT / 5e-3)
    u, i, out = np.zeros(2), np.zeros(2), np.zeros((STEPS, 2))
    for t in range(STEPS):
        out[t] = u
        drive = sum((weights * shares[:, :, k]) @ RASTER[t - k] for k in range(min(t + 1, shares.shape[2])))
        u, i = leak * u + (1 - leak) * i, decay * i + drive
    return out


def interpolated(delays: np.ndarray) -> np.ndarray:
    return np.maximum(0.0, 1.0 - np.abs(np.arange(LONGEST + 2) - delays[..., None]))


def gaussian(delays: np.ndarray, sigma: float) -> np.ndarray:
    z = np.exp(-0.5 * ((np.arange(LONGEST + 1) - delays[..., None]) / sigma) ** 2)
    return z / z.sum(axis=2, keepdims=True)


def loss(weights: np.ndarray, shares: np.ndarray) -> float:
    mean = potentials(weights, shares).mean(axis=0)
    return float(np.log(np.exp(mean).sum()) - mean[1])


def model(**delays: object) -> sg.Model:
    m = sg.Model(dt=DT, steps=STEPS, seed=2)
    x, o = m.input("x", 3), m.readout("o", 2, tau_mem=10e-3, tau_syn=5e-3)
    m.connect(x, o, weights=WEIGHTS, delay_per="synapse", **delays)
    m.loss = sg.cross_entropy_mean(o)
    return m


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_a_spike_is_divided_between_two_steps(engine):
    for m in (model(delays=DT * DELAYS), model(learn_delays=True, max_delay=DT * LONGEST)):
        if "x->o.delays" in m.parameters:
            m.parameters["x->o.delays"] = DELAYS
        assert np.allclose(m.run(RASTER, engine=engine)["o"].potential[0], potentials(WEIGHTS, interpolated(DELAYS)),
                           atol=1e-5)


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_a_judged_net_with_a_gaussian_has_whole_delays(engine):
    m = model(learn_delays=True, max_delay=DT * LONGEST, delay_sigma=2 * DT)
    m.parameters["x->o.delays"] = DELAYS
    assert np.allclose(m.run(RASTER, engine=engine)["o"].potential[0],
                       potentials(WEIGHTS, interpolated(np.round(DELAYS))), atol=1e-5)


@pytest.mark.parametrize("engine", ["cpu", "reference"])
@pytest.mark.parametrize("sigma", [None, 3.0])
def test_training_goes_down_the_slope_of_the_loss(engine, sigma):
    epochs, rate, part = 5, 0.05, 0.6
    spread = {} if sigma is None else {"delay_sigma": sigma * DT, "delay_sigma_part": part}
    m = model(learn_delays=True, max_delay=DT * LONGEST, **spread)
    m.parameters["x->o.delays"] = DELAYS
    steps, units = np.nonzero(RASTER)
    data = sg.Dataset([((steps + 0.5) * DT).astype(np.float32)], [units], [1], channels=3, class_names=["a", "b"])
    run = sg.train(m, data, engine=engine, epochs=epochs, optimiser="sgd", momentum=0.0, learning_rate=rate,
                   delay_rate=20.0, batch=1, validation=0.0, select="last")
    w, d = WEIGHTS.copy(), DELAYS.copy()
    for epoch in range(epochs):
        width = 0.0 if sigma is None else sigma * (0.5 / sigma) ** min(1.0, epoch / (part * epochs))

        def of(w: np.ndarray, d: np.ndarray, width: float = width) -> float:
            return loss(w, gaussian(d, width) if width else interpolated(d))

        h, slopes = 1e-5, (np.zeros_like(w), np.zeros_like(d))
        for place in np.ndindex(w.shape):
            e = np.zeros_like(w)
            e[place] = h
            slopes[0][place] = (of(w + e, d) - of(w - e, d)) / (2 * h)
            slopes[1][place] = (of(w, d + e) - of(w, d - e)) / (2 * h)
        w, d = w - rate * slopes[0], np.clip(d - 20.0 * rate * slopes[1], 0.0, LONGEST)
    assert np.abs(d - DELAYS).max() > 1e-3
    assert np.allclose(run.model.parameters["x->o"], w, atol=1e-5)
    assert np.allclose(run.model.parameters["x->o.delays"], d, atol=1e-4)


def test_a_layer_refuses_a_gaussian():
    torch = pytest.importorskip("torch")
    assert torch
    import spikegrad.torch as sgt
    with pytest.raises(ValueError, match="spread by a Gaussian"):
        sgt.Layer(model(learn_delays=True, max_delay=DT * LONGEST, delay_sigma=2 * DT), "o")
