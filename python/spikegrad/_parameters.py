# SPDX-License-Identifier: Apache-2.0
"""A model's parameters as a mapping of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ._parts import one_line

if TYPE_CHECKING:
    from .model import Model


def block_of(values: npt.ArrayLike, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The values as a block of that shape. They must be finite numbers."""
    array = numbers_of(values, f"parameters '{name}'")
    if array.shape != tuple(shape):
        raise ValueError(f"parameters '{name}': must have shape {list(shape)}, not {list(array.shape)}")
    if not np.isfinite(array).all():
        raise ValueError(f"parameters '{name}': must be finite numbers")
    return array


def numbers_of(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Real numbers in double precision, contiguous."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name}: must be an array, its rows of one length") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: must be real numbers, not {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)


class Parameters(Mapping[str, npt.NDArray[np.float64]]):
    """The parameters of a model by the names of their blocks; ``flat`` are all of them in one array."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def _blocks(self) -> dict[str, tuple[tuple[int, ...], int]]:
        return {name: (tuple(shape), at) for name, shape, at in self._model._net().blocks}

    @property
    def flat(self) -> npt.NDArray[np.float64]:
        """All of them: connections in the order of the model, then biases, then learned time constants, then learned
        delays."""
        return self._model._net().parameters

    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        net = self._model._net()
        for block, shape, at in net.blocks:
            if block == name:
                return net.parameters[at:at + int(np.prod(shape))].reshape(shape)
        raise KeyError(f"{name}; there are: {', '.join(self._blocks())}")

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        self.assign({name: values})

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks())

    def __len__(self) -> int:
        return len(self._blocks())

    def __repr__(self) -> str:
        return "\n".join(f"{name} {list(shape)}" for name, (shape, _) in self._blocks().items()) or "no parameters"

    def assign(self, values: Mapping[str, npt.ArrayLike] | npt.ArrayLike) -> None:
        """Sets the blocks that are named, or all parameters from one flat array."""
        blocks = self._blocks()
        if not isinstance(values, Mapping):
            size = len(self.flat)
            flat = block_of(values, "flat", (size,))
            values = {name: flat[at:at + int(np.prod(shape))].reshape(shape) for name, (shape, at) in blocks.items()}
        made = {}
        for name, value in values.items():
            if name not in blocks:
                raise ValueError(f"parameters '{one_line(name)}': there is no such block; there are: {', '.join(blocks)}")
            made[name] = block_of(value, name, blocks[name][0]).copy()
        self._model._set_values(made)
