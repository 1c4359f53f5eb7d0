#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cannot be differentiated does not compile, and the compiler's message says what to write instead."""

import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMPILER = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")

PROGRAM = """
#include <cmath>
#include <spikegrad/stochastic_ad/stochastic_ad.hpp>
namespace sad = spikegrad::stochastic_ad;
double run() {
  sad::Rng rng(1);
  auto f = [](auto p, auto& r) { BODY };
  return sad::derivative_estimate(f, 0.3, rng);
}
"""


def errors(body):
    """The lines of the compiler that report an error; none where it takes the program."""
    done = subprocess.run([COMPILER, "-std=c++20", f"-I{ROOT}", "-fsyntax-only", "-x", "c++", "-"], text=True,
                          input=PROGRAM.replace("BODY", body), capture_output=True, check=False, timeout=300)
    return done.returncode, done.stderr


@unittest.skipUnless(COMPILER, "needs a C++ compiler")
class Messages(unittest.TestCase):
    def test_a_draw_in_a_branch(self):
        code, text = errors("auto b = sad::bernoulli(r, p);"
                            "return sad::propagate([&](auto x) { return x > 0 ? sad::poisson(r, p) : 0 * p; }, b);")
        self.assertNotEqual(code, 0)
        self.assertIn("draw before the branch and pass the draw on", text)
        self.assertEqual(text.count("error:"), 1, text)

    def test_what_the_message_says_to_write(self):
        code, text = errors("auto b = sad::bernoulli(r, p);"
                            "return sad::propagate([](auto x, auto k) { return x > 0 ? k : 0 * k; }, b,"
                            " sad::poisson(r, p));")
        self.assertEqual(code, 0, text)

    def test_a_function_that_knows_plain_numbers_alone(self):
        call = "return sad::propagate([](auto k) { CALL }, sad::poisson(r, p));"
        code, text = errors(call.replace("CALL", "return std::lgamma(k + 1);"))
        self.assertNotEqual(code, 0)
        self.assertIn("a_generic_function_must_compile_with_dual_numbers_too", text)
        code, text = errors(call.replace("CALL", "using std::lgamma; return lgamma(k + 1);"))
        self.assertEqual(code, 0, text)
        code, text = errors(call.replace("auto k", "double k").replace("CALL", "return std::lgamma(k + 1);"))
        self.assertEqual(code, 0, text)

    def test_reverse_mode_with_pruning_by_weight(self):
        call = ("(void)p; return sad::reverse_gradient_estimate<sad::BACKEND>([](const auto& q, auto& s) {"
                " return q[0] * sad::bernoulli(s, q[0]); }, std::array{0.3}, r)[0];")
        for back_end in ("PruneByWeight", "OneAlternative"):
            code, text = errors(call.replace("BACKEND", back_end))
            self.assertNotEqual(code, 0)
            self.assertIn("this back end looks at the weights", text)
        code, text = errors(call.replace("BACKEND", "PruneByWins"))
        self.assertEqual(code, 0, text)


if __name__ == "__main__":
    unittest.main()
