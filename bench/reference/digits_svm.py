# SPDX-License-Identifier: Apache-2.0
"""What a classifier that does not spike hears of the same digits, under the same protocol: a support vector machine with
a Gaussian kernel on counts of spikes, log(1 + n) in 70 bands of 10 channels and 36 bins of 25 ms, scikit-learn.

    python3 bench/reference/digits_svm.py DIR                   leaves out each speaker of the training file in turn
    python3 bench/reference/digits_svm.py DIR --stratified 0.2  leaves out a fifth of the samples of every class
    python3 bench/reference/digits_svm.py DIR --test            trains on all of it, judges on the test file

DIR holds a *_train.h5 and a *_test.h5 in the layout of the Spiking Heidelberg Digits. Every training sample is there
--copies times besides: shifted along the channels, stretched in time and equalised at random, as [augmentation] of the
model files does it. Its two settings, C and the kernel's width, are those that scikit-learn begins with. Needs
scikit-learn, h5py and numpy.
"""

import argparse
import pathlib

import h5py
import numpy
from sklearn.svm import SVC

BANDS, BINS, DURATION, CHANNELS, POINTS = 70, 36, 0.9, 700, 8


def read(file):
    """Times and channels of each sample's spikes, labels, speakers."""
    with h5py.File(file) as data:
        spikes = [(t.astype(numpy.float64), u.astype(numpy.float64))
                  for t, u in zip(data["spikes/times"][:], data["spikes/units"][:])]
        return spikes, data["labels"][:].astype(int), data["extra/speaker"][:].astype(int)


def features(spikes, random=None, shift=0.0, stretch=0.0, gain=0.0):
    """log(1 + counts), one row a sample; with `random`, of the sample varied."""
    rows = numpy.empty((len(spikes), BANDS * BINS), numpy.float32)
    for row, (times, units) in zip(rows, spikes):
        if random is not None:
            times = times * numpy.exp(random.uniform(-stretch, stretch))
            units = units + random.uniform(-shift, shift)
        counts, _, _ = numpy.histogram2d(units, times, (BANDS, BINS), ((0, CHANNELS), (0, DURATION)))
        if random is not None:
            at = numpy.linspace(0, POINTS - 1, BANDS)
            counts = counts * numpy.exp(numpy.interp(at, range(POINTS), random.uniform(-gain, gain, POINTS)))[:, None]
        row[:] = numpy.log1p(counts).ravel()
    return rows


def heard(train, judged, options):
    """The share of the judged samples that a machine which trained on the others is right about."""
    (spikes, labels), (other_spikes, other_labels) = train, judged
    random = numpy.random.default_rng(options.seed)
    rows = [features(spikes)] + [features(spikes, random, options.shift, options.stretch, options.gain)
                                 for _ in range(options.copies)]
    machine = SVC().fit(numpy.concatenate(rows), numpy.tile(labels, options.copies + 1))
    return float((machine.predict(features(other_spikes)) == other_labels).mean())


def parts(labels, speakers, options):
    """(name, judged): masks of the training file."""
    if options.stratified > 0:
        judged = numpy.zeros(len(labels), bool)
        random = numpy.random.default_rng(options.seed)
        for c in numpy.unique(labels):
            of_class = numpy.flatnonzero(labels == c)
            judged[random.permutation(of_class)[:round(options.stratified * len(of_class))]] = True
        return [("stratified", judged)]
    return [(f"speaker {s}", speakers == s) for s in numpy.unique(speakers)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--stratified", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--shift", type=float, default=40.0, help="channels of the file")
    parser.add_argument("--stretch", type=float, default=0.1)
    parser.add_argument("--gain", type=float, default=0.5)
    options = parser.parse_args()
    spikes, labels, speakers = read(next(options.data.glob("*_train.h5")))
    pick = lambda mask: ([spikes[i] for i in numpy.flatnonzero(mask)], labels[mask])
    if options.test:
        shares = {"test": heard((spikes, labels), read(next(options.data.glob("*_test.h5")))[:2], options)}
    else:
        shares = {name: heard(pick(~judged), pick(judged), options) for name, judged in parts(labels, speakers, options)}
    print(", ".join(f"{name} {share:.3f}" for name, share in shares.items()),
          f" mean {sum(shares.values()) / len(shares):.4f}")


if __name__ == "__main__":
    main()
