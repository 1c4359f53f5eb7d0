# SPDX-License-Identifier: Apache-2.0
"""The program as several processes under mpirun: the bits of one process, whatever is killed on the way.

    tests/mpi/mpi_test.py             a few kills
    tests/mpi/mpi_test.py --runs 50   as many as you like

What needs MPI is skipped where the program is built without it (cmake -DSPIKEGRAD_MPI=ON, ./run test --mpi).
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
RUNS = 4
# More processes than processors, as root in a container: what a cluster's mpirun is not asked for.
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]

sys.path.insert(0, str(ROOT / "tests" / "cli"))
from train_test import MODEL as SMALL

# Larger batches and nets that draw, so that processes share groups and draws.
MODEL = SMALL
for was, now in (("steps = 20", "steps = 50"), ("size = 12", "size = 20"), ("size = 40", 'size = 60\noutput = "stochastic"\n'
                 'escape = { kind = "sigmoid", beta = 10 }'), ("batch = 32", "batch = 110"), ("epochs = 30", "epochs = 12")):
    assert MODEL.count(was) == 1, was
    MODEL = MODEL.replace(was, now)
MODEL += 'estimator = "score-running-mean"\nvalidation = 0.1\n'


def spikegrad(*arguments, ranks=None, environment=None, **options):
    launcher = [] if ranks is None else [*MPIRUN, "-n", str(ranks)]
    return subprocess.run([*launcher, PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=300, env=os.environ | (environment or {}), **options)


def has_mpi():
    return "MPI              Open MPI" in spikegrad("--version").stdout and shutil.which("mpirun") is not None


def checkpoint(run):
    return sorted(run.glob("checkpoint-*.h5"))[-1]


def children(process):
    """The processes that mpirun has started, in the order of their ranks."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rsplit(")", 1)[1].split()
            environment = (file.parent / "environ").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == process.pid and b"OMPI_COMM_WORLD_RANK=" in environment:
            found.append(int(file.parent.name))
    return sorted(found)


class WithoutMpi(unittest.TestCase):
    @unittest.skipIf(has_mpi(), "this program has MPI")
    def test_a_program_without_mpi_does_not_train_as_often_as_it_is_started(self):
        for rank in "0", "1":
            done = spikegrad("list", environment={"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": rank})
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual("built without MPI" in done.stderr, rank == "0")
        self.assertEqual(spikegrad("list", environment={"OMPI_COMM_WORLD_SIZE": "1"}).returncode, 0)


