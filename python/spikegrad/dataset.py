# SPDX-License-Identifier: Apache-2.0
"""Labelled spike trains."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._neo import arrays_of_trains, segment_of
from ._parts import array_of, check_path, check_type
from ._tonic import arrays_of
from .recording import Events, event_arrays, units_of

Path_ = str | os.PathLike[str]


class Dataset:
    """Labelled spike trains: samples of spike times in seconds and units (channels), and a label for each.

    Times and units are flat arrays with `offsets` [samples + 1] that say where each sample begins, or lists of one
    array for each sample. A data set never changes; it is binned to the time steps of a model when that is trained or
    judged.
    """

    def __init__(self, times: Any, units: Any, labels: npt.ArrayLike, *, offsets: npt.ArrayLike | None = None,
                 channels: int | None = None, class_names: Sequence[str] | None = None,
                 speakers: npt.ArrayLike | None = None, source: str = "data") -> None:
        """`channels`: how many units there are (one more than the largest, where it is not given); `class_names`: of the
        labels (their numbers, where they are not given); `speakers`: of each sample, who validation can leave out."""
        check_type(source, "str", "source")
        self.source = source
        self.labels: npt.NDArray[np.uint16] = _small(labels, "labels")
        if offsets is None:
            times, units, offsets = _joined(times, units, self.source)
        self.offsets: npt.NDArray[np.int64] = _places(offsets, len(self.labels))
        flat_times, flat_units = event_arrays(times, units, source)
        if self.offsets[-1] != len(flat_times) or self.offsets[0] != 0 or (np.diff(self.offsets) < 0).any():
            raise ValueError(f"{source}: offsets must rise from 0 to {len(flat_times)}, the number of spikes")
        if flat_times.size and not (np.isfinite(flat_times).all() and flat_times.min() >= 0):
            raise ValueError(f"{source}: times must be finite numbers of seconds from 0 on")
        self.channels = _channels(channels, flat_units)
        self.times = np.ascontiguousarray(flat_times)
        self.units = units_of(flat_units, self.channels, source)
        self.class_names = _names(class_names, self.labels)
        self.speakers = None if speakers is None else _small(speakers, "speakers")
        if self.speakers is not None and len(self.speakers) != len(self.labels):
            raise ValueError(f"{source}: {len(self.speakers)} speakers of {len(self.labels)} samples")
        self._file: Path | None = None
        self._binned: dict[tuple[Any, ...], _core.SpikeData] = {}
        for array in (self.labels, self.offsets, self.times, self.units, self.speakers):
            if array is not None and array.base is None:
                array.flags.writeable = False

    # ---- files -------------------------------------------------------------------------------------------------------

    @classmethod
    def from_shd(cls, path: Path_, *, alone: bool = False) -> Dataset:
        """Reads a file in the layout of the Spiking Heidelberg Digits (HDF5). A damaged file may crash the HDF5
        library, and with it Python; `alone` reads it in a process of its own, where that is a ValueError."""
        check_path(path)
        name = os.fspath(path)
        if alone:
            from ._read import read_alone  # which is a program too, so that it is not imported with the package

            data = read_alone(name)
            data.source = name
        else:
            file = _core.read_events(name)
            single = file.times.astype(np.float32)  # as most files have them
            data = cls(single if np.array_equal(single, file.times) else file.times, file.units, file.labels,
                       offsets=file.offsets, channels=file.channels, class_names=file.class_names, source=name,
                       speakers=file.speakers if len(file.speakers) else None)
        data._file = Path(path).absolute()
        return data

    @classmethod
    def from_tonic(cls, dataset: Any, *, time_unit: float = 1e-6, pool: int = 1,
                   sensor_size: tuple[int, int, int] | None = None, samples: Iterable[int] | None = None) -> Dataset:
        """A data set of Tonic, or any sequence of pairs of a structured array (t, and x, y, p) and a label. Times are
        in `time_unit` seconds; `pool` neighbours in x and y become one channel; `samples`: these alone."""
        times, units, labels, channels = arrays_of(dataset, time_unit, pool, sensor_size, samples)
        names = getattr(dataset, "classes", None)
        numbers: npt.ArrayLike = labels
        if labels and isinstance(labels[0], str):
            names = sorted({str(label) for label in labels})
            numbers = [names.index(label) for label in labels]
        if names is not None:
            names = [name.decode() if isinstance(name, bytes) else str(name) for name in names]
        return cls(times, units, numbers, channels=channels, source=type(dataset).__name__, class_names=names)

    @classmethod
    def from_neo(cls, samples: Iterable[Any], labels: npt.ArrayLike, *, channels: int | None = None,
                 class_names: Sequence[str] | None = None) -> Dataset:
        """Samples of Neo: ``neo.Segment`` or lists of ``neo.SpikeTrain``. A unit is the place of a train in its list;
        times count from where the first train of the sample begins (t_start)."""
        pairs = [arrays_of_trains(sample, f"from_neo, sample {k}") for k, sample in enumerate(samples)]
        return cls([times for times, _ in pairs], [units for _, units in pairs], labels, channels=channels,
                   class_names=class_names, source="neo")

    def to_neo(self, t_stop: float | None = None) -> list[Any]:
        """A ``neo.Segment`` for each sample, with a ``neo.SpikeTrain`` for each channel and the annotation `label`.
        `t_stop`: where they end, s; that of the last spike of all where it is not given."""
        if t_stop is not None:
            check_type(t_stop, "float", "t_stop")
        end = t_stop if t_stop is not None else float(self.times.max()) if len(self.times) else 0.0
        return [segment_of(sample.times, sample.units, self.channels, float(end),
                           label=self.class_names[int(label)]) for sample, label in zip(self, self.labels)]

    @classmethod
    def load(cls, path: Path_) -> Dataset:
        """Reads what `save` has written: a ``.npz``, or else the layout of the Spiking Heidelberg Digits."""
        check_path(path)
        if not os.fspath(path).endswith(".npz"):
            return cls.from_shd(path)
        if not Path(path).is_file():
            raise ValueError(f"{os.fspath(path)}: cannot be read: there is no such file")
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (ValueError, OSError, EOFError, KeyError) as error:
            raise ValueError(f"{os.fspath(path)}: is no .npz of plain arrays: {error}") from None
        missing = {"times", "units", "offsets", "labels"} - arrays.keys()
        if missing:
            raise ValueError(f"{os.fspath(path)}: holds no {', '.join(sorted(missing))}; a data set has times, units, "
                             "offsets and labels")
        names = arrays.get("class_names")
        return cls(arrays["times"], arrays["units"], arrays["labels"], offsets=arrays["offsets"],
                   channels=int(arrays["channels"]) if "channels" in arrays else None,
                   class_names=None if names is None else [str(name) for name in names],
                   speakers=arrays.get("speakers"), source=os.fspath(path))

    def save(self, path: Path_, *, compressed: bool = True) -> None:
        """Writes a ``.npz``, `compressed` or not, or else the layout of the Spiking Heidelberg Digits."""
        check_path(path)
        if os.fspath(path).endswith(".npz"):
            arrays: dict[str, Any] = {"times": self.times, "units": self.units, "offsets": self.offsets,
                                      "labels": self.labels, "class_names": np.array(self.class_names),
                                      "channels": np.array(self.channels)}
            if self.speakers is not None:
                arrays["speakers"] = self.speakers
            (np.savez_compressed if compressed else np.savez)(os.fspath(path), **arrays)
        else:
            _core.write_events(os.fspath(path), self.times, self.units, self.offsets, self.labels, self.speakers,
                               self.class_names, self.channels)

    # ---- what is in it -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, sample: int) -> Events:
        """The spikes of one sample, as `Model.run` takes them."""
        check_type(sample, "int", "a sample")
        if not -len(self) <= sample < len(self):
            raise IndexError(f"sample {sample} of {len(self)}")
        at = int(sample) % len(self)
        return Events(self.times[self.offsets[at]:self.offsets[at + 1]],
                      self.units[self.offsets[at]:self.offsets[at + 1]])

    def __iter__(self) -> Iterator[Events]:
        return (self[sample] for sample in range(len(self)))

    def subset(self, samples: npt.ArrayLike) -> Dataset:
        """The samples of these numbers, or of a mask, in that order."""
        chosen = np.arange(len(self))[np.asarray(samples)]
        parts = [slice(self.offsets[i], self.offsets[i + 1]) for i in chosen]
        join = [np.concatenate([array[part] for part in parts]) if parts else array[:0]
                for array in (self.times, self.units)]
        offsets = np.cumsum([0, *(part.stop - part.start for part in parts)])
        return Dataset(join[0], join[1], self.labels[chosen], offsets=offsets, channels=self.channels,
                       class_names=self.class_names, source=self.source,
                       speakers=None if self.speakers is None else self.speakers[chosen])

    def __repr__(self) -> str:
        return (f"Dataset '{self.source}': {len(self)} samples of {len(self.class_names)} classes, {self.channels} "
                f"channels, {len(self.times)} spikes")

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _bin(self, core: _core.Model) -> _core.SpikeData:
        """The data on the time steps of a model; kept, since training and judging ask for the same."""
        _, pool, binary = core.data if core.data is not None else (0, 1, True)
        return self._binned_as(core.dt, core.steps, pool, binary)

    def _binned_as(self, dt: float, steps: int, pool: int, binary: bool) -> _core.SpikeData:
        key = (dt, steps, pool, binary)
        if key not in self._binned:
            self._binned[key] = _core.bin_events(self.times, self.units, self.offsets, self.labels, self.speakers,
                                                 self.class_names, self.channels, dt=dt, steps=steps, pool=pool,
                                                 binary=binary, source=self.source)
        return self._binned[key]


def dataset_of(data: Dataset | Path_ | None, training: bool) -> tuple[Dataset | None, str, str]:
    """The data, and the files of training and test that they are from, as far as there are any."""
    if data is None or isinstance(data, Dataset):
        return data, str(data._file) if data is not None and data._file is not None else "", ""
    check_path(data)
    if os.fspath(data).endswith(".npz"):
        return Dataset.load(data), "", ""
    train, test = _core.find_data_files(os.fspath(data))
    if training or not Path(data).is_dir():
        return Dataset.from_shd(train), os.path.abspath(train), os.path.abspath(test) if test else ""
    if test is None:
        raise ValueError(f"{os.fspath(data)}: holds no *_test.h5: must be a data file or a folder with one")
    return Dataset.from_shd(test), "", os.path.abspath(test)


def _joined(times: Any, units: Any, source: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Lists of arrays, one for each sample, as flat arrays with offsets."""
    for name, given in (("times", times), ("units", units)):
        if isinstance(given, (str, bytes)) or not isinstance(given, (Sequence, np.ndarray)):
            raise TypeError(f"{source}: {name} must be a list of arrays, or a flat array with offsets, "
                            f"not {type(given).__name__}")
    if len(times) != len(units):
        raise ValueError(f"{source}: times are of {len(times)} samples, units of {len(units)}")
    pairs = [event_arrays(t, u, f"{source}, sample {i}") for i, (t, u) in enumerate(zip(times, units))]
    offsets = np.cumsum([0, *(len(t) for t, _ in pairs)], dtype=np.int64)
    if not pairs:
        return np.zeros(0), np.zeros(0, np.int64), offsets
    return np.concatenate([t for t, _ in pairs]), np.concatenate([u for _, u in pairs]), offsets


