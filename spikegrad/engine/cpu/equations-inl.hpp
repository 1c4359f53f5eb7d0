// SPDX-License-Identifier: Apache-2.0
// The equations of spikegrad/neuron once more, for vectors of floats (neuron/equations.hpp). Their settings
// were read by kernels.hpp, outside of any instruction set.
#if defined(SPIKEGRAD_CPU_EQUATIONS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_EQUATIONS_INL_HPP
#undef SPIKEGRAD_CPU_EQUATIONS_INL_HPP
#else
#define SPIKEGRAD_CPU_EQUATIONS_INL_HPP
#endif

#include "spikegrad/engine/cpu/floats-inl.hpp"

#pragma push_macro("SPIKEGRAD_EQUATIONS")
#pragma push_macro("SPIKEGRAD_INLINE")
#undef SPIKEGRAD_EQUATIONS
#undef SPIKEGRAD_INLINE
#define SPIKEGRAD_EQUATIONS spikegrad::cpu::HWY_NAMESPACE::equations
#define SPIKEGRAD_INLINE HWY_INLINE
#define SPIKEGRAD_VECTORS
HWY_BEFORE_NAMESPACE();

#include "spikegrad/neuron/escape.hpp"
//
#include "spikegrad/neuron/spike_slope.hpp"
//
#include "spikegrad/neuron/surrogate.hpp"
//
#include "spikegrad/neuron/unit.hpp"

HWY_AFTER_NAMESPACE();
#undef SPIKEGRAD_VECTORS
#pragma pop_macro("SPIKEGRAD_INLINE")
#pragma pop_macro("SPIKEGRAD_EQUATIONS")
#endif
