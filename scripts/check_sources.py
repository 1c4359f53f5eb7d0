#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on a source without its licence line, a file too long to read, a library that prints or exits, and a comment
that refers the reader to what is not in the repository: a key such as [GZ] that docs/bibliography.md does not have, or
a document that is gone.

    scripts/check_sources.py [ROOT]       the repository by default

Prints one line a violation: file, line, what it is, and what would be right.
"""

import pathlib
import re
import sys

FOLDERS = ["spikegrad", "tests", "examples", "bench", "fuzz", "python", "scripts", "cmake", ".ci"]
TOP_FILES = ["run", "CMakeLists.txt", "pyproject.toml"]
SUFFIXES = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".in", ".js", ".css"}
LICENCE = "SPDX-License-Identifier: Apache-2.0"
LONGEST = 450

# Only the command line prints, and a library never ends the process it is part of.
FORBIDDEN = re.compile(
    r"\bstd::(cout|cerr|clog|exit|quick_exit|abort|terminate)\b|\b(f?printf|puts|fputs|perror|exit|abort)\s*\("
    r"|\bfmt::print\b|\bassert\s*\(|#\s*include\s*<iostream>")

# A comment cites a paper by its key, one to three capitals in brackets; E[L] and NAME[I] are something else.
KEY = re.compile(r"(?<![\w\])])\[([A-Z]{1,3})\](?!\w)")
BIBLIOGRAPHY = "docs/bibliography.md"
CITING = [(".", "*.md"), ("docs", "*.md"), ("experiments", "**/*.toml")]
GONE = re.compile(r"\bTHEORY\b")


def sources(root):
    for name in TOP_FILES:
        if (root / name).exists():
            yield root / name
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in SUFFIXES or path.name == "CMakeLists.txt" or not path.suffix):
                yield path


def code_of(line):
    """The line without its comment and without what it quotes."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def comment_of(line, marker):
    """What follows the marker of a comment, without what is quoted."""
    return "".join(re.sub(r'"(\\.|[^"\\])*"', '""', line).partition(marker)[1:])


def keys(root):
    """The keys that the bibliography explains: those that begin a row of a table."""
    page = root / BIBLIOGRAPHY
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return set(re.findall(r"^\| \[(\w+)\] \|", text, re.MULTILINE))


def check_citations(root, path, known):
    name = path.relative_to(root).as_posix()
    marker = {".cpp": "//", ".hpp": "//", ".js": "//", ".md": ""}.get(path.suffix, "#")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = comment_of(line, marker) if marker else line
        for key in KEY.findall(text):
            if key not in known:
                yield f"{name}:{number}: [{key}] is not in {BIBLIOGRAPHY}; add its row there, or cite a source that is"
        if GONE.search(text):
            yield f"{name}:{number}: 'THEORY' is not in the repository; name the section of docs/derivations.md"


def check(root, path):
    name = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if not any(LICENCE in line for line in lines[:2]):
        yield f"{name}:1: no licence line; begin the file with a comment '{LICENCE}'"
    if len(lines) > LONGEST:
        yield (f"{name}:{len(lines)}: longer than {LONGEST} lines, too much to read in one go; "
               "split it into files with one job each")
    if name.startswith("spikegrad/") and not name.startswith("spikegrad/cli/") and path.suffix in {".cpp", ".hpp"}:
        for number, line in enumerate(lines, 1):
            if match := FORBIDDEN.search(code_of(line)):
                yield (f"{name}:{number}: '{match[0]}' in the library; throw UserError or InternalError, or return "
                       "text for spikegrad/cli to print")


def main(arguments):
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    files = [path for path in sources(root) if not {"__pycache__", "corpus"} & set(path.parts)]
    if not files:
        sys.exit(f"check_sources: no sources in {root}")
    violations = [violation for path in files for violation in check(root, path)]
    known = keys(root)
    citing = files + [path for folder, pattern in CITING for path in sorted((root / folder).glob(pattern))]
    violations += [violation for path in citing for violation in check_citations(root, path, known)]
    for violation in violations:
        print(violation)
    print(f"sources: {len(files)} files, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
