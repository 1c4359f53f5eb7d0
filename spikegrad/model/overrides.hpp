// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>

namespace spikegrad {

/// Applies "key=value" to a document. The key is a path of names joined by dots: keys of tables, names of the
/// tables in [[population]], [[connection]] ("x->h") and [[input]], places in other arrays. Tables on the way
/// are made; what is meant to be there and is not, is a UserError. The value is TOML, or a text without its
/// quotes.
void apply_override(toml::table& document, const std::string& override_text);

/// The name by which an entry of an array of tables is addressed: its `name`, its `population`, "from->to",
/// or nothing.
std::string name_of(const toml::table& table);

}  // namespace spikegrad
