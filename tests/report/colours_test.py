#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The report gives each estimator a look of its own: a hue, and a dash and symbol."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def faults(script, names):
    """Estimators without a look, looks that are no estimator's, and looks that two estimators share."""
    table = re.search(r"const ESTIMATORS = \{(.*?)\n\};", script, re.DOTALL).group(1)
    looks = {a or b: (slot, variant) for a, b, slot, variant in
             re.findall(r'(?:"([^"]+)"|(\w+)): \[([^,\]]+), (\d)\]', table)}
    wrong = [f"no look: {name}" for name in names if name not in looks]
    own = [looks[name] for name in names if name in looks]
    wrong += [f"shared: {name}" for name in names if name in looks and own.count(looks[name]) > 1]
    return wrong


class Colours(unittest.TestCase):
    def setUp(self):
        self.script = (ROOT / "spikegrad/report/assets/colour.js").read_text(encoding="utf-8")
        self.names = [name for file in (ROOT / "spikegrad/estimator").glob("*.hpp")
                      for name in re.findall(r'string_view name = "([^"]+)"', file.read_text(encoding="utf-8"))]

    def test_no_two_estimators_look_alike(self):
        self.assertGreater(len(self.names), 20)
        self.assertEqual(faults(self.script, self.names), [])

    def test_planted_faults_are_noticed(self):
        for old, new in [("psa: [3, 2]", "psa: [3, 1]"), ("truncated: [0, 3], ", "")]:
            self.assertIn(old, self.script)
            self.assertNotEqual(faults(self.script.replace(old, new), self.names), [], old)


if __name__ == "__main__":
    unittest.main()
