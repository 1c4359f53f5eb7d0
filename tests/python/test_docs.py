# SPDX-License-Identifier: Apache-2.0
"""Every snippet of docs/python.md runs, one after the other, as a reader would run them."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

SNIPPETS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"),
                      re.MULTILINE | re.DOTALL)


def test_the_snippets_run(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    pytest.importorskip("pandas")
    pytest.importorskip("nir")
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    monkeypatch.chdir(tmp_path)
    assert len(SNIPPETS) >= 4
    names: dict[str, object] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/python.md", "exec"), names)
