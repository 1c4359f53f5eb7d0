#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What training by Python costs beside the command line: the same model, data, seed and bits.

    PYTHONPATH=build/python python bench/training_overhead.py DATA --spikegrad build/spikegrad
        [--model experiments/digits-recurrent.toml] [--epochs N] [--rounds 3] [--threads 1]

DATA is a folder with *_train.h5 and *_test.h5. Each round trains once by the program and once by Python, each in a
process of its own, in turns. Prints processor and wall seconds of whole processes (start, import, reading of the data
and the final evaluation included), least of the rounds, and their ratios; and whether the weights are the same bits.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import spikegrad as sg

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
import spikegrad as sg
model, data, out, threads, *epochs = sys.argv[1:]
training = {"epochs": int(epochs[0])} if epochs else {}
sg.train(sg.Model.load(model), data, out=out, threads=int(threads), progress=False, **training)
"""


def run(command):
    """Processor and wall seconds of a process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--spikegrad", required=True, help="the program")
    parser.add_argument("--model", default=str(ROOT / "experiments" / "digits-recurrent.toml"))
    parser.add_argument("--epochs", type=int, help="(those of the model)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    threads = str(arguments.threads)
    epochs = [] if arguments.epochs is None else [str(arguments.epochs)]
    never = (float("inf"),) * 2
    least, start = {"program": never, "python": never}, never
    same = True
    for turn in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            out = {name: os.path.join(folder, name) for name in least}
            commands = {
                "program": [arguments.spikegrad, "train", arguments.model, "--data", arguments.data, "-o", out["program"],
                            "--threads", threads, "--quiet", *(f"--set=training.epochs={n}" for n in epochs)],
                "python": [sys.executable, "-c", PROGRAM, arguments.model, arguments.data, out["python"], threads, *epochs]}
            for name in (list(commands) if turn % 2 == 0 else list(commands)[::-1]):
                least[name] = tuple(map(min, least[name], run(commands[name])))
            start = tuple(map(min, start, run([sys.executable, "-c", "import spikegrad"])))
            weights = [sg.Run(out[name]).model.parameters.flat for name in commands]
            same &= np.array_equal(*weights)
    for k, what in enumerate(("processor s", "wall s")):
        program, python = least["program"][k], least["python"][k]
        print(f"{what}: program {program:.3f}, Python {python:.3f}, ratio {python / program:.4f}, "
              f"start of Python {start[k]:.3f}")
    print("weights:", "the same bits" if same else "DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
