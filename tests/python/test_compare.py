# SPDX-License-Identifier: Apache-2.0
"""compare(): the command's table, its numbers, and what becomes of them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from conftest import EXPERIMENTS, small_model

import spikegrad as sg

QUICKSTART = EXPERIMENTS / "quickstart.toml"


@pytest.fixture(scope="module")
def comparison():
    return sg.compare(QUICKSTART, samples=300)


def without_times(text: str) -> list[list[str]]:
    """The rows without their last word."""
    return [re.split(r"  +", line.strip())[:-1] for line in text.splitlines()]


def test_second_snippet(comparison):
    assert "surrogate" in repr(comparison)
    assert comparison["surrogate"].bias == pytest.approx(0.247, abs=5e-3)
    assert comparison["exact"].variance == 0.0
    assert comparison.truth.method == "exact"


def test_same_seeds_give_the_bits_of_the_command_line(comparison, program, tmp_path):
    program("compare", QUICKSTART, "--samples", 300, "--json", tmp_path / "compare.json")
    theirs, ours = json.loads((tmp_path / "compare.json").read_text()), json.loads(comparison.to_json())
    for side in (theirs, ours):
        for estimator in side["estimators"].values():
            del estimator["seconds_per_sample"]
    assert ours["estimators"] == theirs["estimators"] and ours["truth"] == theirs["truth"]


def test_the_table_is_that_of_the_command_line(comparison, program):
    shown = program("compare", QUICKSTART, "--samples", 300).rstrip("\n")
    assert without_times(repr(comparison)) == without_times(shown)


def test_another_seed_gives_other_samples_and_threads_do_not():
    chosen = ["score", "surrogate"]
    one = sg.compare(QUICKSTART, chosen, samples=300, threads=1)
    assert sg.compare(QUICKSTART, "score,surrogate", samples=300, threads=2)["score"].bias == one["score"].bias
    assert sg.compare(QUICKSTART, chosen, samples=300, seed=7)["score"].bias != one["score"].bias


def test_numbers_are_arrays(comparison):
    quality = comparison["score"]
    assert quality.mean.shape == quality.std_error.shape == comparison.truth.gradient.shape == (4,)
    assert np.linalg.norm(quality.mean - comparison.truth.gradient) == pytest.approx(quality.bias)
    mean = quality.mean
    del comparison, quality
    assert np.isfinite(mean).all()


def test_to_pandas_and_html_and_plot(comparison):
    pandas = pytest.importorskip("pandas")
    frame = comparison.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and frame.loc["surrogate", "bias"] == comparison["surrogate"].bias
    assert comparison._repr_html_().count("<tr>") == len(comparison) + 1
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = comparison.plot()
    axes.figure.canvas.draw()
    assert [label.get_text() for label in axes.get_yticklabels()] == list(comparison)[::-1]


def test_a_saved_comparison_makes_a_report(comparison, program, tmp_path):
    comparison.save(tmp_path / "results")
    assert json.loads((tmp_path / "results" / "compare.json").read_text())["estimators"]
    program("report", tmp_path / "results")
    assert (tmp_path / "results" / "report.html").stat().st_size > 10_000


def test_what_is_not_there_is_said(comparison):
    with pytest.raises(KeyError, match="there are: exact"):
        comparison["nothing"]
    with pytest.raises(KeyError, match="was left out"):
        comparison["pfister"]


@pytest.mark.parametrize(("call", "kind", "says"), [
    (lambda: sg.compare("/nowhere.toml"), ValueError, "/nowhere.toml"),
    (lambda: sg.compare(small_model()), ValueError, "its input is a data set"),
    (lambda: sg.compare(QUICKSTART, ["surogate"]), ValueError, "surrogate"),
    (lambda: sg.compare(QUICKSTART, samples=0), ValueError, "samples"),
    (lambda: sg.compare(QUICKSTART, samples="many"), TypeError, "samples"),
    (lambda: sg.compare(QUICKSTART, truth="known"), ValueError, "monte-carlo"),
    (lambda: sg.compare(3), TypeError, "model"),
])
def test_wrong_input_is_refused(call, kind, says):
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value)


KEY = "population.h.escape.beta"


def without_seconds(text: str) -> list[dict[str, object]]:
    points = json.loads(text)["points"]
    for point in points:
        for estimator in point["estimators"].values():
            del estimator["seconds_per_sample"]
    return points


def test_a_sweep_is_that_of_the_command_line(program, tmp_path):
    sweep = sg.compare(QUICKSTART, "score,surrogate", samples=30, sweep={KEY: [2, 5.0]})
    program("compare", QUICKSTART, "--estimators", "score,surrogate", "--samples", 30, "--sweep", f"{KEY}=2,5.0",
            "--json", tmp_path / "s.json")
    assert without_seconds(sweep.to_json()) == without_seconds((tmp_path / "s.json").read_text())
    assert list(sweep) == [(2,), (5.0,)]
    alone = sg.Model.load(QUICKSTART)
    alone.set({KEY: 5.0})
    np.testing.assert_array_equal(sweep[5.0]["score"].mean, sg.compare(alone, "score,surrogate", samples=30)["score"].mean)
    assert [row[KEY] for row in sweep.rows()] == [2, 2, 5.0, 5.0]
    assert f"{KEY} = 5.0" in repr(sweep)


def test_a_sweep_goes_on_with_what_its_folder_has(tmp_path):
    def swept(values, **settings):
        return sg.compare(QUICKSTART, "score", samples=20, sweep={KEY: values}, out=tmp_path, **settings)

    swept([2, 5])
    file = tmp_path / "compare.json"
    kept = json.loads(file.read_text())
    kept["points"][1]["estimators"]["score"]["bias"] = 123.0  # seen where it is not measured again
    file.write_text(json.dumps(kept))
    assert [point["score"].bias == 123.0 for point in swept([1, 5, 2]).values()] == [False, True, False]
    with pytest.raises(ValueError, match="another sweep: its seed"):
        swept([2, 5], seed=99)


def test_two_keys_and_a_smoothed_truth():
    m = sg.Model.load(QUICKSTART)
    m.set({"population.h.output": "deterministic"})
    sweep = sg.compare(m, "surrogate", samples=20, truth="smoothed",
                       sweep={"population.h.surrogate.beta": [5, 10], "sigma": [0.3, 0.1]})
    assert list(sweep) == [(5, 0.3), (5, 0.1), (10, 0.3), (10, 0.1)]
    assert "sigma = 0.1" in sweep[5, 0.1].truth.detail
    np.testing.assert_array_equal(sweep[5, 0.3].truth.gradient, sweep[10, 0.3].truth.gradient)
    one = sg.compare(m, "surrogate", samples=20, truth="smoothed", sigma=0.3)
    np.testing.assert_array_equal(one.truth.gradient, sweep[5, 0.3].truth.gradient)


@pytest.mark.parametrize("settings, says", [
    (dict(sweep={}), "one or two keys"), (dict(sweep={KEY: []}), "a list of values"),
    (dict(sweep={KEY: "2,5"}), "a list of values"), (dict(sweep={KEY: [2]}, sigma=0.1), "one of the keys"),
    (dict(sweep={"sigma": [0.1]}), "belong together"), (dict(sigma=0.1), "belong together"),
    (dict(truth="smoothed"), "belong together"), (dict(out="x"), "is for a sweep"),
    (dict(sweep={"sigma": [0.1, -1.0]}, truth="smoothed"), "above 0")])
def test_what_is_no_sweep_is_refused(settings, says):
    with pytest.raises(ValueError, match=says):
        sg.compare(QUICKSTART, "score", samples=5, **settings)


def test_an_exact_truth_has_no_samples():
    settings = {"estimators": ["surrogate"], "samples": 20, "truth_samples": 50}
    with pytest.raises(ValueError, match="an exact truth has none"):
        sg.compare(QUICKSTART, truth="exact", **settings)
    with pytest.warns(UserWarning, match="truth_samples has no effect: the truth is exact"):
        sg.compare(QUICKSTART, **settings)
