# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python package share."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable

import numpy as np
import pytest

import spikegrad as sg

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPERIMENTS = ROOT / "experiments"


@pytest.fixture
def program() -> Callable[..., str]:
    """The command line: gives what it prints."""
    path = os.environ.get("SPIKEGRAD_PROGRAM") or shutil.which("spikegrad")
    if not path:
        pytest.skip("the program is not there")

    def run(*arguments: object) -> str:
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def small_model(**settings: object) -> sg.Model:
    """Twenty inputs, eight LIF units, three readouts; the loss of a data set."""
    m = sg.Model(dt=2e-3, steps=50, seed=1)
    x = m.input("x", 20)
    h = m.lif("h", 8, tau_mem=20e-3, surrogate=sg.superspike(10), **settings)
    o = m.readout("o", 3)
    m.connect(x, h, init=sg.fluctuation_driven(sigma_u=1, nu=20))
    m.connect(h, h)
    m.connect(h, o)
    m.loss = sg.cross_entropy_max(o)
    return m


def small_events(seed: int = 0, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.0, 0.1, count), rng.integers(0, 20, count)


def patterns(samples: int = 60, seed: int = 0, speakers: bool = False) -> sg.Dataset:
    """Three classes of jittered copies of frozen patterns over 20 channels and 0.1 s."""
    frozen = [np.random.default_rng(c) for c in range(3)]
    centres = [(r.uniform(0, 0.1, 30), r.integers(0, 20, 30)) for r in frozen]
    rng = np.random.default_rng([seed, 7])
    labels = np.arange(samples) % 3
    times, units = [], []
    for label in labels:
        t = np.clip(centres[label][0] + rng.normal(0, 3e-3, 30), 0, 0.0999)
        order = np.argsort(t)
        times.append(t[order].astype(np.float32))
        units.append(centres[label][1][order])
    return sg.Dataset(times, units, labels, channels=20, class_names=["a", "b", "c"],
                      speakers=np.arange(samples) % 4 if speakers else None)
