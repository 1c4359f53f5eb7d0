// SPDX-License-Identifier: Apache-2.0
// The sections of a model file, one function each, in the order in which they are read.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "spikegrad/model/model.hpp"
#include "spikegrad/model/toml_table.hpp"

namespace spikegrad {

/// The tables of [[name]], or the one of [name]; none where there is none.
std::vector<const toml::table*> tables_of(TomlTable& root, std::string_view name);

/// [time], [[population]], [[connection]] and the initial parameters.
struct NetworkSection {
  Network network;
  std::vector<double> parameters;
};
NetworkSection read_network(TomlTable& root, std::uint64_t seed);

/// What the delays of a connection depend on besides their own table.
struct DelayContext {
  const Shape& source;
  std::vector<std::size_t> weight_shape;
  const TimeGrid& time;
  std::size_t connection;
  std::uint64_t seed;
};
/// What the axes of a block of this shape are called in messages.
inline std::string_view order_of(std::span<const std::size_t> shape) {
  constexpr std::array<std::string_view, 4> orders{"[unit]", "[post, pre]", "[out, in, kernel]",
                                                   "[out, in, rows, columns]"};
  return orders.at(shape.size() - 1);
}
ConnectionDelays read_delays(TomlTable& table, const DelayContext& context);
/// Fails where learned delays begin outside their range.
void check_delay_steps(const TomlTable& table, const toml::node& node, double longest,
                       std::span<const double> steps);

/// What patterns depend on besides their own table.
struct PatternContext {
  const Network& network;
  std::size_t population;
  std::uint64_t seed;
  std::filesystem::path folder;  ///< of the model file
};
/// A raster [steps, size] from a table { kind = "spikes" | "values" | "poisson" | "picture", … }.
Grid<double> read_pattern(TomlTable& table, const PatternContext& context);

/// [input] or [[input]]
struct InputSection {
  Input input;
  std::optional<DataSettings> data;
};
InputSection read_input(TomlTable& root, const Network& network, std::uint64_t seed,
                        const std::filesystem::path& folder);
/// [loss]; `labelled`: the samples of a data set bring their labels.
Loss read_loss(TomlTable& root, const Network& network, std::uint64_t seed,
               const std::filesystem::path& folder, bool labelled);
/// [[regulariser]]
std::vector<Regulariser> read_regularisers(TomlTable& root, const Network& network);
/// [estimator], [training], [augmentation], [field]
EstimatorSettings read_estimator(TomlTable& root);
TrainingSettings read_training(TomlTable& root, const Network& network);
AugmentationSettings read_augmentation(TomlTable& root);
FieldSettings read_field(TomlTable& root, const Network& network);

/// A population by the name that a key gives; fails at that key.
std::size_t find_population(const TomlTable& table, std::string_view key, const toml::node& node,
                            const std::vector<Population>& populations);

}  // namespace spikegrad
