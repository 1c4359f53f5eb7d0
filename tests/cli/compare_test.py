# SPDX-License-Identifier: Apache-2.0
"""What compare and field print and write."""

import csv
import json
import math
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
QUICKSTART = ROOT / "experiments" / "quickstart.toml"
LAYERS = ROOT / "experiments" / "layers-lif.toml"
SIGN_FLIP = ROOT / "experiments" / "sign-flip.toml"


def spikegrad(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=600)


def row_of(text, name):
    """The words of the table's row of that estimator."""
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def done(self, *arguments):
        done = spikegrad(*arguments, "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, *arguments, says):
        done = spikegrad(*arguments)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stderr, f"spikegrad: {says}\n")

    def refused_for(self, *arguments, says):
        done = spikegrad(*arguments)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def check_provenance(self, made, model, set_values, seed):
        self.assertEqual(made["model"], str(model))
        self.assertEqual(made["set"], set_values)
        self.assertEqual(made["seed"], seed)
        self.assertGreaterEqual(made["threads"], 1)
        self.assertRegex(made["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        version = spikegrad("--version").stdout
        self.assertIn(f"spikegrad {made['version']}\n", version)
        self.assertIn(made["commit"], version)


class Compare(Folder):
    def test_what_cannot_be_estimated_is_a_dash(self):
        text = self.done("compare", QUICKSTART, "--samples", 1)
        row = row_of(text, "score")
        self.assertEqual(row[3:6], ["-", "!", "-"], row)  # +- and variance
        self.assertEqual(row_of(text, "exact")[3:5], ["0", "0"])
        self.assertIn("! score: one sample has no spread", text)
        text = self.done("compare", LAYERS, "--samples", 500)
        self.assertEqual(row_of(text, "finite-difference-crn")[3:8], ["-", "!", "-", "-", "-"])
        self.assertIn("! finite-difference-crn: none of its 500 samples differs from another", text)
        self.assertIn("! score: the variance rests on 6.4 of its 500 samples; it is unbiased, and its mean ", text)
        self.assertEqual(row_of(text, "score")[8:10], ["0/0", "4"])
        self.assertNotIn("! surrogate", text)
        self.assertNotIn("nan", text)

    def test_units_stand_in_the_header(self):
        header = self.done("compare", QUICKSTART, "--samples", 2).splitlines()[2:4]
        self.assertEqual(header[0].split()[:4], ["estimator", "samples", "bias", "+-"])
        self.assertEqual(header[1].split(), ["[L/w]", "[L/w]", "[L/w]^2", "right", "[us]"])

    def test_files(self):
        out = {name: self.folder / name for name in ("c.json", "c.csv", "c.html")}
        text = self.done("compare", LAYERS, "--samples", 40, "--seed", 3, "--set", "population.h.reset=none", "--blocks",
                         "--estimators", "score,surrogate", "--json", out["c.json"], "--csv", out["c.csv"], "--report",
                         out["c.html"])
        self.assertIn("\n  h->y ", text)
        made = json.loads(out["c.json"].read_text(encoding="utf-8"))
        self.check_provenance(made["provenance"], LAYERS, ["population.h.reset=none"], 3)
        self.assertIn("--set population.h.reset=none", made["provenance"]["command"])
        self.assertEqual(list(made["estimators"]), ["score", "surrogate"])
        self.assertEqual(made["estimators"]["score"]["unbiased"], True)
        with out["c.csv"].open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["estimator"], row["block"]) for row in rows],
                         [(e, b) for e in ("score", "surrogate") for b in ("all", "x->h", "h->y")])
        for e in ("score", "surrogate"):
            entry, row = made["estimators"][e], next(r for r in rows if r["estimator"] == e)
            for field in ("bias", "bias_std_error", "variance", "cosine", "effective_samples"):
                self.assertEqual(float(row[field]) if row[field] else None, entry[field])
            blocks = [r for r in rows if r["estimator"] == e and r["block"] != "all"]
            if all(row["variance"] for row in blocks):
                self.assertTrue(math.isclose(sum(float(r["variance"]) for r in blocks), entry["variance"]))
            self.assertEqual(int(row["signs_undecided"]), entry["signs"]["undecided"])
        page = out["c.html"].read_text(encoding="utf-8")
        self.assertIn(f"<h1>Estimators compared: {LAYERS}, population.h.reset=none</h1>", page)
        self.assertIn("By block of parameters", page)

    def test_a_sweep_is_the_comparisons_at_its_points(self):
        out = {name: self.folder / name for name in ("s.json", "s.csv", "s.html", "c.json")}
        common = ["--samples", 30, "--estimators", "score,surrogate"]
        text = self.done("compare", QUICKSTART, *common, "--sweep", "population.h.escape.beta=2,5", "--sweep",
                         "population.h.reset=none,multiplicative", "--json", out["s.json"], "--csv", out["s.csv"],
                         "--report", out["s.html"])
        self.assertIn("population.h.escape.beta = 5, population.h.reset = none\n", text)
        made = json.loads(out["s.json"].read_text(encoding="utf-8"))
        self.assertEqual(made["sweep"], {"population.h.escape.beta": ["2", "5"],
                                         "population.h.reset": ["none", "multiplicative"]})
        self.assertEqual([p["values"] for p in made["points"]],
                         [["2", "none"], ["2", "multiplicative"], ["5", "none"], ["5", "multiplicative"]])
        self.done("compare", QUICKSTART, *common, "--set", "population.h.escape.beta=5", "population.h.reset=none",
                  "--json", out["c.json"])
        alone = json.loads(out["c.json"].read_text(encoding="utf-8"))
        point = made["points"][2]
        self.assertEqual(point["truth"], alone["truth"])
        for e in ("score", "surrogate"):
            self.assertEqual(point["estimators"][e]["mean"], alone["estimators"][e]["mean"])
        self.assertNotEqual(point["truth"]["gradient"], made["points"][0]["truth"]["gradient"])
        with out["s.csv"].open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 8)
        self.assertEqual((rows[4]["population.h.escape.beta"], rows[4]["population.h.reset"], rows[4]["estimator"]),
                         ("5", "none", "score"))
        self.assertEqual(float(rows[4]["bias"]), point["estimators"]["score"]["bias"])
        page = out["s.html"].read_text(encoding="utf-8")
        self.assertIn("Sweep of population.h.escape.beta and population.h.reset", page)
        self.assertIn("population.h.reset = multiplicative", page)

    def test_a_sweep_that_is_none_is_refused(self):
        self.refused("compare", QUICKSTART, "--sweep", "time.steps",
                     says="--sweep time.steps: must be KEY=a,b,c, as in --sweep population.h.escape.beta=2,5,10")
        self.refused("compare", QUICKSTART, "--sweep", "time.steps=2,,3",
                     says="--sweep time.steps=2,,3: a value is empty")
        self.refused("compare", QUICKSTART, "--sweep", "time.steps=2,3,2",
                     says="--sweep time.steps=2,3,2: has the value 2 twice")
        self.refused("compare", QUICKSTART, "--sweep", "seed=1", "--sweep", "seed=2", "--sweep", "seed=3",
                     says="--sweep takes one or two keys, --sigma with several values among them")
        done = spikegrad("compare", QUICKSTART, "--sweep", "time.steps=2,-3")  # before anything is measured
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)

    def test_a_sweep_goes_on_with_what_its_file_has(self):
        part, whole = self.folder / "part.json", self.folder / "whole.json"
        common = ["compare", QUICKSTART, "--samples", 20, "--estimators", "score"]
        self.done(*common, "--sweep", "population.h.escape.beta=2,5", "--json", part)
        first = json.loads(part.read_text(encoding="utf-8"))["points"]
        first[0]["estimators"]["score"]["bias"] = 123.0  # so that it is seen whether it was measured again
        kept = json.loads(part.read_text(encoding="utf-8"))
        kept["points"] = first
        part.write_text(json.dumps(kept), encoding="utf-8")
        more = ["--sweep", "population.h.escape.beta=1,2,5,10"]
        text = self.done(*common, *more, "--json", part, "--resume", "--csv", self.folder / "part.csv")
        self.assertIn("2 of 4 points were measured before", text)
        self.assertIn("beta = 10\n", text)
        self.assertNotIn("beta = 5\n", text)
        self.done(*common, *more, "--json", whole)
        resumed, anew = (json.loads(f.read_text(encoding="utf-8"))["points"] for f in (part, whole))
        self.assertEqual([p["values"] for p in resumed], [["1"], ["2"], ["5"], ["10"]])
        self.assertEqual(resumed[1]["estimators"]["score"]["bias"], 123.0)
        for point in resumed + anew:  # times are times
            for e in point["estimators"].values():
                e["seconds_per_sample"] = 0
        for k in (0, 2, 3):
            self.assertEqual(resumed[k], anew[k])
        self.assertEqual((self.folder / "part.csv").read_text(encoding="utf-8").count("\n"), 5)
        self.refused_for(*common[:3], 21, *common[4:], *more, "--json", part, "--resume",
                         says="is of another sweep: its samples is 20, here 21")
        self.refused_for(*common, "--set", "population.h.reset=none", *more, "--json", part, "--resume",
                         says="is of another sweep: its set")
        self.refused_for(*common, "--sweep", "population.h.tau_mem=2e-3,3e-3", "--json", part, "--resume",
                         says="list of keys")
        self.refused_for(*common, *more, "--resume", says="--json FILE, which is missing")
        self.refused_for(*common, "--resume", says="--resume: is for a --sweep")
        (self.folder / "broken.json").write_text("[]", encoding="utf-8")
        self.refused_for(*common, *more, "--json", self.folder / "broken.json", "--resume",
                         says="is not what compare --sweep writes")

    def test_the_loss_is_smoothed_at_one_scale_or_at_several(self):
        common = ["compare", QUICKSTART, "--samples", 50, "--set", "population.h.output=deterministic",
                  "--truth", "smoothed"]
        text = self.done(*common, "--sigma", 0.3)
        self.assertIn("truth: smoothed (over weights at sigma = 0.3, 500 antithetic pairs)", text)
        text = self.done(*common, "--sigma", "0.5,0.1", "--json", self.folder / "sigma.json", "--report",
                         self.folder / "sigma.html")
        for sigma in ("0.5", "0.1"):  # in the order in which they are done
            self.assertIn(f"sigma = {sigma}\n", text)
        made = json.loads((self.folder / "sigma.json").read_text(encoding="utf-8"))
        self.assertEqual(made["sweep"], {"sigma": ["0.5", "0.1"]})
        self.assertNotEqual(*(p["truth"]["gradient"] for p in made["points"]))
        self.assertIn("Sweep of sigma", (self.folder / "sigma.html").read_text(encoding="utf-8"))
        self.refused_for(*common, says="belong together")
        self.refused_for("compare", QUICKSTART, "--sigma", 0.1, says="belong together")
        self.refused_for(*common, "--sigma", 0, says="--sigma: 0 must be")
        self.refused_for(*common, "--sigma", "1,x", says="sigma x: must be a number above 0")

    def test_two_comparisons_in_one_report_bear_their_names(self):
        for name, change in (("a", "seed=1"), ("b", "population.h.reset=none")):
            (self.folder / name).mkdir()
            self.done("compare", QUICKSTART, "--samples", 2, "--set", change, "--json", self.folder / name / "compare.json")
        done = spikegrad("report", self.folder / "a", self.folder / "b", "-o", self.folder / "both.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.folder / "both.html").read_text(encoding="utf-8")
        for change in ("seed=1", "population.h.reset=none"):
            self.assertIn(f"<h1>Estimators compared: {QUICKSTART}, {change}</h1>", page)

    def test_an_exact_truth_has_no_samples(self):
        arguments = "compare", QUICKSTART, "--samples", 20, "--estimators", "surrogate", "--truth-samples", 50
        self.refused(*arguments, "--truth", "exact",
                     says="truth samples: an exact truth has none; the truth 'monte-carlo' is sampled")
        done = spikegrad(*arguments, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: --truth-samples has no effect: the truth is exact, ", done.stderr)
        self.assertEqual(spikegrad(*arguments, "--truth", "monte-carlo", "--quiet").stderr, "")

    def test_what_cannot_be_written_is_refused_before_the_work(self):
        for option in ("--csv", "--report"):
            done = spikegrad("compare", QUICKSTART, option, self.folder)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)


class Train(Folder):
    def test_a_run_says_how_it_was_made(self):
        model = ROOT / "experiments" / "matching-stochastic.toml"
        run = self.folder / "run"
        self.done("train", model, "-o", run, "--seed", 5, "--threads", 1, "--set", "training.epochs=1")
        made = json.loads((run / "run.json").read_text(encoding="utf-8"))
        self.check_provenance(made, model, ["training.epochs=1"], 5)
        self.assertEqual(made["threads"], 1)
        self.assertTrue(made["command"].startswith("spikegrad train "), made["command"])
        self.done("evaluate", run, "--seed", 8, "--json", self.folder / "evaluation.json")
        judged = json.loads((self.folder / "evaluation.json").read_text(encoding="utf-8"))
        self.check_provenance(judged["provenance"], model, ["training.epochs=1"], 8)


class Field(Folder):
    def test_scan_prints_and_writes_its_curve(self):
        curve, out = self.folder / "scan.csv", self.folder / "scan.json"
        text = self.done("field", SIGN_FLIP, "scan", "--points", 41, "--csv", curve, "--json", out)
        made = json.loads(out.read_text(encoding="utf-8"))
        self.check_provenance(made["provenance"], SIGN_FLIP, [], made["provenance"]["seed"])
        with curve.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 41 * len(made["fields"]))
        truth = [float(row["derivative"]) for row in rows if row["field"] == "truth"]
        self.assertEqual(truth, made["fields"]["truth"]["derivative"])
        table = [line.split() for line in text.splitlines()]
        first = next(words for words in table if words[:1] == ["-0.2"])
        self.assertEqual(first[2], f"{truth[0]:.5g}")
        self.assertEqual(sum(1 for words in table if len(words) == 2 + len(made["fields"])
                             and words[0].lstrip("-")[:1].isdigit()), 21)
        self.assertIn("21 of 41 points", text)

    def test_loop_and_curl(self):
        out = self.folder / "field.json"
        self.done("field", QUICKSTART, "curl", "--json", out, "--seed", 4)
        self.check_provenance(json.loads(out.read_text(encoding="utf-8"))["provenance"], QUICKSTART, [], 4)
        self.refused("field", QUICKSTART, "curl", "--csv", out, says="--csv: is of scan and loop, not of curl")

    def test_the_option_that_is_wrong_is_blamed(self):
        scan = ["field", QUICKSTART, "scan", "--from", "0", "--to", "1"]
        self.refused(*scan, "--parameter", "x->h[9,9]",
                     says="--parameter x->h[9,9]: 'x->h[9,9]' must have the form x->h[0…1,0…1]")
        self.refused(*scan, "--parameter", "x->g[0,0]",
                     says="--parameter x->g[0,0]: there are no parameters 'x->g' (did you mean 'x->h'? there are: x->h)")
        self.refused("field", QUICKSTART, "scan", "--parameter", "x->h[0,0]", "--from", "0", "--to", "a",
                     says="--to a: must be a finite number")
        self.refused("field", QUICKSTART, "curl", "--parameter", "x->h[0,0]", says="--parameter: is of scan, not of curl")
        self.refused("field", QUICKSTART, "loop", "--from", "0", says="--from: is of scan, not of loop")


if __name__ == "__main__":
    unittest.main()
