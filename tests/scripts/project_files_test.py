# SPDX-License-Identifier: Apache-2.0
"""The files about the project agree with it: one version everywhere, and CI calls commands that exist."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def version():
    numbers = re.findall(r"#define SPIKEGRAD_VERSION_\w+ (\d+)", text_of("spikegrad/version.hpp"))
    return ".".join(numbers)


def released(changelog):
    """The versions of a changelog, the newest first."""
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)


class ProjectFiles(unittest.TestCase):
    def test_one_version(self):
        self.assertRegex(version(), r"^\d+\.\d+\.\d+$")
        self.assertEqual(released(text_of("CHANGELOG.md"))[:1], [version()])
        self.assertIn(f"\nversion: {version()}\n", text_of("CITATION.cff"))

    def test_another_version_is_noticed(self):
        later = text_of("CHANGELOG.md").replace("## [0", "## [9.9.9] - 2099-01-01\n\n## [0", 1)
        self.assertNotEqual(released(later)[:1], [version()])

    def test_ci_calls_what_there_is(self):
        commands = set(re.findall(r"\./run (\w+)", text_of(".github/workflows/ci.yml")))
        commands |= {word.split()[0] for word in re.search(r"checks: \[(.*)\]", text_of(".github/workflows/ci.yml"))[1]
                     .split(",")}
        self.assertEqual(commands, {"docs", "lint", "test"})
        for command in commands:
            self.assertIn(f"\ncommand_{command}() {{\n", text_of("run"))

    def test_what_commands_write_by_default_is_ignored_by_git(self):
        ignored = text_of(".gitignore").splitlines()
        for folder in "results", "runs", "build*", "out", ".deps":
            self.assertIn(f"/{folder}/", ignored)


if __name__ == "__main__":
    unittest.main()
