#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `sg.torch.Layer` costs beside `spikegrad bench`: forward and backward pass of a batch of the shapes A to D.

    PYTHONPATH=build/python python bench/layer.py --spikegrad build/spikegrad [--shapes ABCD] [--rounds 5] [--seconds 0.4]
                                                  [--threads 1]

needs torch and the built package. The program and the layer take turns, `rounds` times; least times are compared, which
repeat to a few per cent whatever else the machine does. Columns, in ms:

    bench     the engine in the program: from binned events in memory to the gradient of every weight
    events    the layer's forward() and backward() of an sg.Dataset, and its ratio. Given is ∂L/∂output as the loss of the
              program has it: over the maximum in time, so of one step for each class
    tape      writing and reading once (numpy, one thread) what a layer cannot do without, since torch comes between
              forward and backward: potentials of the hidden units of the whole batch, outputs, ∂L/∂output
    ratio     (events - tape) / bench
    any       as events, with a ∂L/∂output of any numbers in all steps
    first     as events, of a data set that has not been seen: it is binned to steps
    dense     as events, of a tensor [batch, step, unit] of zeros and ones
    lists     of that, the time of finding the events in the tensor
    reading   once over that tensor: what a dense input cannot do without
    ratio     (dense - tape - reading) / bench
    MB        memory that the program, and the layer with events and with the tensor, take beyond what they begin with
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import common  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

import spikegrad as sg  # noqa: E402


def memory_mb(what):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024e-6 for line in status if line.startswith(what))


