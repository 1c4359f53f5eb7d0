# SPDX-License-Identifier: Apache-2.0
"""Bad input of every kind: one clear line on standard error, exit code 2, nothing left behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
QUICKSTART = ROOT / "experiments" / "quickstart.toml"


def spikegrad(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120, **options)


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def model(self, old, new):
        """The quickstart model with one text replaced."""
        text = QUICKSTART.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path = self.folder / "model.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    def refused(self, *arguments, says=(), **options):
        before = sorted(self.folder.rglob("*"))
        done = spikegrad(*arguments, **options)
        self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
        self.assertEqual(done.stdout, "", arguments)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in says:
            self.assertIn(word, done.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was left behind")

    def test_unknown_key(self):
        self.refused("compare", self.model("tau_mem", "tau_men"), says=["model.toml:", "tau_men", "tau_mem"])

    def test_wrong_shape(self):
        self.refused("compare", self.model("weights = [[", "weights = [[7.0, "), says=["model.toml:", "weights"])

    def test_negative_time_constant(self):
        self.refused("compare", self.model("tau_mem = ", "tau_mem = -"), says=["model.toml:", "tau_mem", "above 0"])

    def test_weights_with_nan(self):
        self.refused("compare", self.model("weights = [[1.5", "weights = [[nan"), says=["model.toml:", "weights"])

    def test_input_spike_outside_the_net(self):
        self.refused("compare", self.model("spikes = [[0, 0]", "spikes = [[0, 5]"), says=["model.toml:", "spikes"])

    def test_input_spike_after_the_end(self):
        self.refused("compare", self.model("spikes = [[0, 0]", "spikes = [[99, 0]"), says=["model.toml:", "spikes"])

    def test_empty_missing_and_binary_files(self):
        for name, content in [("empty.toml", b""), ("binary.toml", bytes(range(256)) * 8)]:
            (self.folder / name).write_bytes(content)
            self.refused("compare", self.folder / name, says=[name])
        self.refused("compare", self.folder / "missing.toml", says=["missing.toml"])
        self.refused("compare", self.folder, says=[str(self.folder)])

    def test_enumeration_of_a_large_net_says_how_large_and_what_fits(self):
        large = self.model("size = 2\ntau_mem", "size = 2\ntau_mem").read_text(encoding="utf-8")
        head, loss = large.split("[loss]")
        (self.folder / "model.toml").write_text(
            head.replace("steps = 6", "steps = 40") + '[loss]\nkind = "squared-error"\npopulation = "h"\n'
            'target = { kind = "spikes", spikes = [[3, 0]] }\n', encoding="utf-8")
        self.assertIn("coefficients", loss)
        self.refused("compare", self.folder / "model.toml", "--truth", "exact", says=["2^80", "10 steps", "monte-carlo"])

    def test_a_potential_that_overflows_names_file_unit_and_step(self):
        self.refused("compare", self.model("weights = [[1.5, 2.0]", "weights = [[1e308, 1e308]"), "--quiet", "--set",
                     "input.spikes=[[0, 0], [1, 1], [2, 0], [2, 1], [3, 0], [3, 1]]", "connection.x->h.weights.1.1=0",
                     "--estimators", "stochastic-triple", says=["model.toml: the potential of h[0] overflows in step"])

    def test_truncated_and_false_pictures(self):
        png = (b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d4948445200000010000000100100000000376ef924"))
        for name, content in [("cut.png", png), ("text.png", b"not a picture"), ("empty.png", b"")]:
            (self.folder / name).write_bytes(content)
            self.refused("reproduce", "--only", "F7", "-o", self.folder, "--target", self.folder / name, says=[name])
        self.refused("reproduce", "--only", "F7", "-o", self.folder, "--target", self.folder / "none.png",
                     says=["none.png"])

    def test_output_that_cannot_be_written(self):
        file = self.folder / "file"
        file.write_text("in the way", encoding="utf-8")
        self.refused("reproduce", "--only", "F1", "-o", file / "results", says=[str(file)])
        self.refused("compare", QUICKSTART, "--samples", 1, "--quiet", "--json", file / "out.json", says=[str(file)])

    def test_a_folder_that_is_not_there_is_not_made_for_one_file(self):
        missing = self.folder / "typo" / "deep"
        for arguments in (["compare", QUICKSTART, "--samples", 1, "--quiet", "--json"],
                          ["bench", "--repeat", 1, "--json"], ["field", QUICKSTART, "curl", "--quiet", "--json"],
                          ["report", self.folder, "-o"]):
            self.refused(*arguments, missing / "out.json", says=["out.json: cannot be written: there is no folder"])

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs a device that is always full")
    def test_standard_output_that_takes_nothing(self):
        for arguments in (["list"], ["--help"], ["compare", QUICKSTART, "--samples", 2, "--json", "-", "--quiet"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE,
                                      text=True, check=False, timeout=120)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn("standard output: cannot be written", done.stderr)
            self.assertIn("No space", done.stderr)

    def test_a_link_to_standard_output_is_written_to(self):
        link = self.folder / "out.json"
        link.symlink_to("/dev/stdout")
        done = spikegrad("compare", QUICKSTART, "--samples", 2, "--json", link, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"estimators"', done.stdout)
        self.assertTrue(link.is_symlink())

    def test_numbers_that_an_option_does_not_take(self):
        self.refused("compare", QUICKSTART, "--seed", "-1", says=["--seed: -1", "from 0 to 9223372036854775807"])
        self.refused("compare", QUICKSTART, "--threads", "-1", says=["--threads: -1", "whole number"])
        self.refused("compare", QUICKSTART, "--samples", "0", says=["--samples: 0", "from 1 to"])
        self.refused("field", QUICKSTART, "scan", "--parameter", "x->h[0,0]", "--points", "1",
                     says=["--points 1: must be 2 or more"])
        self.refused("field", QUICKSTART, "curl", "--step", "0", says=["--step: 0 must be a number above 0"])
        self.refused("evaluate", self.folder, "--trials", "0", says=["--trials: 0", "from 1 to"])
        self.refused("data", "make", "randman", "--samples", "-1", "-o", self.folder / "a.h5",
                     says=["--samples: -1 must be a whole number", "spikegrad data make randman --help"])
        for seconds in "-1", "nan", "inf", "soon":
            self.refused("train", QUICKSTART, "--checkpoint-every", seconds,
                         says=[f"--checkpoint-every: {seconds} must be a number of 0 or more"])

        for seconds in "nan", "-1", "1e7":
            self.refused("bench", "--seconds", seconds, says=[f"--seconds: {seconds} must be a number from 0 to 1e+06"])
        self.refused("bench", "--rate", "2", says=["--rate: 2 must be a number from 0 to 1"])
        self.refused("bench", "--steps", "0", says=["--steps: 0 must be a whole number from 1"])
        self.refused("data", "show", "a.h5", "--dt", "0", says=["--dt: 0 must be a number above 0"])

    def test_an_empty_text_is_not_an_option_left_out(self):
        for arguments in (["compare", ""], ["compare", QUICKSTART, "--json", ""], ["train", "--resume", ""],
                          ["train", QUICKSTART, "--data", ""], ["evaluate", ""], ["train", QUICKSTART, "-o", ""],
                          ["reproduce", "--only", ""], ["compare", QUICKSTART, "--estimators", ""]):
            self.refused(*arguments, says=[": '' must not be empty"])

    def test_options_that_a_command_has_no_use_for_are_not_there(self):
        for command in (["list"], ["data", "info", "a.h5"], ["data", "show", "a.h5"]):
            for option in (["--seed", "3"], ["--threads", "1"], ["--quiet"]):
                self.refused(*command, *option, says=[f"there is no option {option[0]}"])
        self.refused("compare", QUICKSTART, "--set", "seed=5", "--seed", "3", says=["--seed", "--set seed="])
        self.refused("compare", QUICKSTART, "--sweep", "seed=1,2", "--seed", "3", says=["--seed: --sweep gives the seeds"])

    def test_a_recording_that_is_not_there(self):
        self.refused("data", "make", "cochlea", self.folder / "none", "-o", self.folder / "a.h5",
                     says=["none: is not there"])

    def test_experiments_are_listed_by_a_whole_sentence(self):
        for line in spikegrad("list", "experiments").stdout.splitlines()[1:]:
            self.assertFalse(line.endswith("et al."), line)

    def test_experiments_that_come_with_the_program_work_everywhere(self):
        for name in "quickstart", "quickstart.toml", "experiments/quickstart.toml":
            done = spikegrad("compare", name, "--samples", 2, "--quiet", "--estimators", "score", cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("score", done.stdout)
        self.refused("compare", "quikstart.toml", says=["did you mean 'quickstart.toml'", "list experiments"],
                     cwd=self.folder)
        (self.folder / "quickstart.toml").write_text("[time]", encoding="utf-8")  # a file of one's own comes first
        self.refused("compare", "quickstart.toml", says=["quickstart.toml:"], cwd=self.folder)

    def test_a_path_that_is_too_long(self):
        self.refused("evaluate", "a" * 300, says=["a" * 300, "name too long"])

    def test_unknown_names_are_answered_with_the_nearest(self):
        self.refused("compar", says=["compare"])
        self.refused("compare", QUICKSTART, "--estimators", "surogate", says=["did you mean 'surrogate'"])
        self.refused("reproduce", "--only", "F99", "-o", self.folder, says=["F99", "F1"])
        self.refused("data", "make", "spikes", says=["no command 'data make spikes'", "randman", "raster", "spikegrad data make --help"])
        self.refused("list", "estimator", says=["estimators"])
        self.refused("compare", QUICKSTART, "--set", "population.h.tau=1", says=["tau"])
        self.refused("compare", QUICKSTART, "--truth", "nonsense", says=["nonsense", "exact", "monte-carlo"])
        self.refused("field", QUICKSTART, "circle")
        self.refused("field", QUICKSTART, "loop", says=["field.loop"])
        self.refused("field", QUICKSTART, "scan", "--parameter", "x->q[0,0]", says=["x->q"])

    def test_unknown_options_and_commands_are_answered_with_the_nearest(self):
        for arguments, words in {
                ("compare", QUICKSTART, "--sampels", "3"): ["no option --sampels", "did you mean '--samples'?",
                                                            "spikegrad compare --help"],
                ("compare", QUICKSTART, "--sampels=3"): ["no option --sampels (did you mean '--samples'?"],
                ("compare", "--jsn", "-"): ["did you mean '--json'?"],
                ("data", "make", "poisson", "--clases", "3"): ["did you mean '--classes'?", "data make poisson --help"],
                ("evaluate", self.folder, "-t", "3"): ["no option -t", "see spikegrad evaluate"],
                ("train", QUICKSTART, "-q"): ["did you mean '--quiet'?"],
                ("--verzion",): ["did you mean '--version'?"],
                ("-v",): ["no option -v (did you mean '--version'?"],
                ("help",): ["no command 'help' (did you mean '--help'?", "there are: reproduce, compare"],
                ("helpp", "train"): ["did you mean '--help'?"],
                ("data", "inf"): ["no command 'data inf' (did you mean 'info'?", "there are: info, show, make"],
        }.items():
            with self.subTest(arguments):
                self.refused(*arguments, says=words)
        done = spikegrad("compare", QUICKSTART, "--nothing-like-it")
        self.assertIn("there is no option --nothing-like-it (see spikegrad compare --help)", done.stderr)
        self.refused("data", says=["one of: info, show, make"])

    def test_reports_of_nothing_and_of_rubbish(self):
        self.refused("report", self.folder, says=[str(self.folder)])
        (self.folder / "findings.json").write_text("{", encoding="utf-8")
        (self.folder / "figures.json").write_text("[]", encoding="utf-8")
        self.refused("report", self.folder, says=["findings.json"])


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
