#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Processes in network namespaces of their own, each a machine to MPI, with a latency between them. Run as root.

    bench/mpi_network.py [--spikegrad build-mpi/spikegrad] [--ranks 2,3,4] [--latency 0,1,5] [--updates 40]

Says what an update takes, how much of it each ms of latency is, and what bench/mpi_model.py expects; and checks that the
weights are those of one process. Where the kernel has netem, `tc` adds the latency to veth devices at a bridge; else this
program carries the frames between TAP devices and keeps each for so long.
"""

import argparse
import ctypes
import fcntl
import heapq
import os
import pathlib
import select
import stat
import struct
import subprocess
import tempfile
import threading
import time

from mpi_model import hops
from mpi_task import call, prepare, train, weights

NETWORK = "10.77.0"
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
AGENT = """#!/bin/sh
# In place of ssh: HOST is an address, whose last number names the namespace; a host name of its own makes it a machine.
host=$1
shift
exec ip netns exec spikegrad-${{host##*.}} unshare --uts sh -c "hostname node-${{host##*.}}; cd {folder}; $*"
"""


def name_of(node):
    return f"spikegrad-{node + 1}"


class Nodes:
    """Namespaces spikegrad-1 … with addresses 10.77.0.1 …, and the latency of the moment between them."""

    def __init__(self, count):
        self.count = count
        self.latency = 0.0  # seconds, one way
        self.delayed = subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1us"],
                                      capture_output=True, check=False).returncode == 0
        if self.delayed:
            call("tc", "qdisc", "del", "dev", "lo", "root")

    def __enter__(self):
        self.taps = []
        if self.delayed:
            call("ip", "link", "add", "name", "spikegrad", "type", "bridge")
            call("ip", "link", "set", "spikegrad", "up")
        for node in range(self.count):
            call("ip", "netns", "add", name_of(node))
            if self.delayed:
                call("ip", "link", "add", f"sg-{node + 1}", "type", "veth", "peer", "name", "eth0", "netns", name_of(node))
                call("ip", "link", "set", f"sg-{node + 1}", "master", "spikegrad", "up")
            else:
                self.taps.append(tap_in(name_of(node)))
            for command in (["link", "set", "lo", "up"], ["addr", "add", f"{NETWORK}.{node + 1}/24", "dev", "eth0"],
                            ["link", "set", "eth0", "up", "mtu", "9000"]):
                call("ip", "-n", name_of(node), *command)
            # As clusters have it: a connection that rests between updates does not feel its way anew.
            call("ip", "netns", "exec", name_of(node), "sh", "-c", "echo 0 > /proc/sys/net/ipv4/tcp_slow_start_after_idle")
        if not self.delayed:
            self.stop_read, self.stop_write = os.pipe()
            self.carrier = threading.Thread(target=self.carry)
            self.carrier.start()
        return self

    def __exit__(self, *_):
        if not self.delayed:
            os.write(self.stop_write, b"x")
            self.carrier.join()
        for node in range(self.count):
            call("ip", "netns", "del", name_of(node))
        if self.delayed:
            call("ip", "link", "del", "spikegrad")

    def set_latency(self, seconds):
        self.latency = seconds
        for node in range(self.count if self.delayed else 0):
            call("ip", "netns", "exec", name_of(node), "tc", "qdisc", "replace", "dev", "eth0", "root", "netem", "delay",
                 f"{1e6 * seconds:.0f}us")

    def carry(self):
        """Each frame to the node whose address it has, so long after it came; to all where it has none of theirs."""
        places, waiting, count = {}, [], 0
        epoll = select.epoll()
        for tap in (*self.taps, self.stop_read):
            epoll.register(tap, select.EPOLLIN)
        while True:
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, to, frame = heapq.heappop(waiting)
                for tap in to:
                    os.write(tap, frame)
            rest = waiting[0][0] - time.monotonic() if waiting else 1.0
            for tap, _ in epoll.poll(max(0.0, rest)):
                if tap == self.stop_read:
                    return
                try:
                    while True:
                        frame = os.read(tap, 1 << 16)
                        places[frame[6:12]] = tap
                        to = [places[frame[:6]]] if frame[:6] in places else [t for t in self.taps if t != tap]
                        count += 1
                        heapq.heappush(waiting, (time.monotonic() + self.latency, count, to, frame))
                except BlockingIOError:
                    pass

    def sent(self):
        """Bytes that each node has sent."""
        return [int(call("ip", "netns", "exec", name_of(node), "cat", "/sys/class/net/eth0/statistics/tx_bytes"))
                for node in range(self.count)]


def tap_in(namespace):
    """A TAP device eth0 in the namespace, which lives as long as its descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{namespace}", "rb") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)
    return tap


def launcher(folder, ranks):
    """mpirun on the first node, the others by the agent."""
    hosts = ",".join(f"{NETWORK}.{node + 1}:1" for node in range(ranks))
    return ["ip", "netns", "exec", name_of(0), "unshare", "--uts", "sh", "-c", 'hostname node-1; exec "$@"', "sh",
            "mpirun", "--allow-run-as-root", "--bind-to", "none", "--mca", "plm_rsh_agent", str(folder / "agent"),
            "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", f"{NETWORK}.0/24", "--mca", "oob_tcp_if_include",
            f"{NETWORK}.0/24", "--mca", "mpi_yield_when_idle", "1", "--host", hosts, "-n", str(ranks)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikegrad", type=pathlib.Path, default=pathlib.Path("build-mpi/spikegrad"))
    parser.add_argument("--ranks", default="2,3,4")
    parser.add_argument("--latency", default="0,1,5", help="ms, one way; the first is what the others are compared with")
    parser.add_argument("--updates", type=int, default=40)
    arguments = parser.parse_args()
    program = arguments.spikegrad.resolve()
    latencies = [float(word) for word in arguments.latency.split(",")]
    counts = [int(word) for word in arguments.ranks.split(",")]
    samples, batch = 520, 260
    per_epoch = -(-samples // batch)
    epochs = max(1, arguments.updates // per_epoch)
    with tempfile.TemporaryDirectory() as folder, Nodes(max(counts)) as nodes:
        folder = pathlib.Path(folder)
        agent = folder / "agent"
        agent.write_text(AGENT.format(folder=folder), encoding="utf-8")
        agent.chmod(agent.stat().st_mode | stat.S_IXUSR)
        prepare(program, folder, samples)
        train(program, folder, "alone", 1 + epochs, batch, [])
        print(f"latency by {'netem' if nodes.delayed else 'a carrier of frames'}; ms of an update of {batch} samples\n")
        print("| machines | latency ms | ms | of it for each ms of latency | hops of the model | MB sent by all | same bits |")
        print("|---|---|---|---|---|---|---|")
        for ranks in counts:
            base = None
            for latency in latencies:
                nodes.set_latency(1e-3 * latency)
                times, sent = [], []
                for length in 1, 1 + epochs:
                    run = f"{ranks}-{latency}-{length}"
                    before, start = sum(nodes.sent()), time.monotonic()
                    train(program, folder, run, length, batch, launcher(folder, ranks))
                    times.append(time.monotonic() - start)
                    sent.append(sum(nodes.sent()) - before)
                ms = 1e3 * (times[1] - times[0]) / (epochs * per_epoch)
                base = base or (latency, ms)
                slope = f"{(ms - base[1]) / (latency - base[0]):.1f}" if latency > base[0] else "-"
                same = weights(folder, run) == weights(folder, "alone")
                print(f"| {ranks} | {latency:g} | {ms:.2f} | {slope} | {hops(ranks)} "
                      f"| {(sent[1] - sent[0]) / 1e6 / (epochs * per_epoch):.2f} | {'yes' if same else 'NO'} |", flush=True)
                if not same:
                    raise SystemExit("the weights differ")


if __name__ == "__main__":
    main()
