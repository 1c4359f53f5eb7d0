# SPDX-License-Identifier: Apache-2.0
"""The programs in docs/api.md are those of examples/library/, which ctest runs, and its links lead somewhere."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def without_licence(text):
    return text.split("\n", 1)[1]


def programs(page):
    return re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)


class ApiPage(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
        self.files = {path.name: without_licence(path.read_text(encoding="utf-8"))
                      for path in (ROOT / "examples/library").glob("*.cpp")}

    def test_every_program_is_shown_as_it_is(self):
        self.assertEqual(sorted(programs(self.page)), sorted(self.files.values()))
        for name in self.files:
            self.assertIn(f"`examples/library/{name}`", self.page)
            self.assertTrue((ROOT / "examples/library" / name).with_suffix(".expected").exists(), name)

    def test_a_changed_program_is_noticed(self):
        self.assertNotEqual(sorted(programs(self.page.replace(".epochs = 20", ".epochs = 21"))),
                            sorted(self.files.values()))

    def test_links_lead_somewhere(self):
        text = re.sub(r"```.*?```|`.*?`", "", self.page, flags=re.DOTALL)
        for target in re.findall(r"\]\((?!http)([^)#]+)", text):
            self.assertTrue((ROOT / "docs" / target).exists(), target)


if __name__ == "__main__":
    unittest.main()
