# SPDX-License-Identifier: Apache-2.0
"""Generated input, mostly wrong: the package does what it says or raises ValueError or TypeError, one line; nothing
else, and never a crash. SPIKEGRAD_FUZZ_SECONDS=600 looks for as long in all, with other examples each time it runs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import patterns, small_model

import spikegrad as sg
from spikegrad import _core

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as arrays  # noqa: E402

SECONDS = float(os.environ.get("SPIKEGRAD_FUZZ_SECONDS", "0"))
TESTS = 8  # which share the seconds


def look(test: Callable[[], None]) -> Callable[[], None]:
    """Sixty examples, always the same; or as many as the seconds allow."""
    once = settings(max_examples=60, deadline=None, derandomize=SECONDS == 0, database=None,
                    suppress_health_check=list(HealthCheck))(test)
    if SECONDS == 0:
        return once

    def for_a_while() -> None:
        end, first, turns = time.monotonic() + SECONDS / TESTS, time.time_ns(), 0
        while time.monotonic() < end:
            seed(first + turns)(once)()
            turns += 1
        print(f"{test.__name__}: {60 * turns} examples")

    for_a_while.__name__ = test.__name__
    return for_a_while


scalars = st.one_of(st.none(), st.booleans(), st.integers(-2**70, 2**70), st.integers(-3, 60), st.floats(),
                    st.text(max_size=8), st.binary(max_size=4), st.complex_numbers(), st.just(object()))
dtypes = st.one_of(arrays.boolean_dtypes(), arrays.integer_dtypes(), arrays.floating_dtypes(), arrays.complex_number_dtypes(),
                   arrays.unicode_string_dtypes(max_len=3), arrays.datetime64_dtypes())
any_array = arrays.arrays(dtypes, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=60))
anything = st.recursive(st.one_of(scalars, any_array), lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8)
times = st.one_of(anything, st.lists(st.floats(-0.01, 0.2), max_size=20))
units = st.one_of(anything, st.lists(st.integers(-1, 25), max_size=20))


def gracious(call: Callable[[], Any], one_line: bool = True) -> Any:
    try:
        return call()
    except (ValueError, TypeError) as error:
        assert "bug" not in str(error) and not (one_line and "\n" in str(error)), error
        return None


MODEL = small_model()


@look
@given(st.one_of(anything, st.tuples(times, units), arrays.arrays(np.float64, (50, 20))),
       st.one_of(st.none(), anything, st.dictionaries(st.sampled_from(["x", "h", "o", "z"]), st.one_of(
           anything, st.lists(st.sampled_from(["spikes", "output", "potential", "excess", "v"]), max_size=3)))),
       st.one_of(st.integers(-1, 4), scalars))
def test_run(events: Any, record: Any, trials: Any) -> None:
    if isinstance(trials, int) and trials > 1000:
        trials = 1000
    result = gracious(lambda: MODEL.run(events, record=record, trials=trials, progress=False))
    if result is not None:
        for population in result.values():
            for array in population._arrays.values():
                assert array.shape[:2] == (trials, 50) and np.isfinite(array).all() or True


@look
@given(times, units, st.one_of(anything, st.lists(st.integers(-1, 4), max_size=4)),
       st.one_of(st.none(), anything, st.lists(st.integers(-1, 21), max_size=5)), st.one_of(st.none(), scalars),
       st.one_of(st.none(), anything), st.one_of(st.none(), anything))
def test_dataset(t: Any, u: Any, labels: Any, offsets: Any, channels: Any, names: Any, speakers: Any) -> None:
    data = gracious(lambda: sg.Dataset(t, u, labels, offsets=offsets, channels=channels, class_names=names,
                                       speakers=speakers))
    if data is not None:
        assert data.offsets[-1] == len(data.times) == len(data.units)
        gracious(lambda: data._bin(MODEL._resolved()))
        gracious(lambda: sg.evaluate(MODEL, data, progress=False))


@look
@given(st.sampled_from(["input", "lif", "alif", "binary", "readout", "se-adlif", "nothing"]), scalars,
       st.one_of(anything, st.integers(1, 30)),
       st.dictionaries(st.sampled_from(["tau_mem", "threshold", "reset", "output", "escape", "surrogate", "bias",
                                        "learn_time_constants", "log_tau_mem", "dropout", "differentiate_reset", "tau"]),
                       st.one_of(anything, st.sampled_from(["unit", "analog", "sigmoid", sg.superspike(3.0)])),
                       max_size=4),
       anything)
def test_build(kind: str, name: Any, size: Any, keywords: dict[str, Any], weights: Any) -> None:
    m = sg.Model(steps=3)
    m.input("x", 4)
    if isinstance(size, int) and size > 10_000:
        size = 10_000
    if gracious(lambda: m.population(name, size, kind=kind, **keywords)) is not None:
        gracious(lambda: m.connect("x", name, weights=weights))
        gracious(lambda: m.connect("x", name, init=weights))
        gracious(lambda: m.run(np.ones((3, 4)), progress=False))


@look
@given(st.dictionaries(st.text(max_size=20), anything, max_size=3),
       st.dictionaries(st.sampled_from(["epochs", "batch", "learning_rate", "optimiser", "split", "schedule", "validation"]),
                       anything, max_size=3))
def test_settings(changes: dict[str, Any], training: dict[str, Any]) -> None:
    m = small_model()
    gracious(lambda: m.set(changes))
    m = small_model()
    gracious(lambda: setattr(m, "training", training))
    gracious(m.to_toml)
    gracious(lambda: setattr(m, "parameters", changes))


@look
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: b.decode("latin-1"))))
def test_text(text: str) -> None:
    gracious(lambda: sg.Model.parse(text))


@look
@given(st.one_of(anything, st.lists(st.tuples(times, units), max_size=3), arrays.arrays(np.float32, (2, 50, 20))),
       st.one_of(st.none(), scalars))
def test_layer(inputs: Any, own_seed: Any) -> None:
    torch = pytest.importorskip("torch")
    layer = sg.torch.Layer(MODEL, "o", threads=1)
    if isinstance(inputs, np.ndarray) and inputs.dtype.kind in "bifuc" and inputs.dtype.itemsize <= 16:
        try:
            inputs = torch.from_numpy(inputs.copy())
        except (TypeError, ValueError):
            return
    out = gracious(lambda: layer(inputs, seed=own_seed))
    if out is not None:
        out.sum().backward()
        assert out.shape[1:] == (50, 3) and bool(out.isfinite().all())


@look
@given(anything, anything, anything)
def test_the_module_itself(a: Any, b: Any, c: Any) -> None:
    for call in (lambda: _core.record(a, b, c, engine="cpu", threads=1, trials=1, seed=1, progress=None),
                 lambda: _core.Model.parse(a, b, c), lambda: MODEL._resolved().with_parameters(a),
                 lambda: _core.bin_events(a, b, c, a, b, ["a"], 3, dt=1e-3, steps=3, pool=1, binary=True, source="s"),
                 lambda: _core.read_document(a, b, c), lambda: _core.train(MODEL._resolved(), a, folder="", engine="cpu",
                 threads=1, checkpoint_every=1.0, training_file="", validation_file="", test_file="", on_epoch=None, progress=None)):
        gracious(call, one_line=False)


node_field = st.one_of(anything, arrays.arrays(np.float64, 4), st.just(np.ones(4)))


@look
@given(st.sampled_from(["LIF", "CubaLIF", "IF", "LI", "Threshold", "Delay", "Scale", "Linear", "Affine", "Flatten"]),
       st.lists(node_field, min_size=8, max_size=8), st.floats(), st.sampled_from(["exact", "euler"]), scalars)
def test_nir(kind: str, values: list[Any], dt: float, decay: str, steps: Any) -> None:
    nir = pytest.importorskip("nir")
    node = getattr(nir, kind).__new__(getattr(nir, kind))  # as a file may have them, unchecked
    for field, value in zip(("tau", "tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "weight", "scale"), values):
        setattr(node, field, value)
    node.v_reset = node.w_in = node.threshold = node.delay = node.bias = values[0]
    node.start_dim, node.end_dim = 0, -1
    graph = nir.NIRGraph(nodes={"x": nir.Input(input_type=np.array([4])), "n": node,
                                "li": nir.LI(tau=np.ones(4), r=np.ones(4), v_leak=np.zeros(4))},
                         edges=[("x", "n"), ("n", "li")], type_check=False)
    if isinstance(steps, int) and steps > 1000:
        steps = 1000
    gracious(lambda: sg.from_nir(graph, dt=dt, steps=steps, decay=decay))


def test_objects_of_the_module_cannot_be_made_by_hand() -> None:
    for kind in (_core.Model, _core.Net, _core.SpikeData, _core.Comparison, _core.Trained):
        with pytest.raises(TypeError):
            kind()
        hollow = kind.__new__(kind)
        with pytest.raises((TypeError, ValueError, RuntimeError, AttributeError)):
            _core.compare(hollow, estimators=[], samples=1, truth="auto", truth_samples=0, common_random_numbers=False,
                          seed=1, threads=1, progress=None)


def test_a_model_that_is_changed_by_many_threads() -> None:
    m, data = small_model(), patterns()
    errors: list[BaseException] = []

    def work(k: int) -> None:
        try:
            for _ in range(8):
                m.parameters["h->o"] = np.full((3, 8), float(k))
                m.training = {"epochs": 1}
                m.run(data[k], trials=3, progress=False)
                sg.train(m, data, progress=False)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert m.parameters["h->o"].shape == (3, 8)
