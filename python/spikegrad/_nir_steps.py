# SPDX-License-Identifier: Apache-2.0
"""When spikes act. In most tools a spike moves the potentials of the next layer in its own step, and those of its own
layer one step later. Here it does so some steps later, by kind of unit, so that each layer lags behind the one before:
the same spikes, as long as all ways to a population lag as much. Shorter ones have a delay that makes up for it, and
nets without that have a delay in NIR in the longer ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Steps from a spike to the first potential that it moves, by the kind of the unit that receives it.
STEPS = {"lif": 2, "readout": 2, "leaky": 1, "integrate": 1, "binary": 0}

Links = Sequence[tuple[str, str]]


def loop_of(own: Mapping[str, int], links: Links, source: str, target: str) -> int:
    """Steps that the shortest loop through a link takes; 0 where there is none. `own`: of each node, those to it."""
    found = {target: own[target]}
    waiting = [target]
    while waiting:
        at = waiting.pop()
        for a, b in links:
            if a == at and found[at] + own[b] < found.get(b, 2**31):
                found[b] = found[at] + own[b]
                waiting.append(b)
    return found.get(source, 0)


def waits_of(own: Mapping[str, int], links: Links) -> dict[tuple[str, str], int]:
    """Steps by which each link must be delayed, so that all ways from the inputs to a node take as many. Links of loops
    have none: what comes around is of an earlier step in any case."""
    forward = [link for link in links if not loop_of(own, links, *link)]
    late = dict.fromkeys(own, 0)
    for _ in own:  # the longest way has fewer links than there are nodes
        for source, target in forward:
            late[target] = max(late[target], late[source] + own[target])
    return {(source, target): late[target] - own[target] - late[source] if (source, target) in forward else 0
            for source, target in links}


def waits_there(own: Mapping[str, int], links: Links, delays: Mapping[tuple[str, str], float]) -> dict[
        tuple[str, str], float]:
    """The delays that links have in a tool where a layer does not lag, as they are here with their `delays`, the
    shortest of each link, in steps: none where all ways take as long here. Links of loops keep theirs."""
    forward = [link for link in links if not loop_of(own, links, *link)]
    inputs = [node for node in own if not any(target == node for _, target in forward)]
    early = {node: 0.0 if node in inputs else float("inf") for node in own}
    for _ in own:
        for source, target in forward:
            early[target] = min(early[target], early[source] + own[target] + delays[source, target])
    return {(source, target): early[source] + own[target] - early[target] if (source, target) in forward else 0.0
            for source, target in links}
