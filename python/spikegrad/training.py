# SPDX-License-Identifier: Apache-2.0
"""Training, and the runs that it leaves."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _core
from ._parts import SECTIONS, check_path, check_settings, check_type
from ._progress import Bar, Progress
from .alignment import Alignment
from .comparison import model_of, names_of, seed_of, whole_number
from .dataset import Dataset, dataset_of
from .evaluation import Evaluation, judge
from .history import Epoch, History, epoch_of
from .model import Model

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import TrainingSettings

Path_ = str | os.PathLike[str]
#: Called after each epoch with what it says of itself; an exception ends the training.
OnEpoch: TypeAlias = "Callable[[Epoch], object]"


class Run:
    """A training run: the trained `model`, the `history` of its epochs, and the folder it is kept in, if any.

    ``sg.Run("runs/a")`` is the run of a folder, whoever wrote it. `epoch` says whose weights these are: of the best
    epoch where validation selects, else of the last.
    """

    def __init__(self, folder: Path_) -> None:
        check_path(folder)
        saved = _core.load_run(os.fspath(folder))
        for why in saved.refused:
            warnings.warn(why, stacklevel=2)
        self._set(Path(folder), saved.model, saved.epochs, saved.epoch)
        self._data_files = saved.training_file, saved.test_file

    def _set(self, folder: Path | None, core: _core.Model, epochs: list[_core.EpochMetrics], epoch: int) -> None:
        names = [name for name, *_ in core.populations]
        self.folder = folder
        self.model = Model._of(core)
        self.history = History([epoch_of(one, names) for one in epochs])
        self.epoch = epoch
        self._data_files = "", ""
        self._data: Dataset | None = None

    @classmethod
    def _of(cls, folder: Path | None, trained: _core.Trained) -> Run:
        run = cls.__new__(cls)
        run._set(folder, trained.model, trained.epochs, trained.epoch)
        return run

    @property
    def checkpoints(self) -> list[int]:
        """Epochs whose weights `at` has: 0 (the beginning), those of `keep_checkpoints`, and the newest."""
        return list(_core.load_run(self._own_folder()).checkpoints)

    def at(self, epoch: int) -> Model:
        """The model with the weights after one of `checkpoints`."""
        return Model._of(_core.read_run_model_at(self._own_folder(), whole_number(epoch, "epoch", 0, 999_999)))

    def _own_folder(self) -> str:
        if self.folder is None:
            raise ValueError("the run is kept in no folder: train(..., out=FOLDER) keeps one")
        return os.fspath(self.folder)

    @property
    def description(self) -> dict[str, Any]:
        """run.json of the folder: version, seed, engine, data."""
        return dict(json.loads((Path(self._own_folder()) / "run.json").read_text(encoding="utf-8")))

    def evaluate(self, data: Dataset | Path_ | None = None, *, trials: int = 1, seed: int | None = None,
                 spikes: str | None = None, engine: str = "cpu", threads: int = 0,
                 progress: Progress = None) -> Evaluation:
        """Judges the trained net: on a data set, a file or a folder; without one on the run's test file, or on the
        model's own input. `spikes`: the same weights with "stochastic" or "deterministic" spikes."""
        core = self.model._resolved()
        given = data
        if given is None and core.data is not None:
            if not self._data_files[1]:
                raise ValueError("the run was not given a test file, so data are needed")
            given = self._data_files[1]
        return judge(self.model, dataset_of(given, training=False)[0], trials, seed, spikes, engine, threads, progress,
                     "" if self.folder is None else str(self.folder))

    def compare(self, data: Dataset | Path_ | None = None, estimators: Sequence[str] | str | None = None, *,
                checkpoints: Sequence[int] = (), data_samples: int = 64, samples: int = 32,
                truth_samples: int | None = None, truth_estimator: str = "", seed: int | None = None,
                engine: str = "cpu", threads: int = 0, progress: Progress = None) -> Alignment:
        """How estimators point along the true gradient at checkpoints of the run (all of `checkpoints` where none are
        named), on `data_samples` of its training data: as ``spikegrad compare RUN``, to the last bit. `samples`: draws
        of each estimator; `truth_samples`: of the unbiased `truth_estimator`, 10 x `samples` where it is not given."""
        folder = self._own_folder()
        core = self.model._resolved()
        given = self._data if data is None else data
        binned = None if given is None else _training_data(core, given)[1]
        chosen = seed_of(seed, self.model)
        check_common(None, 0.0, engine)
        check_type(truth_estimator, "str", "truth_estimator")
        with Bar(progress) as bar:
            aligned = _core.align_run(
                folder, binned, checkpoints=[whole_number(epoch, "checkpoints", 0, 999_999) for epoch in checkpoints],
                estimators=names_of(estimators, "estimators"), samples=whole_number(data_samples, "data_samples", 1, 65535),
                draws=whole_number(samples, "samples", 1, 10**9),
                truth_draws=whole_number(truth_samples or 0, "truth_samples", 0), truth=truth_estimator, seed=chosen,
                engine=engine, threads=whole_number(threads, "threads", 0, 2**31 - 1), progress=bar)
        return Alignment(aligned, chosen)

    def resume(self, data: Dataset | Path_ | None = None, **settings: Any) -> Run:
        """Goes on; as `spikegrad.resume`."""
        return resume(self._own_folder(), self._data if data is None else data, **settings)

    def __repr__(self) -> str:
        where = "in no folder" if self.folder is None else f"in {self.folder}"
        return f"Run {where}: {len(self.history)} epochs, weights of epoch {self.epoch}\n{self.history!r}"

    def _repr_html_(self) -> str:
        return self.history._repr_html_()


