# SPDX-License-Identifier: Apache-2.0
"""Models made in Python, saved, loaded and changed."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from conftest import EXPERIMENTS, small_events, small_model

import spikegrad as sg
from spikegrad import _core, _settings, parts
from spikegrad._parts import FAMILIES, SECTIONS


def test_first_snippet(tmp_path):
    m = sg.Model(dt=2e-3, steps=350, seed=1)
    x = m.input("x", 700)
    h = m.lif("h", 256, tau_mem=20e-3, surrogate=sg.superspike(10))
    o = m.readout("o", 20)
    m.connect(x, h, init=sg.fluctuation_driven(sigma_u=1)); m.connect(h, h); m.connect(h, o)
    m.loss = sg.cross_entropy_max(o)
    m.save(tmp_path / "net.toml")
    assert sg.Model.load(tmp_path / "net.toml").to_toml() == m.to_toml()
    assert [p.size for p in m.populations.values()] == [700, 256, 20]


def test_is_the_same_object_as_a_model_file():
    """quickstart.toml, made in Python."""
    m = sg.Model(dt=1e-3, steps=6, seed=1)
    x = m.input("x", 2, sg.spikes([[0, 0], [1, 1]]))
    h = m.lif("h", 2, tau_mem=10e-3, tau_syn=5e-3, threshold=1.0, reset="multiplicative", differentiate_reset=False,
              output="stochastic", escape=sg.sigmoid(4.0), surrogate=sg.superspike(10.0))
    m.connect(x, h, weights=[[1.5, 2.0], [0.5, -1.0]])
    m.loss = sg.linear(h, [[0, 0], [0, 0], [1, 0], [0, 1], [1, 1], [1, -1]])
    assert m.to_toml() == sg.Model.load(EXPERIMENTS / "quickstart.toml").to_toml()


@pytest.mark.parametrize("file", sorted(EXPERIMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_a_changed_file_keeps_the_rest(file):
    """A model that was read and changed is the same as one whose file has the change."""
    m = sg.Model.load(file)
    drawn = m.parameters.flat.copy()
    m.set({"training.epochs": 3})
    assert m.training["epochs"] == 3
    assert np.array_equal(m.parameters.flat, drawn)
    assert m.to_toml() == sg.Model.load(file, set=["training.epochs=3"]).to_toml()


def test_load_changes_values_as_the_command_line_does():
    file = EXPERIMENTS / "quickstart.toml"
    m = sg.Model.load(file, set={"time.steps": 4, "loss.coefficients": [1, 1], "population.h.escape.beta": 2.0}, seed=5)
    n = sg.Model.load(file, set=["time.steps=4", "loss.coefficients=[1, 1]", "population.h.escape.beta=2.0", "seed=5"])
    assert (m.steps, m.seed) == (4, 5)
    assert m.to_toml() == n.to_toml()


def test_parameters_are_views_and_can_be_set():
    m = small_model()
    assert list(m.parameters) == ["x->h", "h->h", "h->o"]
    w = m.parameters["x->h"]
    assert w.shape == (8, 20) and w.dtype == np.float64 and not w.flags.writeable
    assert np.shares_memory(w, m.parameters.flat)
    before = w.copy()
    m.parameters["x->h"] = 2 * w
    assert np.array_equal(w, before), "a view of a model that was replaced keeps its values"
    assert np.array_equal(m.parameters["x->h"], 2 * before)
    m.training = {"epochs": 2}  # an edit draws no new weights
    assert np.array_equal(m.parameters["x->h"], 2 * before)
    flat = np.arange(m.parameters.flat.size, dtype=np.float32)
    m.parameters = flat
    assert np.array_equal(m.parameters.flat, flat)
    assert np.array_equal(sg.Model.parse(m.to_toml()).parameters.flat, flat)


def test_weights_biases_and_time_constants():
    m = sg.Model(steps=5)
    x = m.input("x", (2, 6))
    h = m.alif("h", (3, 3), bias=[0.1] * 9, learn_time_constants="unit", log_tau_mem=sg.normal(-4, 0.3))
    w = np.arange(18.0).reshape(3, 2, 3)
    m.connect(x, h, kind=sg.conv1d(kernel=3, stride=2, padding=1), weights=w)
    b = m.binary("b", 2, threshold=0.5, output="analog", bias=True)
    m.connect(h, b, init="kaiming")
    assert np.array_equal(m.parameters["x->h"], w)
    assert np.array_equal(m.parameters["h.bias"], np.full(9, 0.1))
    assert m.parameters["h.log_tau_mem"].shape == (9,)
    assert "b.bias" in m.parameters


def test_delays_of_connections():
    m = sg.Model(steps=20)
    x, h, o = m.input("x", 3), m.lif("h", 4), m.readout("o", 2)
    m.connect(x, h, delays=np.array([0.0, 2e-3, 5e-3]))
    m.connect(h, h, delay=3e-3)
    m.connect(h, o, delays=sg.uniform(0.0, 4e-3), learn_delays=True, max_delay=5e-3)
    m.loss = sg.cross_entropy_max(o)
    learned = m.parameters["h->o.delays"]
    assert learned.shape == (4,) and np.all((learned >= 0.0) & (learned <= 4.0))
    m.parameters["h->o.delays"] = [0.0, 1.0, 2.5, 5.0]
    again = sg.Model.parse(m.to_toml())
    assert np.array_equal(again.parameters["h->o.delays"], [0.0, 1.0, 2.5, 5.0])
    assert again.to_toml() == m.to_toml()
    assert "delay = 0.003" in m.to_toml() and "delays = [0.0, 0.002, 0.005]" in m.to_toml()
    m.connect(x, o, delays=[[0.0, 1e-3, 2e-3], [3e-3, 0.0, 0.0]], delay_per="synapse")
    assert sg.Model.parse(m.to_toml()).to_toml() == m.to_toml() and 'delay_per = "synapse"' in m.to_toml()
    with pytest.raises(TypeError, match="did you mean 'delay'"):
        m.connect(x, o, dellay=1e-3)


def test_every_kind_of_unit_can_be_made():
    for kind in sg.kinds("unit"):
        m = sg.Model(steps=2)
        m.input("x", 2)
        assert m.population("u", 3, kind=kind).kind == kind
        assert hasattr(m, kind.replace("-", "_")), f"Model.{kind} is missing"


def test_functions_have_the_names_and_defaults_of_the_library():
    for family, function_of in [("surrogate", str), ("escape", str), ("initialiser", str), ("connection", str),
                                ("loss", str), ("regulariser", str)]:
        for kind, (_, fields) in FAMILIES[family].items():
            name = {"readout": "readout_init"}.get(kind, kind.replace("-", "_"))
            function = getattr(parts, name, None)
            assert function is not None, f"sg.{name} is missing"
            if family in ("loss", "regulariser") or kind in ("exponential", "table"):
                continue
            made = parts.triangular(gamma=1.0) if (family, kind) == ("surrogate", "triangular") else function()
            assert made.kind == kind
            assert {key: value[0] if of == "sides" else value for key, (of, value, _) in fields.items()} == made.settings


def test_keywords_have_the_names_of_the_library():
    """What type checkers are told is what there is."""
    for kind, typed in [("lif", _settings.LifSettings), ("alif", _settings.AlifSettings), ("se-adlif", _settings.SeAdlifSettings),
                        ("adlif", _settings.SeAdlifSettings), ("leaky", _settings.LeakySettings),
                        ("integrate", _settings.IntegrateSettings),
                        ("binary", _settings.BinarySettings), ("readout", _settings.ReadoutSettings)]:
        assert set(FAMILIES["unit"][kind][1]) <= set(typed.__annotations__), kind
    assert set(_settings.TrainingSettings.__annotations__) == set(SECTIONS["training"])


def test_copies_are_independent():
    m = small_model()
    for other in (m.copy(), copy.deepcopy(m), pickle.loads(pickle.dumps(m)),
                  pickle.loads(pickle.dumps(sg.Model.parse(m.to_toml())))):
        assert other.to_toml() == m.to_toml()
        other.parameters["h->o"] = np.zeros((3, 8))
        assert other.to_toml() != m.to_toml()
    incomplete = sg.Model(steps=3)
    incomplete.input("x", 2)
    assert pickle.loads(pickle.dumps(incomplete)).populations == incomplete.populations


def test_shows_itself():
    m = small_model()
    assert "h lif 8" in repr(m) and "h->h" in repr(m) and "cross_entropy_max" in repr(m)
    assert "<table>" in m._repr_html_() and "h-&gt;h" in m._repr_html_()
    assert "without populations" in repr(sg.Model(steps=1))
    assert repr(sg.superspike(5.0)) == "superspike(beta=5.0)"


def test_regularisers_and_settings():
    m = small_model()
    m.regularisers = [sg.upper_bound("h", bound=7.0, strength=0.1, per="population")]
    m.estimator = {"counterfactuals": 4}
    m.augmentation = {"time_stretch": 0.1}
    n = sg.Model.parse(m.to_toml())
    assert n.regularisers[0].settings["bound"] == 7.0
    assert n.estimator["counterfactuals"] == 4 and n.augmentation["time_stretch"] == 0.1


def test_a_run_is_not_disturbed_by_what_its_model_becomes():
    m = small_model()
    core = m._resolved()
    assert isinstance(core, _core.Model)
    before = m.run(small_events())["h"].output
    m.parameters["x->h"] = np.zeros((8, 20))
    assert np.array_equal(sg.Model._of(core).run(small_events())["h"].output, before)


VALUE_ERRORS = {
    "negative tau": (lambda m: m.lif("k", 3, tau_mem=-1.0), "[population 'k'] tau_mem = -1: must be a number above 0"),
    "nan": (lambda m: m.lif("k", 3, tau_mem=float("nan")), "must be a number above 0"),
    "name twice": (lambda m: m.lif("h", 3), "is used twice"),
    "bad name": (lambda m: m.lif("a b", 3), "letters, digits"),
    "no units": (lambda m: m.lif("k", 0), "must be"),
    "unknown output": (lambda m: m.lif("k", 3, output="loud"), "unknown value"),
    "unknown surrogate": (lambda m: m.lif("k", 3, surrogate="superspik"), "superspike"),
    "unknown kind": (lambda m: m.population("k", 3, kind="lift"), "lif"),
    "no such population": (lambda m: m.connect("x", "nowhere"), "there is no such population"),
    "into an input": (lambda m: m.connect("h", "x"), "is an input"),
    "twice": (lambda m: m.connect("h", "h"), "there are two of them"),
    "shape": (lambda m: m.connect("x", "o", weights=np.zeros((20, 3))), "must have shape [3, 20], not [20, 3]"),
    "nan weight": (lambda m: m.connect("x", "o", weights=np.full((3, 20), np.nan)), "must be finite"),
    "ragged weights": (lambda m: m.connect("x", "o", weights=[[1.0], [1.0, 2.0]]), "one length"),
    "negative delay": (lambda m: m.connect("x", "o", delay=-1e-3), "delay = -0.001: must be a number of 0 or more"),
    "delay as long as the run": (lambda m: m.connect("x", "o", delay=1e3), "must be shorter than the run"),
    "too few delays": (lambda m: m.connect("x", "o", delays=[1e-3]), "must be an array of 20"),
    "unknown block": (lambda m: m.parameters.__setitem__("x->z", [0.0]), "there is no such block"),
    "missing file": (lambda m: sg.Model.load("/nowhere/net.toml"), "/nowhere/net.toml"),
    "not TOML": (lambda m: sg.Model.parse("a = = 1"), "model:1:"),
    "bad override": (lambda m: m.set({"time.stepz": 3}) or m.to_toml(), "stepz"),
    "dt": (lambda m: sg.Model(dt=0.0, steps=3), "dt = 0: must be a number above 0"),
    "too large": (lambda m: m.lif("k", 2**31), "whole number"),
    "far too large": (lambda m: m.lif("k", 2**70), ""),
    "label": (lambda m: setattr(m, "loss", sg.cross_entropy_max("o", 3)) or m.to_toml(), "label"),
    "loss elsewhere": (lambda m: setattr(m, "loss", sg.cross_entropy_max("q")) or m.to_toml(), "no such population"),
    "unknown family": (lambda m: sg.kinds("nothing"), "there is no family"),
}


@pytest.mark.parametrize("case", VALUE_ERRORS)
def test_wrong_values_are_value_errors_of_one_line(case):
    m = small_model()
    call, says = VALUE_ERRORS[case]
    with pytest.raises(ValueError) as raised:
        call(m)
    message = str(raised.value)
    assert says in message and "\n" not in message, message


TYPE_ERRORS = {
    "unknown keyword": (lambda m: m.lif("k", 3, tau=1e-3), "did you mean"),
    "text for a number": (lambda m: m.lif("k", 3, tau_mem="10 ms"), "tau_mem must be a number, not str"),
    "truth for a number": (lambda m: m.lif("k", 3, tau_mem=True), "tau_mem must be a number, not bool"),
    "size": (lambda m: m.lif("k", 3.0), "size must be a whole number, not float"),
    "size as text": (lambda m: m.lif("k", "3"), "size must be a whole number, not str"),
    "no name": (lambda m: m.lif(None, 3), "name must be a text"),
    "surrogate": (lambda m: m.lif("k", 3, surrogate=3.0), "surrogate must be a kind"),
    "setting": (lambda m: sg.superspike("steep"), "beta must be a number, not str"),
    "steps": (lambda m: sg.Model(dt=1e-3), "steps"),
    "weights of text": (lambda m: m.connect("x", "o", weights=[["a"] * 20] * 3), "must be real numbers"),
    "complex weights": (lambda m: m.connect("x", "o", weights=np.zeros((3, 20), complex)), "must be real numbers"),
    "both": (lambda m: m.connect("x", "o", weights=np.zeros((3, 20)), init="kaiming"), "not both"),
    "population": (lambda m: m.connect(3, "h"), "by itself or its name"),
    "set": (lambda m: sg.Model.load("x.toml", set="a=1"), "list of texts"),
    "training": (lambda m: setattr(m, "training", {"epoch": 3}), "did you mean 'epochs'"),
    "training type": (lambda m: setattr(m, "training", {"epochs": "many"}), "epochs must be a whole number"),
    "an object": (lambda m: m.set({"time.steps": object()}), "must be a number, a text"),
    "bytes": (lambda m: sg.Model.load(b"net.toml"), ""),
}


@pytest.mark.parametrize("case", TYPE_ERRORS)
def test_wrong_types_are_type_errors(case):
    m = small_model()
    call, says = TYPE_ERRORS[case]
    with pytest.raises(TypeError) as raised:
        call(m)
    assert says in str(raised.value)


def test_a_refused_part_leaves_the_model_as_it_was():
    m = small_model()
    before = m.to_toml()
    for call, _ in [VALUE_ERRORS["negative tau"], VALUE_ERRORS["twice"], VALUE_ERRORS["shape"],
                    TYPE_ERRORS["unknown keyword"]]:
        with pytest.raises((ValueError, TypeError)):
            call(m)
    assert m.to_toml() == before


def test_names_with_line_breaks_are_shown_in_one_line():
    for call in (lambda: small_model().set({"\n": None}), lambda: setattr(small_model(), "parameters", {"\n": []}),
                 lambda: small_model().run(None, record={"a\nb": "spikes"}),
                 lambda: small_model().run(None, record={"h": "\n"})):
        with pytest.raises((ValueError, TypeError)) as raised:
            call()
        assert "\n" not in str(raised.value) and "\\n" in str(raised.value)


def test_what_set_refuses_changes_nothing():
    m = small_model()
    before = m.to_toml()
    for wrong in ({"population.h.nope": 3}, {"population.h.threshold": [1, 2]}, {"population.h.tau_mem": -1.0}):
        with pytest.raises(ValueError, match="population 'h'"):
            m.set(wrong)
        assert m.to_toml() == before


def test_texts_and_paths_that_are_none_are_refused_in_one_line():
    m = small_model()
    for call, kind in ((lambda: m.input("\ud800", 3), ValueError), (lambda: sg.Model.parse("\ud800"), ValueError),
                       (lambda: m.set({"": {"\n": None}}), TypeError),
                       (lambda: sg.Model.parse(b"x"), TypeError), (lambda: sg.Model.load(b"net.toml"), TypeError)):
        with pytest.raises(kind) as raised:
            call()
        assert "\n" not in str(raised.value)