@unittest.skipUnless(has_mpi(), "this program has no MPI, or there is no mpirun")
class Mpi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.model = cls.folder / "model.toml"
        cls.model.write_text(MODEL, encoding="utf-8")
        cls.data = cls.folder / "data"
        cls.data.mkdir()
        for part, samples, name in (0, 130, "train"), (1, 60, "test"):
            done = spikegrad("data", "make", "randman", "--classes", 3, "--samples", samples, "--part", part,
                             "--smoothness", 1, "-o", cls.data / f"randman_{name}.h5")
            assert done.returncode == 0, done.stderr
        cls.whole = cls.folder / "whole"
        done = cls.train("-o", cls.whole, "--threads", 1)
        assert done.returncode == 0, done.stderr
        start = time.monotonic()
        done = cls.train("-o", cls.folder / "timed", "--threads", 1, ranks=2)
        cls.seconds = time.monotonic() - start
        assert done.returncode == 0, done.stderr

    @classmethod
    def arguments(cls, *arguments):
        if "--resume" not in arguments:
            arguments = (cls.model, "--data", cls.data, *arguments)
        return "train", *arguments, "--checkpoint-every", 0

    @classmethod
    def train(cls, *arguments, **options):
        return spikegrad(*cls.arguments(*arguments), "--quiet", **options)

    def same_as_alone(self, run):
        self.assertEqual(checkpoint(run).name, checkpoint(self.whole).name)
        self.assertEqual(checkpoint(run).read_bytes(), checkpoint(self.whole).read_bytes())

        def lines(folder):
            found = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
            return [{key: value for key, value in line.items() if key != "seconds"} for line in found]
        self.assertEqual(lines(run), lines(self.whole))

    def test_training_gives_the_bits_of_one_process(self):
        for ranks, threads in (1, 2), (2, 1), (2, 2), (3, 1), (4, 1):
            run = self.folder / f"ranks-{ranks}-{threads}"
            done = self.train("-o", run, "--threads", threads, ranks=ranks)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout + done.stderr, "")
            self.same_as_alone(run)
            shutil.rmtree(run)

    def test_the_first_process_alone_speaks(self):
        done = spikegrad(*self.arguments("-o", self.folder / "spoken"), ranks=3)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("epoch  1/12"), 1)
        self.assertRegex(done.stdout, r"\n3 processes: .* s of processor time")
        done = spikegrad("list", "estimators", ranks=2)
        self.assertEqual((done.returncode, done.stdout), (0, spikegrad("list", "estimators").stdout))

    def test_evaluation_and_comparison_are_those_of_one_process(self):
        def judged(ranks):
            file = self.folder / f"evaluation-{ranks}.json"
            done = spikegrad("evaluate", self.whole, "--data", self.data, "--trials", 3, "--json", file, "--predictions",
                             self.folder / f"predictions-{ranks}.csv", "--record", self.folder / f"spikes-{ranks}.h5",
                             "--quiet", ranks=ranks)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(file.read_text(encoding="utf-8"))
            del result["provenance"]
            return result, done.stdout, (self.folder / f"predictions-{ranks}.csv").read_text(encoding="utf-8")

        def compared(ranks):
            file = self.folder / f"compare-{ranks}.json"
            done = spikegrad("compare", ROOT / "experiments" / "quickstart.toml", "--samples", 300, "--json", file,
                             "--sweep", "population.h.escape.beta=2,5", "--quiet", ranks=ranks)
            self.assertEqual(done.returncode, 0, done.stderr)

            def without_times(value):
                if isinstance(value, dict):
                    return {key: without_times(v) for key, v in value.items()
                            if "seconds" not in key and key not in ("provenance", "work", "time")}
                return [without_times(v) for v in value] if isinstance(value, list) else value
            return without_times(json.loads(file.read_text(encoding="utf-8")))

        for of in judged, compared:
            alone = of(None)
            for ranks in 2, 3:
                self.assertEqual(of(ranks), alone)

    def test_killed_at_any_time_it_goes_on_to_the_same_bits_on_another_number_of_processes(self):
        dice = random.Random(int(os.environ.get("SPIKEGRAD_KILL_SEED", "1")))
        kills = 0
        for n in range(RUNS):
            run = self.folder / f"killed-{n}"
            for _ in range(50):
                arguments = ["--resume", run] if (run / "run.json").exists() else ["-o", run]
                ranks = dice.choice([2, 3, 4])
                job = subprocess.Popen([*MPIRUN, "-n", str(ranks), PROGRAM,
                                        *map(str, self.arguments(*arguments, "--threads", 1, "--quiet"))],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                try:
                    _, errors = job.communicate(timeout=dice.uniform(0.2, 1.2) * self.seconds)
                    self.assertEqual(job.returncode, 0, errors)
                    break
                except subprocess.TimeoutExpired:
                    victims = children(job)
                    if victims:
                        victim = dice.choice(victims)
                        os.kill(victim, signal.SIGKILL)
                        kills += 1
                    _, errors = job.communicate(timeout=300)
                    if job.returncode == 0:  # it was at its end already, or not yet at its beginning
                        break
                    self.assertRegex(errors, "exited on signal 9|process .* is gone|terminated", errors)
            else:
                self.assertEqual(self.train("--resume", run, ranks=2).returncode, 0)
            self.same_as_alone(run)
            shutil.rmtree(run)
        if "-v" in sys.argv or RUNS > 4:
            print(f"{kills} kills of {RUNS} runs, the same bits at the end of each", file=sys.stderr)

    def test_a_signal_stops_all_and_saves(self):
        for number, all_of_them in (signal.SIGTERM, True), (signal.SIGTERM, False), (signal.SIGINT, True):
            run = self.folder / f"stopped-{number}-{all_of_them}"
            said = self.folder / "said.txt"
            # Into a file: mpirun that is asked to stop may pass on no more of what its processes say. It kills them
            # a second later, so that on a busy machine they may not come to say it: what counts is that all is saved.
            job = subprocess.Popen([*MPIRUN, "-n", "2", "sh", "-c", 'exec 2>>"$0"; exec "$@"', said, PROGRAM,
                                    *map(str, self.arguments("-o", run, "--threads", 1, "--quiet"))],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not list(run.glob("checkpoint-*.h5")):
                self.assertIsNone(job.poll())
                time.sleep(0.01)
            if all_of_them:
                job.send_signal(number)  # mpirun hands it on
            else:
                os.kill(children(job)[-1], number)
            self.assertNotEqual(job.wait(timeout=60), 0)
            errors = said.read_text(encoding="utf-8")
            said.unlink()
            saved = errors.count("spikegrad: saved; spikegrad train --resume")
            self.assertIn(saved, (0, 1) if all_of_them else (1,), errors)
            done = self.train("--resume", run, ranks=3)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same_as_alone(run)

    def test_an_error_is_said_once(self):
        done = spikegrad("train", self.folder / "none.toml", ranks=3)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("spikegrad: "), 1, done.stderr)
        # Of the first alone: the folder holds a run.
        done = self.train("-o", self.whole, ranks=2)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("holds a run already"), 1, done.stderr)

    def test_processes_that_do_not_begin_alike_are_refused(self):
        other = self.folder / "other_train.h5"
        done = spikegrad("data", "make", "randman", "--classes", 3, "--samples", 130, "--seed", 9, "-o", other)
        self.assertEqual(done.returncode, 0, done.stderr)
        run = self.folder / "apart"
        ours = [str(PROGRAM), *map(str, self.arguments("-o", run, "--quiet"))]
        theirs = [str(other) if a == str(self.data) else a for a in ours]
        done = subprocess.run([*MPIRUN, "-n", "1", *ours, ":", "-n", "1", *theirs], capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("process 1 of 2 has other data than process 0"), 1, done.stderr)
        self.assertFalse((run / "run.json").exists())


if __name__ == "__main__":
    if "--runs" in sys.argv:
        place = sys.argv.index("--runs")
        RUNS = int(sys.argv[place + 1])
        del sys.argv[place:place + 2]
    unittest.main()
