# SPDX-License-Identifier: Apache-2.0
"""Pages of runs and results, and the findings of the study."""

from __future__ import annotations

import html
import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from ._parts import check_path, check_type
from ._progress import Bar, Progress
from .comparison import names_of, whole_number
from .training import Run

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]

Path_ = str | os.PathLike[str]


def report(runs: Run | Path_ | Sequence[Run | Path_], out: Path_ | None = None, *, data: Path_ | None = None,
           trials: int = 1, units: Sequence[str] | str | None = None, seed: int | None = None, engine: str = "cpu",
           threads: int = 0, progress: Progress = None) -> Path:
    """One HTML page, which needs nothing else, of one or more runs side by side, or of result folders (those of
    `reproduce`, or any with a compare.json). Gives its path: `out`, or report.html in the first folder.

    `data`: a file or folder to judge runs on, their own test file where it is not given; `trials` of every sample;
    `units`: hidden units to show from trial to trial, such as ``["h[3]"]``.
    """
    given = [runs] if isinstance(runs, (Run, str, os.PathLike)) else list(runs)
    folders = []
    for one in given:
        folder = one.folder if isinstance(one, Run) else one
        if folder is None:
            raise ValueError("a run is kept in no folder: train(..., out=FOLDER) keeps one")
        check_path(folder)
        folders.append(os.fspath(folder))
    if not folders:
        raise ValueError("runs: there must be one at least")
    for path in (out, data):
        if path is not None:
            check_path(path)
    check_type(engine, "str", "engine")
    page = Path(folders[0]) / "report.html" if out is None else Path(out)
    with Bar(progress) as bar:
        missing = _core.write_page(folders, os.fspath(page), data=None if data is None else os.fspath(data),
                                   units=names_of(units, "units"), trials=whole_number(trials, "trials", 1, 10**9),
                                   seed=None if seed is None else whole_number(seed, "seed", 0, 2**63 - 1),
                                   engine=engine, threads=whole_number(threads, "threads", 0, 2**31 - 1),
                                   command=f"spikegrad.report({', '.join(map(repr, folders))})", progress=bar)
    for text in missing:
        warnings.warn(text, stacklevel=2)
    return page


class Reproduction:
    """The findings of a result folder: a row for each quantity that was measured.

    `passes`: no claim is contradicted. The folder holds findings.json, figures.json and report.html.
    """

    def __init__(self, folder: Path_) -> None:
        check_path(folder)
        self.folder = Path(folder)
        file = self.folder / "findings.json"
        if not file.is_file():
            raise ValueError(f"{file}: is not there: {folder} holds no findings")
        self.rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))

    @property
    def passes(self) -> bool:
        return not any(row["verdict"] == "contradicted" and row["claim"] for row in self.rows)

    def to_pandas(self) -> pandas.DataFrame:
        import pandas

        return pandas.DataFrame(self.rows)

    def __repr__(self) -> str:
        return "\n".join(f"{row['verdict']:<12}  {row['id']}  {row['quantity']}: {row['value']:.5g}" for row in self.rows)

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{row['id']}</td><td>{html.escape(row['quantity'])}</td><td>{row['value']:.5g}</td>"
                       f"<td>{row['verdict']}</td></tr>" for row in self.rows)
        return f"<table>{rows}</table>"


def reproduce(only: Sequence[str] | str | None = None, *, out: Path_ = "results", full: bool = False, seed: int = 1,
              target: Path_ | None = None, data: Path_ | None = None, threads: int = 0,
              on_finding: Callable[[str, str], object] | None = None, progress: Progress = None) -> Reproduction:
    """Measures the findings of the study, all or those named (``"F3,F4"``), and writes them into `out` after each, as
    ``spikegrad reproduce`` does. `full`: the paper's sizes, not those of a five-minute run; `on_finding` is called with
    id and title of each that is done."""
    check_path(out)
    check_type(full, "bool", "full")
    for path in (target, data):
        if path is not None:
            check_path(path)
    if on_finding is not None and not callable(on_finding):
        raise TypeError(f"on_finding must be a function, not {type(on_finding).__name__}")
    with Bar(progress) as bar:
        _core.reproduce(names_of(only, "only"), folder=os.fspath(out), full=bool(full),
                        seed=whole_number(seed, "seed", 0, 2**63 - 1),
                        threads=whole_number(threads, "threads", 0, 2**31 - 1),
                        target=None if target is None else os.fspath(target),
                        data=None if data is None else os.fspath(data), command=f"spikegrad.reproduce(seed={seed})",
                        on_result=on_finding, progress=bar)
    return Reproduction(out)
