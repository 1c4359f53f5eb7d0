#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what the fuzz targets start from: one right file of every sort.

    scripts/make_fuzz_seeds.py PROGRAM FOLDER      PROGRAM is build/spikegrad; writes FOLDER/{toml,png,hdf5}/*
"""

import itertools
import pathlib
import struct
import subprocess
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def png(colour, depth, interlaced, size=(5, 4)):
    """A picture of the colour type (0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha)."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content
                + struct.pack(">I", zlib.crc32(kind + content)))

    width, height = size
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    content = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        columns, rows = len(range(x, width, dx)), len(range(y, height, dy))
        for row in range(rows if columns else 0):
            content += bytes([row % 5]) + bytes((37 * i + row) % 256 & (255 if colour != 3 else 0)
                                                for i in range((columns * bits + 7) // 8))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
            + (chunk(b"PLTE", bytes(range(6))) if colour == 3 else b"")
            + (chunk(b"tRNS", b"\x80") if colour == 3 else b"")
            + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b""))


def make_pictures(folder):
    depths = {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}
    for colour, interlaced in itertools.product(depths, (0, 1)):
        for depth in depths[colour]:
            (folder / f"colour-{colour}-{depth}-{interlaced}.png").write_bytes(png(colour, depth, interlaced))


def make_models(folder):
    for path in sorted((ROOT / "experiments").glob("*.toml")):
        if path.stat().st_size < 20_000:
            (folder / path.name).write_bytes(path.read_bytes())
    for number, block in enumerate((ROOT / "docs" / "model-files.md").read_text(encoding="utf-8").split("```toml\n")[1:]):
        (folder / f"docs-{number}.toml").write_text(block.split("```")[0], encoding="utf-8")


def make_spike_files(program, folder):
    for name, arguments in {
        "randman": ["randman", "--classes", 3, "--samples", 2, "--units", 5],
        "poisson": ["poisson", "--classes", 2, "--samples", 2, "--units", 4, "--rate", 20],
        "raster": ["raster", "--samples", 1, "--units", 6, "--steps", 8],
    }.items():
        subprocess.run([program, "data", "make", *map(str, arguments), "-o", folder / f"{name}.h5", "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)


def main(arguments):
    if len(arguments) != 2:
        sys.exit("usage: scripts/make_fuzz_seeds.py PROGRAM FOLDER")
    program, target = (pathlib.Path(argument).resolve() for argument in arguments)
    for kind in ("toml", "png", "hdf5"):
        (target / kind).mkdir(parents=True, exist_ok=True)
    make_models(target / "toml")
    make_pictures(target / "png")
    make_spike_files(program, target / "hdf5")


if __name__ == "__main__":
    main(sys.argv[1:])
