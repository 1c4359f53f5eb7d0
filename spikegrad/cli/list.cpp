// SPDX-License-Identifier: Apache-2.0
// spikegrad list: what exists, one line each, from the registries.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad::cli {
namespace {

struct Entry {
  std::string name, summary;
  std::vector<std::string> details = {};
};

/// "beta = 10: slope, 1/threshold"; settings without a short default value are named alone.
template <class Value>
std::string setting(std::string_view name, const Value& value, std::string_view what) {
  if constexpr (std::is_arithmetic_v<Value>) return fmt::format("{} = {}: {}", name, value, what);
  if constexpr (std::is_same_v<Value, Sides>)
    return fmt::format("{} = [{}, {}]: {}", name, value.rows, value.columns, what);
  return fmt::format("{}: {}", name, what);
}

/// Every alternative of a variant of described settings: its kind, its summary, its fields.
template <class Variant>
std::vector<Entry> members() {
  std::vector<Entry> entries;
  [&]<class... Members>(std::variant<Members...>*) {
    (
        [&] {
          Entry& entry =
              entries.emplace_back(Entry{std::string(Members::kind), std::string(Members::summary)});
          if constexpr (requires(Members & m) { Members::fields(m, [](auto&&...) {}); }) {
            Members member{};
            Members::fields(member,
                            [&](std::string_view field, const auto& value, Range, std::string_view what) {
                              entry.details.push_back(setting(field, value, what));
                            });
          }
        }(),
        ...);
  }(static_cast<Variant*>(nullptr));
  return entries;
}

std::vector<Entry> all_estimators() {
  std::vector<Entry> entries;
  for (const EstimatorInfo& e : estimators())
    entries.push_back(
        {std::string(e.name),
         std::string(e.summary),
         {fmt::format("bias: {} ({})", e.bias, e.source), fmt::format("a sample: {}", e.cost)}});
  return entries;
}

std::vector<Entry> all_optimisers() {
  std::vector<Entry> entries;
  for (const OptimiserInfo& o : optimisers())
    entries.push_back({std::string(o.name), fmt::format("{} ({})", o.summary, o.source)});
  return entries;
}

std::vector<Entry> all_findings() {
  std::vector<Entry> entries;
  for (const FindingInfo& f : findings()) entries.push_back({std::string(f.id), std::string(f.title)});
  return entries;
}

/// Where the first sentence ends, behind its full stop; "et al. 2024" goes on.
std::size_t end_of_sentence(std::string_view text) {
  for (std::size_t stop = 0; (stop = text.find(". ", stop)) != std::string_view::npos; ++stop)
    if (!text.substr(0, stop).ends_with("et al")) return stop + 1;
  return std::string_view::npos;
}

/// The first sentence of a file's first comment, the licence line left out.
std::string first_sentence(std::string_view text) {
  std::string sentence;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = text.substr(begin, end - begin);
    begin = end + 1;
    if (row.starts_with("# SPDX")) continue;
    if (!row.starts_with("# ")) break;
    sentence += (sentence.empty() ? "" : " ") + std::string(row.substr(2));
    if (const std::size_t end_at = end_of_sentence(sentence); end_at != std::string::npos)
      return sentence.substr(0, end_at);
  }
  return sentence;
}

std::vector<Entry> all_experiments() {
  constexpr std::string_view folder = "experiments/";
  std::vector<Entry> entries;
  for (const std::string_view name : embedded_names(folder))
    entries.push_back({std::string(name.substr(folder.size())), first_sentence(embedded_file(name))});
  return entries;
}

struct Family {
  std::string_view name, what;
  std::vector<Entry> (*entries)();
};

constexpr std::array families{
    Family{"estimators", "gradient estimators", all_estimators},
    Family{"escapes", "escape functions, p = f(u - theta)", members<Escape>},
    Family{"surrogates", "surrogate derivatives g(u - theta)", members<Surrogate>},
    Family{"units", "unit models", members<Unit>},
    Family{"connections", "connection kinds", members<ConnectionKind>},
    Family{"losses", "losses", members<Loss>},
    Family{"regularisers", "penalties on spike counts", members<Regulariser>},
    Family{"initialisers", "initial weights", members<Initialiser>},
    Family{"optimisers", "what turns gradients into steps", all_optimisers},
    Family{"findings", "findings that reproduce measures", all_findings},
    Family{"experiments", "model files that come with the program", all_experiments},
};

void print(const Family& family) {
  const std::vector<Entry> entries = family.entries();
  std::size_t widest = 0;
  for (const Entry& entry : entries) widest = std::max(widest, entry.name.size());
  fmt::print("{} ({})\n", family.name, family.what);
  for (const Entry& entry : entries) {
    fmt::print("  {:<{}}  {}\n", entry.name, widest, entry.summary);
    for (const std::string& detail : entry.details) fmt::print("  {:<{}}    {}\n", "", widest, detail);
  }
}

int run(const std::string& wanted) {
  std::vector<std::string_view> names;
  for (const Family& family : families) {
    names.push_back(family.name);
    if (!wanted.empty() && family.name != wanted) continue;
    print(family);
    if (family.name == wanted) return Exit::done;
    fmt::print("\n");
  }
  if (!wanted.empty()) throw UserError("there is no list of '" + wanted + "'" + suggestion(wanted, names));
  return Exit::done;
}

}  // namespace

Command add_list(App& program) {
  auto wanted = std::make_shared<std::string>();
  App* app = program.add_subcommand("list", "What exists: estimators, surrogates, units, losses, findings …");
  std::string names;
  for (const Family& family : families) names += (names.empty() ? "" : ", ") + std::string(family.name);
  app->add_option("FAMILY", *wanted, "One of: " + names + " (all)");
  return {app, [wanted] { return run(*wanted); }};
}

}  // namespace spikegrad::cli
