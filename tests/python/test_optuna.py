# SPDX-License-Identifier: Apache-2.0
"""Training as the objective of Optuna: examples/python/optuna_search.py. Skipped where optuna is not installed."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import subprocess
import sys

import pytest
from conftest import ROOT

import spikegrad as sg

optuna = pytest.importorskip("optuna")
EXAMPLE = ROOT / "examples" / "python" / "optuna_search.py"


def example():
    spec = importlib.util.spec_from_file_location("optuna_search", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def search(file, *arguments):
    return subprocess.run([sys.executable, "-B", EXAMPLE, "--study", file, *map(str, arguments)],
                          capture_output=True, text=True, check=True).stdout


def test_two_processes_share_a_study_which_goes_on(tmp_path):
    file = tmp_path / "search.db"
    first = search(file, "--trials", 5, "--processes", 2, "--epochs", 3)
    assert re.match(r"5 trials, \d ended early; best loss \d+\.\d+ with ", first), first
    second = search(file, "--trials", 4, "--processes", 2, "--epochs", 3)
    assert second.startswith("9 trials, ")
    best = [float(re.search(r"best loss (\S+)", text)[1]) for text in (first, second)]
    assert best[1] <= best[0]
    with sqlite3.connect(file) as rows:  # each epoch's loss stands in the file
        assert rows.execute("select count(*) from trial_intermediate_values").fetchone()[0] >= 9


def test_a_hopeless_trial_ends_at_an_epoch():
    module = example()

    class Hopeless(optuna.pruners.BasePruner):
        def prune(self, study, trial):
            return trial.last_step == 2

    study = optuna.create_study(pruner=Hopeless())
    study.optimize(lambda trial: module.objective(trial, 5), n_trials=1)
    assert study.trials[0].state == optuna.trial.TrialState.PRUNED
    assert sorted(study.trials[0].intermediate_values) == [1, 2]


def test_what_is_reported_are_the_epochs_of_the_run():
    module = example()
    study = optuna.create_study(pruner=optuna.pruners.NopPruner())
    study.enqueue_trial({"slope": 10.0, "nu": 20.0, "learning_rate": 0.01})
    study.optimize(lambda trial: module.objective(trial, 2), n_trials=1)
    run = sg.train(module.net(10.0, 20.0), module.curves(400, 0), epochs=2, batch=32, validation=0.2, optimiser="adam",
                   learning_rate=0.01, threads=2)
    assert list(study.trials[0].intermediate_values.values()) == list(run.history["validation_loss"])
    assert study.best_value == min(run.history["validation_loss"])
