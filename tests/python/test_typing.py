# SPDX-License-Identifier: Apache-2.0
"""mypy --strict accepts the package and a user's program, and finds what is wrong in one."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import spikegrad

pytest.importorskip("mypy")

RIGHT = '''
import numpy as np
import spikegrad as sg

m = sg.Model(dt=2e-3, steps=50, seed=1)
x = m.input("x", 20)
h = m.lif("h", 8, tau_mem=20e-3, surrogate=sg.superspike(10), reset="subtractive")
o = m.readout("o", 3)
m.connect(x, h, init=sg.fluctuation_driven(sigma_u=1))
m.loss = sg.cross_entropy_max(o)
m.training = {"optimiser": "adam"}
weights: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = m.parameters["x->h"]
r = m.run((np.zeros(3), np.zeros(3, int)), record={"h": ["spikes", "potential"]}, trials=10)
mean: float = float(r["h"].potential.mean()) + float(r["h"].spikes.times.sum())
c = sg.compare("quickstart.toml", samples=5000)
bias: float = c["surrogate"].bias
data = sg.Dataset([np.zeros(3)], [np.zeros(3, int)], [0], channels=20)
run = sg.train(m, data, epochs=40, out="runs/a", optimiser="adam", on_epoch=lambda epoch: print(epoch.loss))
losses: float = float(run.history["loss"][-1]) + run.history[0].accuracy
low, high = run.evaluate(data, trials=10).accuracy_interval
width: float = high - low
again: sg.Run = sg.resume("runs/a", data, epochs=50)
again.model.save("trained.toml")
'''

WRONG = '''
import spikegrad as sg

m = sg.Model(dt=2e-3, steps=50)
m.lif("h", 8, tau_membrane=20e-3)
m.lif("h", 8, reset="soft")
bias: str = sg.compare(m)["surrogate"].bias
sg.train(m, epochs="many")
'''


def mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(pathlib.Path(spikegrad.__file__).parents[1])}
    if "site-packages" in environment["MYPYPATH"]:
        del environment["MYPYPATH"]
    return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, *arguments],
                          capture_output=True, text=True, check=False, env=environment)


def test_the_package_is_typed():
    done = mypy("-p", "spikegrad")
    assert done.returncode == 0, done.stdout


def test_a_users_program_is_accepted(tmp_path):
    (tmp_path / "program.py").write_text(RIGHT, encoding="utf-8")
    done = mypy(str(tmp_path / "program.py"))
    assert done.returncode == 0, done.stdout


def test_mistakes_are_found(tmp_path):
    (tmp_path / "program.py").write_text(WRONG, encoding="utf-8")
    done = mypy(str(tmp_path / "program.py"))
    assert done.stdout.count(" error: ") == 4, done.stdout
