// SPDX-License-Identifier: Apache-2.0
// spikegrad list: what exists, one line each, from the registries.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad::cli {
namespace {

void line(std::string_view name, std::string_view summary) {
  fmt::print("  {:<22} {}\n", name, summary);
}

/// Every alternative of a variant of described settings: its kind, its summary, its fields.
template <class Variant>
void print_variant() {
  [&]<class... Members>(std::variant<Members...>*) {
    (
        [&] {
          line(Members::kind, Members::summary);
          if constexpr (requires(Members & m) { Members::fields(m, [](auto&&...) {}); }) {
            Members member{};
            Members::fields(member, [](std::string_view field, const auto&, Range, std::string_view what) {
              fmt::print("  {:<22}   {}: {}\n", "", field, what);
            });
          }
        }(),
        ...);
  }(static_cast<Variant*>(nullptr));
}

void print_estimators() {
  for (const EstimatorInfo& e : estimators()) {
    line(e.name, e.summary);
    fmt::print("  {:<22}   bias: {} ({})\n", "", e.bias, e.source);
  }
}

void print_findings() {
  for (const FindingInfo& f : findings()) line(f.id, f.title);
}

void print_experiments() {
  for (const std::string_view name : embedded_names("experiments/")) {
    const std::string_view text = embedded_file(name);
    std::string_view summary;  // the first comment line that says something
    for (std::size_t begin = 0; begin < text.size() && summary.empty();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view row = text.substr(begin, end - begin);
      if (row.starts_with("# ") && !row.starts_with("# SPDX")) summary = row.substr(2);
      begin = end + 1;
    }
    line(name.substr(std::string_view("experiments/").size()), summary);
  }
}

struct Family {
  std::string_view name, what;
  void (*print)();
};

constexpr std::array families{
    Family{"estimators", "gradient estimators", print_estimators},
    Family{"escapes", "escape functions, p = f(u - theta)", print_variant<Escape>},
    Family{"surrogates", "surrogate derivatives g(u - theta)", print_variant<Surrogate>},
    Family{"units", "unit models", print_variant<Unit>},
    Family{"connections", "connection kinds", print_variant<ConnectionKind>},
    Family{"losses", "losses", print_variant<Loss>},
    Family{"initialisers", "initial weights", print_variant<Initialiser>},
    Family{"findings", "findings that reproduce measures", print_findings},
    Family{"experiments", "model files that come with the program", print_experiments},
};

int run(const std::string& wanted) {
  std::vector<std::string_view> names;
  for (const Family& family : families) {
    names.push_back(family.name);
    if (!wanted.empty() && family.name != wanted) continue;
    fmt::print("{} ({})\n", family.name, family.what);
    family.print();
    if (family.name == wanted) return Exit::done;
    fmt::print("\n");
  }
  if (!wanted.empty()) throw UserError("there is no list of '" + wanted + "'" + suggestion(wanted, names));
  return Exit::done;
}

}  // namespace

Command add_list(CLI::App& program) {
  auto wanted = std::make_shared<std::string>();
  CLI::App* app =
      program.add_subcommand("list", "What exists: estimators, surrogates, units, losses, findings …");
  std::string names;
  for (const Family& family : families) names += (names.empty() ? "" : ", ") + std::string(family.name);
  app->add_option("FAMILY", *wanted, "One of: " + names + " (all)");
  auto common = std::make_shared<Common>();
  common->add_to(*app);
  return {app, [wanted, common] { return run(*wanted); }};
}

}  // namespace spikegrad::cli
