# SPDX-License-Identifier: Apache-2.0
"""Gradient fields, beside those of the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import EXPERIMENTS, small_model

import spikegrad as sg

QUICKSTART = EXPERIMENTS / "quickstart.toml"
FEW_STEPS = sg.Model.load(QUICKSTART, set={"time.steps": 4, "loss.coefficients": [1.0, -0.5]})  # 256 histories


def test_scan_is_that_of_the_command_line(program, tmp_path):
    s = sg.scan(QUICKSTART, "x->h[0,1]", -1.0, 2.0, points=7, estimators="surrogate,smoothed")
    assert np.allclose(s.at, np.linspace(-1, 2, 7)) and [c.name for c in s.curves][1:] == ["surrogate", "smoothed"]
    program("field", QUICKSTART, "scan", "--parameter", "x->h[0,1]", "--from", -1, "--to", 2, "--points", 7,
            "--estimators", "surrogate,smoothed", "--json", tmp_path / "scan.json")
    theirs = json.loads((tmp_path / "scan.json").read_text())["fields"]
    ours = json.loads(s.to_json())["fields"]
    assert ours == theirs
    assert np.allclose(s.curves[0].integral, s.loss - s.loss[0], atol=0.05)


def test_loop_of_a_gradient_closes():
    m = sg.Model.load(EXPERIMENTS / "closed-loop.toml", set={"field.surrogates": [sg.sigmoid(5.0)]})
    sine = [0.11681339, -0.21802212, -0.8262965, 0.50197475, 0.06384699]
    cosine = [-0.30310828, -0.80689004, 0.36749289, 0.30287888, 0.17397469]
    path = sg.loop(m, sine, cosine, radius=1.8, points=50)
    truth, surrogate = path.curves
    assert abs(truth.closed) < 1e-6
    assert surrogate.closed == pytest.approx(0.369109943, abs=1e-6)  # what the command prints
    assert truth.along.shape == path.angle.shape == (50,)


def test_curl_of_a_gradient_is_none():
    truth, surrogate = sg.curl(FEW_STEPS)
    assert truth.antisymmetric < 1e-6 < surrogate.antisymmetric
    assert np.allclose(truth.jacobian, truth.jacobian.T, atol=1e-6) and truth.jacobian.shape == (4, 4)


@pytest.mark.parametrize(("call", "kind", "says"), [
    (lambda: sg.scan(QUICKSTART, "x->h[9,9]"), ValueError, "x->h"),
    (lambda: sg.scan(QUICKSTART, 3), TypeError, "parameter"),
    (lambda: sg.scan(QUICKSTART, "x->h[0,0]", float("nan")), ValueError, "start"),
    (lambda: sg.scan(QUICKSTART, "x->h[0,0]", points=1), ValueError, "points"),
    (lambda: sg.loop(QUICKSTART, [1.0], [0.0]), ValueError, ""),
    (lambda: sg.loop(QUICKSTART, ["a"] * 4, [0.0] * 4), TypeError, "sine"),
    (lambda: sg.curl(QUICKSTART, step=0.0), ValueError, "step"),
    (lambda: sg.curl(QUICKSTART, estimators="nothing"), ValueError, "nothing"),
    (lambda: sg.curl(small_model()), ValueError, "data set"),
])
def test_wrong_input_is_refused(call, kind, says):
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value) and "\n" not in str(raised.value)
