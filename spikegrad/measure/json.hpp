// SPDX-License-Identifier: Apache-2.0
// Measurements as JSON; docs/file-formats.md lists the fields.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spikegrad/measure/compare.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {

/// compare.json. Numbers that are not finite are null.
nlohmann::ordered_json to_json(const Comparison& comparison, const Network& network);
nlohmann::ordered_json to_json(const Scan& scan);
nlohmann::ordered_json to_json(const Loop& loop);
nlohmann::ordered_json to_json(const Curl& curl);

}  // namespace spikegrad
