# SPDX-License-Identifier: Apache-2.0
"""spikegrad compare RUN: tables, files, an interrupt, and what it refuses."""

import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
SMALL = ["population.h1.size=8", "population.h2.size=8", "time.steps=30"]
FEW = ["--data-samples", 4, "--samples", 8, "--truth-samples", 16]


def spikegrad(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=300)


class CompareRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data, cls.run_ = cls.folder / "r_train.h5", cls.folder / "run"
        cls.done("data", "make", "randman", "--classes", 10, "--samples", 4, "--smoothness", 1, "-o", cls.data)
        cls.done("train", "randman", "--data", cls.data, "-o", cls.run_, "--quiet", "--keep-checkpoints", "1,2",
                 "--set", "training.epochs=3", "training.validation=0", "training.batch=20", *SMALL)

    @classmethod
    def done(cls, *arguments):
        done = spikegrad(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments, says):
        done = spikegrad(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_all_checkpoints_as_text_json_csv_and_page(self):
        out = {kind: self.folder / f"a.{kind}" for kind in ("json", "csv", "html")}
        text = self.done("compare", self.run_, *FEW, "--json", out["json"], "--csv", out["csv"], "--report", out["html"])
        for words in "before training", "after epoch 1:", "after epoch 2:", "after epoch 3:", "16 draws of counterfactual-k":
            self.assertIn(words, text)
        made = json.loads(out["json"].read_text(encoding="utf-8"))
        self.assertEqual([c["epoch"] for c in made["checkpoints"]], [0, 1, 2, 3])
        self.assertEqual(made["parameters"], ["x->h1", "h1->h2", "h2->o"])
        self.assertEqual((made["samples"], made["training_samples"]), (4, 40))
        self.assertIn("pfister", made["checkpoints"][0]["refused"])
        self.assertNotIn("score", made["checkpoints"][0]["estimators"])
        # Of the readout's weights any of these is the true gradient.
        readout = made["checkpoints"][3]["estimators"]["surrogate"]["blocks"]["h2->o"]
        self.assertAlmostEqual(readout["cosine"]["value"], 1.0, delta=5 * readout["cosine"]["std_error"] + 0.02)
        with out["csv"].open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 4 * 4 * len(made["checkpoints"][0]["estimators"]))
        row = next(r for r in rows if (r["epoch"], r["estimator"], r["block"]) == ("3", "surrogate", "h2->o"))
        self.assertEqual(float(row["cosine"]), readout["cosine"]["value"])
        page = out["html"].read_text(encoding="utf-8")
        self.assertIn("Estimators along a training", page)
        self.assertIn("alignment-cosine", page)

    def test_chosen_checkpoints_estimators_and_changes(self):
        out = self.folder / "b.json"
        self.done("compare", self.run_, *FEW, "--checkpoints", "2,0", "--estimators", "surrogate,score",
                  "--truth-estimator", "counterfactual-k", "--json", out)
        plain = json.loads(out.read_text(encoding="utf-8"))
        self.assertEqual([c["epoch"] for c in plain["checkpoints"]], [0, 2])
        self.assertEqual(list(plain["checkpoints"][0]["estimators"]), ["surrogate", "score"])
        self.done("compare", self.run_, *FEW, "--checkpoints", "2", "--estimators", "surrogate", "--threads", 1,
                  "--set", "population.h1.surrogate.beta=100", "--json", out)
        other = json.loads(out.read_text(encoding="utf-8"))
        self.assertEqual(other["checkpoints"][0]["loss"], plain["checkpoints"][1]["loss"])
        self.assertNotEqual(other["checkpoints"][0]["estimators"]["surrogate"]["length"],
                            plain["checkpoints"][1]["estimators"]["surrogate"]["length"])

    def test_an_interrupt_keeps_what_was_measured(self):
        out = self.folder / "c.json"
        process = subprocess.Popen([PROGRAM, "compare", str(self.run_), "--data-samples", "4", "--samples", "8",
                                    "--truth-samples", "2000", "--json", str(out)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        first = process.stdout.readline()  # the first checkpoint was printed
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)
        if process.returncode == 0:
            self.skipTest("it was done before it was interrupted")
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("before training", first)
        self.assertIn("what was measured before is shown", errors)
        made = json.loads(out.read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(made["checkpoints"]), 1)
        self.assertLess(len(made["checkpoints"]), 4)

    def test_what_is_wrong_is_one_line(self):
        run = self.run_
        self.refused("compare", run, "--checkpoints", "7", says="the state after epoch 7 is not kept")
        self.refused("compare", run, "--checkpoints", "1,x", says="--checkpoints 1,x: must be epochs")
        self.refused("compare", run, "--sweep", "a=1,2", says="--sweep: is for a model file")
        self.refused("compare", run, "--blocks", says="--blocks: is for a model file")
        self.refused("compare", run, "--truth", "exact", says="--truth: is for a model file")
        self.refused("compare", run, "--truth-estimator", "surrogate", says="must be an unbiased estimator")
        self.refused("compare", run, "--samples", 2, says="needs 4 draws or more")
        self.refused("compare", run, "--set", "population.h1.size=9", says="must be an array of 9")
        self.refused("compare", run, "--set", "population.h1.learn_time_constants=unit",
                     says="another number of parameters")
        self.refused("compare", run, "--set", "population.h1.output=deterministic", "population.h2.output=deterministic",
                     says="must have stochastic units")
        self.refused("compare", "quickstart", "--data-samples", 3, says="--data-samples: is for the folder of a run")
        self.refused("compare", self.folder, says="holds no run")

    def test_other_data_are_refused_unless_they_are_asked_for(self):
        other = self.folder / "other_train.h5"
        self.done("data", "make", "randman", "--classes", 10, "--samples", 4, "--smoothness", 1, "--part", 1, "-o", other)
        run = self.folder / "moved"
        shutil.copytree(self.run_, run)
        made = json.loads((run / "run.json").read_text(encoding="utf-8"))
        made["data"]["training"] = str(other)
        (run / "run.json").write_text(json.dumps(made), encoding="utf-8")
        self.refused("compare", run, *FEW, says="is not the data that")
        self.done("compare", run, *FEW, "--checkpoints", "3", "--data", other)


if __name__ == "__main__":
    unittest.main()
