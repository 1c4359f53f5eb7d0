// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/toml_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "spikegrad/model/model.hpp"

namespace spikegrad {

std::string one_line(std::string_view text, std::size_t longest) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= longest && (static_cast<unsigned char>(c) & 0xC0) != 0x80) return line + "…";
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return line;
}

std::string place_of(const toml::node& node) {
  const toml::source_region& source = node.source();
  const std::string name = source.path ? one_line(*source.path, 300) : "";
  if (name.starts_with(override_source)) return name;
  return fmt::format("{}:{}", name, std::max<toml::source_index>(source.begin.line, 1));
}

std::string show(const toml::node& node) {
  if (node.is_array()) return "[…]";
  if (node.is_table()) return "{…}";
  if (const auto text = node.value_exact<std::string_view>()) return '"' + one_line(*text) + '"';
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) out << value;
  });
  return one_line(out.str());
}

std::string show_shape(std::span<const std::size_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string TomlTable::list(std::span<const std::string_view> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

void TomlTable::fail(std::string_view key, const toml::node& node, std::string_view message) const {
  fail_at(prefix_ + std::string(key), node, message);
}

void TomlTable::fail_at(std::string_view key, const toml::node& node, std::string_view message) const {
  throw UserError(fmt::format("{}: {}{}{} = {}: {}", place_of(node), section_, section_.empty() ? "" : " ",
                              one_line(key), show(node), one_line(message, 500)));
}

void TomlTable::fail(std::string_view message) const {
  std::string where = section_;
  if (!prefix_.empty()) where += (where.empty() ? "" : " ") + prefix_.substr(0, prefix_.size() - 1);
  throw UserError(
      fmt::format("{}: {}{}{}", place_of(table_), where, where.empty() ? "" : ": ", one_line(message, 500)));
}

const toml::node* TomlTable::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return table_.get(key);
}

const toml::node& TomlTable::need(std::string_view key, std::string_view what) {
  const toml::node* node = find(key);
  if (!node) fail(fmt::format("'{}' is missing: must be {}", key, what));
  return *node;
}

const toml::table* TomlTable::find_table(std::string_view key, std::string_view what) {
  const toml::node* node = find(key);
  if (node && !node->is_table()) fail(key, *node, fmt::format("must be {}", what));
  return node ? node->as_table() : nullptr;
}

void TomlTable::finish() const {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    throw UserError(fmt::format("{}: {}{}unknown key '{}{}'{}", place_of(node), section_,
                                section_.empty() ? "" : " ", prefix_, one_line(key.str()),
                                one_line(suggestion(key.str(), known), 500)));
  }
}

void TomlTable::convert(std::string_view key, const toml::node& node, double& value, Range range) const {
  // TOML tells 1 from 1.0; a physical quantity does not.
  const auto number = node.is_number() ? node.value<double>() : std::nullopt;
  if (!number || !contains(range, *number)) fail(key, node, fmt::format("must be {}", describe(range)));
  value = *number;
}

void TomlTable::convert(std::string_view key, const toml::node& node, std::size_t& value, Range range) const {
  const std::int64_t least = range == Range::positive ? 1 : 0;
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < least || static_cast<std::uint64_t>(*number) > ModelLimits::count)
    fail(key, node, fmt::format("must be a whole number from {} to {}", least, ModelLimits::count));
  value = static_cast<std::size_t>(*number);
}

void TomlTable::convert(std::string_view key, const toml::node& node, bool& value, Range) const {
  const auto truth = node.value_exact<bool>();
  if (!truth) fail(key, node, "must be true or false");
  value = *truth;
}

void TomlTable::convert(std::string_view key, const toml::node& node, std::string& value, Range) const {
  auto text = node.value_exact<std::string>();
  if (!text) fail(key, node, "must be a text in quotes");
  value = *std::move(text);
}

void TomlTable::convert(std::string_view key, const toml::node& node, std::vector<double>& value,
                        Range range) const {
  const toml::array* array = node.as_array();
  if (!array) fail(key, node, "must be an array of numbers");
  value.resize(array->size());
  for (std::size_t i = 0; i < array->size(); ++i)
    convert(fmt::format("{}[{}]", key, i), (*array)[i], value[i], range);
}

void TomlTable::convert(std::string_view key, const toml::node& node, Sides& value, Range range) const {
  const toml::array* pair = node.as_array();
  if (node.is_integer()) {
    convert(key, node, value.rows, range);
    value.columns = value.rows;
    return;
  }
  if (!pair || pair->size() != 2) fail(key, node, "must be a whole number or two, [rows, columns]");
  convert(fmt::format("{}[0]", key), (*pair)[0], value.rows, range);
  convert(fmt::format("{}[1]", key), (*pair)[1], value.columns, range);
}

}  // namespace spikegrad
