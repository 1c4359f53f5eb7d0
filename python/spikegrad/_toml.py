# SPDX-License-Identifier: Apache-2.0
"""Model files as text. The library reads them; this only writes what Python holds."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._parts import Part, one_line

Document = dict[str, Any]

# Lists of these tables are sections [[name]]; everything else that is a table of the top level is [name].
_SECTIONS = ("population", "connection", "input", "regulariser")


def value(of: object, where: str = "value") -> str:
    """One value in one line, with the fewest digits that read back as the same number."""
    if isinstance(of, (bool, np.bool_)):
        return "true" if of else "false"
    if isinstance(of, str):
        return json.dumps(of, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(of, numbers.Integral):
        return str(int(of))
    if isinstance(of, numbers.Real):
        number = float(of)
        if math.isnan(number):
            return "nan"
        return repr(number) if math.isfinite(number) else ("inf" if number > 0 else "-inf")
    if isinstance(of, Part):
        return value(of.table(), where)
    if isinstance(of, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {value(v, f'{where}.{k}')}" for k, v in of.items()) + " }"
    if isinstance(of, np.ndarray):
        return value(of.tolist(), where)
    if isinstance(of, Sequence) and not isinstance(of, (bytes, bytearray)):
        return "[" + ", ".join(value(v, where) for v in of) + "]"
    raise TypeError(f"{one_line(where)}: must be a number, a text, True or False, a list or an array, "
                    f"not {type(of).__name__}")


def text(document: Mapping[str, Any]) -> str:
    """The document as a model file."""
    lines: list[str] = []
    for key, content in document.items():
        if not isinstance(content, Mapping) and key not in _SECTIONS:
            lines.append(f"{_key(key)} = {value(content, key)}")
    for key, content in document.items():
        if key in _SECTIONS and not isinstance(content, Mapping):
            for table in content:
                lines += [f"\n[[{key}]]", *_table(table, key)]
        elif isinstance(content, Mapping):
            lines += [f"\n[{_key(key)}]", *_table(content, key)]
    return encodable("\n".join(lines) + "\n")


def encodable(text: str) -> str:
    """The text itself; a ValueError for what cannot be in a file, which is UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a text has {text[error.start:error.end]!a}, which is no character") from None
    return text


def _table(table: Mapping[str, Any], where: str) -> list[str]:
    return [f"{_key(key)} = {value(content, f'{where}.{key}')}" for key, content in table.items()]


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a model must be a text, not {type(key).__name__}")
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else value(key)