def _whole(values: npt.ArrayLike, name: str) -> npt.NDArray[np.integer[Any]]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name}: must be whole numbers, not {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"{name}: must be flat, not of shape {list(array.shape)}")
    return array


def _small(values: npt.ArrayLike, name: str) -> npt.NDArray[np.uint16]:
    array = _whole(values, name)
    if array.size and (array.min() < 0 or array.max() > 65535):
        raise ValueError(f"{name}: must be whole numbers from 0 to 65535")
    return np.ascontiguousarray(array, dtype=np.uint16)


def _places(offsets: npt.ArrayLike, samples: int) -> npt.NDArray[np.int64]:
    array = _whole(offsets, "offsets")
    if samples == 0:
        raise ValueError("labels: there must be one sample at least")
    if len(array) != samples + 1:
        raise ValueError(f"offsets: must be {samples + 1} for {samples} labels, not {len(array)}")
    return np.ascontiguousarray(array, dtype=np.int64)


def _channels(channels: int | None, units: npt.NDArray[np.integer[Any]]) -> int:
    if channels is None:
        return max(int(units.max()) + 1, 1) if units.size else 1
    check_type(channels, "int", "channels")
    return int(channels)


def _names(names: Sequence[str] | None, labels: npt.NDArray[np.uint16]) -> list[str]:
    if names is None:
        return [str(label) for label in range(int(labels.max()) + 1)]
    listed = list(names)
    for name in listed:
        check_type(name, "str", "class_names")
    if int(labels.max()) >= len(listed):
        raise ValueError(f"labels: {labels.max()} must be below the number of class names, {len(listed)}")
    return listed
