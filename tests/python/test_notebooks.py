# SPDX-License-Identifier: Apache-2.0
"""Every notebook of docs/notebooks runs from its first cell to its last."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.md"))

#: What a notebook needs beyond the package: it is skipped where that is not installed.
NEEDS = {"pytorch": "torch", "other_tools": "nir"}


def cells(text: str) -> list[str]:
    return re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_cells_run(notebook, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    if notebook.stem in NEEDS:
        pytest.importorskip(NEEDS[notebook.stem])
    monkeypatch.chdir(tmp_path)
    code = cells(notebook.read_text(encoding="utf-8"))
    assert len(code) >= 3
    names: dict[str, object] = {}
    for number, cell in enumerate(code, 1):
        exec(compile(cell, f"{notebook.name}, cell {number}", "exec"), names)
    plt.close("all")


def test_the_site_shows_every_notebook():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for notebook in NOTEBOOKS:
        assert f"notebooks/{notebook.stem}\n" in index
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem == "index" or f"\n{page.stem}\n" in index
