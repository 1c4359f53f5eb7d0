// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/flat_settings.hpp"

#include <fmt/core.h>

#include <sstream>

#include "spikegrad/core/file.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/model/overrides.hpp"
#include "spikegrad/model/parse_document.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t longest_value = 16;

std::size_t leaves(const toml::node& node) {
  if (const auto* array = node.as_array()) {
    std::size_t count = 0;
    for (const toml::node& entry : *array) count += leaves(entry);
    return count;
  }
  return 1;
}

/// As a reader would write it: 0.2 where the file, which is exact, has 0.20000000000000001.
std::string text_of(const toml::node& node) {
  if (const auto word = node.value_exact<std::string>()) return *word;
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto* array = node.as_array()) {
    std::string list;
    for (const toml::node& entry : *array) list += (list.empty() ? "" : ", ") + text_of(entry);
    return "[" + list + "]";
  }
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return text.str();
}

void flatten(const toml::node& node, const std::string& key, FlatSettings& settings) {
  const auto* array = node.as_array();
  if (const auto* table = node.as_table()) {
    for (const auto& [name, child] : *table)
      if (name.str() != "weights")
        flatten(child, (key.empty() ? "" : key + ".") + std::string(name.str()), settings);
  } else if (array && !array->empty() && array->is_array_of_tables()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      const std::string name = name_of(*(*array)[i].as_table());
      flatten((*array)[i], key + "." + (name.empty() ? std::to_string(i) : name), settings);
    }
  } else if (leaves(node) <= longest_value) {
    settings.emplace_back(key, text_of(node));
  }
}

}  // namespace

FlatSettings flat_settings(const std::filesystem::path& file) {
  FlatSettings settings;
  flatten(parse_document(read_file(file, ModelLimits::file_bytes), file.string()), "", settings);
  return settings;
}

}  // namespace spikegrad
