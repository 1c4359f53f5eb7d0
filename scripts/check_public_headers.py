#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails where the public headers disagree with their list, cmake/PublicHeaders.cmake: a header that a public one includes
and that is not listed, or is listed and included by none; one that needs a header of a dependency; a name missing from
spikegrad/spikegrad.hpp or docs/api.md; and a declaration without SPIKEGRAD_EXPORT, which nobody could link against the
shared library.

    scripts/check_public_headers.py [ROOT]        the repository by default

Prints one line a violation: file, what is wrong, and what would be right.
"""

import pathlib
import re
import sys

LIST = "cmake/PublicHeaders.cmake"
UMBRELLA = "spikegrad/spikegrad.hpp"
PAGE = "docs/api.md"
HEADERS_ALONE = "spikegrad/stochastic_ad/"

INTRINSICS = re.compile(r"\w*intrin\.h$|arm_\w+\.h$")  # the compiler's own
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def read_list(root, name):
    """The entries of the CMake list of that name, patterns resolved."""
    text = (root / LIST).read_text(encoding="utf-8")
    found = re.search(rf"^set\({name}\n(.*?)\)", text, re.DOTALL | re.MULTILINE)
    return [entry for entry in found[1].split() if not entry.startswith("#")] if found else []


def resolve(root, entries):
    files = set()
    for entry in entries:
        files |= {path.relative_to(root).as_posix() for path in root.glob(entry)}
    return files


def includes_of(root, header):
    return INCLUDE.findall((root / header).read_text(encoding="utf-8"))


def closure(root, entries):
    """All headers of ours that the entries include, themselves among them."""
    seen, left = set(), [entry for entry in entries if (root / entry).exists()]
    while left:
        header = left.pop()
        if header in seen:
            continue
        seen.add(header)
        left += [name for name in includes_of(root, header) if (root / name).exists() and name.startswith("spikegrad/")]
    return seen


def check_lists(root, entries, parts):
    for entry in entries:
        if not (root / entry).exists():
            yield f"{LIST}: {entry} is not there"
    for pattern in parts:
        if not resolve(root, [pattern]):
            yield f"{LIST}: {pattern} names no file"
    listed, needed = set(entries) | resolve(root, parts), closure(root, entries)
    for header in sorted(needed - listed):
        yield f"{LIST}: {header} is included by a public header; list it as a part, or include it in the sources alone"
    for header in sorted(listed - needed):
        yield f"{LIST}: {header} is listed, and no public header includes it"
    for header in sorted(needed):
        for name in includes_of(root, header):
            if not name.startswith("spikegrad/") and not INTRINSICS.match(name) and ("/" in name or "." in name):
                yield f"{header}: includes <{name}>, which whoever uses the library would need; only the C++ library may be"


def check_umbrella(root, entries):
    included = includes_of(root, UMBRELLA) if (root / UMBRELLA).exists() else []
    for entry in sorted(set(entries) - set(included)):
        yield f"{UMBRELLA}: does not include {entry}, which {LIST} names"
    for name in sorted(set(included) - set(entries)):
        yield f"{UMBRELLA}: includes {name}, which {LIST} does not name"


def check_page(root, entries):
    text = (root / PAGE).read_text(encoding="utf-8") if (root / PAGE).exists() else ""
    rows = re.findall(r"^\| `(spikegrad/[^`]+\.hpp)` \|", text, re.MULTILINE)
    for entry in sorted({*entries, UMBRELLA} - set(rows)):
        yield f"{PAGE}: has no row for {entry}"
    for name in sorted(set(rows) - {*entries, UMBRELLA}):
        yield f"{PAGE}: has a row for {name}, which {LIST} does not name"
    for name in sorted({name for name in rows if rows.count(name) > 1}):
        yield f"{PAGE}: has two rows for {name}"


# ---- declarations ----------------------------------------------------------------------------------------------


def code_of(text):
    """Without comments, strings and preprocessor lines; new lines stay."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"^\s*#(\\\n|[^\n])*", "", text, flags=re.MULTILINE)