def program(path, shape, threads, seconds):
    done = subprocess.run([path, "bench", "--shape", shape, "--threads", str(threads), "--seconds", str(seconds), "--json",
                           "-"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def data_of(shape):
    events = common.Events(shape)
    begin = np.searchsorted(events.sample, np.arange(shape.batch + 1))
    return sg.Dataset((events.step + 0.5) * 1e-3, events.unit, events.labels, offsets=begin, channels=shape.inputs)


def net(shape, data, rates):
    """The shape's net, whose hidden layers spike at the rates of the program's."""
    m = sg.Model(dt=1e-3, steps=shape.steps, seed=1)
    source = m.input("x", shape.inputs)
    few = data.subset(np.arange(min(16, shape.batch)))
    for index, width in enumerate(shape.hidden, 1):
        h = m.lif(f"h{index}", width, tau_mem=10e-3, tau_syn=5e-3, output="deterministic", reset="multiplicative",
                  surrogate=sg.superspike(10))
        m.connect(source, h, init=sg.normal(0.0, 2 / source.size**0.5))
        if shape.recurrent:
            m.connect(h, h, init=sg.normal(0.0, 0.5 / width**0.5))
        incoming = [f"{source.name}->{h.name}"] + ([f"{h.name}->{h.name}"] if shape.recurrent else [])
        low, high, scale = 0.0, float("inf"), 1.0
        for _ in range(30):
            rate = sg.torch.Layer(m, h)(few).mean().item()
            if abs(rate / rates[h.name] - 1) < 0.01:
                break
            low, high = (scale, high) if rate < rates[h.name] else (low, scale)
            following = 2 * low if high == float("inf") else 0.5 * (low + high)
            for name in incoming:
                m.parameters[name] = m.parameters[name] * (following / scale)
            scale = following
        source = h
    m.connect(source, m.readout("y", shape.classes, tau_mem=10e-3, tau_syn=5e-3))
    return m


def dense_of(data, shape):
    x = torch.zeros(shape.batch, shape.steps, shape.inputs)
    x[np.repeat(np.arange(len(data)), np.diff(data.offsets)), (data.times * 1e3).astype(int), data.units.astype(int)] = 1
    return x


def fresh(data):
    return sg.Dataset(data.times, data.units, data.labels, offsets=data.offsets, channels=data.channels)


def least_ms(run, seconds):
    run()
    least, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        least = min(least, 1e3 * (time.perf_counter() - start))
    return least


def of_maximum(shape):
    """∂L/∂output of a loss over the maximum in time."""
    signal = torch.zeros(shape.batch, shape.steps, shape.classes)
    at = torch.randint(shape.steps, (shape.batch, 1, shape.classes))
    return signal.scatter_(1, at, torch.randn(shape.batch, 1, shape.classes))


def once_over(array):
    array.fill(0)
    array.max()


def passes(layer, signal):
    def run(x):
        layer.zero_grad(set_to_none=True)
        layer(x).backward(signal)
    return run


def measure(name, arguments):
    shape = common.SHAPES[name]
    data = data_of(shape)
    bench = program(arguments.spikegrad, name, arguments.threads, arguments.seconds)
    layer = sg.torch.Layer(net(shape, data, bench["rates"]), "y", threads=arguments.threads)
    run = passes(layer, of_maximum(shape))
    run_any = passes(layer, torch.randn(shape.batch, shape.steps, shape.classes) / shape.steps)
    kept = np.zeros(shape.batch * shape.steps * (sum(shape.hidden) + 2 * shape.classes), np.float32)
    x = dense_of(data, shape)
    least = dict.fromkeys(("bench", "events", "tape", "any", "first", "dense", "lists", "reading"), float("inf"))
    function = layer._function(False)
    for _ in range(arguments.rounds):
        bench = program(arguments.spikegrad, name, arguments.threads, arguments.seconds)
        for what, ms in (("bench", bench["min_ms"]), ("events", least_ms(lambda: run(data), arguments.seconds)),
                         ("tape", least_ms(lambda: once_over(kept), arguments.seconds)),
                         ("any", least_ms(lambda: run_any(data), arguments.seconds)),
                         ("first", least_ms(lambda: run(fresh(data)), arguments.seconds)),
                         ("dense", least_ms(lambda: run(x), arguments.seconds)),
                         ("lists", least_ms(lambda: function.inputs([x.numpy()]), arguments.seconds)),
                         ("reading", least_ms(lambda: x.numpy().max(), arguments.seconds))):
            least[what] = min(least[what], ms)
    return least, bench["peak_rss_mb"]


def memory(name, dense, threads):
    """In a process of its own: of the layer's passes alone."""
    shape = common.SHAPES[name]
    data = data_of(shape)
    layer = sg.torch.Layer(net(shape, data, {f"h{k}": 0.04 for k in range(1, 4)}), "y", threads=threads)
    run, x = passes(layer, torch.zeros(shape.batch, shape.steps, shape.classes)), dense_of(data, shape) if dense else data
    pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak begins anew
    before = memory_mb("VmRSS")
    run(x)
    run(x)
    print(memory_mb("VmHWM") - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", required=True, help="the program")
    parser.add_argument("--shapes", default="ABCD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", choices=("events", "dense"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.memory:
        return memory(arguments.shapes, arguments.memory == "dense", arguments.threads)
    print(f"{arguments.threads} thread(s), torch {torch.__version__}; ms\n")
    print("| shape | bench | events | ratio | tape | ratio | any | first | dense | lists | reading | ratio | MB: bench, events, dense |")
    print(f"|{'---|' * 13}")
    for name in arguments.shapes:
        if name not in "ABCD":
            parser.error(f"there is no shape '{name}'; there are A, B, C, D")
        ms, bench_mb = measure(name, arguments)
        mb = [bench_mb] + [float(subprocess.run(
            [sys.executable, __file__, "--spikegrad", arguments.spikegrad, "--shapes", name, "--threads",
             str(arguments.threads), "--memory", which], check=True, capture_output=True, text=True).stdout)
            for which in ("events", "dense")]
        base = ms["bench"]
        print(f"| {name} | {base:.2f} | {ms['events']:.2f} | {ms['events'] / base:.2f} | {ms['tape']:.2f} "
              f"| {(ms['events'] - ms['tape']) / base:.2f} | {ms['any']:.2f} | {ms['first']:.2f} | {ms['dense']:.2f} "
              f"| {ms['lists']:.2f} | {ms['reading']:.2f} | {(ms['dense'] - ms['tape'] - ms['reading']) / base:.2f} "
              f"| {', '.join(f'{value:.0f}' for value in mb)} |", flush=True)
    return None


if __name__ == "__main__":
    main()
