// SPDX-License-Identifier: Apache-2.0
// The comparison of estimators over the values of one or two keys of a model file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/measure/compare.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// A key of a model file and the values that it takes, as in an override "key=value".
struct SweepKey {
  std::string key;
  std::vector<std::string> values;
};

/// Of "KEY=a,b,c"; commas within brackets, braces and quotes belong to a value. Throws UserError for what is not that.
SweepKey parse_sweep_key(const std::string& text);

struct SweepPoint {
  std::vector<std::string> values;  ///< one for each key
  Network network;
  Comparison comparison;
};

struct Sweep {
  std::vector<SweepKey> keys;
  std::vector<SweepPoint> points;  ///< the last key's values go by fastest
};

/// The overrides "key=value" of each point.
std::vector<std::vector<std::string>> points_of(const std::vector<SweepKey>& keys);

/// Compares at every point of the grid; load(overrides) gives the model there. The seed and the estimators' settings
/// are the models' own. `on_point` sees the sweep after each point. Throws UserError as load() and compare() do,
/// all models are loaded before the first is measured.
Sweep sweep(const std::vector<SweepKey>& keys,
            const std::function<Model(const std::vector<std::string>&)>& load,
            const CompareSettings& settings, const std::function<void(const Sweep&)>& on_point = {},
            Progress& progress = no_progress());

/// docs/file-formats.md.
std::string to_json(const Sweep& sweep, const std::optional<Provenance>& made = {});
/// The columns of a comparison's CSV behind one for each key.
std::string to_csv(const Sweep& sweep, bool blocks = false);

}  // namespace spikegrad
