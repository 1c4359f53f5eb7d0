#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/derivations.md says of each estimator where its equation is: the estimators are all, the sections are there, and the
file has the equation."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def squeezed(text):
    """Without white space and the marks of comments."""
    return re.sub(r"\s+|//", "", text)


def faults(page, registry):
    """What is wrong with the table, given the names of the estimators."""
    rows = re.findall(r"^\| (`[^|]*`) \| ([\d, ]+) \| `([^|]*)` \| `([^|]*)` \|$", page, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row[0])]
    wrong = [f"not in the table: {name}" for name in registry if name not in named]
    wrong += [f"no estimator: {name}" for name in named if name not in registry]
    for names, sections, equation, file in rows:
        wrong += [f"{names}: no section {n}" for n in sections.split(", ") if not re.search(rf"^## {n}\. ", page, re.MULTILINE)]
        path = ROOT / "spikegrad" / file
        if not path.exists():
            wrong.append(f"{names}: no file {file}")
        elif squeezed(equation) not in squeezed(path.read_text(encoding="utf-8")):
            wrong.append(f"{names}: not in {file}: {equation}")
    return wrong


class Derivations(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / "docs/derivations.md").read_text(encoding="utf-8")
        self.registry = [name for file in (ROOT / "spikegrad/estimator").glob("*.hpp")
                         for name in re.findall(r'string_view name = "([^"]+)"', file.read_text(encoding="utf-8"))]

    def test_every_estimator_has_its_equation(self):
        self.assertGreater(len(self.registry), 20)
        self.assertEqual(faults(self.page, self.registry), [])

    def test_planted_faults_are_noticed(self):
        for old, new in [("| `psa` |", "| `pse` |"), ("`estimator/disarm.hpp`", "`estimator/disarn.hpp`"),
                         ("`φ' = g(x)`", "`φ' = f(x)`"), ("| `eventprop` | 15 |", "| `eventprop` | 99 |")]:
            self.assertIn(old, self.page)
            self.assertNotEqual(faults(self.page.replace(old, new), self.registry), [], old)


if __name__ == "__main__":
    unittest.main()
