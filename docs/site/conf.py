# SPDX-License-Identifier: Apache-2.0
"""The documentation as a site: `./run docs`. Its pages are docs/*.md as they are read on any host of the repository."""

import importlib.util
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

project = "spikegrad"
author = "the spikegrad authors"
_version = (ROOT / "spikegrad" / "version.hpp").read_text(encoding="utf-8")
release = ".".join(re.search(rf"VERSION_{part} (\d+)", _version)[1] for part in ("MAJOR", "MINOR", "PATCH"))

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["site/requirements.txt"]
html_theme = "furo"
html_title = f"spikegrad {release}"
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]

# Notebooks run when the site is built, and an error in one ends the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True  # what they write is no part of the documentation
if importlib.util.find_spec("torch") is None:  # 200 MB and more: shown without results where it is not installed
    nb_execution_excludepatterns = ["notebooks/pytorch.md"]
    autodoc_mock_imports = ["torch"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Links of the pages to files of the repository, which are no pages.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure", "myst-nb.lexer"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autodoc_type_aliases = {"npt.ArrayLike": "ArrayLike"}
toc_object_entries_show_parents = "hide"
add_module_names = False
python_use_unqualified_type_names = True


def _headers() -> str:
    """The public headers of docs/api.md, each with what api.md says of it."""
    rows = re.findall(r"^\| `(spikegrad/[\w/]+\.hpp)` \| (.*) \|$",
                      (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    return "\n".join(f"## {name}\n\n{what}\n\n```{{literalinclude}} ../{name}\n:language: c++\n```\n"
                     for name, what in rows)


def _insert_headers(_app, page, source):
    if page == "cpp_headers":
        source[0] = source[0].replace("<!-- headers -->", _headers())


def _plain(text):
    """ndarray[float64] for what numpy's types become when they are written out."""
    if text is None:
        return None
    number = r"~?numpy\.(?:floating|integer)\[(?:~?typing\.)?Any\]|[~.\w]+"
    text = re.sub(rf"~?numpy\.ndarray\[tuple\[(?:~?typing\.)?Any, \.\.\.\], ~?numpy\.dtype\[({number})\]\]",
                  lambda kind: f"ndarray[{re.sub(r'~?(numpy|typing)[.]', '', kind[1])}]", text)
    text = re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text)
    return text.replace("= <factory>", "= []").replace("npt.ArrayLike", "ArrayLike").replace("_core.", "")


def _plain_signature(_app, _what, _name, _object, _options, signature, returns):
    return _plain(signature), _plain(returns)


def setup(app):
    app.connect("source-read", _insert_headers)
    app.connect("autodoc-process-signature", _plain_signature)
