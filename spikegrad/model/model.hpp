// SPDX-License-Identifier: Apache-2.0
// A model file: one TOML file is a whole experiment. docs/model-files.md is the reference of the language.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/data/augmentation.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/estimator/settings.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/loss/loss.hpp"
#include "spikegrad/model/settings.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

/// What a model file says, resolved: weights drawn, patterns generated, pictures read, defaults filled in.
struct SPIKEGRAD_EXPORT Model {
  std::string source = "model";  ///< the file it came from, for messages
  std::uint64_t seed = 0;
  Network network;
  std::vector<double> parameters = {};  ///< initial, [network.parameter_count()]
  Input input = {};
  Loss loss = {};  ///< with a data set: its label is 0, each sample has its own
  std::vector<Regulariser> regularisers = {};
  std::optional<DataSettings> data = {};  ///< where an input comes from a data set; its values are then empty
  EstimatorSettings estimator = {};
  TrainingSettings training = {};
  AugmentationSettings augmentation = {};
  FieldSettings field = {};

  /// Views of this model, valid as long as the model. problem() throws UserError where the input is a data
  /// set.
  Objective objective() const { return {network, loss, regularisers}; }
  Problem problem() const;
};

/// Throws UserError, naming the model, where its parts do not go together: sizes, populations that are not
/// there or of the wrong kind, numbers that are not finite. What a file gives is sound.
SPIKEGRAD_EXPORT void check(const Model& model);

/// Limits beyond which a model file is refused, so that a slip of the pen does not take the machine's memory.
struct ModelLimits {
  static constexpr std::size_t file_bytes = std::size_t{1} << 26;
  static constexpr std::size_t parameters = std::size_t{1} << 28;
  static constexpr std::size_t unit_steps = std::size_t{1} << 28;
  static constexpr std::size_t data_steps = 1'000'000;  ///< with a data set
  static constexpr std::size_t populations = 10'000, connections = 10'000;
  static constexpr std::size_t count = (std::size_t{1} << 31) - 1;  ///< largest whole number of a setting
  static constexpr std::size_t key_parts = 32;                      ///< a.b.c has three
};

/// Reads a model file; where there is none of that name, one of those that come with the library ("quickstart",
/// "experiments/quickstart.toml"). `overrides` are "key=value" as in `--set time.steps=10` or
/// `--set population.h.escape.beta=4`; they apply in order before anything is checked. Throws UserError, one
/// line "FILE:LINE: [section] key = value: what would be right", for whatever is wrong with the file.
SPIKEGRAD_EXPORT Model load_model(const std::filesystem::path& path,
                                  std::span<const std::string> overrides = {});

/// The same from text. `source` stands for the file in messages, and its folder is where pictures are looked
/// for.
SPIKEGRAD_EXPORT Model parse_model(std::string_view text, const std::string& source,
                                   std::span<const std::string> overrides = {});

/// The resolved model file: parse_model() of it gives an equal model, whatever the machine. Throws UserError
/// where the model is not sound.
SPIKEGRAD_EXPORT std::string to_toml(const Model& model);

}  // namespace spikegrad
