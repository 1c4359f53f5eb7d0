# SPDX-License-Identifier: Apache-2.0
"""spikegrad data: files made, described and shown; wrong input is one line and exit code 2."""

import json
import math
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import wave

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SPIKEGRAD_PROGRAM", ROOT / "build" / "spikegrad"))
DIGITS = ROOT.parent / "shared" / "data"


def data(*arguments, **options):
    return subprocess.run([PROGRAM, "data", *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120, **options)


class Data(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def done(self, *arguments):
        result = data(*arguments)
        self.assertEqual(result.returncode, 0, (arguments, result.stderr))
        return result.stdout

    def refused(self, *arguments, says=()):
        before = sorted(self.folder.rglob("*"))
        result = data(*arguments)
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1), (arguments, result))
        for word in says:
            self.assertIn(word, result.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was left behind")

    def info(self, path):
        return json.loads(self.done("info", path, "--json", "-"))

    def test_made_files_are_described(self):
        path = self.folder / "new" / "randman.h5"
        self.done("make", "randman", "--classes", 3, "--samples", 4, "--units", 5, "-o", path, "--seed", 2)
        info = self.info(path)
        self.assertEqual((info["samples"], info["channels"], info["spikes"]), (12, 5, 60))
        self.assertEqual([c["samples"] for c in info["classes"]], [4, 4, 4])
        self.assertLessEqual(info["duration"], 0.1)
        self.assertIsNone(info["official_set"])
        self.assertIsNone(info["speakers"])
        self.assertEqual([p.name for p in path.parent.iterdir()], ["randman.h5"])
        text = self.done("info", path, "--json", self.folder / "info.json")
        self.assertIn("12, 0 without a spike", text)
        again = json.loads((self.folder / "info.json").read_text(encoding="utf-8"))
        self.assertIn("info.json", again.pop("provenance")["command"])
        info.pop("provenance")
        self.assertEqual(again, info)

    def test_the_seed_decides_and_parts_differ(self):
        files = {}
        for name, options in {"a": [], "b": [], "c": ["--seed", 1], "d": ["--part", 1]}.items():
            files[name] = self.folder / f"{name}.h5"
            self.done("make", "poisson", "--classes", 2, "--samples", 2, "--units", 30, "--jitter", 0.002, *options, "-o", files[name])
        shown = {name: self.done("show", path, "--dt", 0.001, "--steps", 200).split("\n", 1)[1] for name, path in files.items()}
        self.assertEqual(shown["a"], shown["b"])
        self.assertNotEqual(shown["a"], shown["c"])
        self.assertNotEqual(shown["a"], shown["d"])
        self.assertEqual(self.info(files["a"])["spikes"], self.info(files["d"])["spikes"])

    def test_a_raster_comes_back_as_its_picture(self):
        first, second = self.folder / "one.png", self.folder / "two.png"
        made, again = self.folder / "boat.h5", self.folder / "again.h5"
        self.done("make", "raster", "--steps", 120, "--units", 90, "-o", made)
        self.done("show", made, "--dt", 0.001, "--steps", 120, "-o", first)
        self.done("make", "raster", "--picture", first, "--steps", 120, "--units", 90, "-o", again)
        self.done("show", again, "--dt", 0.001, "--steps", 120, "-o", second)
        self.assertEqual(first.read_bytes(), second.read_bytes())
        self.assertEqual(self.info(again)["classes"], [{"name": "one", "samples": 1}])

    def test_wrong_input(self):
        text = self.folder / "text.h5"
        text.write_text("not HDF5", encoding="utf-8")
        made = self.folder / "made.h5"
        self.done("make", "raster", "--steps", 9, "--units", 9, "-o", made)
        cut = self.folder / "cut.h5"
        cut.write_bytes(made.read_bytes()[:1000])
        self.refused("info", text, says=["text.h5", "HDF5"])
        self.refused("info", cut, says=["cut.h5"])
        self.refused("info", self.folder / "none.h5", says=["none.h5"])
        self.refused("info", self.folder, says=[str(self.folder)])
        self.refused("show", made, "--sample", 1, says=["--sample 1", "0 to 0"])
        self.refused("show", made, "--dt", 0)
        self.refused("show", made, "--dt", -1, says=["--dt"])
        self.refused("show", made, "--dt", 1e-12, says=["--dt"])
        self.refused("make", "randman", "--smoothness", -1, "-o", self.folder / "x.h5", says=["smoothness"])
        self.refused("make", "poisson", "--rate", 0, "-o", self.folder / "x.h5", says=["rate"])
        self.refused("make", "raster", "--steps", 0, "-o", self.folder / "x.h5", says=["0 steps"])
        self.refused("make", "raster", "--picture", text, "-o", self.folder / "x.h5", says=["text.h5"])
        self.refused("make", "raster", "-o", text / "x.h5", says=["text.h5"])
        self.refused("make", "raster", "-o", self.folder, says=["folder"])
        self.refused("make", "randman", says=["--output"])
        self.refused("make")
        self.refused("inform")

    def test_a_full_disk_is_one_line_and_leaves_nothing(self):
        def small_disk():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

        file = self.folder / "randman.h5"
        done = data("make", "randman", "-o", file, "--quiet", preexec_fn=small_disk)
        self.assertEqual(done.returncode, 2, done.stderr)  # the HDF5 library would crash after it
        self.assertRegex(done.stderr, r"^spikegrad: .*randman.h5: [a-z/]+: cannot be written: File too large\n$")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_recordings_become_spikes(self):
        sounds = self.folder / "sounds"
        sounds.mkdir()
        for name, frequency in {"0_amy_0": 300, "1_amy_0": 900, "0_bob_0": 310, "1_bob_0": 880}.items():
            with wave.open(str(sounds / f"{name}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(b"".join(int(9999 * math.sin(2 * math.pi * frequency * n / 8000)).to_bytes(2, "little", signed=True)
                                          for n in range(1600)))
        made, again = self.folder / "made.h5", self.folder / "again.h5"
        few = ["--channels", 60, "--duration", 0.25]
        said = self.done("make", "cochlea", sounds, *few, "--names", "low,high", "-o", made, "--threads", 1)
        self.assertIn("4 samples, 2 classes, 60 channels", said)
        self.assertIn("speakers: 0 amy, 1 bob\n", said)
        info = self.info(made)
        self.assertEqual([(c["name"], c["samples"]) for c in info["classes"]], [("low", 2), ("high", 2)])
        self.assertEqual(len(info["speakers"]), 2)
        self.assertGreater(info["spikes"], 4 * 60 * 0.25 * 10)
        self.assertLess(info["duration"], 0.25)
        self.done("make", "cochlea", sounds, *few, "--names", "low,high", "-o", again, "--threads", 2)
        self.assertEqual(*(self.done("show", path, "--dt", 0.001, "--steps", 250).split("\n", 1)[1] for path in (made, again)))
        one = self.folder / "one.h5"
        self.done("make", "cochlea", sounds / "1_bob_0.wav", *few, "--pattern", "{label}_bob_{index}.wav", "-o", one)
        self.assertIsNone(self.info(one)["speakers"])
        broken = self.folder / "0_amy_1.wav"
        broken.write_bytes(b"RIFF")
        for wrong, says in [([broken], ["0_amy_1.wav", "libsndfile"]), ([self.folder, "--pattern", "{label}.flac"], ["no files", ".flac"]),
                            ([self.folder / "none_a_1.wav"], ["none_a_1.wav"]), ([sounds, "--names", "one"], ["--names", "0, 1"]),
                            ([sounds, "--pattern", "{speaker}.wav"], ["{label}"]), ([sounds, "--channels", 0], ["channels"]), ([], ["recordings"])]:
            self.refused("make", "cochlea", *wrong, "-o", self.folder / "x.h5", says=says)

    def test_spoken_digits(self):
        if not DIGITS.is_dir():
            self.skipTest("skipped: there are no spoken digits beside the repository")
        info = self.info(DIGITS / "fsdd_spikes_test.h5")
        self.assertEqual((info["samples"], info["channels"], len(info["classes"]), len(info["speakers"])), (400, 700, 10, 4))


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