def train(model: Model | Path_, data: Dataset | Path_ | None = None, *, out: Path_ | None = None,
          on_epoch: OnEpoch | None = None, engine: str = "cpu", threads: int = 0, checkpoint_every: float = 10.0,
          keep_checkpoints: Sequence[int] = (), progress: Progress = None, **training: Unpack[TrainingSettings]) -> Run:
    """Trains a net on a data set, a file or a folder of them; without one, on the model's own input and loss.

    `out` is the folder of the run, as ``spikegrad train`` keeps it: it is saved every `checkpoint_every` seconds, at an
    interrupt (Ctrl-C, which then is a KeyboardInterrupt) and at the end, and `resume` goes on with it. The state after
    each epoch of `keep_checkpoints` stays there (`Run.checkpoints`). Further keywords
    are those of [training] in place of the model's: ``epochs=40, optimiser="adam", learning_rate=1e-3``. `on_epoch` is
    called after each epoch; an exception in it ends the training, after saving. The same model, data and seed give the
    weights of the command line, to the last bit, whatever the number of threads.
    """
    model = model_of(model)
    check_settings(training, SECTIONS["training"], "train")
    if training:
        model = model.copy()
        model.training = {**model.training, **training}
    check_common(on_epoch, checkpoint_every, engine)
    for path in (out, None if isinstance(data, Dataset) else data):
        if path is not None:
            check_path(path)
    kept = epochs_of(keep_checkpoints)
    if kept and out is None:
        raise ValueError("keep_checkpoints: needs out=FOLDER, where they are kept")
    core = model._resolved()
    names = [name for name, *_ in core.populations]
    given, binned, files, notes = _training_data(core, data)
    with Bar(progress) as bar:
        trained = _core.train(core, binned, folder="" if out is None else os.fspath(out), engine=engine,
                              threads=whole_number(threads, "threads", 0, 2**31 - 1),
                              checkpoint_every=float(checkpoint_every), keep_checkpoints=kept,
                              training_file=files[0],
                              validation_file=files[1], test_file=files[2], on_epoch=_told(on_epoch, names),
                              progress=bar)
    for text in [*notes, *trained.warnings]:
        warnings.warn(text, stacklevel=2)
    run = Run._of(None if out is None else Path(out), trained)
    run._data, run._data_files = given, (files[0], files[2])
    return run


def _training_data(core: _core.Model, data: Dataset | Path_ | None) -> tuple[
        Dataset | None, _core.SpikeData | None, tuple[str, str, str], list[str]]:
    """The data, as they are and binned, the files of training, validation and test, and what there is to say."""
    if data is None or isinstance(data, Dataset) or os.fspath(data).endswith(".npz"):
        given, file, _ = dataset_of(data, training=True)
        return given, None if given is None else given._bin(core), (file, "", ""), []
    binned, training, validation, test, notes = _core.read_training_data(os.fspath(data), core)
    return None, binned, (training, validation, test), notes


def resume(run: Run | Path_, data: Dataset | Path_ | None = None, *, epochs: int | None = None,
           patience: int | None = None, on_epoch: OnEpoch | None = None, threads: int = 0,
           checkpoint_every: float = 10.0, keep_checkpoints: Sequence[int] | None = None,
           progress: Progress = None) -> Run:
    """Goes on with the run of a folder, to the weights of one that was never interrupted, bit by bit. `data`: those
    that it began with; without them, its files. `epochs`, `patience` and `keep_checkpoints` take the place of the
    run's own."""
    folder = run.folder if isinstance(run, Run) else run
    if folder is None:
        raise ValueError("the run is kept in no folder: train(..., out=FOLDER) keeps one")
    check_path(folder)
    changes = [f"training.{name}={whole_number(value, name, 0)}"
               for name, value in (("epochs", epochs), ("patience", patience)) if value is not None]
    check_common(on_epoch, checkpoint_every, "cpu")
    saved = _core.read_run_model(os.fspath(folder))
    if data is not None and saved.data is None:
        raise ValueError(f"{os.fspath(folder)}: the run has no data set, its model has an input of its own")
    given, binned = _training_data(saved, data)[:2]
    names = [name for name, *_ in saved.populations]
    with Bar(progress) as bar:
        trained = _core.resume(os.fspath(folder), binned, overrides=changes,
                               threads=whole_number(threads, "threads", 0, 2**31 - 1),
                               checkpoint_every=float(checkpoint_every),
                               keep_checkpoints=None if keep_checkpoints is None else epochs_of(keep_checkpoints),
                               on_epoch=_told(on_epoch, names), progress=bar)
    for text in trained.warnings:
        warnings.warn(text, stacklevel=2)
    ended = Run(folder)
    ended._data = given
    return ended


def epochs_of(epochs: Sequence[int]) -> list[int]:
    """Rising, none twice."""
    if isinstance(epochs, (str, bytes)) or not isinstance(epochs, Iterable):
        raise TypeError(f"keep_checkpoints must be a list of epochs, not {type(epochs).__name__}")
    return sorted({whole_number(epoch, "keep_checkpoints", 1, 999_999) for epoch in epochs})


def check_common(on_epoch: OnEpoch | None, checkpoint_every: float, engine: str) -> None:
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError(f"on_epoch must be a function, not {type(on_epoch).__name__}")
    check_type(checkpoint_every, "float", "checkpoint_every")
    if not checkpoint_every >= 0:
        raise ValueError(f"checkpoint_every: must be a number of seconds of 0 or more, not {checkpoint_every}")
    check_type(engine, "str", "engine")


def _told(on_epoch: OnEpoch | None, names: list[str]) -> Callable[[_core.EpochMetrics], object] | None:
    if on_epoch is None:
        return None
    call = on_epoch
    return lambda epoch: call(epoch_of(epoch, names))