def statements(text):
    """(head, body or None, offset) of each statement: `head;` or `head { body }`."""
    start = depth = 0
    head = body_start = None
    for at, letter in enumerate(text):
        if letter == "{":
            if depth == 0:
                head, body_start = text[start:at], at + 1
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                rest = text[at + 1:].lstrip(" \n")
                # Initialisers, `= {}`, are part of a statement that goes on.
                if re.search(r"=\s*$|\)\s*:.*$", head, re.DOTALL) and not re.search(r"\)\s*:", head) or rest[:1] == ",":
                    head = None
                    continue
                yield head.strip(), text[body_start:at], start
                start = at + 1
                head = None
        elif letter == ";" and depth == 0:
            if text[start:at].strip():
                yield text[start:at].strip(), None, start
            start = at + 1


def is_function(head):
    """Is `head;` the declaration of a function whose body is elsewhere?"""
    while (plain := re.sub(r"<[^<>]*>", "", head)) != head:  # std::function<void()> is none
        head = plain
    before = head.split("(")[0]
    return ("(" in head and "=" not in before.replace("operator=", "") and "(*" not in head
            and not re.match(r"(using|template|friend|static_assert|typedef|inline|constexpr)\b", head)
            and not re.search(r"=\s*(default|delete|0)$", head))


def classes_and_functions(text):
    """[(name, head, body)] of classes and [head] of functions declared at namespace scope."""
    classes, functions = [], []
    for head, body, _ in statements(text):
        if body is not None and re.match(r"(inline\s+)?namespace\b", head):
            inner_classes, inner_functions = classes_and_functions(body)
            classes += inner_classes
            functions += inner_functions
        elif body is not None and (found := re.match(r"(?:class|struct)\s+(?:SPIKEGRAD_EXPORT\s+)?(\w+)", head)):
            classes.append((found[1], head, body))
        elif body is None and is_function(head) and not re.match(r"(class|struct|enum)\b", head):
            functions.append(head)
    return classes, functions


def is_polymorphic(name, head, body, known):
    bases = re.findall(r"(?:public|private)\s+([\w:]+)", head)
    return "virtual " in body or any(base == "std::runtime_error" or base in known for base in bases)


def check_exports(root, headers):
    polymorphic = set()
    found = {}
    for header in headers:
        found[header] = classes_and_functions(code_of((root / header).read_text(encoding="utf-8")))
    for _ in range(4):  # bases may stand in later files
        for classes, _functions in found.values():
            polymorphic |= {name for name, head, body in classes if is_polymorphic(name, head, body, polymorphic)}
    for header, (classes, functions) in found.items():
        for head in functions:
            if "SPIKEGRAD_EXPORT" not in head:
                yield f"{header}: '{' '.join(head.split())[:60]}' is declared without SPIKEGRAD_EXPORT"
        for name, head, body in classes:
            elsewhere = [h for h, b, _ in statements(re.sub(r"\b(public|private|protected):", "", body))
                         if b is None and is_function(h)]
            if (elsewhere or name in polymorphic) and "SPIKEGRAD_EXPORT" not in head:
                why = "has functions defined elsewhere" if elsewhere else "is polymorphic"
                yield f"{header}: class {name} {why} and is declared without SPIKEGRAD_EXPORT"


def main(arguments):
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    entries, parts = read_list(root, "SPIKEGRAD_PUBLIC_HEADERS"), read_list(root, "SPIKEGRAD_PUBLIC_PARTS")
    if not entries:
        sys.exit(f"check_public_headers: no list in {root / LIST}")
    headers = closure(root, entries)
    violations = [*check_lists(root, entries, parts), *check_umbrella(root, entries), *check_page(root, entries),
                  *check_exports(root, sorted(h for h in headers if not h.startswith(HEADERS_ALONE)))]
    for violation in violations:
        print(violation)
    print(f"public headers: {len(entries)} and {len(headers) - len(entries)} parts, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
