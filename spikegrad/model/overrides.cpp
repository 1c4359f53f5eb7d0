// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/model/toml_table.hpp"
#include "spikegrad/model/toml_text.hpp"

namespace spikegrad {
namespace {

struct Override {
  std::string source;  ///< "--set key=value", as messages begin
  std::vector<std::string_view> path;
  std::string_view value;

  [[noreturn]] void fail(std::string_view message) const {
    throw UserError(fmt::format("{}: {}", one_line(source, 200), one_line(message, 500)));
  }
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

/// The entry of an array that `part` means.
toml::node& entry_of(toml::array& array, std::string_view part, std::string_view before, const Override& o) {
  std::vector<std::string> names;
  for (toml::node& node : array)
    if (const toml::table* table = node.as_table()) {
      names.push_back(name_of(*table));
      if (!names.back().empty() && names.back() == part) return node;
    }
  std::size_t index = 0;
  const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
  if (parsed.ec == std::errc() && parsed.ptr == part.data() + part.size() && index < array.size())
    return array[index];
  if (names.empty())
    o.fail(fmt::format("'{}' has {} entries, and '{}' is not the number of one", before, array.size(), part));
  const std::vector<std::string_view> views(names.begin(), names.end());
  o.fail(fmt::format("there is no {} '{}'{}", before, part, suggestion(part, views)));
}

/// A document that holds the value alone, below the keys `path`; its nodes know that they come from here.
std::optional<toml::table> parse_value(const std::vector<std::string>& path, std::string_view value,
                                       const Override& o) {
  try {
    toml::table table =
        toml::parse(fmt::format("{} = {}", fmt::join(path, "."), value), std::string_view(o.source));
    if (table.size() == 1) return table;
  } catch (const toml::parse_error&) {
  }
  return std::nullopt;
}

toml::table value_of(std::span<const std::string_view> path, const Override& o) {
  std::vector<std::string> keys;
  for (const std::string_view part : path) keys.push_back(toml_text(part));
  // More than one line could smuggle in further keys.
  if (o.value.find('\n') == std::string_view::npos) {
    if (auto table = parse_value(keys, o.value, o)) return *std::move(table);
    const bool word = !o.value.empty() && std::all_of(o.value.begin(), o.value.end(), [](unsigned char c) {
      return c >= 0x80 || std::isalnum(c) || std::string_view("_-./>+~ ").find(c) != std::string_view::npos;
    });
    if (word)
      if (auto table = parse_value(keys, toml_text(o.value), o)) return *std::move(table);
  }
  o.fail("the value must be a number, true or false, a text in quotes, an array or a table, as in TOML");
}

}  // namespace

std::string name_of(const toml::table& table) {
  if (const auto name = table["name"].value<std::string>()) return *name;
  if (const auto name = table["population"].value<std::string>()) return *name;
  const auto from = table["from"].value<std::string>(), to = table["to"].value<std::string>();
  return from && to ? *from + "->" + *to : "";
}

void apply_override(toml::table& document, const std::string& override_text) {
  const std::size_t equals = override_text.find('=');
  Override o;
  o.source = std::string(override_source) + override_text;
  if (equals == std::string::npos || equals == 0) o.fail("must have the form key=value");
  o.value = std::string_view(override_text).substr(equals + 1);
  // "->" of connection names holds no '=' and no '.', so both separators are safe.
  o.path = split(std::string_view(override_text).substr(0, equals), '.');
  for (const std::string_view part : o.path)
    if (part.empty() || part.find_first_of("\n\r\t") != std::string_view::npos)
      o.fail("the key must be names joined by dots");
  if (o.path.size() > ModelLimits::key_parts) o.fail("the key has too many parts");

  toml::node* node = &document;
  std::string before;
  for (std::size_t k = 0; k < o.path.size(); ++k) {
    const std::string_view part = o.path[k];
    const bool last = k + 1 == o.path.size();
    if (toml::table* table = node->as_table()) {
      toml::node* next = table->get(part);
      if (last || !next) {
        toml::table made = value_of(std::span(o.path).subspan(k), o);
        made.begin()->second.visit([&](auto& value) { table->insert_or_assign(part, std::move(value)); });
        return;
      }
      node = next;
    } else if (toml::array* array = node->as_array()) {
      toml::node& entry = entry_of(*array, part, before, o);
      if (last) {
        const std::array<std::string_view, 1> key{part};
        toml::table made = value_of(key, o);
        const auto place =
            std::find_if(array->begin(), array->end(), [&](const toml::node& n) { return &n == &entry; });
        made.begin()->second.visit([&](auto& value) { array->replace(place, std::move(value)); });
        return;
      }
      node = &entry;
    } else {
      o.fail(fmt::format("'{}' is {} and has no part '{}'", before, show(*node), part));
    }
    before += (before.empty() ? "" : ".") + std::string(part);
  }
}

}  // namespace spikegrad
