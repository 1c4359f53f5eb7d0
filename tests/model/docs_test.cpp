// SPDX-License-Identifier: Apache-2.0
// docs/model-files.md is true: its examples load, and its tables have every member of every family with every
// key and its default.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "spikegrad/core/file.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad {
namespace {

const std::filesystem::path root(SPIKEGRAD_SOURCE_DIR);

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> toml_blocks(const std::string& document) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(document)) {
    if (line == "```toml") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

/// Text of each top-level section; [field.scan] belongs to "field". What precedes the first is "".
std::map<std::string, std::string> sections_of(const std::string& text) {
  std::map<std::string, std::string> sections;
  std::string name;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with('[')) {
      const std::size_t begin = line.find_first_not_of('[');
      name = line.substr(begin, line.find_first_of(".]") - begin);
    }
    sections[name] += line + "\n";
  }
  return sections;
}

TEST(ModelFileDocs, EveryExampleLoads) {
  const auto blocks = toml_blocks(read_file(root / "docs/model-files.md"));
  ASSERT_GT(blocks.size(), 10u);
  for (const std::string& block : blocks) {
    auto sections = sections_of(blocks[0]);
    for (const auto& [name, text] : sections_of(block)) sections[name] = text;
    std::string text;
    for (const auto& section : sections) text += section.second;
    EXPECT_NO_THROW(parse_model(text, "docs/model-files.md")) << block;
  }
}

TEST(ModelFileDocs, ExperimentsLoad) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "experiments"))
    if (entry.path().extension() == ".toml") {
      EXPECT_NO_THROW(load_model(entry.path())) << entry.path();
    }
}

/// The cells of the tables below each heading.
using Rows = std::vector<std::vector<std::string>>;
std::map<std::string, Rows> tables(const std::string& document) {
  std::map<std::string, Rows> result;
  std::string heading;
  for (std::string line : lines_of(document)) {
    if (line.starts_with('#')) heading = line.substr(line.find(' ') + 1);
    if (!line.starts_with("| ")) continue;
    std::vector<std::string> cells;
    std::string cell;
    for (std::size_t i = 2; i < line.size(); ++i) {
      if (line[i] == '|' && line[i - 1] != '\\') {
        cells.push_back(cell.substr(0, cell.find_last_not_of(' ') + 1));
        cell.clear();
        ++i;
      } else {
        cell += line[i];
      }
    }
    result[heading].push_back(cells);
  }
  return result;
}

/// Does the documented default stand for this value?
template <class T>
bool is_default(const std::string& cell, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return cell == (value ? "true" : "false");
  } else if constexpr (std::is_arithmetic_v<T>) {
    return !cell.empty() && std::strtod(cell.c_str(), nullptr) == static_cast<double>(value);
  } else if constexpr (std::is_enum_v<T>) {
    return cell == "`\"" + std::string(names_of(value)[static_cast<std::size_t>(value)]) + "\"`";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return cell == (value.empty() ? "needed" : "`\"" + value + "\"`");
  } else if constexpr (std::is_same_v<T, Sides>) {
    return cell == (value.rows == value.columns
                        ? std::to_string(value.rows)
                        : "[" + std::to_string(value.rows) + ", " + std::to_string(value.columns) + "]");
  } else {  // an array of numbers
    std::istringstream numbers(cell.starts_with('[') ? cell.substr(1) : "");
    std::vector<double> read;
    for (std::string number; std::getline(numbers, number, ',');)
      read.push_back(std::strtod(number.c_str(), nullptr));
    return value.empty() ? cell == "needed" || cell == "none" : read == value;
  }
}

/// Every field of a struct is a row "key | default" among `rows` from `first` on, the cells shifted by
/// `column`.
template <class Settings>
void expect_fields(const Rows& rows, std::size_t first, std::size_t column, const std::string& what) {
  const Settings settings;
  const auto check = [&](std::string_view name, const auto& value, Range, std::string_view) {
    for (std::size_t r = first; r < rows.size(); ++r) {
      if (column == 1 && r > first && !rows[r][0].empty()) break;  // the next kind
      if (rows[r].size() > column + 1 && rows[r][column] == "`" + std::string(name) + "`") {
        EXPECT_TRUE(is_default(rows[r][column + 1], value))
            << what << "." << name << ": " << rows[r][column + 1];
        return;
      }
    }
    ADD_FAILURE() << "docs/model-files.md: " << what << " lacks its key '" << name << "'";
  };
  if constexpr (requires { Settings::fields(settings, check); }) Settings::fields(settings, check);
}

template <class Member>
void expect_member(const Rows& rows) {
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (rows[r][0] == "`" + std::string(Member::kind) + "`")
      return expect_fields<Member>(rows, r, 1, std::string(Member::kind));
  ADD_FAILURE() << "docs/model-files.md lacks the kind '" << Member::kind << "'";
}

template <class Variant>
void expect_family(const Rows& rows) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (expect_member<std::variant_alternative_t<I, Variant>>(rows), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Variant>>{});
}

TEST(ModelFileDocs, TablesAreCompleteAndTheirDefaultsTrue) {
  auto rows = tables(read_file(root / "docs/model-files.md"));
  expect_family<Unit>(rows["[[population]]"]);
  expect_family<Escape>(rows["Escape functions"]);
  expect_family<Surrogate>(rows["Surrogates"]);
  expect_family<ConnectionKind>(rows["[[connection]]"]);
  expect_family<Initialiser>(rows["Initialisers"]);
  expect_family<Loss>(rows["[loss]"]);
  expect_family<Regulariser>(rows["[[regulariser]]"]);
  expect_fields<DataSettings>(rows["[input]"], 0, 0, "[input]");
  expect_fields<EstimatorSettings>(rows["[estimator]"], 0, 0, "[estimator]");
  expect_fields<TrainingSettings>(rows["[training]"], 0, 0, "[training]");
  expect_fields<AugmentationSettings>(rows["[augmentation]"], 0, 0, "[augmentation]");
  expect_fields<ScanSettings>(rows["[field]"], 0, 0, "[field.scan]");
  const Rows& field = rows["[field]"];
  std::size_t loop = 0;
  while (loop < field.size() && field[loop][0] != "`radius`") ++loop;
  expect_fields<LoopSettings>(field, loop, 0, "[field.loop]");
}

}  // namespace
}  // namespace spikegrad
