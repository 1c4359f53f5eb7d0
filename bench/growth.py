#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How time and memory grow with steps, batch, width, depth and rate: shape A, one of them varied at a time.

    bench/growth.py --spikegrad build/spikegrad [--threads 1] [--rounds 3] [--seconds 0.5]

Each figure is the median over rounds in which all sizes take turns. Prints a Markdown table.
"""

import argparse
import json
import statistics
import subprocess

GROWTH = {
    "steps": [25, 50, 100, 200, 400, 800],
    "batch": [32, 64, 128, 256, 512, 1024],
    "width": [32, 64, 128, 256, 512],
    "layers": [1, 2, 3, 4],
    "rate": [0.01, 0.02, 0.04, 0.08, 0.16],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", default="build/spikegrad")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", default="0.5")
    arguments = parser.parse_args()
    print("| varied | value | ms | us a sample | peak MB |\n|---|---|---|---|---|")
    for what, values in GROWTH.items():
        found = {value: [] for value in values}
        for _ in range(arguments.rounds):
            for value in values:
                done = subprocess.run(
                    [arguments.spikegrad, "bench", "--shape", "A", f"--{what}", str(value), "--threads",
                     arguments.threads, "--seconds", arguments.seconds, "--json", "-"],
                    check=True, capture_output=True, text=True)
                found[value].append(json.loads(done.stdout))
        for value, runs in found.items():
            ms = statistics.median(run["median_ms"] for run in runs)
            memory = statistics.median(run["peak_rss_mb"] for run in runs)
            print(f"| {what} | {value} | {ms:.2f} | {1e3 * ms / runs[0]['batch']:.1f} | {memory:.1f} |", flush=True)


if __name__ == "__main__":
    main()
