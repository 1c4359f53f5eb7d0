# SPDX-License-Identifier: Apache-2.0
"""What models need around their documents: changes by path, checks of keywords, errors without a place, parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from . import _core, _toml
from ._parameters import block_of
from ._parts import FAMILIES, check_settings, check_type, one_line
from ._settings import COMMON, SPIKING

T = TypeVar("T")
MADE = "model"  # the source of models that are not from a file


def check_population(kind: str, settings: Mapping[str, Any]) -> None:
    fields = FAMILIES["unit"].get(kind)
    if fields is None:
        return  # the library says which kinds there are
    times = [name for name in fields[1] if name.startswith("tau_")]
    others = set(COMMON if kind in ("input", "readout") else SPIKING)
    if times:
        others |= {"learn_time_constants", *(f"log_{name}" for name in times)}
    if kind not in ("input", "readout"):  # the library says which of them can be learned
        others |= {"learn_gains", "learn_threshold", *(f"initial_{name}" for name in fields[1] if name not in times)}
    check_settings(settings, fields[1], kind, sorted(others))
    for name, wanted in (("output", "str"), ("dropout", "float"), ("dropout_per", "str"), ("differentiate_reset", "bool"),
                         ("learn_time_constants", "str"), ("learn_gains", "str"), ("learn_threshold", "str"),
                         ("refractory_steps", "int"), ("bias_per", "str")):
        if name in settings:
            check_type(settings[name], wanted, name)


def as_overrides(set: Sequence[str] | Mapping[str, object], seed: int | None = None) -> list[str]:
    """What the command line's --set takes."""
    if isinstance(set, str):
        raise TypeError('set must be a list of texts "key=value" or a mapping, not one text')
    if isinstance(set, Mapping):
        changes = [f"{key}={_toml.value(value, one_line(key))}" for key, value in set.items()]
    else:
        changes = [*set]
        for change in changes:
            if not isinstance(change, str):
                raise TypeError(f'set must hold texts "key=value", not {type(change).__name__}')
    if seed is not None:
        check_type(seed, "int", "seed")
        changes.append(f"seed={seed}")
    return changes


def kept(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: document[key] for key in keys if key in document}


def listed(section: Any) -> list[Any]:
    return [section] if isinstance(section, Mapping) else list(section)


def block(core: _core.Model | _core.Net, name: str, shape: tuple[int, ...], at: int) -> npt.NDArray[np.float64]:
    view: npt.NDArray[np.float64] = core.parameters[at:at + int(np.prod(shape))].reshape(shape)
    return view


def flat(core: _core.Model | _core.Net, values: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """The parameters with these blocks in place of their own."""
    all_of_them: npt.NDArray[np.float64] = core.parameters.copy()
    known = {name: (shape, at) for name, shape, at in core.blocks}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"parameters '{one_line(name)}': there is no such block; there are: {', '.join(known)}")
        shape, at = known[name]
        all_of_them[at:at + value.size] = block_of(value, name, shape).ravel()
    return all_of_them


def in_place(read: Callable[[], T], source: str) -> T:
    """What the library reads. Lines of a text that nobody wrote say nothing, so they are taken out of its errors."""
    try:
        return read()
    except ValueError as error:
        instead = "" if source == MADE else f"{source}: "
        message = re.sub(rf"^{re.escape(source)}(:\d+)?: ", lambda _: instead, str(error))
        raise ValueError(message) from None
