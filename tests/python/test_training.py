# SPDX-License-Identifier: Apache-2.0
"""Training: the bits of the command line, callbacks, interrupts, runs on disk."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import EXPERIMENTS, patterns, small_model

import spikegrad as sg

SETTINGS = dict(epochs=3, optimiser="adam", learning_rate=0.02, batch=16)


def without_seconds(folder: pathlib.Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def test_third_snippet(tmp_path):
    m, data, test = small_model(), patterns(), patterns(seed=1)
    run = sg.train(m, data, epochs=4, out=tmp_path / "runs" / "a", optimiser="adam", learning_rate=0.02)
    low, high = run.evaluate(test, trials=10).accuracy_interval
    assert 0 <= low < high <= 1
    assert [epoch.epoch for epoch in run.history] == [1, 2, 3, 4]
    assert run.history["loss"][-1] < run.history["loss"][0]


def test_same_seeds_give_the_bits_of_the_command_line(tmp_path, program):
    m = small_model()
    m.training = SETTINGS
    m.save(tmp_path / "net.toml")
    patterns(speakers=True).save(tmp_path / "data.h5")
    program("train", tmp_path / "net.toml", "--data", tmp_path / "data.h5", "-o", tmp_path / "theirs", "--quiet")
    theirs = sg.Run(tmp_path / "theirs")
    of_file = sg.train(tmp_path / "net.toml", tmp_path / "data.h5", out=tmp_path / "file")
    of_memory = sg.train(m, patterns(speakers=True), out=tmp_path / "memory", threads=1)
    nowhere = sg.train(m, patterns(speakers=True))
    for ours in (of_file, of_memory, nowhere):
        assert np.array_equal(ours.model.parameters.flat, theirs.model.parameters.flat)
        assert ours.epoch == theirs.epoch
    for folder in ("file", "memory"):
        assert without_seconds(tmp_path / folder) == without_seconds(tmp_path / "theirs")
        assert (tmp_path / folder / "model.toml").read_bytes() == (tmp_path / "theirs" / "model.toml").read_bytes()


def test_accuracy_by_speaker():
    run = sg.train(small_model(), patterns(), **SETTINGS)
    judged = run.evaluate(patterns(seed=1, speakers=True), trials=2)
    assert list(judged.speakers) == [0, 1, 2, 3]
    assert all(s.samples == 15 and s.interval[0] <= s.accuracy <= s.interval[1] for s in judged.speakers.values())
    assert np.isclose(np.mean([s.accuracy for s in judged.speakers.values()]), judged.accuracy)
    assert "speaker 3" in repr(judged)
    assert run.evaluate(patterns(seed=1)).speakers == {}


def test_evaluation_is_that_of_the_command_line(tmp_path, program):
    run = sg.train(small_model(), patterns(), out=tmp_path / "run", **SETTINGS)
    patterns(seed=1).save(tmp_path / "test.h5")
    program("evaluate", tmp_path / "run", "--data", tmp_path / "test.h5", "--trials", 4, "--json",
            tmp_path / "evaluation.json", "--quiet")
    theirs = json.loads((tmp_path / "evaluation.json").read_text())
    for given in (tmp_path / "test.h5", sg.Dataset.load(tmp_path / "test.h5")):
        ours = json.loads(run.evaluate(given, trials=4).to_json())
        for key in ("accuracy", "loss", "confusion"):
            assert ours[key] == theirs[key], key


def test_the_command_line_goes_on_with_a_run_of_python_and_back(tmp_path, program):
    m, data = small_model(), patterns()
    data.save(tmp_path / "data.h5")
    whole = sg.train(m, tmp_path / "data.h5", out=tmp_path / "whole", **{**SETTINGS, "epochs": 6})
    sg.train(m, tmp_path / "data.h5", out=tmp_path / "run", **{**SETTINGS, "epochs": 2})
    program("train", "--resume", tmp_path / "run", "--set", "training.epochs=4", "--quiet")
    run = sg.resume(tmp_path / "run", epochs=6)
    assert np.array_equal(run.model.parameters.flat, whole.model.parameters.flat)
    assert len(run.history) == 6


def test_weights_of_chosen_epochs_stay(tmp_path):
    m, data = small_model(), patterns()
    seen = {}
    run = sg.train(m, data, out=tmp_path / "a", keep_checkpoints=[2, 1], **SETTINGS)
    assert run.checkpoints == [0, 1, 2, 3]
    for epochs in 1, 2:
        seen[epochs] = sg.train(m, data, **{**SETTINGS, "epochs": epochs}).model.parameters.flat
        np.testing.assert_array_equal(run.at(epochs).parameters.flat, seen[epochs])
    np.testing.assert_array_equal(run.at(0).parameters.flat, m.parameters.flat)
    assert not np.array_equal(seen[1], seen[2])
    run = sg.resume(run, data, epochs=5, keep_checkpoints=[4])
    assert run.checkpoints == [0, 1, 2, 4, 5]
    with pytest.raises(ValueError, match="is not kept"):
        run.at(3)
    with pytest.raises(ValueError, match="out=FOLDER"):
        sg.train(m, data, keep_checkpoints=[1], **SETTINGS)


def test_how_estimators_point_along_the_truth_in_training(program, tmp_path):
    m, data = small_model(), patterns()
    run = sg.train(m, data, out=tmp_path / "a", keep_checkpoints=[1], **SETTINGS)
    few = dict(data_samples=4, samples=8, truth_samples=12)
    aligned = run.compare(estimators="surrogate", **few)
    assert aligned.epochs == [0, 1, 3] and aligned.blocks == ["x->h", "h->h", "h->o"]
    assert aligned.at(3).estimators[0].blocks[2].cosine.value == pytest.approx(1.0, abs=0.2)
    assert len(aligned.rows()) == 3 * 4
    assert "before training" in repr(aligned)
    with pytest.raises(KeyError):
        aligned.at(2)
    again = run.compare(estimators=["surrogate"], checkpoints=[1], **few)
    assert json.loads(again.to_json())["checkpoints"][0]["estimators"]["surrogate"]["cosine"] == \
        json.loads(aligned.to_json())["checkpoints"][1]["estimators"]["surrogate"]["cosine"]
    aligned.save(tmp_path / "results")
    sg.report(tmp_path / "results", tmp_path / "page.html")
    assert "Estimators along a training" in (tmp_path / "page.html").read_text(encoding="utf-8")
    file = tmp_path / "data_train.h5"
    data.save(file)
    done = program("compare", tmp_path / "a", "--data", file, "--data-samples", 4, "--samples", 8, "--truth-samples", 12,
                   "--checkpoints", 1, "--estimators", "surrogate", "--quiet")
    assert done.split("\n\n")[0].splitlines()[0] in repr(again)


def test_goes_on_with_data_from_memory(tmp_path):
    m, data = small_model(), patterns()
    whole = sg.train(m, data, out=tmp_path / "whole", **{**SETTINGS, "epochs": 4})
    run = sg.train(m, data, out=tmp_path / "run", **{**SETTINGS, "epochs": 2})
    with pytest.raises(ValueError, match="began with data from memory"):
        sg.resume(tmp_path / "run", epochs=4)
    with pytest.raises(ValueError, match="is not the data"):
        sg.resume(tmp_path / "run", patterns(seed=5), epochs=4)
    assert np.array_equal(run.resume(epochs=4).model.parameters.flat, whole.model.parameters.flat)


def test_callbacks_hear_every_epoch_and_may_stop(tmp_path):
    heard: list[sg.Epoch] = []
    thread_of_callback: list[object] = []

    def hear(epoch: sg.Epoch) -> None:
        heard.append(epoch)
        thread_of_callback.append(threading.current_thread())

    run = sg.train(small_model(), patterns(), on_epoch=hear, **SETTINGS)
    assert [epoch.epoch for epoch in heard] == [1, 2, 3] and heard[-1].loss == run.history[-1].loss
    assert set(thread_of_callback) == {threading.current_thread()}
    assert set(heard[0].rates) == {"x", "h", "o"} and heard[0].rates["h"] > 0

    def stop(epoch: sg.Epoch) -> None:
        if epoch.epoch == 2:
            raise StopIteration("enough")

    with pytest.raises(StopIteration, match="enough"):
        sg.train(small_model(), patterns(), out=tmp_path / "run", on_epoch=stop, **SETTINGS)
    assert len(sg.Run(tmp_path / "run").history) == 2, "what was learned is saved"
    whole = sg.train(small_model(), patterns(), **SETTINGS)
    assert np.array_equal(sg.resume(tmp_path / "run", patterns()).model.parameters.flat, whole.model.parameters.flat)


def test_a_callback_may_use_the_library():
    def judge(epoch: sg.Epoch) -> None:
        small_model().run(np.zeros((50, 20)))

    assert len(sg.train(small_model(), patterns(), on_epoch=judge, **SETTINGS).history) == 3


def test_progress_is_told():
    heard: list[tuple[str, int, int]] = []
    sg.train(small_model(), patterns(600), progress=lambda *what: heard.append(what), **{**SETTINGS, "epochs": 20})
    assert heard and heard[-1][0] == "samples" and 0 < heard[-1][1] <= heard[-1][2]


INTERRUPTED = """
import sys, os, pathlib
sys.path.insert(0, {tests!r})
from conftest import patterns, small_model
import spikegrad as sg
def told(epoch):
    pathlib.Path({folder!r} + ".epoch").write_text(str(epoch.epoch))
