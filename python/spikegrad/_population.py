# SPDX-License-Identifier: Apache-2.0
"""A population as users name it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Population:
    """Units of one kind in a model; wherever a population is asked for, its name does too."""

    name: str
    kind: str
    #: channels, positions; or channels, rows, columns. Units are in the order of an array of this shape.
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return prod(self.shape)

    def __str__(self) -> str:
        return self.name


def name_of(population: Population | str) -> str:
    if isinstance(population, Population):
        return population.name
    if isinstance(population, str):
        return population
    raise TypeError(f"a population must be given by itself or its name, not {type(population).__name__}")
