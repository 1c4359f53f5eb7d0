#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What one batch of each shape needs, what this machine can do at most, and what the engine takes.

    bench/roofline.py --spikegrad build/spikegrad --peaks build/bench/peaks_bench [--shapes A,B,C,D,E]

Counted are, from the sizes and the measured rates: additions of rows of weights for every spike, forward and again for
the weight gradient; products of D̄ with the weights between units that spike (a readout's few signals are left out);
arithmetic of the units' own steps. `least` is their time at the peaks that peaks_bench measures, each as if alone: sums
of rows from a panel of 179 KB, or into rows where a convolution's spike moves several targets; products and arithmetic
in registers. Prints a Markdown table.
"""

import argparse
import json
import subprocess

DENSE = {"A": [("x", "h1"), ("h1", "y")],
         "B": [("x", "h1"), ("h1", "h1"), ("h1", "y")],
         "C": [("x", "h1"), ("h1", "h2"), ("h2", "h3"), ("h3", "y")],
         "D": [("x", "h1"), ("h1", "y")]}
CONVOLUTIONS = [("x", 1, "h1", 16, 21, 10), ("h1", 16, "h2", 32, 7, 3), ("h2", 32, "h3", 64, 7, 3),
                ("h1", 16, "h1", 16, 5, 1), ("h2", 32, "h2", 32, 5, 1), ("h3", 64, "h3", 64, 5, 1)]
STEP = 22  # vector operations of a unit's step, forward and backward; a division counts as 4


def needs(shape, run):
    """Additions, those into rows, products and unit steps of one sample and step, in floats."""
    sizes, rates = run["sizes"], run["rates"]
    padded = {name: -(-size // 16) * 16 for name, size in sizes.items()}
    connections = list(DENSE.get(shape, [("h3", "y")]))
    additions = sum(2 * rates[a] * sizes[a] * padded[b] for a, b in connections)
    products = sum(sizes[a] * sizes[b] for a, b in connections if "x" != a and (b != "y" or a in loops(connections)))
    into_rows = 0
    if shape == "E":
        for a, _, b, out, kernel, stride in CONVOLUTIONS:
            into_rows += 2 * rates[a] * sizes[a] * kernel / stride * out
        products += sum(sizes[b] * kernel * channels for a, channels, b, _, kernel, _ in CONVOLUTIONS if a != "x")
    return additions, into_rows, products, sum(padded[name] for name in sizes if name != "x")


def loops(connections):
    return {a for a, b in connections if a == b}


def output(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", default="build/spikegrad")
    parser.add_argument("--peaks", default="build/bench/peaks_bench")
    parser.add_argument("--shapes", default="A,B,C,D,E")
    parser.add_argument("--seconds", default="2")
    arguments = parser.parse_args()
    peaks = output([arguments.peaks, "--json"])
    print(f"One thread, {peaks['instruction_set']}; peaks in 10^9 floats a second: products {peaks['products']:.0f}, "
          f"sums of rows {peaks['sums_16_kb']:.0f} (16 KB), {peaks['sums_179_kb']:.0f} (179 KB), into rows "
          f"{peaks['into_rows_16_kb']:.0f} and {peaks['into_rows_179_kb']:.0f}.\n")
    print("| shape | additions, 10^6 | products, 10^6 | unit steps, 10^6 | least ms: additions | products | steps "
          "| sum | measured ms | share |\n|---|---|---|---|---|---|---|---|---|---|")
    for shape in arguments.shapes.split(","):
        run = output([arguments.spikegrad, "bench", "--shape", shape, "--threads", "1", "--seconds",
                      arguments.seconds, "--json", "-"])
        additions, into_rows, products, steps = (run["batch"] * run["steps"] * need for need in needs(shape, run))
        least = [1e-6 * additions / peaks["sums_179_kb"] + 1e-6 * into_rows / peaks["into_rows_179_kb"],
                 1e-6 * products / peaks["products"], 1e-6 * STEP * steps / peaks["products"]]
        cells = [f"{1e-6 * count:.0f}" for count in (additions + into_rows, products, steps)]
        cells += [f"{ms:.1f}" for ms in least + [sum(least), run["median_ms"]]]
        print(f"| {shape} | {' | '.join(cells)} | {sum(least) / run['median_ms']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
