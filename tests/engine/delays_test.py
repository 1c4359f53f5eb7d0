#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Delays against their definition, in a few lines of Python that share nothing with the program.

A synapse with a delay is a kernel over time: weight w at lag d, or, between two steps, w (1 - frac) at floor(d) and
w frac at floor(d) + 1 (the interpolation of dilated convolutions with learnable spacings, Hammouamri et al. 2024, and the
axonal delays of a unit, of which all its synapses share one). An analog net has no randomness, so the program's loss and
gradient are those of this convolution, the gradient by central differences."""

import json
import math
import os
import random
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["SPIKEGRAD_PROGRAM"]
STEPS, INPUTS, HIDDEN = 14, 4, 3
DT, TAU_MEM, TAU_SYN, BETA, THRESHOLD = 1e-3, 4e-3, 2e-3, 2.0, 0.5


def kernel(weight, delay):
    whole = math.floor(delay)
    lags = [0.0] * (STEPS + 2)
    lags[whole] += weight * (1.0 - (delay - whole))
    lags[whole + 1] += weight * (delay - whole)
    return lags


def convolve(signal, lags):
    return [sum(lags[lag] * signal[t - lag] for lag in range(t + 1)) for t in range(STEPS)]


def layer(signals, weights, delays):
    """LIF units without reset that send f(u - threshold); [unit][step]"""
    outputs = []
    for row in weights:
        brought = [convolve(s, kernel(w, d)) for s, w, d in zip(signals, row, delays)]
        leak, decay, u, current, out = math.exp(-DT / TAU_MEM), math.exp(-DT / TAU_SYN), 0.0, 0.0, []
        for t in range(STEPS):
            out.append(1.0 / (1.0 + math.exp(-BETA * (u - THRESHOLD))))
            u, current = leak * u + (1.0 - leak) * current, decay * current + sum(b[t] for b in brought)
        outputs.append(out)
    return outputs


def loss(net, spikes, coefficients):
    hidden = layer(spikes, net["in"], net["d_in"])
    outputs = layer(hidden, net["out"], net["d_out"])
    return sum(c * y for row, out in zip(coefficients, outputs) for c, y in zip(row, out))


def model_of(net, spikes, coefficients, longest):
    unit = (f'kind = "lif"\ntau_mem = {TAU_MEM}\ntau_syn = {TAU_SYN}\nthreshold = {THRESHOLD}\nreset = "none"\n'
            f'output = "analog"\nescape = {{ kind = "sigmoid", beta = {BETA} }}\n')
    events = [[t, i] for i, row in enumerate(spikes) for t, s in enumerate(row) if s]
    learned = f"learn_delays = true\nmax_delay = {longest}\n"
    return (f"[time]\ndt = {DT}\nsteps = {STEPS}\n"
            f'[[population]]\nname = "x"\nkind = "input"\nsize = {INPUTS}\n'
            f'[[population]]\nname = "h"\nsize = {HIDDEN}\n{unit}'
            f'[[population]]\nname = "y"\nsize = 2\n{unit}'
            f'[[connection]]\nfrom = "x"\nto = "h"\nweights = {net["in"]}\ndelay_steps = {net["d_in"]}\n{learned}'
            f'[[connection]]\nfrom = "h"\nto = "y"\nweights = {net["out"]}\ndelay_steps = {net["d_out"]}\n{learned}'
            f'[input]\nkind = "spikes"\nspikes = {events}\n'
            f'[loss]\nkind = "linear"\npopulation = "y"\ncoefficients = {[list(c) for c in zip(*coefficients)]}\n')


class Delays(unittest.TestCase):
    def test_loss_and_gradient_are_those_of_a_convolution(self):
        dice = random.Random(4)
        draw = lambda rows, columns, low, high: [[dice.uniform(low, high) for _ in range(columns)] for _ in range(rows)]
        net = {"in": draw(HIDDEN, INPUTS, -4.0, 6.0), "out": draw(2, HIDDEN, -4.0, 6.0),
               "d_in": draw(1, INPUTS, 0.0, 6.0)[0], "d_out": draw(1, HIDDEN, 0.0, 6.0)[0]}
        net["d_in"][1] = 3.0  # a whole one is not divided
        spikes = [[float(dice.random() < 0.4) for _ in range(STEPS)] for _ in range(INPUTS)]
        coefficients = draw(2, STEPS, -1.0, 1.0)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(model_of(net, spikes, coefficients, 7e-3))
            found = json.loads(subprocess.run([PROGRAM, "compare", path, "--estimators", "exact", "--samples", "1", "--json",
                                               "-"], check=True, capture_output=True, text=True).stdout)
        self.assertAlmostEqual(found["truth"]["loss"], loss(net, spikes, coefficients), delta=1e-12)

        expected = []
        for block in ("in", "out", "d_in", "d_out"):
            rows = net[block] if isinstance(net[block][0], list) else [net[block]]
            for row in rows:
                for k, value in enumerate(row):
                    sides = []
                    for h in (1e-6, -1e-6):
                        row[k] = value + h
                        sides.append(loss(net, spikes, coefficients))
                    row[k] = value
                    expected.append((sides[0] - sides[1]) / 2e-6 if (block, k) != ("d_in", 1) else None)
        gradient = found["truth"]["gradient"]
        self.assertEqual(len(gradient), len(expected))
        self.assertGreater(max(abs(g) for g in gradient[-INPUTS - HIDDEN:]), 1e-3)
        for k, (is_, should) in enumerate(zip(gradient, expected)):
            if should is not None:  # at a whole delay the slope has two sides
                self.assertAlmostEqual(is_, should, delta=1e-7, msg=f"parameter {k}")

    def test_the_interpolation_is_seen(self):
        """A delay that is rounded, as it would be without interpolation, gives another loss."""
        spikes, coefficients = [[1.0] + [0.0] * (STEPS - 1)] * INPUTS, [[float(t == 8) for t in range(STEPS)]] * 2
        net = {"in": [[1.0] * INPUTS] * HIDDEN, "out": [[1.0] * HIDDEN] * 2, "d_in": [2.4] * INPUTS,
               "d_out": [0.0] * HIDDEN}
        rounded = {**net, "d_in": [2.0] * INPUTS}
        self.assertGreater(abs(loss(net, spikes, coefficients) - loss(rounded, spikes, coefficients)), 1e-4)


if __name__ == "__main__":
    unittest.main()
