#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C++ snippet of docs/stochastic-ad.md is part of a program under examples/stochastic_ad/, which ctest runs."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def squeezed(text):
    """Without white space, which formatting may change, and without what marks a region."""
    return re.sub(r"\s+", "", text)


def missing(page, programs):
    snippets = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
    return len(snippets), [s for s in snippets if not any(squeezed(s) in squeezed(p) for p in programs)]


class Snippets(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / "docs/stochastic-ad.md").read_text(encoding="utf-8")
        self.programs = [p.read_text(encoding="utf-8") for p in (ROOT / "examples/stochastic_ad").glob("*.cpp")]

    def test_every_snippet_is_run(self):
        count, absent = missing(self.page, self.programs)
        self.assertGreater(count, 10)
        self.assertEqual(absent, [])

    def test_a_changed_snippet_is_noticed(self):
        self.assertEqual(len(missing(self.page.replace("sad::binomial(rng, 10, p)", "sad::binomial(rng, 11, p)"),
                                     self.programs)[1]), 1)

    def test_links_lead_somewhere(self):
        for target in re.findall(r"\]\((?!http)([^)#]+)", re.sub(r"```.*?```|`.*?`", "", self.page,
                                                                  flags=re.DOTALL)):
            self.assertTrue((ROOT / "docs" / target).exists(), target)


if __name__ == "__main__":
    unittest.main()
