# SPDX-License-Identifier: Apache-2.0
"""Surrogates given as functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import patterns, small_model

import spikegrad as sg

FUNCTIONS = {
    "superspike": lambda x: 1 / (10 * np.abs(x) + 1) ** 2,
    "gaussian": lambda x: np.exp(-x * x / 0.18),
    "of a number": lambda x: math.exp(-5 * abs(x)),
    "box": lambda x: (np.abs(x) < 0.5).astype(float),
    "shifted": lambda x: np.maximum(0, 1 - np.abs(x - 3)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_error_is_what_is_said(name):
    function = FUNCTIONS[name]
    part = sg.sampled(function)
    x = np.random.default_rng(1).uniform(-70, 70, 20_000)
    x = np.concatenate([x, x / 50])
    table = np.interp(x, part.settings["x"], part.settings["g"], left=0.0, right=0.0)
    exact = np.array([function(one) for one in x])
    if name != "box":  # the places where it jumps are seen by chance
        assert np.abs(table - exact).max() <= 1.3 * part.error + 1e-6
        assert part.error <= 0.02 * part.peak
    assert len(part.settings["x"]) <= 48 and "error" in repr(part)


def test_trains_like_the_surrogate_that_it_samples():
    m = small_model()
    n = sg.Model.parse(m.to_toml())
    n.set({"population.h.surrogate": sg.sampled(FUNCTIONS["superspike"], tolerance=1e-3, points=300)})
    settings = dict(epochs=2, learning_rate=0.5, optimiser="sgd")
    a, b = (sg.train(model, patterns(), **settings).model.parameters.flat for model in (m, n))
    moved = np.abs(a - m.parameters.flat).max()
    assert 0 < np.abs(a - b).max() < 0.1 * moved


def test_a_function_is_taken_where_a_surrogate_is():
    m = sg.Model(steps=3)
    m.input("x", 2, sg.poisson(100))
    m.lif("h", 2, surrogate=FUNCTIONS["gaussian"])
    m.connect("x", "h")
    m.loss = sg.linear("h", [1, 1])
    assert 'surrogate = { kind = "table"' in m.to_toml()
    again, part = m.copy(), m.copy()
    again.set({"population.h.surrogate": FUNCTIONS["superspike"]})
    part.set({"population.h.surrogate": sg.sampled(FUNCTIONS["superspike"])})
    assert again.to_toml() == part.to_toml() != m.to_toml()


@pytest.mark.parametrize(("function", "kind", "says"), [
    (lambda x: x * np.nan, ValueError, "finite"),
    (lambda x: 1 / x, ValueError, "finite"),
    (lambda x: "a", TypeError, "one real number"),
    (lambda x: 0 * x, ValueError, "0 everywhere"),
    (3, TypeError, "must be a function"),
])
def test_wrong_functions_are_refused(function, kind, says):
    with np.errstate(all="ignore"), pytest.raises((kind, ZeroDivisionError)) as raised:
        sg.sampled(function)
    assert says in str(raised.value) or raised.type is ZeroDivisionError
