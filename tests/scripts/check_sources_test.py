# SPDX-License-Identifier: Apache-2.0
"""The source check passes what is right and catches each planted violation."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_sources
from planted_tree import run_check

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def run(files):
    return run_check(check_sources.main, files)


class CheckSources(unittest.TestCase):
    def expect_caught(self, name, text, fragment):
        code, printed = run({name: text})
        self.assertEqual(code, 1, printed)
        self.assertIn(fragment, printed)

    def test_clean_tree_passes(self):
        code, printed = run({
            "run": "#!/usr/bin/env bash\n# SPDX-License-Identifier: Apache-2.0\n",
            "spikegrad/core/a.hpp": LICENCE + '// abort() is not called here\nvoid f() { throw "no printf()"; }\n',
            "spikegrad/core/b.hpp": LICENCE + "static_assert(true);\n" * (check_sources.LONGEST - 1),
            "spikegrad/cli/main.cpp": LICENCE + '#include <iostream>\nint main() { std::cout << 1; }\n',
        })
        self.assertEqual(code, 0, printed)

    def test_missing_licence(self):
        self.expect_caught("spikegrad/core/a.hpp", "#pragma once\n", "spikegrad/core/a.hpp:1")
        self.expect_caught("run", "#!/usr/bin/env bash\necho\n" + LICENCE, "run:1")

    def test_too_long(self):
        self.expect_caught("tests/core/a_test.cpp", LICENCE + "\n" * check_sources.LONGEST, "longer than")

    def test_library_that_prints_or_ends_the_process(self):
        for line in ["std::cerr << 1;", 'printf("x");', "std::abort();", "exit(1);", "#include <iostream>",
                     "assert(x > 0);", 'fmt::print("x");']:
            self.expect_caught("spikegrad/core/a.cpp", LICENCE + line + "\n", "spikegrad/core/a.cpp:2")

    def test_cited_source_that_the_bibliography_has(self):
        bibliography = "| key | source |\n|---|---|\n| [GZ] | a paper |\n"
        code, printed = run({
            "docs/bibliography.md": bibliography,
            "docs/page.md": "Rule of [GZ], with E[L] and NAME[I].\n",
            "spikegrad/core/a.hpp": LICENCE + '// As in [GZ]: dE[L]/dw.\nauto text = "[QQ]"; int b[N];\n',
        })
        self.assertEqual(code, 0, printed)

    def test_cited_source_that_the_bibliography_lacks(self):
        bibliography = "Keys such as [QQ] are explained here:\n| [GZ] | a paper |\n"
        for name, text in [("spikegrad/core/a.hpp", LICENCE + "int a;  ///< as in [GZ], [Q]\n"),
                           ("scripts/a.py", "# SPDX-License-Identifier: Apache-2.0\n# After [Q].\n"),
                           ("experiments/deep/a.toml", "seed = 1\nsteps = 2  # [Q]\n"), ("docs/a.md", "\n[Q]\n")]:
            code, printed = run({"docs/bibliography.md": "| [GZ] | a paper |\n", "run": LICENCE, name: text})
            self.assertEqual(code, 1, name)
            self.assertIn(f"{name}:2: [Q] is not in docs/bibliography.md", printed)
        code, printed = run({"docs/bibliography.md": bibliography, "run": LICENCE})
        self.assertIn("docs/bibliography.md:1: [QQ]", printed)

    def test_document_that_is_gone(self):
        self.expect_caught("spikegrad/core/a.hpp", LICENCE + "// By THEORY section 2.\n", "'THEORY'")


if __name__ == "__main__":
    unittest.main()
