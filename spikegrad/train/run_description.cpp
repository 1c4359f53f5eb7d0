// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/trainer.hpp"
#include "spikegrad/version.hpp"

namespace spikegrad {
namespace {

using nlohmann::json;

RunDescription read(const json& info) {
  RunDescription of{.version = info.at("version").get<std::string>(),
                    .commit = info.value("commit", ""),
                    .build = info.at("build").get<std::string>(),
                    .date = info.value("date", ""),
                    .command = info.value("command", ""),
                    .threads = info.value("threads", 0u),
                    .model = info.at("model").get<std::string>(),
                    .set = info.value("set", std::vector<std::string>()),
                    .start_from = info.value("start_from", ""),
                    .selection = info.value("selection", ""),
                    .seed = info.value("seed", std::uint64_t{0})};
  of.keep_checkpoints = info.value("keep_checkpoints", std::vector<std::size_t>());
  of.engine = info.at("engine").get<std::string>() == "reference" ? EngineKind::reference : EngineKind::cpu;
  if (!info.contains("data")) return of;
  const json& data = info["data"];
  if (!data.at("checksum").is_number_unsigned()) throw json::other_error::create(501, "checksum", &data);
  of.data = RunData{.training = data.at("training").get<std::string>(),
                    .validation = data.value("validation", ""),
                    .test = data.value("test", ""),
                    .classes = data.value("classes", std::vector<std::string>()),
                    .channels = data.value("channels", std::size_t{0}),
                    .samples = data.value("samples", std::size_t{0}),
                    .spikes = data.value("spikes", std::size_t{0}),
                    .checksum = data["checksum"].get<std::uint32_t>()};
  return of;
}

}  // namespace

RunDescription describe_run(const Model& model, EngineKind engine, const SpikeData* data) {
  RunDescription of{.version = std::string(version_string()),
                    .commit = std::string(commit()),
                    .build = std::string(compiler()) + ", " + CpuEngine::instruction_set(),
                    .date = utc_now(),
                    .model = model.source,
                    .seed = model.seed,
                    .engine = engine};
  if (data)
    of.data = RunData{.training = data->source,
                      .classes = data->class_names,
                      .channels = data->channels,
                      .samples = data->size(),
                      .spikes = data->units.size(),
                      .checksum = fingerprint(*data)};
  return of;
}

std::string selection_text(const Model& model, const Split& split, const SpikeData* data) {
  if (!selects(model) || split.validation.empty()) return "last epoch";
  std::string text = fmt::format("best epoch by validation {}: {} samples",
                                 model.training.select == Selection::accuracy ? "accuracy" : "loss",
                                 split.validation.size());
  if (!data) return text;
  text += data->validation_samples > 0 ? " of the validation file" : " of the training file";
  if (data->speakers.empty()) return text;
  std::set<std::uint16_t> judges;
  for (const std::uint32_t i : split.validation) judges.insert(data->speakers[i]);
  const bool shared = std::any_of(split.training.begin(), split.training.end(),
                                  [&](std::uint32_t i) { return judges.contains(data->speakers[i]); });
  return text + (shared
                     ? ", of speakers that train too"
                     : fmt::format(", speaker{} {}", judges.size() == 1 ? "" : "s", fmt::join(judges, ", ")));
}

std::string to_json(const RunDescription& of) {
  json info{{"version", of.version},
            {"commit", of.commit},
            {"build", of.build},
            {"model", of.model},
            {"set", of.set},
            {"seed", of.seed},
            {"engine", names_of(of.engine)[static_cast<std::size_t>(of.engine)]}};
  if (!of.date.empty()) info["date"] = of.date;
  if (!of.command.empty()) info["command"] = of.command;
  if (of.threads > 0) info["threads"] = of.threads;
  if (!of.keep_checkpoints.empty()) info["keep_checkpoints"] = of.keep_checkpoints;
  if (!of.start_from.empty()) info["start_from"] = of.start_from;
  if (!of.selection.empty()) info["selection"] = of.selection;
  if (of.data) {
    info["data"] = {{"training", of.data->training}, {"classes", of.data->classes},
                    {"channels", of.data->channels}, {"samples", of.data->samples},
                    {"spikes", of.data->spikes},     {"checksum", of.data->checksum}};
    if (!of.data->validation.empty()) info["data"]["validation"] = of.data->validation;
    if (!of.data->test.empty()) info["data"]["test"] = of.data->test;
  }
  return info.dump(2, ' ', false, json::error_handler_t::replace);
}

RunDescription description_from_json(std::string_view text, const std::string& source) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    throw UserError(source + ": is damaged: must be what spikegrad train has written");
  }
}

}  // namespace spikegrad
