// SPDX-License-Identifier: Apache-2.0
// SPIKEGRAD_JSON(Type, members…): to_json and from_json of a plain struct in namespace spikegrad, each member under
// its own name. As NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE, with what figure/json.hpp promises: empty lists, texts and
// optionals are left out, null stands for a number that is none, and a word that no enumerator has is an error.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

namespace spikegrad::json_members {

using nlohmann::json;

template <class T>
concept MayBeAbsent = requires(const T& member) {
  member.empty();
}
|| requires(const T& member) {
  member.has_value();
};

template <class T>
void read(const json& value, T& member) {
  if constexpr (std::is_same_v<T, double>) {
    member = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  } else if constexpr (requires { member.has_value(); }) {
    if (value.is_null())
      member.reset();
    else
      read(value, member.emplace());
  } else if constexpr (requires { member[0]; } && !std::is_same_v<T, std::string>) {
    if constexpr (requires { member.resize(0); }) member.resize(value.get_ref<const json::array_t&>().size());
    for (std::size_t i = 0; i < member.size(); ++i) read(value.at(i), member[i]);
  } else {
    value.get_to(member);
    // nlohmann takes an unknown word for the first one.
    if constexpr (std::is_enum_v<T>)
      if (json(member) != value) throw json::other_error::create(501, "unknown word " + value.dump(), &value);
  }
}

template <class T>
void read_member(const json& object, const char* key, T& member) {
  const bool absent = !object.get_ref<const json::object_t&>().contains(key);
  if (MayBeAbsent<T> && absent)
    member = {};
  else if (!(std::is_same_v<T, bool> &&
             absent))  // a switch that an older file does not know keeps its default
    read(object.at(key), member);
}

template <class T>
void write_member(json& object, const char* key, const T& member) {
  if constexpr (requires { member.has_value(); }) {
    if (member) object[key] = *member;
  } else if constexpr (MayBeAbsent<T>) {
    if (!member.empty()) object[key] = member;
  } else {
    object[key] = member;
  }
}

}  // namespace spikegrad::json_members

#define SPIKEGRAD_JSON_WRITE(member) json_members::write_member(json, #member, value.member);
#define SPIKEGRAD_JSON_READ(member) json_members::read_member(json, #member, value.member);
#define SPIKEGRAD_JSON(Type, ...)                                                \
  void to_json(nlohmann::json& json, const Type& value) {                        \
    json = nlohmann::json::object();                                             \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(SPIKEGRAD_JSON_WRITE, __VA_ARGS__)) \
  }                                                                              \
  void from_json(const nlohmann::json& json, Type& value) {                      \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(SPIKEGRAD_JSON_READ, __VA_ARGS__))  \
  }
