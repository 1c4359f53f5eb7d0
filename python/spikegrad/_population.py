# SPDX-License-Identifier: Apache-2.0
"""A population as users name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Population:
    """Units of one kind in a model; wherever a population is asked for, its name does too."""

    name: str
    kind: str
    shape: tuple[int, int]  #: channels, positions; unit = channel * positions + position

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    def __str__(self) -> str:
        return self.name


def name_of(population: Population | str) -> str:
    if isinstance(population, Population):
        return population.name
    if isinstance(population, str):
        return population
    raise TypeError(f"a population must be given by itself or its name, not {type(population).__name__}")
