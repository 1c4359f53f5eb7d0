# SPDX-License-Identifier: Apache-2.0
"""What all peers share: the shapes, events in memory, dense tensors made of them, and the clock.

A peer is a program `NAME_peer.py --shape A --threads 2 --seconds 5` that prints one line of JSON. It defines
build(shape) -> Peer and calls main(NAME, package, build).
"""

import argparse
import dataclasses
import importlib.metadata
import json
import math
import resource
import statistics
import time

import numpy


@dataclasses.dataclass
class Shape:
    """One of spikegrad/engine/shapes.hpp; run.py compares what both sides report."""
    batch: int
    steps: int
    hidden: tuple = ()
    recurrent: bool = False
    convolutional: bool = False
    resonating: bool = False  # SE-adLIF units with learned time constants and gains
    delays: int = 0           # learned ones, up to so many steps
    inputs: int = 700
    classes: int = 20
    rate: float = 0.04

    # Filters, kernel, stride of the convolutions; recurrent kernels of 5, padded by 2.
    CONVOLUTIONS = ((16, 21, 10), (32, 7, 3), (64, 7, 3))

    @property
    def taus(self):
        """Membrane, synapse and readout's membrane, in steps."""
        return (10.0, 5.0, 350.0) if self.convolutional else (10.0, 5.0, 10.0)

    @property
    def alpha(self):
        return math.exp(-1.0 / self.taus[1])

    @property
    def beta(self):
        return math.exp(-1.0 / self.taus[0])

    @property
    def beta_out(self):
        return math.exp(-1.0 / self.taus[2])

    def layers(self):
        """(channels, positions) of each hidden layer; dense ones have one position."""
        if not self.convolutional:
            return [(width, 1) for width in self.hidden]
        sizes, positions = [], self.inputs
        for filters, kernel, stride in self.CONVOLUTIONS:
            positions = (positions - kernel) // stride + 1
            sizes.append((filters, positions))
        return sizes

    def sizes(self):
        sizes = {"x": self.inputs}
        for index, (channels, positions) in enumerate(self.layers(), 1):
            sizes[f"h{index}"] = channels * positions
        return sizes | {"y": self.classes}


SHAPES = {
    "A": Shape(256, 100, (128,)),
    "B": Shape(256, 100, (128,), recurrent=True),
    "C": Shape(256, 350, (128, 128, 128)),
    "D": Shape(64, 500, (512,)),
    "E": Shape(128, 350, recurrent=True, convolutional=True),
    "F": Shape(256, 250, (128,), recurrent=True, resonating=True, inputs=140),
    "G": Shape(256, 100, (128, 128), delays=25, inputs=140),
}


class Events:
    """Spikes of the batch as (sample, step, unit), and labels: what a data set holds in memory."""

    def __init__(self, shape, seed=1):
        random = numpy.random.default_rng(seed)
        spikes = random.random((shape.batch, shape.steps, shape.inputs), dtype=numpy.float32) < shape.rate
        self.sample, self.step, self.unit = (index.astype(numpy.int64) for index in spikes.nonzero())
        self.labels = numpy.arange(shape.batch) % shape.classes

    def first(self, samples):
        few = object.__new__(Events)
        keep = self.sample < samples
        few.sample, few.step, few.unit = self.sample[keep], self.step[keep], self.unit[keep]
        few.labels = self.labels[:samples]
        return few


def scaled(rate_of, scale_layer, layers, wanted):
    """Scales the weights into layer after layer until each spikes at the rate wanted."""
    for layer in range(layers):
        low, high, scale = None, None, 1.0
        for _ in range(25):
            rate = rate_of(layer)
            if abs(rate / wanted - 1) <= 0.1:
                break
            if rate < wanted:
                low = scale
            else:
                high = scale
            following = 2 * low if high is None else high / 2 if low is None else math.sqrt(low * high)
            scale_layer(layer, following / scale)
            scale = following


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-6


def main(name, package, build):
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="A")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="to measure for, but at least 3 runs")
    parser.add_argument("--batch", type=int)
    arguments = parser.parse_args()
    shape = SHAPES[arguments.shape]
    if arguments.batch:
        shape = dataclasses.replace(shape, batch=arguments.batch)
    before = peak_mb()
    run, rates, parameters = build(shape, Events(shape), arguments.threads)
    run()  # compiles where the peer compiles, and touches memory for the first time
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < arguments.seconds:
        start = time.perf_counter()
        loss = run()
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({
        "peer": name, "version": importlib.metadata.version(package), "shape": arguments.shape,
        "batch": shape.batch, "steps": shape.steps, "sizes": shape.sizes(), "parameters": parameters,
        "threads": arguments.threads, "runs": len(times), "median_ms": statistics.median(times),
        "peak_rss_mb": peak_mb(), "import_rss_mb": before, "rates": rates, "mean_loss": loss}))
