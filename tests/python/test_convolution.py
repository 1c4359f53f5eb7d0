# SPDX-License-Identifier: Apache-2.0
"""Convolutions of a model against a few lines of numpy, and against torch where it is installed."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import spikegrad as sg

Floats = npt.NDArray[np.float64]
CASES: list[dict[str, Any]] = [
    {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2},
    {"kernel": (1, 3), "padding": (0, 2), "dilation": 2, "groups": 4},
    {"kernel": 3, "stride": 2, "padding": 1},
]


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def convolved(x: Floats, w: Floats, stride: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int],
              groups: int) -> Floats:
    """x [step, channel, row, column], each element of the output by the definition."""
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    size = [(x.shape[2 + d] - dilation[d] * (w.shape[2 + d] - 1) - 1) // stride[d] + 1 for d in (0, 1)]
    out = np.zeros((len(x), len(w), *size))
    for o, r, c in np.ndindex(*out.shape[1:]):
        first = o // (len(w) // groups) * w.shape[1]
        seen = x[:, first:first + w.shape[1], r * stride[0]:, c * stride[1]:]
        seen = seen[:, :, ::dilation[0], ::dilation[1]][:, :, :w.shape[2], :w.shape[3]]
        out[:, o, r, c] = (seen * w[o]).sum(axis=(1, 2, 3))
    return out


def net(case: dict[str, Any]) -> tuple[sg.Model, Floats, Floats, Floats]:
    """Binary units, whose potential is their drive; their input [step, channel, row, column], weights and bias."""
    rng = np.random.default_rng(3)
    x = (rng.random((6, 4, 7, 5)) < 0.3).astype(float)
    kernel, groups = pair(case["kernel"]), case.get("groups", 1)
    w, b = rng.normal(size=(8, 4 // groups, *kernel)), rng.normal(size=8)
    shape = convolved(x, w, *(pair(case.get(k, d)) for k, d in (("stride", 1), ("padding", 0), ("dilation", 1))),
                      groups).shape[1:]
    m = sg.Model(steps=6)
    m.input("x", (4, 7, 5), x.reshape(6, -1))
    h = m.binary("h", shape, output="deterministic", bias=b, bias_per="channel")
    m.connect("x", h, kind=sg.conv2d(**case), weights=w)
    assert h.shape == shape and h.size == np.prod(shape)
    assert m.parameters["x->h"].shape == w.shape and m.parameters["h.bias"].shape == (8,)
    return m, x, w, b


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_drive_is_the_convolution(case: dict[str, Any], engine: str) -> None:
    m, x, w, b = net(case)
    stride, padding, dilation = (pair(case.get(k, d)) for k, d in (("stride", 1), ("padding", 0), ("dilation", 1)))
    expected = convolved(x, w, stride, padding, dilation, case.get("groups", 1)) + b[:, None, None]
    got = m.run(record={"h": "potential"}, engine=engine)["h"].potential[0]
    assert np.allclose(got, expected.reshape(6, -1), atol=1e-5)
    if importlib.util.find_spec("torch"):
        import torch
        there = torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(w), torch.from_numpy(b), stride, padding,
                                           dilation, case.get("groups", 1)).numpy()
        assert np.allclose(expected, there)


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_each_weight_has_a_delay_of_its_own(engine: str) -> None:
    case = CASES[0]
    m, x, w, b = net(case)
    steps = np.random.default_rng(4).integers(0, 3, w.shape)
    late = sg.Model(steps=6)
    late.input("x", (4, 7, 5), x.reshape(6, -1))
    h = late.binary("h", m.populations["h"].shape, output="deterministic", bias=b, bias_per="channel")
    late.connect("x", h, kind=sg.conv2d(**case), weights=w, delay_per="synapse", delays=steps * late.dt)
    late.loss = sg.cross_entropy_count("h", label=0)
    expected = np.zeros((6, *h.shape)) + b[:, None, None]
    for k in range(3):
        part = convolved(x, np.where(steps == k, w, 0.0), case["stride"], case["padding"], case["dilation"], case["groups"])
        expected[k:] += part[:6 - k]
    got = late.run(record={"h": "potential"}, engine=engine)["h"].potential[0]
    assert np.allclose(got, expected.reshape(6, -1), atol=1e-5)
    assert sg.Model.parse(late.to_toml()).to_toml() == late.to_toml()


def test_models_with_rows_are_saved_and_shown() -> None:
    m, *_ = net(CASES[0])
    m.loss = sg.cross_entropy_count("h", label=0)
    again = sg.Model.parse(m.to_toml())
    assert again.to_toml() == m.to_toml()
    assert again.populations["h"].shape == m.populations["h"].shape
    assert "x input 4 x 7 x 5" in repr(m)


@pytest.mark.parametrize("kind, message", [
    (sg.conv2d(kernel=(9, 1)), "kernel 9 is wider than the 7 padded rows"),
    (sg.conv2d(groups=3), "3 groups do not divide the 4 channels"),
    (sg.conv2d(kernel=2), "shape = [2, 6, 4]"),
    (sg.conv1d(kernel=2), "'conv1d' is for shapes [channels, positions]"),
    (sg.conv2d(stride=(1, 2, 3)), "must be a whole number or two, [rows, columns]"),
])
def test_what_does_not_fit_is_refused(kind: sg.Part, message: str) -> None:
    m = sg.Model(steps=6)
    m.input("x", (4, 7, 5))
    m.lif("h", (2, 3, 3))
    with pytest.raises(ValueError) as error:
        m.connect("x", "h", kind=kind)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_sides_have_a_type() -> None:
    with pytest.raises(TypeError, match="conv2d: kernel must be a whole number or two"):
        sg.conv2d(kernel="three")  # type: ignore[arg-type]
