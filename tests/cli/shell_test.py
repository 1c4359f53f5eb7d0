# SPDX-License-Identifier: Apache-2.0
"""`spikegrad shell`: bash completes what there is, and man reads the page without a complaint."""

import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))


def text_of(kind):
    return subprocess.run([PROGRAM, "shell", kind], capture_output=True, text=True, check=True).stdout


def completions(*words):
    """What bash offers for the last of the words."""
    quoted = " ".join(f"'{word}'" for word in ("spikegrad", *words))
    script = (f"{text_of('completion')}\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words)}\n_spikegrad\n"
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()


@unittest.skipUnless(shutil.which("bash"), "needs bash")
class Completion(unittest.TestCase):
    def test_commands_and_options(self):
        self.assertEqual(completions("comp"), ["compare"])
        self.assertEqual(completions("data", "inf"), ["info"])
        self.assertIn("--samples", completions("compare", "model.toml", "--s"))
        self.assertEqual(completions("compare", "nothing-begins-so"), [])


class Manual(unittest.TestCase):
    def test_names_every_command(self):
        page = text_of("man")
        for command in "reproduce", "compare", "train", "evaluate", "data info", "list":
            self.assertIn(f".SS spikegrad {command}\n", page)

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_groff_has_no_complaint(self):
        done = subprocess.run(["groff", "-k", "-man", "-Tutf8", "-ww", "-z"], input=text_of("man"), capture_output=True,
                              text=True, check=True)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
