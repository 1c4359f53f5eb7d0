# SPDX-License-Identifier: Apache-2.0
"""The check of the public headers passes what is right and catches each planted disagreement."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_public_headers
from planted_tree import run_check

CLEAN = {
    "cmake/PublicHeaders.cmake": "set(SPIKEGRAD_PUBLIC_HEADERS\n    spikegrad/model/model.hpp)\n"
                                 "set(SPIKEGRAD_PUBLIC_PARTS\n    spikegrad/export.hpp\n    spikegrad/core/*.hpp)\n",
    "spikegrad/export.hpp": "#define SPIKEGRAD_EXPORT\n",
    "spikegrad/core/grid.hpp": "#include <vector>\ntemplate <class T>\nclass Grid {\n  void size() const;\n};\n",
    "spikegrad/model/model.hpp": '#include "spikegrad/core/grid.hpp"\n#include "spikegrad/export.hpp"\n'
                                 "namespace spikegrad {\n"
                                 "struct Plain {\n  int number = f(1);\n  std::function<void(int)> call = {};\n"
                                 "  int (*make)(int) = nullptr;\n  int twice() const { return 2 * number; }\n};\n"
                                 "inline int half(int x) { return x / 2; }\n"
                                 "SPIKEGRAD_EXPORT Plain load(int from);  // load();\n"
                                 "class SPIKEGRAD_EXPORT Task {\n public:\n  virtual ~Task() = default;\n};\n"
                                 "}\n",
    "spikegrad/spikegrad.hpp": '#include "spikegrad/model/model.hpp"\n',
    "docs/api.md": "| `spikegrad/spikegrad.hpp` | all |\n| `spikegrad/model/model.hpp` | models |\n",
}


def run(files):
    return run_check(check_public_headers.main, files)


class CheckPublicHeaders(unittest.TestCase):
    def expect_caught(self, planted, *fragments):
        code, text = run({**CLEAN, **planted})
        self.assertEqual(code, 1, text)
        for fragment in fragments:
            self.assertIn(fragment, text)

    def with_line(self, line):
        name = "spikegrad/model/model.hpp"
        return {name: CLEAN[name].replace("namespace spikegrad {\n", "namespace spikegrad {\n" + line)}

    def test_clean_tree_passes(self):
        code, text = run(CLEAN)
        self.assertEqual(code, 0, text)
        self.assertIn("1 and 2 parts", text)

    def test_included_but_not_listed(self):
        self.expect_caught({"spikegrad/engine/plan.hpp": "",
                            "spikegrad/core/grid.hpp": '#include "spikegrad/engine/plan.hpp"\n'},
                           "spikegrad/engine/plan.hpp is included by a public header")

    def test_listed_but_not_included(self):
        self.expect_caught({"spikegrad/core/file.hpp": ""}, "spikegrad/core/file.hpp is listed, and no public")

    def test_listed_but_not_there(self):
        self.expect_caught({"cmake/PublicHeaders.cmake": CLEAN["cmake/PublicHeaders.cmake"].replace(
            "model.hpp)", "model.hpp\n    spikegrad/none.hpp)")}, "spikegrad/none.hpp is not there")

    def test_header_of_a_dependency(self):
        for header in "fmt/core.h", "nlohmann/json.hpp", "toml++/toml.h":
            self.expect_caught({"spikegrad/core/grid.hpp": f"#include <{header}>\n"}, f"includes <{header}>")

    def test_all_in_one_and_page(self):
        self.expect_caught({"spikegrad/spikegrad.hpp": ""}, "does not include spikegrad/model/model.hpp")
        self.expect_caught({"docs/api.md": "| `spikegrad/spikegrad.hpp` | all |\n"}, "no row for spikegrad/model")
        self.expect_caught({"docs/api.md": CLEAN["docs/api.md"] + "| `spikegrad/core/grid.hpp` | grids |\n"},
                           "a row for spikegrad/core/grid.hpp")
        self.expect_caught({"docs/api.md": CLEAN["docs/api.md"] * 2}, "two rows")

    def test_declarations_that_are_not_exported(self):
        for line, name in [("double rate(int x);\n", "double rate(int x)"),
                           ("std::vector<int> all(\n    int x);\n", "std::vector<int> all("),
                           ("class Net {\n public:\n  Net(int x);\n};\n", "class Net has functions"),
                           ("struct Net {\n  int f() const;\n  int x = 0;\n};\n", "class Net has functions"),
                           ("class Own : public Task {\n};\n", "class Own is polymorphic"),
                           ("class Bad : public std::runtime_error {\n};\n", "class Bad is polymorphic")]:
            self.expect_caught(self.with_line(line), name)


if __name__ == "__main__":
    unittest.main()
