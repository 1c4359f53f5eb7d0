# SPDX-License-Identifier: Apache-2.0
"""What reproduce writes, and what it refuses before it measures anything."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))


class Reproduce(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.results = self.folder / "results"

    def reproduce(self, *arguments):
        command = [PROGRAM, "reproduce", "--quiet", "-o", self.results, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                              timeout=600)

    def refused(self, *arguments, says):
        before = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        done = self.reproduce(*arguments)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "", "something was measured")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in says:
            self.assertIn(word, done.stderr)
        self.assertEqual({path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}, before)

    def rows(self):
        return json.loads((self.results / "findings.json").read_text(encoding="utf-8"))

    def test_rows_have_their_fields_and_a_fuller_folder_is_kept(self):
        done = self.reproduce("--only", "F3,F1,F3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 undecided, 0 contradicted", done.stdout)
        rows = self.rows()
        self.assertEqual(sum(row["id"] == "F1" for row in rows), 6)
        self.assertEqual(len({(row["id"], row["quantity"]) for row in rows}), len(rows))
        for row in rows:
            self.assertLessEqual({"id", "quantity", "value", "holds", "seconds", "verdict", "rule", "claim"}, set(row))
            self.assertEqual(row["holds"], row["verdict"] == "holds")
            self.assertIn(row["verdict"], ("holds", "contradicted"))  # nothing random is in these two
            self.assertTrue(row["rule"])
        self.refused("--only", "F1", says=[str(self.results), "holds F3", "-o"])
        done = self.reproduce("--only", "F1,F3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(sorted(row["quantity"] for row in self.rows()), sorted(row["quantity"] for row in rows))
        (self.results / "findings.json").write_text("[1]", encoding="utf-8")
        self.refused("--only", "F1,F3", says=["findings.json"])

    def test_files_are_looked_at_before_anything_is_measured(self):
        missing = self.folder / "none.h5"
        self.refused("--only", "F1,F7", "--data", missing, says=[str(missing)])
        (self.folder / "text.h5").write_text("no data", encoding="utf-8")
        self.refused("--only", "F1,F7", "--data", self.folder / "text.h5", says=["text.h5"])
        self.refused("--only", "F1,F7", "--target", self.folder / "none.png", says=["none.png"])
        self.refused("--only", "F1", "--data", missing, says=["--data", "F7"])

    def test_the_report_of_a_run_is_not_replaced(self):
        self.results.mkdir()
        (self.results / "run.json").write_text("{}", encoding="utf-8")
        self.refused("--only", "F1", says=[str(self.results), "folder of a run", "-o"])

    def test_what_is_measured_is_kept_when_the_rest_is_interrupted(self):
        command = [PROGRAM, "reproduce", "--quiet", "-o", self.results, "--only", "F3,F6"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 120
            while not (self.results / "report.html").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            output = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, output)
        self.assertIn(f"F3: kept in {self.results}", output[1])
        self.assertEqual({row["id"] for row in self.rows()}, {"F3"})
        self.assertIn("Opposite sign", (self.results / "report.html").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
