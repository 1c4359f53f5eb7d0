// SPDX-License-Identifier: Apache-2.0
// The comparison of estimators over the values of one or two keys of a model file, or of sigma, the scale of a
// smoothed truth. Points are measured side by side; those of an earlier sweep can be taken over.
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

/// Stands for CompareSettings::sigma; no key of a model file is called that.
inline constexpr std::string_view sigma_key = "sigma";

/// Of "KEY=a,b,c"; commas within brackets, braces and quotes belong to a value. Throws UserError for what is not that.
SweepKey parse_sweep_key(const std::string& text);

struct SweepPoint {
  std::vector<std::string> values;  ///< one for each key
  Network network;
  Comparison comparison;
};

struct Sweep {
  std::vector<SweepKey> keys;
  CompareSettings settings = {};        ///< of every point, but for seed, estimators' settings and sigma
  std::vector<SweepPoint> points = {};  ///< the last key's values go by fastest
};

/// A point that was measured before.
struct MeasuredPoint {
  std::vector<std::string> values;
  Comparison comparison;
};

/// The overrides "key=value" of each point; sigma is none.
std::vector<std::vector<std::string>> points_of(const std::vector<SweepKey>& keys);

/// What there is after a point, and that point.
using OnPoint = std::function<void(const Sweep&, const SweepPoint&)>;

/// Compares at every point of the grid; `models` are those of points_of(keys). The seed and the estimators' settings
/// are the models' own. As many points at once as there are threads; one call of `on_point` at a time, in the order in
/// which they end. `before`: points that need not be measured again. Throws UserError as compare() does.
SPIKEGRAD_EXPORT Sweep sweep(const std::vector<SweepKey>& keys, const std::vector<Model>& models,
                             const CompareSettings& settings, const OnPoint& on_point = {},
                             Progress& progress = no_progress(),
                             const std::vector<MeasuredPoint>& before = {});

/// The points of a sweep's JSON (`source` names it), so that a sweep of the same keys, settings and provenance goes on
/// with them. Throws UserError where the text is none, or one of another sweep: what differs.
SPIKEGRAD_EXPORT std::vector<MeasuredPoint> measured_points(const std::string& text,
                                                            const std::string& source, const Sweep& sweep,
                                                            const Provenance& made);

/// docs/file-formats.md.
std::string to_json(const Sweep& sweep, const std::optional<Provenance>& made = {});
/// The columns of a comparison's CSV behind one for each key.
std::string to_csv(const Sweep& sweep, bool blocks = false);

}  // namespace spikegrad
