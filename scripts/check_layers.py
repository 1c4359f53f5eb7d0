#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on an include that goes up the layers, sideways between them, or around in a circle.

    scripts/check_layers.py [ROOT]        ROOT holds the folder spikegrad/; the repository by default

Prints one line a violation: file:line, what it includes, and what would be right.
"""

import pathlib
import re
import sys

# The layers, and what each stands on. A layer may include itself, what it stands on, and whatever that stands
# on. docs/architecture.md explains the same picture.
STANDS_ON = {
    "core": [],
    "stochastic_ad": ["core"],
    "figure": ["core"],
    "neuron": ["core"],
    "network": ["neuron"],
    "loss": ["network"],
    "data": ["network"],
    "optimiser": ["core"],
    "engine": ["loss"],
    "estimator": ["engine", "stochastic_ad"],
    "model": ["estimator", "optimiser", "data"],
    "measure": ["model"],
    "train": ["measure"],
    "view": ["train", "figure"],
    "findings": ["view"],
    "report": ["figure"],
    "front": ["findings", "report"],
    "cli": ["front"],
}

# For programs: it includes what is public, and no source of the library includes it.
UMBRELLA = "spikegrad/spikegrad.hpp"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp"}


def reach(layer):
    """The layers that `layer` may include, itself among them."""
    below = {layer}
    for other in STANDS_ON[layer]:
        below |= reach(other)
    return below


def read_includes(root):
    """{file: [(line number, quoted or angled, included path)]} for every source below root/spikegrad."""
    includes = {}
    for path in sorted((root / "spikegrad").rglob("*")):
        if path.suffix not in SUFFIXES:
            continue
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := INCLUDE.match(line):
                found.append((number, match[1] == '"', match[2]))
        includes[path.relative_to(root).as_posix()] = found
    return includes


def layer_of(path):
    """The folder below spikegrad/; what stands beside the folders, version.hpp, includes nothing and is of core."""
    if path == UMBRELLA:
        return "no layer"
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "core"


def check_directions(includes):
    for file, found in includes.items():
        layer = layer_of(file)
        if file == UMBRELLA:
            yield from (f"{file}:{number}: includes {target}, which does not exist"
                        for number, _, target in found if target not in includes)
            continue
        if layer not in STANDS_ON:
            yield f"{file}: '{layer}' is no layer; the layers stand in the table of scripts/check_layers.py"
            continue
        allowed = reach(layer)
        for number, quoted, target in found:
            where = f"{file}:{number}: includes {target}"
            if not target.startswith("spikegrad/"):
                if quoted:
                    yield f'{where} in quotes; quotes are for "spikegrad/<layer>/...", <> for everything else'
                continue
            if target not in includes:
                yield f"{where}, which does not exist"
            elif layer_of(target) not in allowed:
                yield f"{where}; {layer} may include only {', '.join(n for n in STANDS_ON if n in allowed)}"


def check_circles(includes):
    """One line for each file whose includes lead back to a file that is still being entered."""
    state = {}  # file -> "entered" or "left"
    trail = []

    def enter(file):
        state[file] = "entered"
        trail.append(file)
        for number, _, target in includes[file]:
            if target not in includes or state.get(target) == "left":
                continue
            if state.get(target) == "entered":
                circle = trail[trail.index(target):] + [target]
                yield f"{file}:{number}: includes {target}, which closes a circle: {' -> '.join(circle)}"
            else:
                yield from enter(target)
        trail.pop()
        state[file] = "left"

    for file in includes:
        if file not in state:
            yield from enter(file)


def main(arguments):
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    includes = read_includes(root)
    if not includes:
        sys.exit(f"check_layers: no sources in {root / 'spikegrad'}")
    violations = [*check_directions(includes), *check_circles(includes)]
    for violation in violations:
        print(violation)
    print(f"layers: {len(includes)} files, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
