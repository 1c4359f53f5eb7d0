# SPDX-License-Identifier: Apache-2.0
"""What each estimator's gradient is worth on one model."""

from __future__ import annotations

import html
import itertools
import math
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from . import _core, _toml
from ._parts import check_type
from ._progress import Bar, Progress
from .model import Model

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]

_COLUMNS = ("samples", "bias", "bias_std_error", "bias_corrected", "variance", "effective_samples", "cosine",
            "sign_agreement", "seconds_per_sample")


class Comparison(Mapping[str, _core.EstimatorQuality]):
    """Bias, variance, direction and cost of gradient estimators beside the truth: ``c["surrogate"].bias``.

    `truth` is dE[L]/dw with E[L]; `refused` says why the estimators that are left out are.
    """

    def __init__(self, model: Model, core: _core.Comparison, seed: int) -> None:
        self.model = model.copy()
        self.seed = seed
        self._core = core
        self.truth = core.truth
        self.refused: dict[str, str] = dict(core.refused)
        self._estimators = {quality.name: quality for quality in core.estimators}

    def __getitem__(self, name: str) -> _core.EstimatorQuality:
        if name in self._estimators:
            return self._estimators[name]
        why = f" was left out: {self.refused[name]}" if name in self.refused else \
            f" is not among them; there are: {', '.join(self._estimators)}"
        raise KeyError(name + why)

    def __iter__(self) -> Iterator[str]:
        return iter(self._estimators)

    def __len__(self) -> int:
        return len(self._estimators)

    def __repr__(self) -> str:
        return self.to_text().rstrip("\n")

    def to_text(self, blocks: bool = False) -> str:
        """The command's table; with `blocks` a row for each parameter block besides."""
        return _core.comparison_text(self._core, self.model._resolved(), bool(blocks))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each estimator: its name, and the columns of the table."""
        return [{"estimator": q.name, **{name: getattr(q, name) for name in _COLUMNS}} for q in self.values()]

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame, indexed by estimator."""
        import pandas

        return pandas.DataFrame(self.rows()).set_index("estimator")

    def to_json(self) -> str:
        """What ``spikegrad compare --json`` writes, gradients included."""
        return _core.comparison_json(self._core, self.model._resolved(), self.seed)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes compare.json into a folder, of which ``spikegrad report`` makes a page."""
        to = Path(folder)
        to.mkdir(parents=True, exist_ok=True)
        (to / "compare.json").write_text(self.to_json() + "\n", encoding="utf-8")

    def plot(self, axes: Any = None) -> Any:
        """Each estimator's bias and standard deviation of one sample; needs matplotlib. Gives the axes."""
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(figsize=(7, 0.35 * len(self) + 1.2), layout="constrained")
        names = list(self)[::-1]
        places = range(len(names))
        bias = [self[name].bias for name in names]
        axes.errorbar(bias, places, xerr=[self[name].bias_std_error for name in names], fmt="o", label="bias")
        axes.plot([self[name].variance ** 0.5 for name in names], places, "|", markersize=12, label="std of a sample")
        axes.set_yticks(places, names)
        axes.set_xscale("symlog", linthresh=max(1e-6, 1e-3 * max(bias, default=1.0)))
        axes.set_xlim(left=0)
        axes.set_xlabel("length of the gradient's error")
        axes.legend()
        return axes

    def _repr_html_(self) -> str:
        head = ("estimator", "samples", "bias", "±", "variance", "n_eff", "cosine", "signs right", "µs/sample")
        rows = [(q.name + ("" if not q.doubt else " !"), f"{q.samples}", f"{q.bias:.3g}", f"{q.bias_std_error:.2g}",
                 f"{q.variance:.3g}", f"{q.effective_samples:.0f}" if math.isfinite(q.effective_samples) else "-",
                 f"{q.cosine:.4f}",
                 f"{q.signs.right}/{q.signs.right + q.signs.wrong}", f"{1e6 * q.seconds_per_sample:.4g}")
                for q in self.values()]
        truth = f"truth: {self.truth.method} ({self.truth.detail}), E[L] = {self.truth.loss:.6g}"
        left_out = "".join(f"<br>left out: {html.escape(f'{name}: {why}')}" for name, why in self.refused.items())
        return (f"<table><caption>{html.escape(truth)}{left_out}</caption>{_row(head, 'th')}"
                + "".join(_row(row, "td") for row in rows) + "</table>")


