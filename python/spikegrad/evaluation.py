# SPDX-License-Identifier: Apache-2.0
"""Judging a net."""

from __future__ import annotations

import html
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._parts import check_type
from ._progress import Bar, Progress
from .comparison import model_of, seed_of, whole_number
from .dataset import Dataset, dataset_of
from .model import Model

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]


@dataclass(frozen=True)
class Activity:
    """What the units of a population do: means over samples; NaN where there is none."""

    rate: float  #: Hz
    fano: float  #: variance over mean of spike counts over trials
    cv: float  #: of the intervals between spikes


@dataclass(frozen=True)
class SpeakerAccuracy:
    """How often a net is right on the samples of one speaker."""

    samples: int
    accuracy: float  #: of a single trial
    interval: tuple[float, float]  #: 95 %, Wilson, of the number of samples


class Evaluation:
    """How often a net is right, its loss, and what its units do.

    `accuracy` is that of a single trial; `accuracy_interval` holds it with 95 % (Wilson, of the number of samples);
    `vote_accuracy` is that of the class most trials of a sample name; `confusion` counts trials [label, answer];
    `speakers` has the accuracy of each speaker, by number, where they are known. Without labels these are NaN or empty.
    """

    def __init__(self, core: _core.Evaluation, class_names: list[str], source: str, json: str) -> None:
        self.source, self.class_names, self._json = source, class_names, json
        self.samples, self.trials, self.labelled = core.samples, core.trials, core.labelled
        self.accuracy = core.accuracy if core.labelled else math.nan
        self.accuracy_interval = core.accuracy_interval if core.labelled else (math.nan, math.nan)
        self.vote_accuracy = core.vote_accuracy if core.labelled else math.nan
        self.confusion: npt.NDArray[np.uint64] = core.confusion
        self.speakers = {s.speaker: SpeakerAccuracy(s.samples, s.accuracy, s.interval) for s in core.speakers}
        self.loss, self.loss_std_error = core.loss, core.loss_std_error
        self.activity = {p.name: Activity(p.statistics.rate, p.statistics.fano, p.statistics.cv)
                         for p in core.populations}
        #: The same of each unit: arrays [unit] of rate, fano and cv.
        self.units = {p.name: {name: np.array([getattr(unit, name) for unit in p.units])
                               for name in ("rate", "fano", "cv")} for p in core.populations}

    def to_json(self) -> str:
        """What ``spikegrad evaluate --json`` writes."""
        return self._json

    def to_pandas(self) -> pandas.DataFrame:
        """The activity of the populations as a data frame."""
        import pandas

        rows = [{"population": name, "rate": a.rate, "fano": a.fano, "cv": a.cv} for name, a in self.activity.items()]
        return pandas.DataFrame(rows, columns=["population", "rate", "fano", "cv"]).set_index("population")

    def plot(self, axes: Any = None) -> Any:
        """The confusion matrix, rows normalised; needs matplotlib. Gives the axes."""
        if not self.labelled:
            raise ValueError(f"{self.source}: has no labels, so there is no confusion to show")
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(layout="constrained")
        classes = range(len(self.confusion))
        names = [self.class_names[c] if c < len(self.class_names) else str(c) for c in classes]
        shares = self.confusion / np.maximum(self.confusion.sum(axis=1, keepdims=True), 1)
        axes.figure.colorbar(axes.imshow(shares, vmin=0, vmax=1, cmap="Blues"), ax=axes, label="share of trials")
        axes.set_xticks(classes, names, rotation=90)
        axes.set_yticks(classes, names)
        axes.set_xlabel("answer")
        axes.set_ylabel("label")
        return axes

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("data", f"{self.source}: {self.samples} samples, {self.trials} trials each")]
        if self.labelled:
            low, high = self.accuracy_interval
            facts.append(("accuracy", f"{self.accuracy:.4f} (95 %: {low:.4f} to {high:.4f})"))
            if self.trials > 1:
                facts.append(("by vote", f"{self.vote_accuracy:.4f}"))
        facts += [(f"speaker {n}", f"{s.accuracy:.4f} (95 %: {s.interval[0]:.4f} to {s.interval[1]:.4f}, "
                   f"{s.samples} samples)") for n, s in self.speakers.items()]
        facts.append(("loss", f"{self.loss:.4f} ± {self.loss_std_error:.2g}"))
        facts += [(name, f"{a.rate:.2f} Hz, Fano {a.fano:.3f}, CV {a.cv:.3f}") for name, a in self.activity.items()]
        return facts

    def __repr__(self) -> str:
        return "\n".join(f"{name:<10} {fact}" for name, fact in self._facts())

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(fact)}</td></tr>"
                       for name, fact in self._facts())
        return f"<table>{rows}</table>"


def evaluate(model: Model | str | os.PathLike[str], data: Dataset | str | os.PathLike[str] | None = None, *,
             trials: int = 1, seed: int | None = None, spikes: str | None = None, engine: str = "cpu",
             threads: int = 0, progress: Progress = None) -> Evaluation:
    """Judges a net on a data set, or a file or folder (its ``*_test.h5``); without one, on the model's own input.

    `trials` of every sample; `spikes`: the same weights with "stochastic" or "deterministic" spikes; `seed`: of the
    draws, the model's where it is not given.
    """
    model = model_of(model)
    return judge(model, dataset_of(data, training=False)[0], trials, seed, spikes, engine, threads, progress, "")


def judge(model: Model, data: Dataset | None, trials: int, seed: int | None, spikes: str | None, engine: str,
          threads: int, progress: Progress, run: str) -> Evaluation:
    core = model._resolved()
    for name, value in (("spikes", spikes), ("engine", engine)):
        if value is not None:
            check_type(value, "str", name)
    if data is None and core.data is not None:
        raise ValueError(f"{core.source}: its input is a data set, so data are needed")
    if data is not None and core.data is None:
        raise ValueError(f"{core.source}: has an input of its own, so data are of no use")
    with Bar(progress) as bar:
        result, json = _core.evaluate(core, None if data is None else data._bin(core), spikes=spikes or "",
                                      engine=engine, threads=whole_number(threads, "threads", 0, 2**31 - 1),
                                      seed=seed_of(seed, model), trials=whole_number(trials, "trials", 1, 10**9),
                                      run=run, progress=bar)
    return Evaluation(result, [] if data is None else data.class_names, core.source if data is None else data.source,
                      json)
