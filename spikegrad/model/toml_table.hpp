// SPDX-License-Identifier: Apache-2.0
// Reading of one TOML table. Every key asked for is remembered as known; finish() refuses the others.
// Whatever is wrong becomes a UserError "FILE:LINE: [section] key = value: what would be right".
#pragma once

#include <toml++/toml.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/field.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/core/sides.hpp"
#include "spikegrad/core/suggest.hpp"

namespace spikegrad {

/// Begins the source of values that come from `--set`, which have no line.
inline constexpr std::string_view override_source = "--set ";

/// Text fit for a one-line message: control characters replaced, the length bounded.
std::string one_line(std::string_view text, std::size_t longest = 60);

/// "FILE:LINE", or the override the node came from.
std::string place_of(const toml::node& node);

/// A scalar as the file has it, "[…]" or "{…}" for the others.
std::string show(const toml::node& node);

/// "[2, 3]"
std::string show_shape(std::span<const std::size_t> shape);

class TomlTable {
 public:
  /// `section` begins its messages, e.g. "[population 'h']"; `prefix` the keys in them, e.g. "escape.".
  TomlTable(const toml::table& table, std::string section, std::string prefix = "")
      : table_(table), section_(std::move(section)), prefix_(std::move(prefix)) {}

  const toml::table& toml() const { return table_; }
  const std::string& section() const { return section_; }

  /// "PLACE: SECTION key = value: MESSAGE"
  [[noreturn]] void fail(std::string_view key, const toml::node& node, std::string_view message) const;
  /// The same, for the index-th entry of an array and so on; `key` is shown as it is.
  [[noreturn]] void fail_at(std::string_view key, const toml::node& node, std::string_view message) const;
  /// "PLACE: SECTION: MESSAGE", for what no single key is to blame for.
  [[noreturn]] void fail(std::string_view message) const;

  /// The value of a key, or null; either way the key is known from now on.
  const toml::node* find(std::string_view key);
  /// The value of a key that must be there; `what` says what it would be.
  const toml::node& need(std::string_view key, std::string_view what);
  /// The sub-table of a key, or null.
  const toml::table* find_table(std::string_view key, std::string_view what);

  /// Replaces `value` where the key is there and leaves it alone where it is not. False: not there.
  template <class T>
  bool read(std::string_view key, T& value, Range range) {
    const toml::node* node = find(key);
    if (node) convert(key, *node, value, range);
    return node;
  }
  /// The same for a key that must be there.
  template <class T>
  void read_needed(std::string_view key, T& value, Range range, std::string_view what) {
    convert(key, need(key, what), value, range);
  }

  /// Reads the fields a settings struct describes, then lets it judge their combination.
  template <class Settings>
  void read_fields(Settings& settings) {
    if constexpr (requires { Settings::fields(settings, FieldReader{*this}); })
      Settings::fields(settings, FieldReader{*this});
    if constexpr (requires { settings.invalid(); })
      if (const std::string_view reason = settings.invalid(); !reason.empty()) fail(reason);
  }

  /// Reads the member of a family that the key `kind` names, with its fields. `fallback`: the kind where the
  /// key is absent; empty: it must be there.
  template <class Variant>
  Variant read_kind(std::string_view fallback = "") {
    constexpr auto kinds = kinds_of<Variant>();
    std::string kind(fallback);
    const toml::node* node = find("kind");
    if (node)
      convert("kind", *node, kind, Range::any);
    else if (fallback.empty())
      need("kind", "one of " + list(kinds));
    auto member = make_kind<Variant>(kind);
    if (!member) fail("kind", *node, "unknown kind" + suggestion(kind, kinds));
    std::visit([this](auto& settings) { this->read_fields(settings); }, *member);
    return *std::move(member);
  }

  /// Throws UserError at the first key that nobody asked for.
  void finish() const;

  static std::string list(std::span<const std::string_view> names);

  void convert(std::string_view key, const toml::node& node, double& value, Range range) const;
  void convert(std::string_view key, const toml::node& node, std::size_t& value, Range range) const;
  void convert(std::string_view key, const toml::node& node, bool& value, Range range) const;
  void convert(std::string_view key, const toml::node& node, std::string& value, Range range) const;
  void convert(std::string_view key, const toml::node& node, std::vector<double>& value, Range range) const;
  void convert(std::string_view key, const toml::node& node, Sides& value, Range range) const;
  template <class Enum>
  requires std::is_enum_v<Enum>
  void convert(std::string_view key, const toml::node& node, Enum& value, Range) const {
    constexpr auto names = names_of(Enum{});
    const auto text = node.value_exact<std::string_view>();
    if (!text) fail(key, node, "must be one of " + list(names));
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == *text) {
        value = static_cast<Enum>(i);
        return;
      }
    fail(key, node, "unknown value" + suggestion(*text, names));
  }

 private:
  struct FieldReader {
    TomlTable& table;
    template <class T>
    void operator()(std::string_view name, T& member, Range range, std::string_view) const {
      table.read(name, member, range);
    }
  };

  const toml::table& table_;
  std::string section_, prefix_;
  std::vector<std::string> known_;
};

/// A table { kind = "…", … } below a key: the member of the family it names, nothing else in it.
template <class Variant>
Variant read_member(const TomlTable& parent, std::string_view key, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (!table)
    parent.fail_at(key, node,
                   "must be a table { kind = \"" + std::string(kinds_of<Variant>()[0]) + "\", … }");
  TomlTable reader(*table, parent.section(), std::string(key) + ".");
  Variant member = reader.template read_kind<Variant>();
  reader.finish();
  return member;
}

}  // namespace spikegrad
