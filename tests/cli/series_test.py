# SPDX-License-Identifier: Apache-2.0
"""Series of runs (train --folds, --seeds): killed anywhere they go on to the same bits; evaluate and report take them."""

import csv
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from train_test import MODEL, PROGRAM, checkpoints, spikegrad


class Series(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.model = cls.folder / "model.toml"
        cls.model.write_text(MODEL.replace("epochs = 30", "epochs = 8"), encoding="utf-8")
        cls.data = cls.folder / "data.h5"
        subprocess.run([PROGRAM.parent / "tests" / "train_tests", "--gtest_filter=TaskFile.ReadsBackAsItWasMade"],
                       env={"SPIKEGRAD_TASK_FILE": str(cls.data)}, check=True, capture_output=True)
        cls.whole = cls.folder / "whole"
        start = time.monotonic()
        cls.done = cls.train("-o", cls.whole, "--folds", "speakers", "--seeds", "1,2")
        cls.seconds = time.monotonic() - start
        assert cls.done.returncode == 0, cls.done.stderr

    @classmethod
    def train(cls, *arguments):
        if "--resume" not in arguments:
            arguments = (cls.model, "--data", cls.data, *arguments)
        return spikegrad("train", *arguments, "--checkpoint-every", 0, "--quiet")

    def test_a_fold_for_every_speaker_and_seed_which_nobody_else_hears(self):
        series = json.loads((self.whole / "series.json").read_text())
        self.assertEqual([run["name"] for run in series["runs"]],
                         [f"speaker-{s}-seed-{n}" for s in range(4) for n in (1, 2)])
        for run in series["runs"]:
            info = json.loads((self.whole / run["name"] / "run.json").read_text())
            self.assertEqual(info["selection"], "last epoch")
            self.assertEqual(info["seed"], run["seed"])
            last = json.loads((self.whole / run["name"] / "metrics.jsonl").read_text().splitlines()[-1])
            self.assertEqual(last["epoch"], 8)
            self.assertEqual(last["validation"]["accuracy"], run["accuracy"])
            self.assertGreaterEqual(run["best"], run["accuracy"])
        mean = sum(run["accuracy"] for run in series["runs"]) / 8
        self.assertAlmostEqual(series["accuracy"]["mean"], mean)
        self.assertEqual(series["accuracy"]["count"], 4)
        self.assertIn(f"speaker left out: {mean:.4f}", self.done.stdout)
        self.assertIn("if the speaker left out had chosen the epoch", self.done.stdout)

    def test_killed_it_goes_on_to_the_same_bits(self):
        for share in (0.2, 0.6):
            folder = self.folder / f"killed-{share}"
            process = subprocess.Popen([PROGRAM, "train", self.model, "--data", self.data, "-o", folder, "--folds",
                                        "speakers", "--seeds", "1,2", "--checkpoint-every", "0", "--quiet"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                process.communicate(timeout=share * self.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            if (folder / "series.json").exists():
                done = self.train("--resume", folder)
            else:
                done = self.train("-o", folder, "--folds", "speakers", "--seeds", "1,2")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads((folder / "series.json").read_text()),
                             json.loads((self.whole / "series.json").read_text()))
            for run in json.loads((folder / "series.json").read_text())["runs"]:
                ours, theirs = (checkpoints(at / run["name"])[-1] for at in (folder, self.whole))
                self.assertEqual(ours.read_bytes(), theirs.read_bytes())

    def test_evaluate_takes_the_runs_together_and_report_makes_a_table_of_them(self):
        folder = self.folder / "seeds"
        self.assertEqual(self.train("-o", folder, "--seeds", "1,2,3").returncode, 0)
        runs = [folder / f"seed-{n}" for n in (1, 2, 3)]
        judged = json.loads(spikegrad("evaluate", folder, "--data", self.data, "--json", "-").stdout)
        self.assertEqual(judged["runs"], [str(run) for run in runs])
        named = json.loads(spikegrad("evaluate", *runs, "--data", self.data, "--json", "-").stdout)
        self.assertEqual(judged["accuracy"], named["accuracy"])
        self.assertGreaterEqual(judged["accuracy"], min(judged["accuracy_of_runs"]))
        self.assertEqual(sum(map(sum, judged["confusion"])), judged["samples"])

        table = self.folder / "table.csv"
        done = spikegrad("report", folder, "--data", self.data, "--table", table, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((folder / "report.html").exists())
        rows = list(csv.DictReader(table.read_text().splitlines()))
        self.assertEqual([(row["runs"], row["seeds"]) for row in rows], [("seed-1 seed-2 seed-3", "1 2 3")])
        self.assertLess(float(rows[0]["accuracy_low"]), float(rows[0]["accuracy"]))
        self.assertIn("best epoch by validation accuracy", rows[0]["weights_chosen_by"])
        self.assertEqual(spikegrad("report", folder, "--data", self.data, "--table", self.folder / "table.tex",
                                   "--quiet").returncode, 0)
        self.assertIn("\\bottomrule", (self.folder / "table.tex").read_text())

    def test_what_is_wrong_is_one_line_and_leaves_nothing(self):
        new = ("--data", self.data, "-o", self.folder / "new")
        wrong = [
            (["train", self.model, *new, "--folds", "sentences"], "must be speakers"),
            (["train", self.model, *new, "--seeds", "1,x"], "--seeds: x"),
            (["train", self.model, *new, "--seeds", "1,1"], "given once"),
            (["train", self.model, *new, "--seeds", "1,2", "--seed", "3"], "--seeds gives those"),
            (["train", self.model, *new, "--folds", "speakers", "--set", "training.patience=3"], "training.patience=0"),
            (["train", self.model, "--data", self.data, "-o", self.whole, "--seeds", "1"], "holds a series of runs already"),
            (["train", "--resume", self.whole, "--seeds", "1"], "are for new ones"),
            (["train", "experiments/quickstart.toml", "-o", self.folder / "new", "--seeds", "1,2"],
             "has no classes, so a series has no accuracy"),
            (["evaluate", self.whole, "--data", self.data, "--record", self.folder / "a.h5"], "is of one run"),
        ]
        before = sorted(self.folder.rglob("*"))
        for arguments, says in wrong:
            done = spikegrad(*arguments)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), (arguments, done.stdout, done.stderr))
            self.assertIn(says, done.stderr, arguments)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was left behind")


if __name__ == "__main__":
    unittest.main()
