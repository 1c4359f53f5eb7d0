// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <tuple>

#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad {
namespace {

/// A section that is nothing but the fields of a settings struct; defaults where it is absent.
template <class Settings>
Settings read_plain(TomlTable& parent, std::string_view key, const std::string& section) {
  Settings settings;
  if (const toml::table* table = parent.find_table(key, "a section " + section)) {
    TomlTable reader(*table, section);
    reader.read_fields(settings);
    reader.finish();
  }
  return settings;
}

/// A name that someone else knows the meaning of: `look` throws UserError where it does not.
template <class Look>
void check_name(const TomlTable& table, std::string_view key, const Look& look) {
  try {
    look();
  } catch (const UserError& error) {
    table.fail(key, *table.toml().get(key), error.what());
  }
}

void need_points(const TomlTable& table, std::size_t points, std::size_t least) {
  if (const toml::node* node = table.toml().get("points"); node && points < least)
    table.fail("points", *node, fmt::format("must be {} or more", least));
}

}  // namespace

EstimatorSettings read_estimator(TomlTable& root) {
  return read_plain<EstimatorSettings>(root, "estimator", "[estimator]");
}

AugmentationSettings read_augmentation(TomlTable& root) {
  const auto settings = read_plain<AugmentationSettings>(root, "augmentation", "[augmentation]");
  if (settings.channel_gain > AugmentationSettings::most_gain) {
    const toml::table& section = *root.toml()["augmentation"].as_table();
    TomlTable(section, "[augmentation]")
        .fail("channel_gain", *section.get("channel_gain"),
              fmt::format("must be at most {}", AugmentationSettings::most_gain));
  }
  return settings;
}

TrainingSettings read_training(TomlTable& root, const Network& network) {
  const auto settings = read_plain<TrainingSettings>(root, "training", "[training]");
  const toml::table* section = root.toml()["training"].as_table();
  if (!section) return settings;
  const TomlTable table(*section, "[training]");
  if (section->contains("estimator"))
    check_name(table, "estimator", [&] { find_estimator(settings.estimator); });
  if (section->contains("optimiser"))
    check_name(table, "optimiser", [&] { find_optimiser(settings.optimiser); });
  const OptimiserSettings& of = settings.optimiser_settings;
  for (const auto& [key, value, owner] :
       {std::tuple{"momentum", of.momentum, "sgd"}, std::tuple{"weight_decay", of.weight_decay, "adamw"}})
    if (value != 0.0 && settings.optimiser != owner)
      table.fail(key, *section->get(key),
                 fmt::format("is of optimiser \"{}\", and this is \"{}\"", owner, settings.optimiser));
  if (const auto rates = settings.learning_rates.size(); rates != 0 && rates != network.blocks().size())
    table.fail("learning_rates", *section->get("learning_rates"),
               fmt::format("has {} numbers, must have one for each of the {} parameter blocks", rates,
                           network.blocks().size()));
  return settings;
}

FieldSettings read_field(TomlTable& root, const Network& network) {
  FieldSettings field;
  const toml::table* section = root.find_table("field", "a section [field]");
  if (!section) return field;
  TomlTable table(*section, "[field]");
  if (table.find("scan")) {
    field.scan = read_plain<ScanSettings>(table, "scan", "[field.scan]");
    TomlTable scan(*section->get_as<toml::table>("scan"), "[field.scan]");
    scan.need("parameter", "the name of one, as \"x->h[0,0]\" or \"h.bias[0]\"");
    check_name(scan, "parameter", [&] { parameter_index(network, field.scan->parameter); });
    need_points(scan, field.scan->points, 2);
  }
  if (table.find("loop")) {
    field.loop = read_plain<LoopSettings>(table, "loop", "[field.loop]");
    TomlTable loop(*section->get_as<toml::table>("loop"), "[field.loop]");
    need_points(loop, field.loop->points, 3);
    for (const auto& [key, direction] :
         {std::pair{"sine", &field.loop->sine}, std::pair{"cosine", &field.loop->cosine}}) {
      const toml::node& node = loop.need(key, "a direction, one number per parameter");
      if (direction->size() != network.parameter_count())
        loop.fail(key, node,
                  fmt::format("has {} numbers, must have one for each of the {} parameters",
                              direction->size(), network.parameter_count()));
    }
  }
  if (const toml::node* node = table.find("surrogates")) {
    const toml::array* list = node->as_array();
    if (!list) table.fail("surrogates", *node, "must be a list [{ kind = \"…\", … }, …]");
    for (std::size_t k = 0; k < list->size(); ++k)
      field.surrogates.push_back(read_member<Surrogate>(table, fmt::format("surrogates[{}]", k), (*list)[k]));
  }
  table.finish();
  return field;
}

}  // namespace spikegrad
