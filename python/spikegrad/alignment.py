# SPDX-License-Identifier: Apache-2.0
"""How estimators point along the true gradient while a net is trained."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]


class Alignment:
    """Cosine, length and bias of estimators' gradients beside the true one, at checkpoints of a run and by block of
    parameters: ``a.rows()``, ``a.to_pandas()``. Made by `Run.compare`."""

    def __init__(self, core: _core.RunAlignment, seed: int) -> None:
        self._core, self._seed = core, seed
        self.blocks: list[str] = list(core.blocks)
        #: of the training data, that the gradient is on
        self.samples: int = core.samples
        self.epochs: list[int] = [checkpoint.epoch for checkpoint in core.checkpoints]

    def at(self, epoch: int) -> _core.Alignment:
        """All that was measured at one checkpoint: the truth's lengths, loss, rates and estimators."""
        for checkpoint in self._core.checkpoints:
            if checkpoint.epoch == epoch:
                return checkpoint.alignment
        raise KeyError(f"epoch {epoch} is none of the checkpoints {self.epochs}")

    def rows(self) -> list[dict[str, Any]]:
        """A row for each checkpoint, estimator and block of parameters ("all": all of them)."""
        rows = []
        for checkpoint in self._core.checkpoints:
            for estimator in checkpoint.alignment.estimators:
                for block, part in [*zip(self.blocks, estimator.blocks), ("all", estimator.all)]:
                    row: dict[str, Any] = {"epoch": checkpoint.epoch, "estimator": estimator.name, "block": block}
                    for name in ("cosine", "length", "bias"):
                        measured = getattr(part, name)
                        row[name], row[f"{name}_std_error"] = measured.value, measured.std_error
                    rows.append({**row, "noise": part.noise})
        return rows

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a data frame, indexed by epoch, estimator and block."""
        import pandas

        return pandas.DataFrame(self.rows()).set_index(["epoch", "estimator", "block"])

    def to_text(self) -> str:
        """The command's tables."""
        return str(self._core.text())

    def to_json(self) -> str:
        """What ``spikegrad compare RUN --json`` writes."""
        return str(self._core.json(self._seed))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes compare.json into a folder, of which ``spikegrad report`` makes a page."""
        to = Path(folder)
        to.mkdir(parents=True, exist_ok=True)
        (to / "compare.json").write_text(self.to_json() + "\n", encoding="utf-8")

    def plot(self, quantity: str = "cosine", axes: Any = None) -> Any:
        """"cosine", "length" or "bias" over the epochs, one of `axes` for each block; needs matplotlib. Gives the axes."""
        if quantity not in ("cosine", "length", "bias"):
            raise ValueError(f"quantity: must be 'cosine', 'length' or 'bias', not {quantity!r}")
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(1, len(self.blocks), figsize=(3.2 * len(self.blocks), 3), sharey=True, squeeze=False,
                                   layout="constrained")
            axes = axes[0]
        rows = self.rows()
        for block, panel in zip(self.blocks, axes):
            for name in dict.fromkeys(row["estimator"] for row in rows):
                own = [row for row in rows if row["block"] == block and row["estimator"] == name]
                panel.errorbar([row["epoch"] for row in own], [row[quantity] for row in own],
                               yerr=[row[f"{quantity}_std_error"] for row in own], marker="o", capsize=2, label=name)
            panel.set_title(block)
            panel.set_xlabel("epoch")
        axes[0].set_ylabel(quantity)
        axes[-1].legend()
        return axes

    def __repr__(self) -> str:
        return self.to_text().rstrip("\n")

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"
