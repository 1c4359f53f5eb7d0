# SPDX-License-Identifier: Apache-2.0
"""`spikegrad --version` says what was built, and the commit is that of the project's own checkout or none."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def git(folder, *arguments):
    return output_of("git", "-C", folder, "-c", "user.name=test", "-c", "user.email=test", *arguments)


def commit_of(folder):
    """What CMake finds for a source folder."""
    with tempfile.TemporaryDirectory() as scratch:
        script = pathlib.Path(scratch, "find.cmake")
        script.write_text(f'include("{ROOT}/cmake/Commit.cmake")\nspikegrad_find_commit("{folder}" commit)\n'
                          f'file(WRITE "{scratch}/commit" "${{commit}}")\n', encoding="utf-8")
        output_of("cmake", "-P", script)
        return pathlib.Path(scratch, "commit").read_text(encoding="utf-8")


class Version(unittest.TestCase):
    def test_the_program_says_what_was_built(self):
        numbers = re.findall(r"#define SPIKEGRAD_VERSION_\w+ (\d+)",
                             (ROOT / "spikegrad" / "version.hpp").read_text(encoding="utf-8"))
        lines = output_of(PROGRAM, "--version").splitlines()
        self.assertEqual(lines[0], "spikegrad " + ".".join(numbers))
        said = dict(re.split("  +", line.replace("commit ", "commit  ").replace("compiler ", "compiler  ").replace("MPI ", "MPI  "), maxsplit=1)
                    for line in lines[1:])
        self.assertEqual(sorted(said), ["MPI", "build type", "commit", "compiler", "instruction set"])
        self.assertRegex(said["commit"], "^([0-9a-f]{12,40}|unknown)$")
        self.assertRegex(said["compiler"], r"^(g\+\+|clang) \d+\.")
        self.assertRegex(said["MPI"], r"^(no|Open MPI v\d.*)$")
        for key in "build type", "instruction set":
            self.assertTrue(said[key])

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_the_commit_is_of_this_checkout_or_unknown(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder).resolve()
            self.assertEqual(commit_of(folder), "unknown")
            git(folder, "init", "-q")
            self.assertEqual(commit_of(folder), "unknown")  # no commit yet
            git(folder, "commit", "-q", "--allow-empty", "-m", "first")
            self.assertEqual(commit_of(folder), git(folder, "rev-parse", "--short=12", "HEAD").strip())
            unpacked = folder / "spikegrad-0.2.0"
            unpacked.mkdir()
            self.assertEqual(commit_of(unpacked), "unknown")  # inside a checkout of something else


if __name__ == "__main__":
    unittest.main()
