# SPDX-License-Identifier: Apache-2.0
"""The methods of a model that make populations, one for each kind of unit, with its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import (AlifSettings, BinarySettings, IntegrateSettings, LeakySettings, LifSettings, ReadoutSettings,
                            SeAdlifSettings)
    from ._population import Population


class Units:
    """What a model has for each kind of unit."""

    def _add(self, kind: str, name: str, size: int | tuple[int, int], settings: Mapping[str, Any]) -> Population:
        raise NotImplementedError

    def lif(self, name: str, size: int | tuple[int, int], **settings: Unpack[LifSettings]) -> Population:
        """Leaky integrate-and-fire units."""
        return self._add("lif", name, size, settings)

    def alif(self, name: str, size: int | tuple[int, int], **settings: Unpack[AlifSettings]) -> Population:
        """LIF units whose spikes raise their threshold for a while."""
        return self._add("alif", name, size, settings)

    def se_adlif(self, name: str, size: int | tuple[int, int], **settings: Unpack[SeAdlifSettings]) -> Population:
        """Adaptive LIF units that resonate, in the symplectic discretisation."""
        return self._add("se-adlif", name, size, settings)

    def adlif(self, name: str, size: int | tuple[int, int], **settings: Unpack[SeAdlifSettings]) -> Population:
        """Adaptive LIF units that resonate, by forward Euler."""
        return self._add("adlif", name, size, settings)

    def leaky(self, name: str, size: int | tuple[int, int], **settings: Unpack[LeakySettings]) -> Population:
        """Leaky integrate-and-fire units without a synaptic filter."""
        return self._add("leaky", name, size, settings)

    def integrate(self, name: str, size: int | tuple[int, int], **settings: Unpack[IntegrateSettings]) -> Population:
        """Integrate-and-fire units, which neither leak nor filter their synapses."""
        return self._add("integrate", name, size, settings)

    def binary(self, name: str, size: int | tuple[int, int], **settings: Unpack[BinarySettings]) -> Population:
        """Units without memory and delay; they read populations that were made before them."""
        return self._add("binary", name, size, settings)

    def readout(self, name: str, size: int | tuple[int, int], **settings: Unpack[ReadoutSettings]) -> Population:
        """Leaky integrators without spikes; their output is their potential."""
        return self._add("readout", name, size, settings)
