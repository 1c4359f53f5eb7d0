# SPDX-License-Identifier: Apache-2.0
"""Spyx on JAX: CuBaLIF neurons (current and potential) with SuperSpike of slope 10, jit, and scan over time. JAX
has no setting for its number of threads; the process is bound to as many processors."""

import os

import common


def build(shape, events, threads):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import jax
    import numpy
    from flax import nnx
    from jax import numpy as jnp
    from spyx import axn, nn

    layers = shape.layers()
    random = numpy.random.default_rng(2)

    def weights(*size, gain):
        fan_in = size[0] if len(size) == 2 else size[0] * size[1]
        return jnp.asarray(random.normal(0, gain / fan_in**0.5, size), jnp.float32)

    parameters, cells = {"forward": [], "loop": []}, []
    for index, (channels, positions) in enumerate(layers):
        before = layers[index - 1][0] if index else (1 if shape.convolutional else shape.inputs)
        if shape.convolutional:
            parameters["forward"].append(weights(shape.CONVOLUTIONS[index][1], before, channels, gain=2))
            parameters["loop"].append(weights(5, channels, channels, gain=0.5))
        else:
            parameters["forward"].append(weights(before, channels, gain=2))
            if shape.recurrent:
                parameters["loop"].append(weights(channels, channels, gain=0.5))
        size = (positions, channels) if shape.convolutional else (channels,)
        cells.append(nn.CuBaLIF(size, shape.alpha, shape.beta, activation=axn.superspike(10), rngs=nnx.Rngs(0)))
    parameters["out"] = weights(layers[-1][0] * layers[-1][1], shape.classes, gain=1)
    readout = nn.LI((shape.classes,), shape.beta_out, rngs=nnx.Rngs(0))

    def convolve(x, kernel, stride, padding):
        return jax.lax.conv_general_dilated(x, kernel, (stride,), [(padding, padding)],
                                            dimension_numbers=("NWC", "WIO", "NWC"))

    def run_layer(parameters, index, spikes):
        steps, batch = spikes.shape[:2]
        kernel, cell = parameters["forward"][index], cells[index]
        if shape.convolutional:
            flat = spikes.reshape((steps * batch,) + spikes.shape[2:])
            currents = convolve(flat, kernel, shape.CONVOLUTIONS[index][2], 0)
            currents = currents.reshape((steps, batch) + currents.shape[1:])
        else:
            currents = spikes @ kernel
        loop = parameters["loop"][index] if parameters["loop"] else None

        def step(carry, current):
            state, last = carry
            if loop is not None:
                current = current + (convolve(last, loop, 1, 2) if shape.convolutional else last @ loop)
            last, state = cell(current, state)
            return (state, last), last

        empty = jnp.zeros(currents.shape[1:])
        state = jnp.zeros(currents.shape[1:-1] + (2 * currents.shape[-1],))
        return jax.lax.scan(step, (state, empty), currents)[1]

    def loss_of(parameters, spikes, labels):
        rates = []
        for index in range(len(layers)):
            spikes = run_layer(parameters, index, spikes)
            rates.append(spikes.mean())
        currents = spikes.reshape(spikes.shape[:2] + (-1,)) @ parameters["out"]
        potentials = jax.lax.scan(lambda v, x: readout(x, v)[::-1], jnp.zeros(currents.shape[1:]), currents)[1]
        logits = jax.nn.log_softmax(potentials.max(0))
        return -jnp.take_along_axis(logits, labels[:, None], 1).sum(), jnp.stack(rates)

    def dense(events):
        batch = len(events.labels)
        spikes = numpy.zeros((shape.steps, batch, shape.inputs), numpy.float32)
        spikes[events.step, events.sample, events.unit] = 1.0
        return jnp.asarray(spikes[..., None] if shape.convolutional else spikes)

    forward = jax.jit(loss_of)
    both = jax.jit(jax.value_and_grad(loss_of, has_aux=True))
    few = events.first(8)
    few_spikes, few_labels = dense(few), jnp.asarray(few.labels)

    def rate_of(layer):
        return float(forward(parameters, few_spikes, few_labels)[1][layer])

    def scale_layer(layer, factor):
        for kind in ("forward", "loop"):
            if parameters[kind]:
                parameters[kind][layer] = parameters[kind][layer] * factor

    common.scaled(rate_of, scale_layer, len(layers), shape.rate)
    rates = {"x": len(events.unit) / (shape.batch * shape.steps * shape.inputs)}

    def run():
        (loss, hidden), gradient = both(parameters, dense(events), jnp.asarray(events.labels))
        jax.block_until_ready(gradient)
        rates.update({f"h{index}": float(rate) for index, rate in enumerate(hidden, 1)})
        return float(loss) / shape.batch

    return run, rates, sum(w.size for w in jax.tree.leaves(parameters))


common.main("spyx", "spyx", build)
