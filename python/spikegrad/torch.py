# SPDX-License-Identifier: Apache-2.0
"""A net as a layer of a PyTorch model: ``sg.torch.Layer``. Needs the package torch."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._parts import check_type, one_line
from ._population import Population, name_of
from .dataset import Dataset
from .recording import Events

if TYPE_CHECKING:
    from .model import Model

try:
    torch: Any = importlib.import_module("torch")
except ImportError as error:
    raise ImportError("spikegrad.torch needs the package torch (pip install torch)") from error


class Layer(torch.nn.Module):  # type: ignore[misc]  # torch may be absent where types are checked
    """The outputs of one population of a net, as a function of its input and parameters.

    ``layer(x)`` with a tensor [batch, step, unit] gives a tensor [batch, step, unit]: spikes of a population that
    spikes, potentials of a readout; with ``rates=True`` the mean over time in hertz, [batch, unit], of spikes. The
    parameters are those of the model, by their names, in the dtype that torch makes by default; ``layer.double()``
    computes in double precision with ``engine="reference"``. Gradients go to the parameters and to the input.

    The input is a tensor, or events: an ``sg.Dataset``, or a list with ``(times, units)`` or ``sg.Events`` of each
    sample; a mapping of names where there are several input populations.

    `estimator`: what a spike is in the backward pass: "surrogate", "smoothed", "straight-through" or "mean-field".
    `threads`: as many as torch uses where it is not given.
    """

    def __init__(self, model: Model, output: Population | str, *, estimator: str = "surrogate", engine: str = "cpu",
                 threads: int | None = None, rates: bool = False) -> None:
        super().__init__()
        for value, wanted, name in ((estimator, "str", "estimator"), (engine, "str", "engine"),
                                    (rates, "bool", "rates")):
            check_type(value, wanted, name)
        threads = torch.get_num_threads() if threads is None else threads
        check_type(threads, "int", "threads")
        if threads < 0:
            raise ValueError(f"threads: must be 0 or more, not {threads}")
        self._model = model.copy()
        self._output, self._estimator, self._engine, self._threads = name_of(output), estimator, engine, threads
        self._rates = rates
        self._functions: dict[bool, _core.LayerFunction] = {}
        core = self._model._net()
        kinds = {name: kind for name, _, _, kind in core.populations}
        if self._output not in kinds:
            raise ValueError(f"output: there is no population '{one_line(self._output)}'; there are: {', '.join(kinds)}")
        if rates and kinds[self._output] == "potential":
            raise ValueError(f"rates: '{self._output}' is a readout, which does not spike")
        self._inputs = [name for name, kind in kinds.items() if kind == "given"]
        self._sizes = {name: int(np.prod(shape)) for name, _, shape, _ in core.populations}
        self._steps, self._dt = core.steps, core.dt
        self._draws = "stochastic" in kinds.values() and estimator != "mean-field"
        self._drops = any(float(section.get("dropout", 0.0)) > 0.0 for section in self._model._look()["population"])
        self._names: list[str] = []
        for name, shape, at in core.blocks:
            block = np.array(core.parameters[at:at + int(np.prod(shape))].reshape(shape))
            self._names.append(name)
            self._register(name, torch.from_numpy(block).to(torch.get_default_dtype()))
        self._function(False)  # refuses what cannot be

    def forward(self, inputs: Any, seed: int | None = None) -> Any:
        """The seed is that of the draws of this call; a net that draws takes one from torch's generator where it is not
        given, so that ``torch.manual_seed`` makes it reproducible. The samples of a batch have draws of their own."""
        drops = self._drops and self.training
        if seed is None:
            seed = int(torch.randint(2**62, ())) if self._draws or drops else self._model.seed
        check_type(seed, "int", "seed")
        if not 0 <= seed < 2**63:
            raise ValueError(f"seed: must be a whole number from 0 to 2^63-1, not {seed}")
        given = [self._input(name, one) for name, one in self._by_population(inputs)]
        parameters = self._tensors()
        tensors = [one if isinstance(one, torch.Tensor) else None for one in given]
        grad = torch.is_grad_enabled()
        wants_inputs = grad and any(t is not None and t.requires_grad for t in tensors)
        binned = [one if tensor is None else None for one, tensor in zip(given, tensors)]
        outputs = _Function.apply(self._function(wants_inputs), binned, (seed, drops), grad, *parameters, *tensors)
        return outputs.mean(1) / self._dt if self._rates else outputs

    def to_model(self) -> Model:
        """The model with the layer's parameters as they are now."""
        model = self._model.copy()
        with torch.no_grad():
            model.parameters = _joined(self._tensors())
        return model

    def extra_repr(self) -> str:
        return (f"{', '.join(self._inputs)} -> {self._output}, {self._steps} steps of {self._dt:g} s, "
                f"estimator={self._estimator}, engine={self._engine}")

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _function(self, to_inputs: bool) -> _core.LayerFunction:
        if to_inputs not in self._functions:
            core = self._model._net()
            place = [name for name, _, _, _ in core.populations].index(self._output)
            settings = (place, self._estimator, self._engine, self._threads, to_inputs)
            try:
                self._functions[to_inputs] = (_core.LayerFunction.of_model(core, *settings)
                                              if isinstance(core, _core.Model)
                                              else _core.LayerFunction.of_net(core, *settings))
            except ValueError as refused:
                more = "; sg.train trains with any estimator" if "no backward pass" in str(refused) else ""
                raise ValueError(f"{refused}{more}") from None
        return self._functions[to_inputs]

    def _register(self, name: str, values: Any) -> None:
        """torch keeps dots for modules inside modules: "h.bias" is the parameter "bias" of a module "h"."""
        inside: Any = self
        *path, last = name.split(".")
        try:
            for part in path:
                if part not in inside._modules:
                    inside.add_module(part, torch.nn.Module())
                inside = inside._modules[part]
            inside.register_parameter(last, torch.nn.Parameter(values))
        except KeyError:
            raise ValueError(f"parameters '{name}': a torch module cannot have a parameter of that name; rename the "
                             "population") from None

    def _tensors(self) -> list[Any]:
        return [self.get_parameter(name) for name in self._names]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_functions": {}}  # made anew where they are missing

    def _by_population(self, inputs: Any) -> list[tuple[str, Any]]:
        if not isinstance(inputs, Mapping):
            if len(self._inputs) != 1:
                raise ValueError(f"the net has {len(self._inputs)} input populations ({', '.join(self._inputs)}): "
                                 "give a mapping of their names")
            return [(self._inputs[0], inputs)]
        if set(inputs) != set(self._inputs):
            raise ValueError(f"inputs: must be of {', '.join(self._inputs)}, not of {', '.join(map(one_line, inputs))}")
        return [(name, inputs[name]) for name in self._inputs]

    def _input(self, name: str, given: Any) -> Any:
        """A tensor [batch, step, unit], or binned data."""
        if isinstance(given, torch.Tensor):
            if given.is_complex():
                raise TypeError(f"the input of '{name}' must be real numbers, not {given.dtype}")
            if given.dim() < 3 or given.shape[1] != self._steps or int(np.prod(given.shape[2:])) != self._sizes[name]:
                raise ValueError(f"the input of '{name}' must have shape [batch, {self._steps}, {self._sizes[name]}], "
                                 f"not {list(given.shape)}")
            return given.flatten(2)
        pool, binary = self._model._binning().get(name, (1, False))
        if not isinstance(given, Dataset):
            if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
                raise TypeError(f"the input of '{name}' must be a tensor, an sg.Dataset or a list of (times, units), "
                                f"not {type(given).__name__}")
            samples = [one if isinstance(one, Events) else Events(*one) for one in given]
            given = Dataset([one.times for one in samples], [one.units for one in samples], np.zeros(len(samples), int),
                            channels=self._sizes[name] * pool, source=f"the input of '{name}'")
        return given._binned_as(self._dt, self._steps, pool, binary)


