# SPDX-License-Identifier: Apache-2.0
"""Reads a file of spikes in a process of its own: python -m spikegrad._read FILE OUT.npz

A damaged file can crash the HDF5 library; then it is that process which ends. It is spawned, not forked, so that the
threads of the one that asks do not matter.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .dataset import Dataset


def read_alone(path: str) -> Dataset:
    """Dataset.from_shd() of the path, whose crash is a ValueError."""
    from .dataset import Dataset

    size = os.path.getsize(path) if os.path.exists(path) else 0
    damaged = f"{path}: is damaged: the HDF5 library fails to read it; make or fetch it anew"
    package = str(pathlib.Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "data.npz")
        try:
            done = subprocess.run([sys.executable, "-m", "spikegrad._read", path, out], capture_output=True, check=False,
                                  env=environment, timeout=20 + size / 1e6)
        except subprocess.TimeoutExpired:
            raise ValueError(damaged) from None
        if done.returncode == 0:
            return Dataset.load(out)
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ValueError(said if done.returncode == 2 and said else damaged)


def main(path: str, out: str) -> int:
    from .dataset import Dataset

    try:
        Dataset.from_shd(path).save(out, compressed=False)
    except ValueError as error:
        sys.stderr.write(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
