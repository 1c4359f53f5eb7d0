// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/metrics.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

using nlohmann::json;

std::string to_json(const EpochMetrics& epoch, const Network& network) {
  json line{{"epoch", epoch.epoch},
            {"training", {{"loss", epoch.training.loss}}},
            {"best", epoch.best},
            {"learning_rate_factor", epoch.learning_rate},
            {"gradient_norm", epoch.gradient_norm},
            {"seconds", epoch.seconds}};
  if (epoch.labelled) line["training"]["accuracy"] = epoch.training.accuracy;
  if (epoch.regularised) line["training"]["penalty"] = epoch.training.penalty;
  if (epoch.validated) {
    line["validation"] = {{"loss", epoch.validation.loss}};
    if (epoch.labelled) line["validation"]["accuracy"] = epoch.validation.accuracy;
  }
  for (std::size_t p = 0; p < epoch.rates.size(); ++p)
    if (output_of(network.populations()[p].unit) != UnitOutput::potential)
      line["rates"][network.populations()[p].name] = epoch.rates[p];
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

namespace {

EpochMetrics read(const json& line, const Network& network) {
  // What is not finite was written as null.
  const auto number = [](const json& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  };
  const auto metrics = [&](const json& of) {
    return SampleMetrics{.loss = number(of.at("loss")),
                         .accuracy = of.contains("accuracy") ? number(of.at("accuracy")) : 0.0,
                         .penalty = of.contains("penalty") ? number(of.at("penalty")) : 0.0};
  };
  EpochMetrics epoch{.epoch = line.at("epoch").get<std::size_t>(),
                     .training = metrics(line.at("training")),
                     .validation = {},
                     .labelled = line.at("training").contains("accuracy"),
                     .validated = line.contains("validation"),
                     .regularised = line.at("training").contains("penalty"),
                     .best = line.at("best").get<bool>(),
                     .learning_rate = number(line.at("learning_rate_factor")),
                     .gradient_norm = number(line.at("gradient_norm")),
                     .rates = {},
                     .seconds = number(line.at("seconds"))};
  if (epoch.validated) epoch.validation = metrics(line.at("validation"));
  const json rates = line.value("rates", json::object());
  for (const Population& population : network.populations())
    epoch.rates.push_back(number(rates.value(population.name, json())));
  return epoch;
}

}  // namespace

EpochMetrics epoch_from_json(std::string_view line, const Network& network, const std::string& source) {
  try {
    return read(json::parse(line), network);
  } catch (const json::exception&) {
    throw UserError(source + ": is damaged: must be what spikegrad train has written");
  }
}

}  // namespace spikegrad
