# SPDX-License-Identifier: Apache-2.0
"""spikegrad bench: the JSON it prints, the sizes it is given, and what it refuses."""

import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))


def bench(*arguments):
    return subprocess.run([PROGRAM, "bench", *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=300)


class Bench(unittest.TestCase):
    def test_json_holds_time_memory_and_rates(self):
        done = bench("--shape", "A", "--steps", 40, "--batch", 20, "--width", 24, "--layers", 2, "--rate", 0.05,
                     "--threads", 2, "--repeat", 3, "--json", "-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        result = json.loads(done.stdout)
        self.assertEqual((result["batch"], result["steps"], result["threads"], result["runs"]), (20, 40, 2, 3))
        self.assertEqual(result["sizes"], {"x": 700, "h1": 24, "h2": 24, "y": 20})
        self.assertEqual(result["parameters"], 700 * 24 + 24 * 24 + 24 * 20)
        self.assertGreater(result["median_ms"], 0)
        self.assertGreater(result["peak_rss_mb"], 1)
        for name in ("x", "h1", "h2"):
            self.assertAlmostEqual(result["rates"][name], 0.05, delta=0.01)

    def test_the_loss_does_not_depend_on_threads(self):
        losses = [json.loads(bench("--shape", "B", "--steps", 30, "--batch", 70, "--stochastic", "--repeat", 1,
                                   "--threads", threads, "--json", "-").stdout)["mean_loss"] for threads in (1, 2)]
        self.assertEqual(*losses)

    def test_wrong_input_is_one_line(self):
        for arguments in [["--shape", "Z"], ["--shape", "E", "--width", 5], ["--rate", 2], ["--steps", 0],
                          ["--layers", 100000], ["--layers", 900, "--width", 50000], ["--steps", 1 << 31],
                          ["--batch", 1 << 31]]:
            done = bench(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), arguments)


if __name__ == "__main__":
    unittest.main()
