// SPDX-License-Identifier: Apache-2.0
// Text put safely into HTML.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spikegrad {

/// &, <, >, " and ' as entities; bytes that are no UTF-8 as U+FFFD.
std::string escape_html(std::string_view text);

/// The same, but <sub>, <sup>, <i>, <b> and their ends stay tags (the rich text of figure.hpp).
std::string rich_html(std::string_view text);

/// Rich text in <p>…</p>; an empty line begins a new paragraph. `attributes` enters each <p> as it stands.
std::string paragraphs_html(std::string_view text, std::string_view attributes = {});

/// JSON for inside <script type="application/json">: '<' is written \u003c, so that neither </script> nor
/// <!-- occurs.
std::string script_json(const nlohmann::json& json);

/// JavaScript for inside <script>: "</script" becomes "<\/script", "<!--" becomes "<\!--", which are the same
/// in strings and regular expressions.
std::string script_code(std::string_view code);

/// Replaces every @NAME@ of the template by the value of that name, in one pass: what was put in is not
/// searched again. Throws InternalError for a name without value.
std::string fill_template(std::string_view text,
                          const std::vector<std::pair<std::string_view, std::string_view>>& values);

}  // namespace spikegrad