class Sweep(Mapping[tuple[Any, ...], Comparison]):
    """Comparisons over the values of one or two keys of a model: ``s[5.0]["surrogate"].cosine``, ``s[5.0, "none"]``."""

    def __init__(self, keys: Mapping[str, Sequence[Any]], models: Sequence[Model], core: _core.Sweep, seed: int) -> None:
        self.keys_swept: dict[str, list[Any]] = {key: list(values) for key, values in keys.items()}
        self._core, self._models, self._seed = core, list(models), seed
        self._points = {values: Comparison(model, point.comparison, seed) for values, model, point
                        in zip(itertools.product(*self.keys_swept.values()), models, core.points)}

    def __getitem__(self, values: Any) -> Comparison:
        return self._points[values if isinstance(values, tuple) else (values,)]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each point and estimator: the values of the keys, and the columns of the comparison."""
        return [{**dict(zip(self.keys_swept, values)), **row} for values, point in self.items() for row in point.rows()]

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a data frame, indexed by the keys and the estimator."""
        import pandas

        return pandas.DataFrame(self.rows()).set_index([*self.keys_swept, "estimator"])

    def to_json(self) -> str:
        """What ``spikegrad compare --sweep --json`` writes."""
        return _core.sweep_json(self._core, self._models[0]._resolved(), self._seed)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes compare.json into a folder, of which ``spikegrad report`` makes a page."""
        to = Path(folder)
        to.mkdir(parents=True, exist_ok=True)
        (to / "compare.json").write_text(self.to_json() + "\n", encoding="utf-8")

    def plot(self, quantity: str = "cosine", axes: Any = None) -> Any:
        """A column of the table over the values of the first key; needs matplotlib. Gives the axes."""
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(layout="constrained")
        curves: dict[str, list[tuple[Any, float]]] = {}
        for values, point in self.items():
            for row in point.rows():
                name = ", ".join([row["estimator"], *map(str, values[1:])])
                curves.setdefault(name, []).append((values[0], row[quantity]))
        for name, points in curves.items():
            axes.plot(*zip(*points), marker="o", label=name)
        axes.set_xlabel(next(iter(self.keys_swept)))
        axes.set_ylabel(quantity)
        axes.legend()
        return axes

    def __repr__(self) -> str:
        return "\n\n".join(", ".join(f"{key} = {value}" for key, value in zip(self.keys_swept, values)) + f"\n{point!r}"
                           for values, point in self.items())


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def model_of(given: Model | str | os.PathLike[str]) -> Model:
    if isinstance(given, Model):
        return given
    if isinstance(given, (str, os.PathLike)):
        return Model.load(given)
    raise TypeError(f"model must be a Model or the path of a model file, not {type(given).__name__}")


def seed_of(seed: int | None, model: Model) -> int:
    if seed is None:
        return model.seed
    check_type(seed, "int", "seed")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed: must be a whole number from 0 to 2^63-1, not {seed}")
    return seed


def whole_number(value: int, name: str, least: int, most: int = 10**10) -> int:
    check_type(value, "int", name)
    if not least <= value <= most:
        raise ValueError(f"{name}: must be a whole number from {least} to {most}, not {value}")
    return int(value)


def names_of(names: Sequence[str] | str | None, name: str) -> list[str]:
    """A list of names; one text may hold several, between commas, as on the command line."""
    if names is None:
        return []
    listed = names.split(",") if isinstance(names, str) else list(names)
    for one in listed:
        check_type(one, "str", name)
    return listed


@overload
def compare(model: Model | str | os.PathLike[str], estimators: Sequence[str] | str | None = ..., *,
            samples: int = ..., truth: str = ..., truth_samples: int | None = ..., sigma: float | None = ...,
            common_random_numbers: bool = ..., seed: int | None = ..., threads: int = ..., sweep: None = ...,
            out: None = ..., progress: Progress = ...) -> Comparison: ...


@overload
def compare(model: Model | str | os.PathLike[str], estimators: Sequence[str] | str | None = ..., *,
            samples: int = ..., truth: str = ..., truth_samples: int | None = ..., sigma: None = ...,
            common_random_numbers: bool = ..., seed: int | None = ..., threads: int = ...,
            sweep: Mapping[str, Sequence[Any]], out: str | os.PathLike[str] | None = ...,
            progress: Progress = ...) -> Sweep: ...


def compare(model: Model | str | os.PathLike[str], estimators: Sequence[str] | str | None = None, *,
            samples: int = 1000, truth: str = "auto", truth_samples: int | None = None,
            sigma: float | None = None, common_random_numbers: bool = False, seed: int | None = None, threads: int = 0,
            sweep: Mapping[str, Sequence[Any]] | None = None, out: str | os.PathLike[str] | None = None,
            progress: Progress = None) -> Comparison | Sweep:
    """Gradients of all estimators, or of those named, on one model and its loss, beside the truth.

    The truth is enumerated over all spike histories where there are at most 2^20 (`truth` "exact"), or estimated
    without bias ("monte-carlo", by `truth_samples` samples, 10 x `samples` where it is not given), or the derivative of
    the loss smoothed over the weights at scale `sigma` ("smoothed"), for nets whose spikes are not drawn. `seed`: of the
    draws; the model's where it is not given. The same seed gives what ``spikegrad compare`` gives, to the last bit.

    `sweep` compares at each value of a key, or at each pair of two: ``sweep={"population.h.escape.beta": [2, 5, 10]}``,
    and gives a `Sweep`; "sigma" is a key too. With `out`, a folder, each point is kept there (compare.json) when it is
    measured, and a sweep that was stopped goes on.
    """
    model = model_of(model)
    chosen = seed_of(seed, model)
    check_type(truth, "str", "truth")
    check_type(common_random_numbers, "bool", "common_random_numbers")
    if sweep is not None:
        if sigma is not None:
            raise ValueError("sigma: of a sweep it is one of the keys")
        return _sweep(model, sweep, out, progress, estimators=names_of(estimators, "estimators"),
                      samples=whole_number(samples, "samples", 1, 10**9), truth=truth,
                      truth_samples=whole_number(truth_samples or 0, "truth_samples", 0),
                      common_random_numbers=bool(common_random_numbers), seed=chosen,
                      threads=whole_number(threads, "threads", 0, 2**31 - 1))
    if out is not None:
        raise ValueError("out: is for a sweep; a Comparison has save(FOLDER)")
    if (truth == "smoothed") != (sigma is not None):
        raise ValueError("truth='smoothed' and sigma belong together: the loss is smoothed over the weights at that scale")
    with Bar(progress) as bar:
        core = _core.compare(model._resolved(), estimators=names_of(estimators, "estimators"),
                             samples=whole_number(samples, "samples", 1, 10**9), truth=truth,
                             truth_samples=whole_number(truth_samples or 0, "truth_samples", 0),
                             sigma=0.0 if sigma is None else float(sigma), common_random_numbers=bool(common_random_numbers), seed=chosen,
                             threads=whole_number(threads, "threads", 0, 2**31 - 1), progress=bar)
    if truth_samples and core.truth.method == "exact":
        warnings.warn(f"truth_samples has no effect: the truth is exact, {core.truth.detail}; truth='monte-carlo' samples it",
                      stacklevel=2)
    return Comparison(model, core, chosen)


def _sweep(model: Model, keys: Mapping[str, Sequence[Any]], out: str | os.PathLike[str] | None, progress: Progress,
           **settings: Any) -> Sweep:
    if not isinstance(keys, Mapping) or not 1 <= len(keys) <= 2:
        raise ValueError("sweep: must be one or two keys with their values, as {'population.h.escape.beta': [2, 5, 10]}")
    for key, values in keys.items():
        if isinstance(values, str) or not isinstance(values, Iterable) or not list(values):
            raise ValueError(f"sweep: {key} must have a list of values")
    if ("sigma" in keys) != (settings["truth"] == "smoothed"):
        raise ValueError("truth='smoothed' and the key 'sigma' belong together: the loss is smoothed over the weights at "
                         "that scale")
    models = []
    for point in itertools.product(*keys.values()):
        at = model.copy()
        if changes := {key: value for key, value in zip(keys, point) if key != "sigma"}:
            at.set(changes)
        models.append(at)
    file = ""
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
        file = os.fspath(Path(out) / "compare.json")
    named = [(key, [value if isinstance(value, str) else _toml.value(value) for value in values])
             for key, values in keys.items()]
    with Bar(progress) as bar:
        core = _core.sweep(named, [at._resolved() for at in models], file=file, progress=bar, **settings)
    return Sweep(keys, models, core, settings["seed"])
