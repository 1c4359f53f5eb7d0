# SPDX-License-Identifier: Apache-2.0
"""The source check passes what is right and catches each planted violation."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_sources

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def run(files):
    """(exit code, printed text) of the check on a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = check_sources.main([folder])
        return code, printed.getvalue()


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


if __name__ == "__main__":
    unittest.main()
