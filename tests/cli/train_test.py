# SPDX-License-Identifier: Apache-2.0
"""Training runs that are killed, interrupted, damaged, or out of disk: nothing that was saved is lost, and what
goes on ends with the weights of a run that nobody disturbed.

    tests/cli/train_test.py            a few kills
    tests/cli/train_test.py --runs 100 as many as you like
"""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
RUNS = 6

MODEL = """
seed = 3
[time]
dt = 2e-3
steps = 20
[[population]]
name = "x"
kind = "input"
size = 12
[[population]]
name = "h"
kind = "lif"
size = 40
tau_mem = 20e-3
tau_syn = 10e-3
surrogate = { kind = "superspike" }
[[population]]
name = "o"
kind = "readout"
size = 3
tau_mem = 0.2
tau_syn = 10e-3
[[connection]]
from = "x"
to = "h"
init = { kind = "fluctuation-driven", nu = 40.0 }
[[connection]]
from = "h"
to = "h"
init = { kind = "fluctuation-driven", nu = 40.0 }
[[connection]]
from = "h"
to = "o"
init = { kind = "readout" }
[input]
kind = "data"
[loss]
kind = "cross-entropy-max"
population = "o"
[training]
optimiser = "smorms3"
learning_rate = 0.02
batch = 32
epochs = 30
"""


def spikegrad(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=300, **options)


def checkpoints(run):
    return sorted(run.glob("checkpoint-*.h5"))


def kept(run):
    """The states of epochs that stay: file names and contents."""
    return {file.name: file.read_bytes() for file in sorted(run.glob("epoch-*.h5"))}


def epochs_of(run):
    return [json.loads(line)["epoch"] for line in (run / "metrics.jsonl").read_text().splitlines()]


