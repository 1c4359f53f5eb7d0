# SPDX-License-Identifier: Apache-2.0
"""The epochs of a training run."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _core

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]


@dataclass(frozen=True)
class Epoch:
    """What an epoch says of itself; NaN for what there is none of."""

    epoch: int  #: 1 for the first
    loss: float  #: of the training samples, each before its update; without penalties
    accuracy: float
    penalty: float
    validation_loss: float
    validation_accuracy: float
    best: bool  #: of all epochs so far
    learning_rate: float  #: factor of the rates, in the last update
    gradient_norm: float  #: mean over updates, before clipping
    rates: dict[str, float]  #: of each population, Hz a unit
    seconds: float


def epoch_of(core: _core.EpochMetrics, populations: Sequence[str]) -> Epoch:
    labelled, validated = core.labelled, core.validated
    return Epoch(epoch=core.epoch, loss=core.training.loss, accuracy=core.training.accuracy if labelled else math.nan,
                 penalty=core.training.penalty if core.regularised else 0.0,
                 validation_loss=core.validation.loss if validated else math.nan,
                 validation_accuracy=core.validation.accuracy if validated and labelled else math.nan,
                 best=core.best, learning_rate=core.learning_rate, gradient_norm=core.gradient_norm,
                 rates=dict(zip(populations, core.rates)), seconds=core.seconds)


class History(Sequence[Epoch]):
    """Epochs in their order; ``history["loss"]`` is an array of one number for each."""

    def __init__(self, epochs: Sequence[Epoch]) -> None:
        self._epochs = list(epochs)

    @overload
    def __getitem__(self, key: int) -> Epoch: ...
    @overload
    def __getitem__(self, key: slice) -> History: ...
    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...
    def __getitem__(self, key: int | slice | str) -> Epoch | History | npt.NDArray[Any]:
        if isinstance(key, str):
            if key not in Epoch.__dataclass_fields__ or key == "rates":
                raise KeyError(key)
            return np.array([getattr(epoch, key) for epoch in self._epochs])
        return History(self._epochs[key]) if isinstance(key, slice) else self._epochs[key]

    def __len__(self) -> int:
        return len(self._epochs)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each epoch; rates as columns "rate NAME"."""
        import pandas

        rows = []
        for epoch in self._epochs:
            row = {name: getattr(epoch, name) for name in Epoch.__dataclass_fields__ if name != "rates"}
            rows.append(row | {f"rate {name}": rate for name, rate in epoch.rates.items()})
        return pandas.DataFrame(rows).set_index("epoch") if rows else pandas.DataFrame()

    def plot(self, axes: Any = None) -> Any:
        """Losses over epochs; needs matplotlib. Gives the axes."""
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(layout="constrained")
        axes.plot(self["epoch"], self["loss"], label="training")
        if np.isfinite(self["validation_loss"]).any():
            axes.plot(self["epoch"], self["validation_loss"], label="validation")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.legend()
        return axes

    def _lines(self) -> list[tuple[str, ...]]:
        shown = self._epochs if len(self) <= 12 else [*self._epochs[:4], *self._epochs[-8:]]
        lines: list[tuple[str, ...]] = [
            (f"{e.epoch}", f"{e.loss:.4f}", f"{e.accuracy:.4f}", f"{e.validation_loss:.4f}",
             f"{e.validation_accuracy:.4f}", "*" if e.best else "", f"{e.seconds:.2f}") for e in shown]
        if len(self) > 12:
            lines.insert(4, ("...",) + ("",) * (len(self._HEAD) - 1))
        return lines

    _HEAD = ("epoch", "loss", "accuracy", "validation loss", "accuracy", "best", "s")

    def __repr__(self) -> str:
        rows = [self._HEAD, *self._lines()]
        widths = [max(len(row[k]) for row in rows) for k in range(len(self._HEAD))]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        return f"<table>{row(self._HEAD, 'th')}{''.join(row(line, 'td') for line in self._lines())}</table>"
