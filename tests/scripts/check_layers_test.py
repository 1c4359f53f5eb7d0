# SPDX-License-Identifier: Apache-2.0
"""The layer check passes what is right and catches each planted violation, naming the file and the line."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_layers
from planted_tree import run_check

CLEAN = {
    "core/error.hpp": "#include <string>\n",
    "neuron/lif.hpp": '#include "spikegrad/core/error.hpp"\n',
    "loss/linear.hpp": '#include "spikegrad/neuron/lif.hpp"\n',
    "engine/forward.cpp": '// SPDX\n#include "spikegrad/loss/linear.hpp"\n#include <vector>\n',
    "stochastic_ad/triple.hpp": '#include "spikegrad/core/error.hpp"\n',
    "measure/bias.hpp": '#include "spikegrad/stochastic_ad/triple.hpp"\n',
}


def run(files):
    return run_check(check_layers.main, {f"spikegrad/{name}": text for name, text in files.items()})


class CheckLayers(unittest.TestCase):
    def expect_caught(self, planted, *fragments):
        code, text = run({**CLEAN, **planted})
        self.assertEqual(code, 1, text)
        for fragment in fragments:
            self.assertIn(fragment, text)

    def test_clean_tree_passes(self):
        code, text = run(CLEAN)
        self.assertEqual(code, 0, text)

    def test_upward_include(self):
        self.expect_caught({"core/bad.hpp": '#include <cmath>\n#include "spikegrad/neuron/lif.hpp"\n'},
                           "spikegrad/core/bad.hpp:2", "spikegrad/neuron/lif.hpp", "core may include only core")

    def test_angle_brackets_do_not_hide_it(self):
        self.expect_caught({"core/bad.hpp": "#  include <spikegrad/neuron/lif.hpp>\n"}, "spikegrad/core/bad.hpp:1")

    def test_sideways_include(self):
        self.expect_caught({"data/events.hpp": '#include "spikegrad/loss/linear.hpp"\n'},
                           "spikegrad/data/events.hpp:1")

    def test_network_may_not_include_loss(self):
        self.expect_caught({"network/net.hpp": '#include "spikegrad/loss/linear.hpp"\n'},
                           "spikegrad/network/net.hpp:1")

    def test_stochastic_ad_stands_on_core_alone(self):
        self.expect_caught({"stochastic_ad/bad.hpp": '#include "spikegrad/neuron/lif.hpp"\n'},
                           "spikegrad/stochastic_ad/bad.hpp:1")

    def test_circle_within_a_layer(self):
        self.expect_caught({"core/a.hpp": '#include "spikegrad/core/b.hpp"\n',
                            "core/b.hpp": '#include "spikegrad/core/c.hpp"\n',
                            "core/c.hpp": '\n#include "spikegrad/core/a.hpp"\n'},
                           "spikegrad/core/c.hpp:2", "circle", "a.hpp -> spikegrad/core/b.hpp -> ")

    def test_file_that_includes_itself(self):
        self.expect_caught({"core/a.hpp": '#include "spikegrad/core/a.hpp"\n'}, "spikegrad/core/a.hpp:1", "circle")

    def test_unknown_layer(self):
        self.expect_caught({"helpers/a.hpp": ""}, "'helpers' is no layer")

    def test_a_file_beside_the_layers_is_of_core(self):
        code, text = run({**CLEAN, "version.hpp": "", "neuron/a.hpp": '#include "spikegrad/version.hpp"\n'})
        self.assertEqual(code, 0, text)
        self.expect_caught({"version.hpp": '#include "spikegrad/neuron/lif.hpp"\n'}, "spikegrad/version.hpp:1")

    def test_all_headers_in_one_are_for_programs(self):
        everything = {"spikegrad.hpp": '#include "spikegrad/loss/linear.hpp"\n'}
        code, text = run({**CLEAN, **everything})
        self.assertEqual(code, 0, text)
        self.expect_caught({**everything, "core/a.hpp": '#include "spikegrad/spikegrad.hpp"\n'},
                           "spikegrad/core/a.hpp:1")
        self.expect_caught({"spikegrad.hpp": '#include "spikegrad/loss/none.hpp"\n'}, "spikegrad/spikegrad.hpp:1")

    def test_path_not_from_the_root(self):
        self.expect_caught({"core/a.hpp": '#include "error.hpp"\n'}, "spikegrad/core/a.hpp:1", "quotes")

    def test_missing_file(self):
        self.expect_caught({"core/a.hpp": '#include "spikegrad/core/none.hpp"\n'}, "does not exist")


if __name__ == "__main__":
    unittest.main()