class Train(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.model = cls.folder / "model.toml"
        cls.model.write_text(MODEL, encoding="utf-8")
        cls.data = cls.folder / "data.h5"
        subprocess.run([PROGRAM.parent / "tests" / "train_tests", "--gtest_filter=TaskFile.ReadsBackAsItWasMade"],
                       env=os.environ | {"SPIKEGRAD_TASK_FILE": str(cls.data)}, check=True, capture_output=True)
        cls.whole = cls.folder / "whole"
        start = time.monotonic()
        done = cls.train("-o", cls.whole)
        cls.seconds = time.monotonic() - start
        assert done.returncode == 0, done.stderr

    @classmethod
    def train(cls, *arguments, **options):
        if "--resume" not in arguments:
            arguments = (cls.model, "--data", cls.data, *arguments)
            if "--keep-checkpoints" not in arguments:
                arguments = (*arguments, "--keep-checkpoints", "11,2,5")
        return spikegrad("train", *arguments, "--checkpoint-every", 0, "--quiet", **options)

    def same_as_undisturbed(self, run):
        """Weights, and everything else a checkpoint holds but the seconds, which evaluate shows best."""
        self.assertEqual(epochs_of(run), epochs_of(self.whole))
        self.assertEqual(checkpoints(run)[-1].name, checkpoints(self.whole)[-1].name)
        self.assertEqual(checkpoints(run)[-1].read_bytes(), checkpoints(self.whole)[-1].read_bytes())
        self.assertEqual(kept(run), kept(self.whole))

    def test_chosen_epochs_stay_and_others_are_refused(self):
        self.assertEqual(list(kept(self.whole)), ["epoch-000002.h5", "epoch-000005.h5", "epoch-000011.h5"])
        self.assertEqual(len(set(kept(self.whole).values())), 3)
        for text in "0", "1,,2", "2,x", "", "-1":
            refused = self.train("-o", self.folder / "never", "--keep-checkpoints", text)
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn("separated by commas", refused.stderr)

    def test_epochs_to_keep_may_change_when_a_run_goes_on(self):
        run = self.folder / "kept-anew"
        self.assertEqual(self.train("-o", run, "--set", "training.epochs=6").returncode, 0)
        self.assertEqual(list(kept(run)), ["epoch-000002.h5", "epoch-000005.h5"])
        self.assertEqual(self.train("--resume", run, "--set", "training.epochs=30",
                                    "--keep-checkpoints", "2,29").returncode, 0)
        self.assertEqual(list(kept(run)), ["epoch-000002.h5", "epoch-000005.h5", "epoch-000029.h5"])
        self.assertEqual(checkpoints(run)[-1].read_bytes(), checkpoints(self.whole)[-1].read_bytes())

    def test_killed_at_any_time_it_goes_on_to_the_same_bits(self):
        dice = random.Random(1)
        for n in range(RUNS):
            run = self.folder / f"killed-{n}"
            for _ in range(50):
                arguments = ["--resume", run] if (run / "run.json").exists() else [self.model, "--data", self.data,
                                                                                   "-o", run]
                if "--resume" not in arguments:
                    arguments += ["--keep-checkpoints", "11,2,5"]
                process = subprocess.Popen([PROGRAM, "train", *arguments, "--checkpoint-every", "0", "--quiet"],
                                           stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
                try:
                    _, errors = process.communicate(timeout=dice.uniform(0.0, 0.8 * self.seconds))
                    self.assertEqual(process.returncode, 0, errors)
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
            else:
                self.assertEqual(self.train("--resume", run).returncode, 0)
            self.same_as_undisturbed(run)
            shutil.rmtree(run)

    def test_an_interrupt_saves_and_exits_with_130(self):
        for number in signal.SIGINT, signal.SIGTERM:
            self.interrupt(number)

    def interrupt(self, number):
        run = self.folder / f"interrupted-{number}"
        process = subprocess.Popen([PROGRAM, "train", self.model, "--data", self.data, "-o", run,
                                    "--keep-checkpoints", "11,2,5"],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        while not (run / "run.json").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(len(checkpoints(run)), 1)
        self.assertIn(b"--resume", errors)
        self.assertEqual(self.train("--resume", run).returncode, 0)
        self.same_as_undisturbed(run)

    def test_one_process_at_a_time_trains_in_a_folder(self):
        run = self.folder / "shared"
        first = subprocess.Popen([PROGRAM, "train", self.model, "--data", self.data, "-o", run, "--quiet",
                                  "--set", "training.epochs=1000000"], stdin=subprocess.DEVNULL)
        while not (run / "run.json").exists() and first.poll() is None:
            time.sleep(0.01)
        other = self.folder / "shared-link"
        other.symlink_to(run)
        for folder in (run, other):
            second = self.train("--resume", folder)
            self.assertEqual(second.returncode, 2, second.stderr)
            self.assertEqual(second.stderr.count("\n"), 1, second.stderr)
            self.assertIn("another spikegrad train works in it", second.stderr)
        other.unlink()
        # Reading needs no lock, and a lock does not outlive who held it, however he ended.
        self.assertNotIn("another spikegrad train", spikegrad("evaluate", run, "--data", self.data, "--quiet").stderr)
        self.assertIsNone(first.poll())
        first.kill()
        first.wait()
        done = self.train("--resume", run, "--set", "training.epochs=1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_damaged_checkpoint_is_refused_and_the_one_before_it_taken(self):
        for damage in ("flip", "cut", "empty"):
            run = self.folder / f"damaged-{damage}"
            shutil.copytree(self.whole, run)
            newest = checkpoints(run)[-1]
            content = bytearray(newest.read_bytes())
            content[len(content) // 3] ^= 4
            newest.write_bytes({"flip": bytes(content), "cut": content[:-7], "empty": b""}[damage])
            judged = spikegrad("evaluate", run, "--data", self.data, "--quiet")
            self.assertEqual(judged.returncode, 0, judged.stderr)
            self.assertIn(newest.name, judged.stderr)
            done = self.train("--resume", run)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(newest.name, done.stderr)
            self.same_as_undisturbed(run)

    def test_a_full_disk_loses_nothing(self):
        run = self.folder / "full"
        size = checkpoints(self.whole)[-1].stat().st_size

        def small_disk():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

        self.assertEqual(self.train("-o", run, "--set", "training.epochs=2").returncode, 0)
        before = checkpoints(run)[-1].read_bytes()
        failed = self.train("--resume", run, "--set", "training.epochs=30", preexec_fn=small_disk)
        self.assertEqual(failed.returncode, 2, failed.stderr)
        self.assertEqual(failed.stderr.count("\n"), 1, failed.stderr)
        self.assertIn("cannot be written", failed.stderr)
        self.assertEqual(checkpoints(run)[-1].read_bytes(), before)
        self.assertEqual(self.train("--resume", run, "--set", "training.epochs=30").returncode, 0)
        self.same_as_undisturbed(run)

    def test_runs_are_judged(self):
        judged = spikegrad("evaluate", self.whole, "--data", self.data, "--trials", 3, "--json", "-")
        self.assertEqual(judged.returncode, 0, judged.stderr)
        found = json.loads(judged.stdout)
        self.assertEqual(found["trials"], 3)
        self.assertGreater(found["accuracy"], 0.5)
        low, high = found["accuracy_interval"]
        self.assertTrue(low < found["accuracy"] < high)
        self.assertGreater(found["loss"], 0.0)
        self.assertEqual(sum(map(sum, found["confusion"])), 3 * found["samples"])
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
            spikegrad("evaluate", self.whole, "--data", self.data, "--trials", 3, "--json", pipe)
            piped = json.loads(reader.communicate(timeout=60)[0])
        for result in piped, found:  # the two commands name different outputs, at different times
            result.pop("provenance", None)
        self.assertEqual(piped, found)
        fixed = json.loads(spikegrad("evaluate", self.whole, "--data", self.data, "--spikes", "deterministic",
                                     "--json", "-").stdout)
        self.assertEqual(fixed["populations"][0]["fano_factor"], 0.0)

    def test_report_is_one_page_that_needs_nothing_else(self):
        page = self.folder / "page.html"
        done = spikegrad("report", self.whole, "--data", self.data, "--unit", "h[3]", "-o", page, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = page.read_text(encoding="utf-8")
        for part in ("Confusion", "From trial to trial", "h[3]", "validation", "95 % interval"):
            self.assertTrue(part in text, part)
        for outside in ("<script src", "<img"):
            self.assertFalse(outside in text, outside)
        bare = spikegrad("report", self.whole, "-o", page, "--quiet")  # the run was given no test file
        self.assertEqual(bare.returncode, 0, bare.stderr)
        self.assertIn("not judged", bare.stderr)
        self.assertTrue("not judged" in page.read_text(encoding="utf-8"))
        page.unlink()

    def test_a_gradient_that_overflows_at_once_is_not_the_learning_rate_s_fault(self):
        done = spikegrad("train", self.model, "--data", self.data, "-o", self.folder / "overflow", "--set",
                         "regulariser=[{ kind = 'upper-bound', population = 'h', strength = 1e300 }]")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn("in epoch 1 the gradient is not finite: going backward, the signal at h[", done.stderr)
        again = spikegrad("train", self.model, "--data", self.data, "-o", self.folder / "overflow", "--quiet")
        self.assertEqual(again.returncode, 0, again.stderr)  # nothing was there to be lost

    def test_rates_and_engine_may_change_when_a_run_goes_on(self):
        run = self.folder / "changed"
        shutil.copytree(self.whole, run)
        done = spikegrad("train", "--resume", run, "--engine", "reference", "--quiet", "--set", "training.epochs=31",
                         "training.learning_rate=1e-9", "training.gradient_clip=1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(epochs_of(run)[-1], 31)
        self.assertEqual(json.loads((run / "run.json").read_text())["engine"], "reference")
        text = (run / "model.toml").read_text()
        self.assertIn("learning_rate = 1e-09", text)

    def test_a_run_begins_with_the_weights_of_another(self):
        run = self.folder / "started"
        done = self.train("-o", run, "--start-from", self.whole, "--set", "training.epochs=0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads((run / "run.json").read_text())["start_from"], str(self.whole))
        losses = []
        for folder in run, self.whole:
            out = spikegrad("evaluate", folder, "--data", self.data, "--json", "-")
            losses.append(json.loads(out.stdout)["loss"])
        self.assertEqual(*losses)
        refused = self.train("-o", self.folder / "other", "--start-from", self.whole, "--set", "population.h.size=7")
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (2, 1), refused.stderr)
        self.assertIn("x->h [40, 12], and here x->h [7, 12]", refused.stderr)
        self.assertFalse((self.folder / "other").exists())

    def test_evaluate_writes_predictions_and_spikes(self):
        table, spikes = self.folder / "predictions.csv", self.folder / "spikes.h5"
        done = spikegrad("evaluate", self.whole, "--data", self.data, "--trials", 2, "--predictions", table,
                         "--record", spikes, "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = table.read_text().splitlines()
        self.assertEqual(len(lines), 301)
        right = sum(float(line.split(",")[5]) for line in lines[1:]) / 300
        self.assertAlmostEqual(right, json.loads(done.stdout)["accuracy"], places=9)
        self.assertEqual(spikes.read_bytes()[1:4], b"HDF")
        missing = spikegrad("evaluate", self.whole, "--data", self.data, "--record", self.folder / "none" / "a.h5")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("there is no folder", missing.stderr)

    def test_settings_without_effect_and_wide_models_are_said(self):
        done = self.train("-o", self.folder / "said", "--set", "training.epochs=1", "training.decay=0.5",
                          "population.x.size=14")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: [training] decay has no effect", done.stderr)
        self.assertIn("has 12 channels, but the input 'x' has 14 units", done.stderr)

    def test_a_silent_layer_and_a_gradient_of_0_are_said(self):
        done = self.train("-o", self.folder / "silent", "--set", "training.epochs=2", "population.h.threshold=1e4",
                          "population.h.output=deterministic", 'connection.x->h.init={kind="normal",std=1.0}',
                          'connection.h->h.init={kind="normal",std=1.0}')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: population 'h' is silent: none of its 40 units spikes", done.stderr)
        self.assertIn("warning: the gradient was 0 in all of epoch 1", done.stderr)

    def test_counts_and_late_spikes_are_said(self):
        done = spikegrad("train", self.model, "--data", self.data, "-o", self.folder / "late", "--set",
                         "training.epochs=1", "time.dt=5e-4")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lie after the last step, which ends at 0.01 s", done.stderr)
        self.assertRegex(done.stdout, r"\d+ spikes in the file: \d+ kept, \d+ cropped .*, \d+ merged")

    def test_bad_input_is_one_line(self):
        text = self.folder / "text.h5"
        text.write_text("no data")
        occupied = self.folder / "occupied"
        occupied.write_text("")
        wrong = [
            (["train", self.model], "--data"),
            (["train", "--data", self.data], "model file"),
            (["train", self.model, "--data", self.folder / "none.h5"], "none.h5"),
            (["train", self.model, "--data", text], "text.h5"),
            (["train", self.model, "--data", self.data, "-o", self.whole], "holds a run already"),
            (["train", self.model, "--data", self.data, "-o", self.folder / "short", "--set", "time.dt=1e-12"],
             "none of its spikes falls into"),
            (["train", self.model, "--data", self.data, "-o", occupied / "run"], "occupied"),
            (["train", self.model, "--data", self.data, "--set", "time.steps=2000000"],
             "--set time.steps=2000000: [time] steps = 2000000: must be at most 1000000 with a data set"),
            (["train", self.model, "--data", self.data, "--set", "training.split=file"], "*_valid.h5"),
            (["evaluate", self.whole, "--data", self.data, "--predictions", self.folder / "no" / "a.csv"],
             "there is no folder"),
            (["train", self.model, "--data", self.data, "--set", "population.x.size=3"], "channels"),
            (["train", self.model, "--data", self.data, "--set", "training.estimator=exact"], "exact enumeration"),
            (["train", self.model, "--data", self.data, "--engine", "quick"], "cpu or reference"),
            (["train", ROOT / "experiments" / "quickstart.toml", "--data", self.data], "data"),
            (["train", "--resume", self.folder / "none"], "holds no run"),
            (["train", "--resume", self.whole, "--set", "training.batch=1"], "training.epochs"),
            (["train", "--resume", self.whole, "--data", text], "text.h5"),
            (["evaluate", self.folder], "holds no run"),
            (["evaluate", self.whole], "--data"),
            (["evaluate", self.whole, "--data", self.data, "--spikes", "blue"], "stochastic or deterministic"),
            (["report", self.whole, self.folder], "holds no training run"),
            (["report", self.whole, "--data", self.folder / "none.h5"], "none.h5"),
            (["report", self.whole, "--data", self.data, "--unit", "h"], "--unit h[3]"),
            (["report", self.whole, "--data", self.data, "--unit", "h[99]"], "h[99]"),
            (["compare", self.model], "data set"),
            (["field", self.model, "curl"], "data set"),
        ]
        before = sorted(self.folder.rglob("*"))
        for arguments, says in wrong:
            done = spikegrad(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 1, (arguments, done.stderr))
            self.assertIn(says, done.stderr, arguments)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was left behind")


if __name__ == "__main__":
    if "--runs" in sys.argv:
        at = sys.argv.index("--runs")
        RUNS = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
