#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two builds of the program in turns: what a change is worth.

    bench/alternate.py OLD NEW [--shapes ABCD] [--rounds 3] [--seconds 0.7] [--stochastic]

Runs `bench` of both, one thread, and prints for each shape the least time of each and their ratio: least times repeat to
about 1 %, whatever else the machine does. Pin it to one processor (taskset) where others are at work.
"""

import argparse
import json
import subprocess


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs=2, metavar="PROGRAM")
    parser.add_argument("--shapes", default="ABCD")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", default="0.7")
    parser.add_argument("--stochastic", action="store_true", help="drawn spikes: the escape function counts too")
    arguments = parser.parse_args()
    more = ["--stochastic"] if arguments.stochastic else []
    for shape in arguments.shapes:
        least = [float("inf")] * 2
        for _ in range(arguments.rounds):
            for i, program in enumerate(arguments.programs):
                done = subprocess.run([program, "bench", "--shape", shape, "--threads", "1", "--seconds",
                                       arguments.seconds, "--json", "-", *more], check=True, capture_output=True, text=True)
                least[i] = min(least[i], json.loads(done.stdout)["min_ms"])
        print(f"{shape}: {least[0]:.3f} ms, {least[1]:.3f} ms, ratio {least[1] / least[0]:.3f}", flush=True)


if __name__ == "__main__":
    main()