class _Function(torch.autograd.Function):  # type: ignore[misc]
    """What `Layer` does, of its parameters and inputs; a tensor of None stands for events, which have no gradient."""

    @staticmethod
    def forward(ctx: Any, function: _core.LayerFunction, binned: list[Any], trial: tuple[int, bool], grad: bool,
                *tensors: Any) -> Any:
        count = len(tensors) - len(binned)
        parameters = _joined(tensors[:count])
        inputs = function.inputs([_values(tensor) if events is None else events
                                  for events, tensor in zip(binned, tensors[count:])])
        ctx.run = (function, parameters, inputs, trial)
        ctx.like = [None if tensor is None else (tensor.shape, tensor.dtype, tensor.device) for tensor in tensors]
        ctx.count = count
        ctx.set_materialize_grads(False)
        dtype = functools.reduce(torch.promote_types, [tensor.dtype for tensor in tensors[:count]])
        keep = grad and any(ctx.needs_input_grad)  # without a backward pass to come there is no tape to keep
        outputs = function.forward(parameters, inputs, *trial, dtype == torch.float64, keep)
        return torch.from_numpy(outputs).to(device=tensors[0].device, dtype=dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, signals: Any) -> Any:
        if signals is None:
            return (None,) * (4 + len(ctx.like))
        wanted = ctx.needs_input_grad[4:]
        function, parameters, inputs, trial = ctx.run
        gradient, of_inputs = function.backward(parameters, inputs, *trial, _values(signals), list(wanted[ctx.count:]))
        sizes = [like[0].numel() for like in ctx.like[:ctx.count]]
        parts = [*torch.from_numpy(gradient).split(sizes), *of_inputs]
        return (None, None, None, None, *(_like(part, like) if want else None
                                          for part, like, want in zip(parts, ctx.like, wanted)))


def _joined(parameters: Sequence[Any]) -> Any:
    """An array of all their numbers, as the library takes them."""
    joined = torch.empty(sum(tensor.numel() for tensor in parameters), dtype=torch.float64)
    for part, tensor in zip(joined.split([tensor.numel() for tensor in parameters]), parameters):
        part.copy_(tensor.detach().reshape(-1))
    return joined.numpy()


def _like(values: Any, like: tuple[Any, Any, Any]) -> Any:
    """An array or a tensor, as a tensor of a shape, dtype and device."""
    tensor = values if isinstance(values, torch.Tensor) else torch.from_numpy(values)
    return tensor.to(dtype=like[1], device=like[2]).reshape(like[0])


def _values(tensor: Any) -> Any:
    """Its numbers as a contiguous array of floats or doubles, not copied where it is one already."""
    values = tensor.detach().cpu().contiguous()
    return (values if values.dtype in (torch.float32, torch.float64) else values.to(torch.float32)).numpy()


__all__ = ["Layer"]
