# SPDX-License-Identifier: Apache-2.0
"""When spikes act in nets from and to NIR: layers lag, shorter ways wait, loops take the steps that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from nir_nets import DT, STEPS, UNITS, by_hand, nir, raster, recurrent, weight

import spikegrad as sg


def ways(h: nir.NIRNode, end: nir.NIRNode) -> nir.NIRGraph:
    """From x to the end straight on, and by h."""
    return nir.NIRGraph(
        nodes={"x": nir.Input(input_type=np.array([6])), "a": nir.Linear(weight=weight(4, 6)), "h": h,
               "b": nir.Linear(weight=weight(4, 4, 2)), "c": nir.Linear(weight=weight(4, 6, 3)), "end": end,
               "out": nir.Output(output_type=np.array([4]))},
        edges=[("x", "a"), ("a", "h"), ("h", "b"), ("b", "end"), ("x", "c"), ("c", "end"), ("end", "out")])


@pytest.mark.parametrize("case", ["CubaLIF", "LIF", "IF"])
def test_shorter_ways_wait_for_the_longest(case):
    """As in a tool whose layers do not lag: what goes straight on meets what went by h in its own step."""
    h, end, x = UNITS[case], UNITS["LIF"], raster(6)
    late = 2 if case == "CubaLIF" else 1
    _, first = by_hand(h, x @ weight(4, 6).T)
    if case == "CubaLIF":  # whose current by_hand uses a step late
        first = np.vstack([first[1:], first[:1] * 0])
    _, expected = by_hand(end, first @ weight(4, 4, 2).T + x @ weight(4, 6, 3).T)
    made = sg.from_nir(ways(h, end), dt=DT, steps=STEPS)
    assert made.report.exact and f"waits {late} step" in str(made.report)
    assert expected.sum() > 10
    got = made.model.run(x)["end"].output[0]
    assert np.array_equal(got[late + 1:], expected[:-late - 1])
    back = sg.to_nir(made.model).graph
    assert not any(isinstance(node, nir.Delay) for node in back.nodes.values())
    assert np.array_equal(sg.from_nir(back, dt=DT, steps=STEPS).model.run(x)["end"].output[0], got)


def test_nets_whose_ways_do_not_wait_have_delays_in_nir():
    m = sg.Model(dt=DT, steps=STEPS, seed=3)
    x, h, o = m.input("x", 6), m.lif("h", 5, output="deterministic", reset="multiplicative-leak"), m.readout("o", 2)
    m.connect(x, h, init=sg.normal(1.0, 1.5))
    m.connect(h, o)
    m.connect(x, o)
    graph = sg.to_nir(m).graph
    assert {name for name, node in graph.nodes.items() if isinstance(node, nir.Delay)} == {"h_to_o_delay"}
    again = sg.from_nir(graph, dt=DT, steps=STEPS).model
    a, b = m.run(raster(6), engine="reference"), again.run(raster(6), engine="reference")
    assert np.allclose(b["o"].potential[0, 2:], a["o"].potential[0, :-2], atol=1e-6)  # all by two steps later


@pytest.mark.parametrize("loop", [None, 1, 2, 3])
def test_loops_take_the_steps_that_are_asked_for(loop):
    x, w, back = raster(6), weight(4, 6), weight(4, 4, 5)
    made = sg.from_nir(recurrent(UNITS["LIF"]), dt=DT, steps=STEPS, loop=loop)
    v, spikes = np.zeros(4), [np.zeros(4)] * 3
    for current in x:
        v = np.exp(-0.1) * v + (1 - np.exp(-0.1)) * 3 * (w @ current + back @ spikes[-(loop or 1)])
        spikes.append((v > 1).astype(float))
        v = np.where(v > 1, 0.0, v)
    assert np.sum(spikes) > 10 and made.report.exact and f"takes {loop or 1} step" in str(made.report)
    assert np.array_equal(made.model.run(x)["h"].output[0, 1:], np.array(spikes[3:-1]))
