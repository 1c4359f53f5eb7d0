# SPDX-License-Identifier: Apache-2.0
"""Spike trains of Neo, in and out."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import patterns, small_model

import spikegrad as sg

neo = pytest.importorskip("neo")


def test_data_sets_come_back_the_same():
    data = patterns()
    segments = data.to_neo(t_stop=0.1)
    assert len(segments) == len(data) and len(segments[0].spiketrains) == data.channels
    assert segments[4].annotations["label"] == "b" and float(segments[0].spiketrains[0].t_stop) == 0.1
    again = sg.Dataset.from_neo(segments, data.labels, class_names=data.class_names)
    assert again.channels == data.channels and again.class_names == data.class_names
    for a, b in zip(data, again):
        order = np.lexsort((a.units, a.times))
        assert np.allclose(a.times[order], b.times, atol=1e-9) and np.array_equal(a.units[order], b.units)


def test_units_and_times_of_neo():
    """Milliseconds, and trains that begin elsewhere."""
    trains = [neo.SpikeTrain([1020.0, 1003.0], units="ms", t_start=1000.0, t_stop=1100.0),
              neo.SpikeTrain([], units="s", t_start=1.0, t_stop=1.1),
              neo.SpikeTrain([1.010], units="s", t_start=1.0, t_stop=1.1)]
    events = sg.Events.from_neo(trains)
    assert np.allclose(events.times, [0.003, 0.010, 0.020]) and np.array_equal(events.units, [0, 2, 0])
    segment = neo.Segment()
    segment.spiketrains.extend(trains)
    assert np.array_equal(sg.Events.from_neo(segment).units, events.units)
    assert len(sg.Events.from_neo([])) == 0


def test_recordings_go_to_neo():
    m, data = small_model(), patterns()
    r = m.run(data[0], trials=2)
    with pytest.raises(ValueError, match="of one"):
        r["h"].spikes.to_neo(8, 0.1)
    segment = r["h"].spikes.trial(1).to_neo(8, 0.1)
    assert [len(train) for train in segment.spiketrains] == r["h"].output[1].sum(0).astype(int).tolist()
    again = m.run(sg.Events.from_neo(data.to_neo(0.1)[0]), trials=2)
    assert np.array_equal(again["h"].output, r["h"].output)


@pytest.mark.parametrize("call, kind, says", [
    (lambda: sg.Events.from_neo("train"), TypeError, "list of neo.SpikeTrain"),
    (lambda: sg.Events.from_neo(3), TypeError, "list of neo.SpikeTrain"),
    (lambda: sg.Events.from_neo([np.zeros(3)]), TypeError, "must be of neo.SpikeTrain"),
    (lambda: sg.Dataset.from_neo([[]], [0, 1]), ValueError, "offsets"),
    (lambda: patterns().to_neo(t_stop=0.01), ValueError, "t_stop"),
    (lambda: patterns().to_neo(t_stop="1"), TypeError, "t_stop"),
    (lambda: patterns()[0].to_neo(3, 0.1), ValueError, "units must lie")])
def test_wrong_trains_are_refused(call, kind, says):
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value) and "\n" not in str(raised.value)
