#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts spikegrad beside its peers: processes take turns, medians are compared.

    bench/peers/run.py --spikegrad build/spikegrad --python .deps/peers/bin/python [--shapes A,D]
                       [--peers snntorch,norse] [--processes 5] [--seconds 3] [--threads 2] [-o build/bench]

In each round every program runs once, each in a process of its own: spikegrad with 1 and with all threads, then
the peers. All go from events in memory to the gradient of every weight; the peers' time includes building their
dense tensors. Writes peers.json (every single process) and peers.md (the table) into the output folder.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

PEERS = {"snntorch": "ABCDE", "spikingjelly": "ABCDE", "norse": "ABCDE", "spyx": "ABCDE", "torch": "FG",
         "torch_compiled": "FG"}  # and its shapes
SHAPES = "ABCDEFG"
HERE = pathlib.Path(__file__).resolve().parent
LONGEST = 1800  # seconds for one process


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def run(command):
    """The JSON a program prints on its last line, or what went wrong as {"error": …}."""
    load = os.getloadavg()[0]
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST, env=environment)
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than {LONGEST} s", "load_before": load}
    if done.returncode != 0:
        return {"error": (done.stderr.strip().splitlines() or ["?"])[-1], "load_before": load}
    text = done.stdout[done.stdout.index("{"):]
    return json.loads(text) | {"load_before": load}


def peers_of(arguments, shape):
    return [peer for peer in arguments.peers if shape in PEERS[peer]]


def commands(arguments, shape):
    for threads in sorted({1, arguments.threads}):
        yield f"spikegrad-{threads}", [arguments.spikegrad, "bench", "--shape", shape, "--threads", str(threads),
                                       "--seconds", str(arguments.seconds), "--json", "-"]
    for peer in peers_of(arguments, shape):
        yield peer, [arguments.python, "-B", str(HERE / f"{peer}_peer.py"), "--shape", shape, "--threads",
                     str(arguments.threads), "--seconds", str(arguments.seconds)]


def summary_of(processes):
    good = [p for p in processes if "error" not in p]
    if not good:
        return {"error": processes[-1]["error"]}
    return {"median_ms": statistics.median(p["median_ms"] for p in good),
            "min_ms": min(p["median_ms"] for p in good), "max_ms": max(p["median_ms"] for p in good),
            "peak_rss_mb": statistics.median(p["peak_rss_mb"] for p in good), "processes": len(good),
            "rates": good[-1]["rates"], "sizes": good[-1]["sizes"], "parameters": good[-1]["parameters"],
            "batch": good[-1]["batch"], "steps": good[-1]["steps"],
            "version": good[-1].get("version"), "load": statistics.median(p["load_before"] for p in good)}


def check_same_net(shape, own, peer, name):
    """A comparison of different nets would be worth nothing."""
    for key in ("sizes", "parameters", "batch", "steps"):
        if own[key] != peer[key]:
            sys.exit(f"bench: {name} ran another net on {shape}: {key} {peer[key]}, not {own[key]}")


def table(results, arguments, machine):
    own = f"spikegrad-{arguments.threads}"
    lines = [f"{machine['processor']}, {machine['processors']} processors, {machine['instruction_set']}; "
             f"{machine['date']}; {arguments.processes} processes each, taking turns; medians of the processes' medians.",
             "", "Versions: " + ", ".join(f"{k} {v}" for k, v in machine["versions"].items()) +
             f"; load before each process {machine['least_load']:.1f} to {machine['largest_load']:.1f} "
             "(other work on the machine raises it).", "",
             "| shape | program | median ms | least to most | peak MB | times spikegrad | memory times |",
             "|---|---|---|---|---|---|---|"]
    for shape, programs in results.items():
        base = programs[own]
        for name, one in programs.items():
            if "error" in one:
                lines.append(f"| {shape} | {name} | failed: {one['error'][:80]} | | | | |")
                continue
            lines.append(f"| {shape} | {name} | {one['median_ms']:.1f} | {one['min_ms']:.1f} to {one['max_ms']:.1f} "
                         f"| {one['peak_rss_mb']:.0f} | {one['median_ms'] / base['median_ms']:.1f} "
                         f"| {one['peak_rss_mb'] / base['peak_rss_mb']:.1f} |")
    return "\n".join(lines) + "\n"


def main():
    names = lambda text: [name for name in text.split(",") if name]  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", default="build/spikegrad")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--shapes", type=names, default=list(SHAPES))
    parser.add_argument("--peers", type=names, default=list(PEERS))
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="measured in each process; at least 3 runs")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("build/bench"))
    arguments = parser.parse_args()
    for name in arguments.peers:
        if name not in PEERS:
            parser.error(f"there is no peer '{name}'; there are {', '.join(PEERS)}")
    for shape in arguments.shapes:
        if shape not in list(SHAPES):
            parser.error(f"there is no shape '{shape}'; there are {', '.join(SHAPES)}")
    if arguments.processes < 1 or arguments.threads < 1:
        parser.error("at least one process and one thread")
    arguments.output.mkdir(parents=True, exist_ok=True)

    every, results = {}, {}
    for shape in arguments.shapes:
        every[shape] = {name: [] for name, _ in commands(arguments, shape)}
        for turn in range(arguments.processes):
            for name, command in commands(arguments, shape):
                one = run(command)
                every[shape][name].append(one)
                what = one.get("error") or f"{one['median_ms']:.1f} ms, {one['peak_rss_mb']:.0f} MB"
                say(f"shape {shape}, process {turn + 1} of {arguments.processes}, {name}: {what}")
        results[shape] = {name: summary_of(processes) for name, processes in every[shape].items()}
        own = results[shape][f"spikegrad-{arguments.threads}"]
        if "error" in own:
            sys.exit(f"bench: spikegrad failed on {shape}: {own['error']}")
        for name in peers_of(arguments, shape):
            if "error" not in results[shape][name]:
                check_same_net(shape, own, results[shape][name], name)

    flat = [p for programs in every.values() for processes in programs.values() for p in processes]
    versions = {p["peer"]: p["version"] for p in flat if "peer" in p}
    machine = {"processor": processor(), "processors": os.cpu_count(), "system": platform.platform(),
               "instruction_set": next(p["instruction_set"] for p in flat if "instruction_set" in p),
               "date": datetime.date.today().isoformat(), "python": platform.python_version(), "versions": versions,
               "least_load": min(p["load_before"] for p in flat), "largest_load": max(p["load_before"] for p in flat)}
    text = table(results, arguments, machine)
    (arguments.output / "peers.json").write_text(
        json.dumps({"machine": machine, "threads": arguments.threads, "summary": results, "processes": every}, indent=1)
        + "\n", encoding="utf-8")
    (arguments.output / "peers.md").write_text(text, encoding="utf-8")
    print(text)
    say(f"wrote {arguments.output}/peers.json and peers.md")


if __name__ == "__main__":
    main()
