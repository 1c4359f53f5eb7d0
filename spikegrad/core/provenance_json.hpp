// SPDX-License-Identifier: Apache-2.0
// Provenance as the JSON object "provenance" of result files (docs/file-formats.md). Empty texts are left out.
#pragma once

#include <nlohmann/json.hpp>

#include "spikegrad/core/provenance.hpp"

namespace spikegrad {

template <class Json>
Json provenance_json(const Provenance& made) {
  Json json{{"version", made.version}, {"commit", made.commit}, {"build", made.build}, {"date", made.date}};
  if (!made.command.empty()) json["command"] = made.command;
  if (!made.model.empty()) json["model"] = made.model;
  json["set"] = made.set;
  json["seed"] = made.seed;
  if (made.threads > 0) json["threads"] = made.threads;
  return json;
}

}  // namespace spikegrad
