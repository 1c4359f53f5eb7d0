#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy on the library and the program, on those files alone that changed since they last passed.

    scripts/run_tidy.py BUILD_DIR         BUILD_DIR holds compile_commands.json

A file has changed if it, a header of ours that it includes at any depth, .clang-tidy, or how it is compiled has. What
passed is remembered beside the compiler's cache, in $XDG_CACHE_HOME/spikegrad-tidy or ~/.cache/spikegrad-tidy, one
empty file a fingerprint; fingerprints do not depend on where the checkout lies, so one checkout serves the next.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files_behind(file, includes):
    """`file` and every file of ours that it includes, at any depth."""
    seen, waiting = set(), [file]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += [target for _, _, target in includes.get(current, []) if target in includes]
    return sorted(seen)


def cache_folder():
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "spikegrad-tidy"


def fingerprint(version, entry, file, includes):
    digest = hashlib.sha256((version + entry["command"].replace(str(ROOT), "")).encode())
    for name in [".clang-tidy", *files_behind(file, includes)]:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()


def tidy(build, file, stamp):
    """clang-tidy's complaints about the file, empty if there are none."""
    done = subprocess.run(
        ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", "-p", build, ROOT / file],
        capture_output=True, text=True, check=False)
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout or done.stderr


def main(build):
    includes = check_layers.read_includes(ROOT)
    stamps = cache_folder()
    stamps.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    checked, waiting = 0, []
    for entry in commands:
        path = pathlib.Path(entry["file"])
        file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if file in includes:
            checked += 1
            stamp = stamps / fingerprint(version, entry, file, includes)
            if not stamp.exists():
                waiting.append((file, stamp))
    if not checked:
        sys.exit(f"run_tidy: {build} compiles nothing of {ROOT / 'spikegrad'}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [text for text in pool.map(lambda job: tidy(build, *job), waiting) if text]
    print("".join(complaints), end="")
    print(f"clang-tidy: {checked} files, {len(waiting)} changed, {len(complaints)} with complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
