#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each gradient estimator brings in training in the same processor time: a small stochastic net learns randman.

    bench/equal_time.py --seconds 10 --seeds 3

Every estimator gets as many epochs as fit into --seconds of one thread, measured before, and the best of --rates:
the rate is chosen on manifolds and weights of a seed of its own. Prints
for each estimator the accuracy on test samples at the end, mean and standard error over the seeds.
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
ESTIMATORS = ("surrogate", "smoothed", "reinmax", "score-running-mean", "score-leave-one-out", "counterfactual-k",
              "disarm", "muprop")
NET = ("training.validation=0", "training.select=last", "training.batch=32", "time.steps=60",
       "population.h1.size=32", "population.h2.size=32")
RATE_SEED = 1000  # of the choice of rates


def spikegrad(*arguments):
    """The command's processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([PROGRAM, *map(str, arguments), "--quiet"], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"equal_time: {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Task:
    """Manifolds and weights of one seed."""

    def __init__(self, folder, seed):
        self.folder, self.seed = folder / f"seed-{seed}", seed
        self.folder.mkdir()
        for part, samples, name in (0, 50, "train"), (1, 100, "test"):
            spikegrad("data", "make", "randman", "--classes", 10, "--samples", samples, "--part", part, "--smoothness", 1,
                      "--seed", seed, "-o", self.folder / f"randman_{name}.h5")

    def train(self, estimator, rate, epochs):
        """Test accuracy after so many epochs, and the processor time of training."""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            run, judged = pathlib.Path(place) / "run", pathlib.Path(place) / "judged.json"
            seconds = spikegrad("train", "randman", "--data", self.folder / "randman_train.h5", "-o", run, "--threads", 1,
                                "--seed", self.seed, "--set", *NET, f"training.estimator={estimator}",
                                f"training.learning_rate={rate}", f"training.epochs={epochs}")
            spikegrad("evaluate", run, "--data", self.folder / "randman_test.h5", "--json", judged)
            return json.loads(judged.read_text(encoding="utf-8"))["accuracy"], seconds

    def epochs_in(self, estimator, seconds):
        short, long = 2, 12
        each = (self.train(estimator, 0.001, long)[1] - self.train(estimator, 0.001, short)[1]) / (long - short)
        return max(1, round(seconds / each))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.001, 0.003, 0.01, 0.03])
    parser.add_argument("--estimators", nargs="+", default=list(ESTIMATORS))
    options = parser.parse_args()
    print(f"{'estimator':22}{'epochs':>8}{'rate':>8}{'s':>8}{'accuracy':>10}{'+-':>8}")
    with tempfile.TemporaryDirectory() as place:
        tuning = Task(pathlib.Path(place), RATE_SEED)
        tasks = [Task(pathlib.Path(place), seed) for seed in range(1, options.seeds + 1)]
        for estimator in options.estimators:
            epochs = tuning.epochs_in(estimator, options.seconds)
            rate = max(options.rates, key=lambda r: tuning.train(estimator, r, epochs)[0])
            runs = [task.train(estimator, rate, epochs) for task in tasks]
            accuracies = [accuracy for accuracy, _ in runs]
            error = statistics.stdev(accuracies) / math.sqrt(len(accuracies)) if len(accuracies) > 1 else math.nan
            print(f"{estimator:22}{epochs:8}{rate:8g}{statistics.mean(s for _, s in runs):8.2f}"
                  f"{statistics.mean(accuracies):10.4f}{error:8.4f}", flush=True)


if __name__ == "__main__":
    main()
