# SPDX-License-Identifier: Apache-2.0
"""The front door's own manners: help that names every command, exit codes, and no work on wrong usage."""

import pathlib
import re
import subprocess
import unittest

RUN = pathlib.Path(__file__).resolve().parents[2] / "run"


def run(*arguments):
    return subprocess.run([RUN, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


class FrontDoor(unittest.TestCase):
    def test_help_names_every_command(self):
        done = run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        commands = re.findall(r"^command_(\w+)\(\)", RUN.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertIn("reproduce", commands)
        for command in commands:
            self.assertRegex(done.stdout, rf"(?m)^  {command} ")

    def test_wrong_usage_is_one_line_and_exit_code_2(self):
        for arguments in [["none-such"], ["build", "x"], ["lint", "--none-such"], ["test", "--preset"]]:
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), arguments)

    def test_no_command_shows_the_help(self):
        done = run()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, run("--help").stdout)


if __name__ == "__main__":
    unittest.main()