try:
    sg.train(small_model(), patterns(600), out={folder!r}, epochs=100000, optimiser="adam", on_epoch=told)
except KeyboardInterrupt:
    print("interrupted", len(sg.Run({folder!r}).history) > 0)
"""


def test_ctrl_c_saves_and_is_a_keyboard_interrupt(tmp_path):
    folder = str(tmp_path / "run")
    program = INTERRUPTED.format(tests=str(pathlib.Path(__file__).parent), folder=folder)
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not os.path.exists(folder + ".epoch") and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0].split() == ["interrupted", "True"]
    epochs = len(sg.Run(folder).history)
    assert len(sg.resume(folder, patterns(600), epochs=epochs + 2).history) == epochs + 2


def test_the_models_own_input_trains(tmp_path):
    m = sg.Model.load(EXPERIMENTS / "matching-deterministic.toml", set=["training.epochs=3"])
    run = sg.train(m, out=tmp_path / "run")
    assert len(run.history) == 3 and np.isnan(run.history[0].accuracy)
    judged = run.evaluate()
    assert not judged.labelled and np.isnan(judged.accuracy) and np.isfinite(judged.loss)


def test_results_show_themselves(tmp_path):
    run = sg.train(small_model(), patterns(), **{**SETTINGS, "epochs": 20})
    assert "weights of epoch" in repr(run) and "..." in repr(run) and "<table>" in run._repr_html_()
    judged = run.evaluate(patterns(seed=1), trials=2)
    assert "accuracy" in repr(judged) and "<table>" in judged._repr_html_()
    assert judged.confusion.shape == (3, 3) and judged.confusion.sum() == 120
    assert judged.activity["h"].rate > 0 and judged.units["h"]["rate"].shape == (8,)
    pandas = pytest.importorskip("pandas")
    frame = run.history.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 20 and "rate h" in frame
    assert judged.to_pandas().loc["h", "rate"] == judged.activity["h"].rate
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    run.history.plot().figure.canvas.draw()
    judged.plot().figure.canvas.draw()


def test_deterministic_spikes_of_a_stochastic_net():
    run = sg.train(small_model(), patterns(), **SETTINGS)
    judged = run.evaluate(patterns(seed=1), spikes="deterministic", trials=3)
    assert judged.activity["h"].fano == 0.0


def test_the_model_that_is_trained_stays_as_it_was():
    m = small_model()
    before = m.to_toml()
    run = sg.train(m, patterns(), **SETTINGS)
    assert m.to_toml() == before
    assert not np.array_equal(run.model.parameters.flat, m.parameters.flat)
    assert run.model.training["epochs"] == 3


def test_two_trainings_at_once():
    expected = sg.train(small_model(), patterns(), **SETTINGS).model.parameters.flat
    results: list[np.ndarray] = []
    m, data = small_model(), patterns()
    work = [threading.Thread(target=lambda: results.append(sg.train(m, data, **SETTINGS).model.parameters.flat))
            for _ in range(3)]
    for thread in work:
        thread.start()
    m.parameters["x->h"] = m.parameters["x->h"].copy()
    for thread in work:
        thread.join()
    assert len(results) == 3 and all(np.array_equal(result, expected) for result in results)


WRONG = {
    "no data": (lambda f: sg.train(small_model()), ValueError, "data are needed"),
    "no use": (lambda f: sg.train(EXPERIMENTS / "quickstart.toml", patterns()), ValueError, "of no use"),
    "keyword": (lambda f: sg.train(small_model(), patterns(), epoch=3), TypeError, "did you mean 'epochs'"),
    "type": (lambda f: sg.train(small_model(), patterns(), epochs="3"), TypeError, "epochs must be a whole number"),
    "value": (lambda f: sg.train(small_model(), patterns(), learning_rate=-1.0), ValueError, "learning_rate"),
    "optimiser": (lambda f: sg.train(small_model(), patterns(), optimiser="adan"), ValueError, "adam"),
    "estimator": (lambda f: sg.train(small_model(), patterns(), estimator="exakt"), ValueError, "exact"),
    "data type": (lambda f: sg.train(small_model(), 3), TypeError, "a path"),
    "data file": (lambda f: sg.train(small_model(), "/nowhere.h5"), ValueError, "/nowhere.h5"),
    "channels": (lambda f: sg.train(small_model(), sg.Dataset([[0.0]], [[30]], [0])), ValueError, "has 31 channels"),
    "classes": (lambda f: sg.train(small_model(), sg.Dataset([[0.0]], [[3]], [7])), ValueError, "has 8 classes"),
    "no spikes": (lambda f: sg.train(small_model(), sg.Dataset([[9.0]], [[3]], [0])), ValueError, "none of its spikes"),
    "callback": (lambda f: sg.train(small_model(), patterns(), on_epoch=3), TypeError, "on_epoch must be a function"),
    "engine": (lambda f: sg.train(small_model(), patterns(), engine="gpu"), ValueError, "engine"),
    "threads": (lambda f: sg.train(small_model(), patterns(), threads=-1), ValueError, "threads"),
    "checkpoint": (lambda f: sg.train(small_model(), patterns(), checkpoint_every=-1), ValueError, "checkpoint_every"),
    "no run": (lambda f: sg.Run(f / "nothing"), ValueError, "nothing"),
    "no run to go on": (lambda f: sg.resume(f / "nothing"), ValueError, "nothing"),
    "a file for a folder": (lambda f: sg.train(small_model(), patterns(), out=f / "file" / "x", epochs=1), ValueError, ""),
    "folder type": (lambda f: sg.train(small_model(), patterns(), out=3), TypeError, "a path"),
    "no loss": (lambda f: sg.train(sg.Model(steps=3), patterns()), ValueError, ""),
    "spikes": (lambda f: sg.evaluate(small_model(), patterns(), spikes="loud"), ValueError, "must be 'stochastic'"),
    "no folder": (lambda f: sg.train(small_model(), patterns(), epochs=1).resume(), ValueError, "no folder"),
    "no test file": (lambda f: sg.train(small_model(), patterns(), epochs=1).evaluate(), ValueError, "not given a test"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused(case, tmp_path):
    (tmp_path / "file").write_text("no folder")
    call, kind, says = WRONG[case]
    with pytest.raises(kind) as raised:
        call(tmp_path)
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_a_folder_with_a_run_is_not_overwritten(tmp_path):
    sg.train(small_model(), patterns(), out=tmp_path / "run", **SETTINGS)
    with pytest.raises(ValueError, match="run"):
        sg.train(small_model(), patterns(), out=tmp_path / "run", **SETTINGS)
