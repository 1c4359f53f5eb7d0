#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the work of an update divides over processes: processor time and bytes sent, on one machine.

    bench/mpi_scaling.py [--spikegrad build-mpi/spikegrad] [--ranks 2,4,8] [--updates 40]

Strong scaling: one batch of 1,024 over the processes; weak: 256 samples for each. Processor time does not see how many
processors there are, so that a machine of two is enough; waiting is not in it. The difference of a long and a short run is
what the updates took. A line fitted to one process alone, fixed + group · groups, says what the others should take.
"""

import argparse
import functools
import pathlib
import tempfile

from mpi_task import MPIRUN, PARAMETERS, prepare, train

GROUP = 32  # samples, of the CPU engine


@functools.cache
def ms_of_updates(program, folder, ranks, batch, samples, updates):
    """Of an update: most processor ms of one process, of all, MB and messages of the one that sends most."""
    per_epoch = samples // batch
    epochs = max(1, updates // per_epoch)
    launcher = [*MPIRUN, "-n", str(ranks)]
    runs = []
    for length in 1, 1 + epochs:
        runs.append(train(program, folder, f"{ranks}-{batch}-{length}", length, batch, launcher))
    count = epochs * per_epoch
    part = {name: (runs[1][name] - runs[0][name]) / count for name in runs[0]}
    return 1e3 * part["most"], 1e3 * part["processor"], part["megabytes"], part["messages"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", type=pathlib.Path, default=pathlib.Path("build-mpi/spikegrad"))
    parser.add_argument("--ranks", default="2,4,8")
    parser.add_argument("--updates", type=int, default=40)
    arguments = parser.parse_args()
    ranks = [int(word) for word in arguments.ranks.split(",") if int(word) > 1]  # one alone does not count its work
    samples = 256 * max([4, *ranks])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prepare(arguments.spikegrad, folder, samples + -samples % 20)
        # Two processes of which one has all groups but one would not do: the line is of two, each with half of them.
        measured = {batch: ms_of_updates(arguments.spikegrad, folder, 2, batch, samples, arguments.updates)[0]
                    for batch in (128, 1024)}
        group = (measured[1024] - measured[128]) / ((1024 - 128) / GROUP / 2)
        fixed = measured[128] - group * 128 / GROUP / 2
        print(f"{PARAMETERS} weights; a group of {GROUP} takes {group:.3f} ms, an update {fixed:.3f} ms beside its groups\n")
        print("| scaling | processes | batch | groups of one | most ms of one | by the line | ms of all | MB sent by one "
              "| messages |")
        print("|---|---|---|---|---|---|---|---|---|")
        for kind, batch_of in ("strong", lambda r: 1024), ("weak", lambda r: 256 * r):
            for r in ranks:
                batch = batch_of(r)
                groups = -(-(batch // GROUP) // r)
                most, all_of_them, megabytes, messages = ms_of_updates(arguments.spikegrad, folder, r, batch, samples,
                                                                       arguments.updates)
                print(f"| {kind} | {r} | {batch} | {groups} | {most:.2f} | {fixed + group * groups:.2f} | {all_of_them:.2f} "
                      f"| {megabytes:.3f} | {messages:.0f} |", flush=True)


if __name__ == "__main__":
    main()
