// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/html.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// nlohmann's writer is what replaces bytes that are no UTF-8.
std::string valid_utf8(std::string_view text) {
  const nlohmann::json quoted = std::string(text);
  return nlohmann::json::parse(quoted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string safe;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string rich_html(std::string_view text) {
  std::string safe = escape_html(text);
  for (const std::string tag : {"sub", "sup", "i", "b"}) {
    replace_all(safe, "&lt;" + tag + "&gt;", "<" + tag + ">");
    replace_all(safe, "&lt;/" + tag + "&gt;", "</" + tag + ">");
  }
  return safe;
}

std::string paragraphs_html(std::string_view text, std::string_view attributes) {
  const std::string open = attributes.empty() ? "<p>" : "<p " + std::string(attributes) + ">";
  std::string html;
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    const auto paragraph = text.substr(0, end);
    if (paragraph.find_first_not_of(" \n") != std::string_view::npos)
      html += open + rich_html(paragraph) + "</p>\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return html;
}

std::string script_json(const nlohmann::json& json) {
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  replace_all(text, "<", "\\u003c");
  return text;
}

std::string script_code(std::string_view code) {
  std::string text(code);
  replace_all(text, "</script", "<\\/script");
  replace_all(text, "<!--", "<\\!--");
  return text;
}

std::string fill_template(std::string_view text,
                          const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string filled;
  while (true) {
    const auto begin = text.find('@');
    filled += text.substr(0, begin);
    if (begin == std::string_view::npos) return filled;
    const auto end = text.find('@', begin + 1);
    require(end != std::string_view::npos, "a template has an @ without its end");
    const auto name = text.substr(begin + 1, end - begin - 1);
    const auto value = std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    require(value != values.end(), "a template names a value that is not given");
    filled += value->second;
    text.remove_prefix(end + 1);
  }
}

}  // namespace spikegrad
