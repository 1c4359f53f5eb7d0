# SPDX-License-Identifier: Apache-2.0
"""What a net that does not spike hears of the same digits, under the same protocol: a convolutional net with batch
normalisation on counts of spikes (70 bands of 10 channels, 36 bins of 25 ms), in PyTorch.

    python3 bench/reference/digits_cnn.py DIR                   leaves out each speaker of the training file in turn
    python3 bench/reference/digits_cnn.py DIR --stratified 0.2  leaves out a fifth of the samples of every class
    python3 bench/reference/digits_cnn.py DIR --test            trains on all of it, judges on the test file

DIR holds a *_train.h5 and a *_test.h5 in the layout of the Spiking Heidelberg Digits. The last weights count; nothing is
chosen by the samples that judge. Samples vary from epoch to epoch as [augmentation] of experiments/digits-best.toml has
it: a shift along the channels, a stretch in time, an equaliser set at random. Needs torch, h5py and numpy.
"""

import argparse
import pathlib
import statistics

import h5py
import numpy
import torch
from torch import nn

BANDS, BINS, DURATION, CHANNELS, POINTS = 70, 36, 0.9, 700, 8


def read(file):
    """Counts [samples, bands, bins], labels, speakers."""
    with h5py.File(file) as data:
        counts = numpy.zeros((len(data["labels"]), BANDS, BINS), numpy.float32)
        for i, (times, units) in enumerate(zip(data["spikes/times"], data["spikes/units"])):
            bins = numpy.minimum((times.astype(numpy.float64) / DURATION * BINS).astype(int), BINS - 1)
            numpy.add.at(counts[i], (units.astype(int) * BANDS // CHANNELS, bins), 1.0)
        labels = torch.tensor(data["labels"][:].astype(numpy.int64))
        return torch.tensor(counts), labels, torch.tensor(data["extra/speaker"][:].astype(numpy.int64))


def vary(counts, shift, stretch, gain):
    """Each sample moved by up to `shift` bands, stretched in time by up to exp(± stretch), and equalised by exp(g),
    g in ± gain at 8 points along the bands."""
    n = len(counts)
    draw = lambda size, extent: extent * (2.0 * torch.rand(size) - 1.0)
    grid = torch.stack(torch.meshgrid(torch.linspace(-1, 1, BINS), torch.linspace(-1, 1, BANDS), indexing="xy"), -1)
    grid = grid.expand(n, BANDS, BINS, 2).clone()
    scale = torch.exp(draw((n, 1, 1), stretch))
    grid[..., 0] = (grid[..., 0] + 1.0) * scale - 1.0  # from the beginning, as the word does
    grid[..., 1] += draw((n, 1, 1), 2.0 * shift / BANDS)
    moved = nn.functional.grid_sample(counts[:, None], grid, align_corners=True)
    gains = nn.functional.interpolate(draw((n, 1, POINTS), gain), size=BANDS, mode="linear", align_corners=True)
    return moved * torch.exp(gains)[..., None]


def net(classes):
    layers, before = [], 1
    for width in (16, 32, 48):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        before = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.5), nn.Linear(before * (BANDS // 8) * (BINS // 8), classes))


def heard(train, judged, options, seed):
    """The share of the judged samples that a net which trained on the others is right about."""
    torch.manual_seed(seed)
    (counts, labels), (other_counts, other_labels) = train, judged
    model = net(int(labels.max()) + 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=1e-2)
    batches = -(-len(labels) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, options.epochs * batches)
    for _ in range(options.epochs):
        model.train()
        for chosen in torch.randperm(len(labels)).split(options.batch):
            varied = vary(counts[chosen], options.shift, options.stretch, options.gain)
            loss = nn.functional.cross_entropy(model(torch.log1p(varied)[:, :]), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        answers = model(torch.log1p(other_counts[:, None])).argmax(1)
    return float((answers == other_labels).float().mean())


def parts(counts, labels, speakers, options, seed):
    """(name, trains, judged): masks of the training file."""
    if options.stratified > 0:
        judged = torch.zeros(len(labels), dtype=torch.bool)
        generator = torch.Generator().manual_seed(seed)
        for c in labels.unique():
            of_class = (labels == c).nonzero().flatten()
            count = round(options.stratified * len(of_class))
            judged[of_class[torch.randperm(len(of_class), generator=generator)[:count]]] = True
        return [("stratified", ~judged, judged)]
    return [(f"speaker {s}", speakers != s, speakers == s) for s in speakers.unique().tolist()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--stratified", type=float, default=0.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--shift", type=float, default=4.0, help="bands")
    parser.add_argument("--stretch", type=float, default=0.1)
    parser.add_argument("--gain", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    counts, labels, speakers = read(next(options.data.glob("*_train.h5")))
    means = []
    for seed in options.seeds:
        if options.test:
            judged = read(next(options.data.glob("*_test.h5")))[:2]
            shares = {"test": heard((counts, labels), judged, options, seed)}
        else:
            shares = {name: heard((counts[trains], labels[trains]), (counts[judges], labels[judges]), options, seed)
                      for name, trains, judges in parts(counts, labels, speakers, options, seed)}
        means.append(statistics.mean(shares.values()))
        print(f"seed {seed}:", ", ".join(f"{name} {share:.3f}" for name, share in shares.items()),
              f" mean {means[-1]:.4f}", flush=True)
    print(f"mean over seeds {statistics.mean(means):.4f}")


if __name__ == "__main__":
    main()
