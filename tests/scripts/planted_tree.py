# SPDX-License-Identifier: Apache-2.0
"""Checks of the sources, run on trees made for a test."""

import contextlib
import io
import pathlib
import tempfile


def run_check(main, files):
    """(exit code, printed text) of a check's main() on a tree of these files: {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = main([folder])
        return code, printed.getvalue()
