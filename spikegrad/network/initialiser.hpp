// SPDX-License-Identifier: Apache-2.0
// Initial weights. A member is a struct of settings with
//   kind, summary, fields     as everywhere
//   make(afferent)            a distribution for one parameter block: the mean, a scale and a shape
// A new member is one file in network/initialiser/, one line in the variant, one entry in the test.
//
// Draws are keyed by (seed, parameter block, weight): they depend neither on the order in which blocks are
// filled nor on the other blocks' sizes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <variant>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/network/initialiser/constant.hpp"
#include "spikegrad/network/initialiser/fluctuation_driven.hpp"
#include "spikegrad/network/initialiser/kaiming.hpp"
#include "spikegrad/network/initialiser/normal.hpp"
#include "spikegrad/network/initialiser/orthogonal.hpp"
#include "spikegrad/network/initialiser/readout.hpp"
#include "spikegrad/network/initialiser/uniform.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

using Initialiser =
    std::variant<ConstantInitialiser, NormalInitialiser, UniformInitialiser, KaimingInitialiser,
                 FluctuationDrivenInitialiser, ReadoutInitialiser, OrthogonalInitialiser>;

/// What an initialiser may know about a block of the network.
SPIKEGRAD_EXPORT Afferent afferent_of(const Network& network, std::size_t block);

/// Fills a parameter block [block.size]. Throws UserError where sizes do not match, settings are out of their
/// range, or the weights would not be finite.
SPIKEGRAD_EXPORT void initialise(const Initialiser& initialiser, const Network& network, std::size_t block,
                                 std::uint64_t seed, std::span<double> weights);

/// Delays drawn for the units of a connection's source or its weights, in the unit of the initialiser's numbers. Same errors.
SPIKEGRAD_EXPORT void draw_delays(const Initialiser& initialiser, std::size_t connection, std::uint64_t seed,
                                  std::span<double> delays);

/// Learned delays of a connection to begin with, in steps [units of the source], or one for each weight.
SPIKEGRAD_EXPORT void begin_delays(const Network& network, std::size_t connection, std::uint64_t seed,
                                   std::span<double> steps);

/// Parameters to begin with [network.parameter_count()]: weights by the initialisers, one for each connection
/// in its order; biases 0; learned time constants those of the units; learned delays those of the connections,
/// or drawn from 0 to the longest where these have none. Same errors.
SPIKEGRAD_EXPORT std::vector<double> initial_parameters(const Network& network,
                                                        std::span<const Initialiser> initialisers,
                                                        std::uint64_t seed);
inline std::vector<double> initial_parameters(const Network& network,
                                              std::initializer_list<Initialiser> initialisers,
                                              std::uint64_t seed) {
  return initial_parameters(network, std::span(initialisers.begin(), initialisers.size()), seed);
}

}  // namespace spikegrad
