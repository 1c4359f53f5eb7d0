# SPDX-License-Identifier: Apache-2.0
"""The model of an update on many processes, bench/mpi_model.py, where its answer is known."""

import pathlib
import subprocess
import sys
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

from mpi_model import hops, update_ms  # noqa: E402


class Model(unittest.TestCase):
    def test_one_process_waits_for_nobody(self):
        self.assertEqual(hops(1), 0)
        self.assertEqual(update_ms(1, 8, 2.0, 1.0, 1000, 5.0, 1.0), (17.0, 0.0))

    def test_hops_are_those_of_the_sum_the_trees_and_the_outcomes(self):
        self.assertEqual([hops(n) for n in (2, 3, 4, 1000)], [5, 9, 10, 999 + 10 + 1 + 20])

    def test_the_slowest_process_has_the_groups_that_do_not_divide(self):
        self.assertEqual(update_ms(3, 8, 2.0, 1.0, 1000, 0.0, 1e9)[0], 7.0)

    def test_latency_and_bandwidth_are_added(self):
        near, far = (update_ms(4, 4, 1.0, 0.0, 100_000, latency, 1e9)[1] for latency in (0.0, 0.5))
        self.assertAlmostEqual(far - near, 5.0, places=6)
        self.assertGreater(update_ms(4, 4, 1.0, 0.0, 100_000, 0.0, 0.1)[1], 4.0)  # 0.4 MB at 0.1 GB/s, and more on its way

    def test_the_table_has_a_row_for_each(self):
        done = subprocess.run([sys.executable, BENCH / "mpi_model.py", "--group", "3", "--fixed", "1", "--ranks", "1,8"],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.count("| strong |") + done.stdout.count("| weak |"), 4)


if __name__ == "__main__":
    unittest.main()
