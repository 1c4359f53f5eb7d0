# SPDX-License-Identifier: Apache-2.0
"""Pages of runs, and the findings."""

from __future__ import annotations

import pytest
from conftest import patterns, small_model

import spikegrad as sg


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    patterns(seed=1).save(folder / "test.h5")
    return sg.train(small_model(), patterns(), out=folder / "a", epochs=2, optimiser="adam")


def test_a_page_of_runs(run, tmp_path):
    with pytest.warns(UserWarning, match="is not judged"):
        page = sg.report(run)
    assert page == run.folder / "report.html" and page.stat().st_size > 10_000
    page = sg.report([run, run.folder], tmp_path / "page.html", data=run.folder.parent / "test.h5", units=["h[3]"])
    assert "h[3]" in page.read_text(encoding="utf-8")


def test_reproduce_measures_and_writes(tmp_path):
    heard: list[tuple[str, str]] = []
    found = sg.reproduce("F3", out=tmp_path / "results", on_finding=lambda *what: heard.append(what))
    assert found.passes and heard[0][0] == "F3" and len(found.rows) >= 1
    assert "F3" in repr(found) and "<table>" in found._repr_html_()
    assert (tmp_path / "results" / "report.html").is_file()
    assert sg.report(tmp_path / "results", tmp_path / "page.html").is_file()


@pytest.mark.parametrize(("call", "kind", "says"), [
    (lambda r, f: sg.report([]), ValueError, "one at least"),
    (lambda r, f: sg.report(f), ValueError, ""),
    (lambda r, f: sg.report([r, f]), ValueError, "holds no training run"),
    (lambda r, f: sg.report(r, f / "page.html", units="h3", data=r.folder.parent / "test.h5"), ValueError, "--unit h3"),
    (lambda r, f: sg.report(3), TypeError, ""),
    (lambda r, f: sg.report(r, f / "page.html", data="/nowhere.h5"), ValueError, "/nowhere.h5"),
    (lambda r, f: sg.reproduce("F99", out=f / "x"), ValueError, "F99"),
    (lambda r, f: sg.reproduce("F3", out=3), TypeError, "a path"),
    (lambda r, f: sg.reproduce("F3", out=f / "x", target="/nowhere.png"), ValueError, ""),
    (lambda r, f: sg.Reproduction(f), ValueError, "holds no findings"),
])
def test_wrong_input_is_refused(run, tmp_path, call, kind, says):
    with pytest.raises(kind) as raised:
        call(run, tmp_path)
    assert says in str(raised.value) and "\n" not in str(raised.value)
