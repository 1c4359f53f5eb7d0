#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an update takes on many processes, from what is measured on few (bench/mpi_scaling.py, bench/mpi_network.py).

    bench/mpi_model.py --group 3.0 --fixed 1.0 [--weights 92160] [--latency 0.002] [--bandwidth 10] [--ranks 1,10,100,1000]

An update of a process is its groups of 32 samples and what every process does for itself (packing weights, the optimiser):
fixed + group · groups, ms of processor time. Then the sum of the gradient goes through the processes in pieces and back to
all by a tree, the outcomes of the samples go to all, and all ask each other whether to stop; the last two do not wait for
the weights, but the next update does.
"""

import argparse
import math

PIECE = 32768  # bytes, engine/ranks/pass.cpp
OUTCOME = 24 + 8 * 3  # bytes that a sample sends to all: its outcome and the activity of three populations
GROUP = 32


def hops(ranks):
    """Latencies that an update waits for, one after the other: the sum through all, a tree back, outcomes, and the question
    whether to stop, by a tree and back."""
    if ranks < 2:
        return 0
    tree = math.ceil(math.log2(ranks))
    return ranks - 1 + tree + 1 + 2 * tree


def update_ms(ranks, groups, group, fixed, weights, latency, bandwidth):
    """ms of an update of `groups` groups. latency: ms; bandwidth: GB/s of a link, one way."""
    own = -(-groups // ranks)
    compute = fixed + group * own
    if ranks < 2:
        return compute, 0.0
    piece = min(PIECE, 4 * weights) / (1e6 * bandwidth)  # ms
    pieces = math.ceil(4 * weights / PIECE)
    outcomes = groups * GROUP * OUTCOME / (1e6 * bandwidth)
    tree = math.ceil(math.log2(ranks))
    return compute, hops(ranks) * latency + (ranks - 1 + pieces - 1 + tree) * piece + outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", type=float, required=True, help="ms of a group of 32 samples")
    parser.add_argument("--fixed", type=float, required=True, help="ms of an update beside its groups")
    parser.add_argument("--weights", type=int, default=92160)
    parser.add_argument("--latency", type=float, default=0.002, help="ms from process to process")
    parser.add_argument("--bandwidth", type=float, default=10.0, help="GB/s of a link")
    parser.add_argument("--ranks", default="1,10,100,1000")
    arguments = parser.parse_args()
    print(f"latency {arguments.latency:g} ms, {arguments.bandwidth:g} GB/s, {arguments.weights} weights\n")
    print("| scaling | processes | batch | ms of an update | of it waiting | samples/s | efficiency |")
    print("|---|---|---|---|---|---|---|")
    counts = [int(word) for word in arguments.ranks.split(",")]
    for kind, groups_of in ("strong", lambda r: max(counts)), ("weak", lambda r: r):
        alone = None
        for ranks in counts:
            groups = groups_of(ranks)
            compute, waiting = update_ms(ranks, groups, arguments.group, arguments.fixed, arguments.weights,
                                         arguments.latency, arguments.bandwidth)
            rate = 1e3 * groups * GROUP / (compute + waiting)
            alone = alone or rate / ranks
            print(f"| {kind} | {ranks} | {groups * GROUP} | {compute + waiting:.2f} | {waiting:.2f} | {rate:.3g} "
                  f"| {rate / ranks / alone:.2f} |")


if __name__ == "__main__":
    main()
