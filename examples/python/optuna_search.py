# SPDX-License-Identifier: Apache-2.0
"""Settings of a net searched with Optuna: several processes, one study in SQLite, hopeless trials ended early.

    python examples/python/optuna_search.py [--study search.db] [--trials 24] [--processes 2] [--epochs 12]

The task is four random curves of spike times (`spikegrad data make randman` makes such, here it is done in numpy).
Each trial draws the slope of the surrogate derivative, the learning rate and the rate that the initial weights are made
for, and trains with one thread: the processors are for the trials. Started again with the same file, the search goes on.
"""

from __future__ import annotations

import argparse
import multiprocessing

import numpy as np
import optuna

import spikegrad as sg

CLASSES, CHANNELS, STEPS, DT = 4, 20, 50, 2e-3
STUDY = "surrogate-slope"


def curves(samples: int, seed: int) -> sg.Dataset:
    """One spike a channel, at a time that is a smooth function of a hidden number; each class has its own functions."""
    functions = np.random.default_rng(1).normal(size=(CLASSES, 3, CHANNELS))
    rng = np.random.default_rng([seed, 2])
    labels = np.arange(samples) % CLASSES
    hidden = rng.uniform(0, 2 * np.pi, samples)
    waves = np.stack([np.sin(hidden), np.cos(hidden), np.sin(2 * hidden)], axis=1)
    values = np.einsum("sk,skc->sc", waves, functions[labels])
    times = DT * STEPS / (1 + np.exp(-values))
    order = np.argsort(times, axis=1)
    return sg.Dataset(list(np.take_along_axis(times, order, axis=1)), list(order), labels, channels=CHANNELS)


def net(slope: float, nu: float) -> sg.Model:
    m = sg.Model(dt=DT, steps=STEPS, seed=1)
    x = m.input("x", CHANNELS)
    h = m.lif("h", 48, tau_mem=20e-3, output="deterministic", surrogate=sg.superspike(slope))
    o = m.readout("o", CLASSES)
    m.connect(x, h, init=sg.fluctuation_driven(nu=nu))
    m.connect(h, h, init=sg.fluctuation_driven(nu=nu))
    m.connect(h, o)
    m.loss = sg.cross_entropy_max(o)
    return m


def objective(trial: optuna.Trial, epochs: int) -> float:
    """Validation loss of the best epoch. An exception in on_epoch ends the training, and comes out of it."""
    model = net(trial.suggest_float("slope", 1.0, 100.0, log=True), trial.suggest_float("nu", 5.0, 50.0, log=True))
    least = float("inf")

    def on_epoch(epoch: sg.Epoch) -> None:
        nonlocal least
        least = min(least, epoch.validation_loss)
        trial.report(epoch.validation_loss, epoch.epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    sg.train(model, curves(400, 0), epochs=epochs, batch=32, validation=0.2, optimiser="adam", on_epoch=on_epoch,
             learning_rate=trial.suggest_float("learning_rate", 1e-3, 1e-1, log=True), threads=1)
    return least


def open_study(file: str, seed: int) -> optuna.Study:
    return optuna.create_study(study_name=STUDY, storage=f"sqlite:///{file}", load_if_exists=True, direction="minimize",
                               sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True),
                               pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2))


def work(file: str, seed: int, trials: int, epochs: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    open_study(file, seed).optimize(lambda trial: objective(trial, epochs), n_trials=trials)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="search.db", help="the file that keeps the study")
    parser.add_argument("--trials", type=int, default=24, help="of all processes together")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=12)
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    before = len(open_study(arguments.study, 0).trials)  # makes the tables, before several processes would at once
    # Fresh processes: what a fork copies of the threads and the data base of this one is of no use to them.
    context = multiprocessing.get_context("spawn")
    shares = [arguments.trials * (k + 1) // arguments.processes - arguments.trials * k // arguments.processes
              for k in range(arguments.processes)]
    processes = [context.Process(target=work, args=(arguments.study, before + k, share, arguments.epochs))
                 for k, share in enumerate(shares)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("a process of the search failed; see above")

    study = open_study(arguments.study, 0)
    states = [trial.state for trial in study.trials]
    print(f"{len(states)} trials, {states.count(optuna.trial.TrialState.PRUNED)} ended early; "
          f"best loss {study.best_value:.4f} with "
          + ", ".join(f"{name} = {value:.3g}" for name, value in study.best_params.items()))


if __name__ == "__main__":
    main()
