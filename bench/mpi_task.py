# SPDX-License-Identifier: Apache-2.0
"""What bench/mpi_scaling.py and bench/mpi_network.py train: shape A of `spikegrad bench`, with as many spikes in its
input, and how they run it."""

import pathlib
import re
import subprocess

MODEL = """
seed = 1
[time]
dt = 1e-3
steps = 100
[[population]]
name = "x"
kind = "input"
size = 700
[[population]]
name = "h"
kind = "lif"
size = 128
tau_mem = 10e-3
tau_syn = 5e-3
surrogate = { kind = "superspike", beta = 10 }
[[population]]
name = "o"
kind = "readout"
size = 20
tau_mem = 10e-3
tau_syn = 5e-3
[[connection]]
from = "x"
to = "h"
init = { kind = "fluctuation-driven", nu = 10.0 }
[[connection]]
from = "h"
to = "o"
init = { kind = "readout" }
[input]
kind = "data"
[loss]
kind = "cross-entropy-max"
population = "o"
[training]
optimiser = "adam"
learning_rate = 1e-3
"""
PARAMETERS = 700 * 128 + 128 * 20
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
WORK = re.compile(r"(\d+) processes: (\S+) s of processor time, (\S+) at most of one; of one at most (\S+) MB sent in (\d+) "
                  r"messages, (\S+) s waited")
WORK_NAMES = "processes", "processor", "most", "megabytes", "messages", "waited"


def prepare(program, folder, samples):
    """Model and data; `samples` is a multiple of 20."""
    (folder / "model.toml").write_text(MODEL, encoding="utf-8")
    call(program, "data", "make", "poisson", "--classes", 20, "--samples", samples // 20, "--units", 700, "--rate", 40,
         "--duration", 0.1, "-o", folder / "data.h5")


def call(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def train(program, folder, run, epochs, batch, launcher):
    """Trains by `launcher` (MPIRUN with its -n, or more) and gives what the processes say of their work."""
    output = call(*launcher, program, "train", folder / "model.toml", "--data", folder / "data.h5", "-o", folder / run,
                  "--threads", 1, "--checkpoint-every", 1e9, "--set", f"training.epochs={epochs}",
                  f"training.batch={batch}")
    found = WORK.search(output)
    return dict(zip(WORK_NAMES, map(float, found.groups()))) if found else {}


def weights(folder, run):
    """The last checkpoint's bytes."""
    return sorted(pathlib.Path(folder, run).glob("checkpoint-*.h5"))[-1].read_bytes()
