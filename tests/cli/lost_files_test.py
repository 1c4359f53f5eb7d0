# SPDX-License-Identifier: Apache-2.0
"""What a command writes takes the place of nothing that it reads, of no part of a run, and of no other of its outputs."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
MODEL = ROOT / "experiments" / "quickstart.toml"


def spikegrad(*arguments, cwd=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120, cwd=cwd)


class LostFiles(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.model = shutil.copy(MODEL, self.folder)

    def made(self, *arguments):
        done = spikegrad(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def contents(self):
        return {file: hashlib.sha256(file.read_bytes()).hexdigest()
                for file in self.folder.rglob("*") if file.is_file()}

    def refused(self, *arguments, says):
        before = self.contents()
        done = spikegrad(*arguments, cwd=self.folder)
        self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(self.contents(), before, arguments)

    def test_what_is_read(self):
        (self.folder / "link.toml").symlink_to(self.model)
        for command, option in (["compare", self.model], "--json"), (["compare", self.model], "--csv"), (
                ["compare", self.model], "--report"), (["field", self.model, "curl"], "--json"):
            for name in self.model, "./quickstart.toml", "link.toml":
                self.refused(*command, option, name, says=f"{option} {name}: is read by this command")
        data = self.folder / "a.h5"
        self.made("data", "make", "poisson", "--classes", 2, "--samples", 2, "-o", data)
        self.refused("data", "show", data, "-o", data, says="is read by this command")
        self.refused("data", "info", data, "--json", data, says="is read by this command")
        picture = self.folder / "picture.png"
        self.made("data", "show", data, "-o", picture)
        self.refused("data", "make", "raster", "--picture", picture, "-o", picture, says="is read by this command")
        self.refused("nir", "export", self.model, "-o", self.model, says="is read by this command")

    def test_one_file_for_two_outputs(self):
        self.refused("compare", self.model, "--json", "out", "--csv", "./out", says="is the file of --json too")

    def test_a_dash_is_no_file(self):
        self.refused("compare", self.model, "--csv", "-", says="--csv -: only --json goes to standard output")
        self.refused("data", "make", "poisson", "-o", "-", says="-o -: only --json")

    def test_runs_and_their_data(self):
        for part, name in (0, "train"), (1, "test"):
            self.made("data", "make", "randman", "--classes", 10, "--samples", 20, "--part", part, "-o",
                      self.folder / "data" / f"r_{name}.h5")
        run = self.folder / "run"
        self.made("train", "experiments/randman.toml", "--data", self.folder / "data", "-o", run, "--quiet", "--set",
                  "training.epochs=1", "population.h1.size=4", "population.h2.size=4")
        test = self.folder / "data" / "r_test.h5"
        self.refused("evaluate", run, "--record", test, says="is read by this command")
        self.refused("evaluate", run, "--data", self.folder / "data", "--predictions", test, says="is read by")
        checkpoint = next(run.glob("checkpoint-*.h5"))
        for arguments in (["evaluate", run, "--json", run / "run.json"], ["report", run, "-o", run / "model.toml"],
                          ["evaluate", run, "--record", checkpoint], ["report", run, "--table", run / "metrics.jsonl"],
                          ["data", "make", "poisson", "-o", checkpoint]):
            self.refused(*arguments, says="belongs to a run, which would lose it")
        self.made("evaluate", run, "--json", run / "evaluation.json", "--quiet")  # a file of one's own beside them
        self.made("evaluate", run, "--json", run / "evaluation.json", "--quiet")

        series = self.folder / "series"
        seeds = ["train", "experiments/randman.toml", "--data", self.folder / "data", "--quiet", "--set",
                 "training.epochs=1", "population.h1.size=4", "population.h2.size=4", "--seeds", "1,2", "-o"]
        self.refused(*seeds, run, says="holds a run already")
        self.made(*seeds, series)
        self.refused("train", self.model, "-o", series, says="holds a series of runs already")
        self.refused("report", series, "--table", series / "series.json", says="belongs to a run")


if __name__ == "__main__":
    unittest.main()
