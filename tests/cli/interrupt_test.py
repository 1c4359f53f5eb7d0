# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: work stops, says so, exits with 130 and keeps what it has measured."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
QUICKSTART = ROOT / "experiments" / "quickstart.toml"


class Interrupt(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def interrupted(self, number, *arguments, after=1.0):
        with subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            time.sleep(after)
            self.assertIsNone(process.poll(), "it ended before the signal")
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("spikegrad: interrupted", errors)
        return output

    def test_compare_keeps_the_estimators_that_were_measured(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            file = self.folder / "compare.json"
            # The first takes no time, the second for ever.
            output = self.interrupted(number, "compare", QUICKSTART, "--quiet", "--estimators",
                                      "mean-field,counterfactual", "--samples", 1_000_000_000, "--json", file)
            self.assertIn("mean-field", output)
            self.assertIn("truth: exact", output)
            result = json.loads(file.read_text(encoding="utf-8"))
            self.assertEqual(list(result["estimators"]), ["mean-field"])
            self.assertEqual(result["truth"]["method"], "exact")
            file.unlink()

    def test_compare_without_any_measurement_writes_nothing(self):
        file = self.folder / "compare.json"
        self.interrupted(signal.SIGTERM, "compare", QUICKSTART, "--quiet", "--truth", "monte-carlo",
                         "--truth-samples", 10_000_000_000, "--json", file)
        self.assertFalse(file.exists())

    def test_a_field_ends(self):
        self.interrupted(signal.SIGTERM, "field", ROOT / "experiments" / "layers-lif.toml", "curl", "--quiet",
                         "--samples", 1_000_000_000, "--estimators", "surrogate")

    def test_bench_ends(self):
        for number in signal.SIGINT, signal.SIGTERM:
            self.interrupted(number, "bench", "--batch", 16, "--steps", 20, "--seconds", 600, "--quiet")
            self.interrupted(number, "bench", "--batch", 16, "--layers", 1000, "--width", 64, "--quiet", after=2.0)


if __name__ == "__main__":
    unittest.main()
