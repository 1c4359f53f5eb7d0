# SPDX-License-Identifier: Apache-2.0
"""Data sets of arrays, lists and files."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import patterns, small_model

import spikegrad as sg


def test_lists_and_flat_arrays_are_the_same():
    times = [np.array([0.0, 0.03]), np.array([]), [0.01]]
    units = [np.array([3, 1]), np.array([], int), [2]]
    ragged = sg.Dataset(times, units, [0, 1, 1])
    flat = sg.Dataset(np.array([0.0, 0.03, 0.01]), np.array([3, 1, 2]), [0, 1, 1], offsets=[0, 2, 2, 3])
    for data in (ragged, flat):
        assert len(data) == 3 and data.channels == 4 and data.class_names == ["0", "1"]
        assert np.array_equal(data.times, [0.0, 0.03, 0.01]) and data.units.dtype == np.uint16
        assert [len(sample) for sample in data] == [2, 0, 1]
        assert np.array_equal(data[-1].units, [2])
    with pytest.raises(ValueError):
        flat.units[0] = 1


@pytest.mark.parametrize("name", ["data.npz", "data.h5"])
def test_files_give_the_data_back(tmp_path, name):
    data = patterns(speakers=True)
    data.save(tmp_path / name)
    back = sg.Dataset.load(tmp_path / name)
    for array in ("times", "units", "offsets", "labels", "speakers"):
        assert np.array_equal(getattr(back, array), getattr(data, array)), array
    assert (back.channels, back.class_names) == (data.channels, data.class_names)
    assert back.source == str(tmp_path / name)


def test_double_precision_survives_the_file(tmp_path):
    times = np.array([0.1, 0.2 + 1e-12])
    sg.Dataset([times], [[0, 1]], [0]).save(tmp_path / "data.h5")
    assert np.array_equal(sg.Dataset.load(tmp_path / "data.h5").times, times)


def test_the_command_line_reads_what_is_saved(tmp_path, program):
    patterns().save(tmp_path / "data.h5")
    shown = program("data", "info", tmp_path / "data.h5")
    assert "60" in shown and "20" in shown


def test_subsets():
    data = patterns()
    part = data.subset([5, 0])
    assert np.array_equal(part[0].times, data[5].times) and np.array_equal(part.labels, data.labels[[5, 0]])
    assert len(data.subset(data.labels == 1)) == (data.labels == 1).sum()
    assert part.class_names == data.class_names and part.channels == data.channels


def test_samples_run():
    data = patterns()
    r = small_model().run(data[3], record={"x": "spikes"})
    assert r["x"].output.sum() > 0


ONE = [np.array([0.01])]
WRONG = {
    "no labels": (lambda: sg.Dataset([], [], []), ValueError, "one sample"),
    "lengths": (lambda: sg.Dataset(ONE, [np.array([1, 2])], [0]), ValueError, "of one length"),
    "samples": (lambda: sg.Dataset(ONE, [[1], [2]], [0]), ValueError, "times are of 1 samples"),
    "labels": (lambda: sg.Dataset(ONE, [[1]], [0, 1]), ValueError, "offsets: must be 3"),
    "negative label": (lambda: sg.Dataset(ONE, [[1]], [-1]), ValueError, "from 0 to 65535"),
    "label of no class": (lambda: sg.Dataset(ONE, [[1]], [2], class_names=["a"]), ValueError, "class names"),
    "text labels": (lambda: sg.Dataset(ONE, [[1]], ["a"]), TypeError, "labels: must be whole numbers"),
    "real labels": (lambda: sg.Dataset(ONE, [[1]], [0.5]), TypeError, "labels: must be whole numbers"),
    "real units": (lambda: sg.Dataset(ONE, [[1.5]], [0]), TypeError, "units must be whole numbers"),
    "negative unit": (lambda: sg.Dataset(ONE, [[-1]], [0]), ValueError, "unit -1"),
    "unit out of range": (lambda: sg.Dataset(ONE, [[7]], [0], channels=5), ValueError, "must lie from 0 to 4"),
    "too many channels": (lambda: sg.Dataset(ONE, [[70000]], [0]), ValueError, "1 to 65536 channels"),
    "nan": (lambda: sg.Dataset([[np.nan]], [[1]], [0]), ValueError, "must be finite"),
    "infinite": (lambda: sg.Dataset([[np.inf]], [[1]], [0]), ValueError, "must be finite"),
    "negative time": (lambda: sg.Dataset([[-0.1]], [[1]], [0]), ValueError, "must be finite numbers of seconds"),
    "text": (lambda: sg.Dataset("abc", [[1]], [0]), TypeError, "times must be a list of arrays"),
    "text times": (lambda: sg.Dataset([["a"]], [[1]], [0]), TypeError, "times must be numbers"),
    "None": (lambda: sg.Dataset(None, None, [0]), TypeError, "must be a list of arrays"),
    "offsets fall": (lambda: sg.Dataset(np.zeros(3), np.zeros(3, int), [0, 0], offsets=[0, 4, 3]), ValueError, "rise"),
    "offsets end": (lambda: sg.Dataset(np.zeros(3), np.zeros(3, int), [0], offsets=[0, 2]), ValueError, "rise"),
    "offsets negative": (lambda: sg.Dataset(np.zeros(3), np.zeros(3, int), [0, 0], offsets=[0, -1, 3]), ValueError, ""),
    "two dimensions": (lambda: sg.Dataset(np.zeros((3, 2)), np.zeros((3, 2), int), [0], offsets=[0, 3]), ValueError, ""),
    "speakers": (lambda: sg.Dataset(ONE, [[1]], [0], speakers=[1, 2]), ValueError, "2 speakers"),
    "no file": (lambda: sg.Dataset.load("/nowhere/data.h5"), ValueError, "/nowhere/data.h5"),
    "no npz": (lambda: sg.Dataset.load("/nowhere/data.npz"), ValueError, "/nowhere/data.npz"),
    "no path": (lambda: sg.Dataset.load(3), TypeError, "a path"),
    "sample": (lambda: patterns()[60], IndexError, "sample 60 of 60"),
    "sample type": (lambda: patterns()["a"], TypeError, "a sample must be a whole number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_data_are_refused(case):
    call, kind, says = WRONG[case]
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_the_order_of_events_does_not_matter():
    """Unsorted events are no error: binning to steps puts them in order."""
    data, m = patterns(), small_model()
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(sample)) for sample in data]
    mixed = sg.Dataset([s.times[order] for s, order in zip(data, orders)],
                       [s.units[order] for s, order in zip(data, orders)], data.labels, channels=data.channels)
    assert (np.diff(mixed[0].times) < 0).any()
    for a, b in zip(data, mixed):
        assert np.array_equal(m.run(a)["h"].output, m.run(b)["h"].output)
    a, b = (sg.train(m, one, epochs=2, progress=False).model.parameters.flat for one in (data, mixed))
    assert np.array_equal(a, b)


def test_files_that_are_something_else(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"no HDF5 at all" * 100)
    (tmp_path / "a.npz").write_bytes(b"PK no zip")
    np.savez(tmp_path / "b.npz", times=np.zeros(2))
    np.savez(tmp_path / "c.npz", times=np.array([object()], dtype=object), units=[0], offsets=[0, 1], labels=[0])
    open_and_closed = open(tmp_path / "d", "w", encoding="utf-8")
    open_and_closed.close()
    for name, kind in [("a.h5", ValueError), ("a.npz", ValueError), ("b.npz", ValueError), ("c.npz", ValueError)]:
        with pytest.raises(kind, match=name):
            sg.Dataset.load(tmp_path / name)
    with pytest.raises(TypeError):
        sg.Dataset.load(open_and_closed)


class Recordings:
    """As the data sets of Tonic are."""

    sensor_size = (6, 4, 2)
    classes = ["left", "right"]

    def __len__(self):
        return 4

    def __getitem__(self, sample):
        dtype = np.dtype([("t", int), ("x", int), ("y", int), ("p", bool)])
        events = np.array([(1000 * sample, 5, 3, True), (2000, 0, 1, False)], dtype)
        return events, sample % 2


def test_tonic():
    data = sg.Dataset.from_tonic(Recordings())
    assert data.channels == 48 and data.class_names == ["left", "right"] and list(data.labels) == [0, 1, 0, 1]
    assert np.array_equal(data[3].times, [3e-3, 2e-3]) and np.array_equal(data[3].units, [(4 + 3) * 6 + 5, 6])
    pooled = sg.Dataset.from_tonic(Recordings(), pool=4, samples=[3])
    assert pooled.channels == 4 and np.array_equal(pooled[0].units, [(1 + 0) * 2 + 1, 0]) and len(pooled) == 1
    for wrong, kind in [(dict(pool=0), ValueError), (dict(pool="a"), TypeError), (dict(sensor_size=(2, 2, 2)), ValueError)]:
        with pytest.raises(kind):
            sg.Dataset.from_tonic(Recordings(), **wrong)
    with pytest.raises(ValueError, match="sensor_size"):
        sg.Dataset.from_tonic([Recordings()[0]])
    with pytest.raises(TypeError, match="structured array"):
        sg.Dataset.from_tonic([(np.zeros(3), 0)], sensor_size=(2, 2, 1))


def test_tonic_itself(tmp_path):
    """Its data sets, of files made here: SHD by its own reader, N-MNIST's binary events, slices of them."""
    tonic = pytest.importorskip("tonic")
    data = patterns(speakers=True)
    (tmp_path / "SHD").mkdir()
    data.save(tmp_path / "SHD" / "shd_train.h5")
    (tmp_path / "SHD" / "shd_train.h5.zip").touch()  # whose presence it asks for
    read = sg.Dataset.from_tonic(tonic.datasets.SHD(str(tmp_path)))
    assert read.channels == 700 and read.class_names == data.class_names and np.array_equal(read.labels, data.labels)
    assert np.array_equal(read.units, data.units)
    assert np.allclose(read.times, data.times, atol=1.01e-6)  # whole microseconds

    rng = np.random.default_rng(0)
    for label in range(10):
        (tmp_path / "NMNIST" / "Train" / str(label)).mkdir(parents=True)
        for sample in range(2):
            t, x, y, p = np.sort(rng.integers(0, 3000, 50)), *rng.integers(0, 34, (2, 50)), rng.integers(0, 2, 50)
            packed = np.stack([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255], 1).astype(np.uint8)
            packed.tofile(tmp_path / "NMNIST" / "Train" / str(label) / f"{sample}.bin")
    mnist = tonic.datasets.NMNIST.__new__(tonic.datasets.NMNIST)  # its constructor wants all 60,000 files
    tonic.Dataset.__init__(mnist, str(tmp_path))
    for path in sorted((tmp_path / "NMNIST").rglob("*.bin")):
        mnist.data.append(str(path))
        mnist.targets.append(int(path.parent.name))
    mnist.first_saccade_only = mnist.stabilize = False
    read = sg.Dataset.from_tonic(mnist)
    assert len(read) == 20 and read.channels == 34 * 34 * 2 and list(read.labels[:4]) == [0, 0, 1, 1]
    events, _ = mnist[19]
    assert np.allclose(read[19].times, events["t"] * 1e-6)
    assert np.array_equal(read[19].units, (events["p"].astype(int) * 34 + events["y"]) * 34 + events["x"])
    sliced = tonic.SlicedDataset(mnist, slicer=tonic.slicers.SliceByEventCount(25), metadata_path=None)
    halves = sg.Dataset.from_tonic(sliced, sensor_size=tonic.datasets.NMNIST.sensor_size, pool=2)
    assert len(halves) == 40 and halves.channels == 17 * 17 * 2
    framed = tonic.datasets.NMNIST.__new__(tonic.datasets.NMNIST)
    framed.__dict__ |= {**mnist.__dict__, "transform": tonic.transforms.ToFrame(tonic.datasets.NMNIST.sensor_size,
                                                                                 n_time_bins=3)}
    with pytest.raises(TypeError, match="without a transform to frames"):
        sg.Dataset.from_tonic(framed)


def test_a_file_of_a_stranger_is_read_alone(tmp_path):
    patterns().save(tmp_path / "data.h5")
    here, alone = sg.Dataset.from_shd(tmp_path / "data.h5"), sg.Dataset.from_shd(tmp_path / "data.h5", alone=True)
    assert np.array_equal(here.times, alone.times) and here.source == alone.source and here.times.dtype == alone.times.dtype
    content = (tmp_path / "data.h5").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(6):
        damaged = bytearray(content)
        for at in rng.integers(0, len(damaged), 60):
            damaged[at] = rng.integers(256)
        (tmp_path / "damaged.h5").write_bytes(damaged)
        try:
            sg.Dataset.from_shd(tmp_path / "damaged.h5", alone=True)
        except ValueError as error:
            assert "damaged.h5" in str(error) and "\n" not in str(error)
    with pytest.raises(ValueError, match="nowhere.h5"):
        sg.Dataset.from_shd(tmp_path / "nowhere.h5", alone=True)


def test_a_closed_file_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "times.h5", "w") as file:
        times = file.create_dataset("times", data=np.zeros(3))
    with pytest.raises(ValueError, match="sample 0: times: cannot be read"):
        sg.Dataset([times], [np.zeros(3, int)], [0], channels=5)
