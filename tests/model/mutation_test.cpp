// SPDX-License-Identifier: Apache-2.0
// Damaged model files: whatever the text, a model or a UserError of one line. Run under the sanitizers, this
// also finds overflows and leaks of the reader.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "tests/model/example.hpp"
#include "tests/model/random_model.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

using testing::Dice;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{""};
  for (const char c : text) {
    lines.back() += c;
    if (c == '\n') lines.emplace_back();
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

std::string mutate(std::string text, Dice& dice) {
  static const std::vector<std::string> tokens{"-1",
                                               "0",
                                               "1e309",
                                               "nan",
                                               "-inf",
                                               "2147483647",
                                               "9223372036854775807",
                                               "99999999999999999999",
                                               "''",
                                               "\"\"\"",
                                               "[",
                                               "]",
                                               "[[",
                                               "{",
                                               "}",
                                               "=",
                                               ".",
                                               ",",
                                               "#",
                                               "\n",
                                               "true",
                                               "1979-05-27",
                                               "07:32:00",
                                               "{ kind = 'normal' }",
                                               "\xc3",
                                               "\\u0000",
                                               "kind",
                                               "'x'",
                                               "[]",
                                               "{}",
                                               "[[0, 0], [0, 1]]",
                                               "input",
                                               "x",
                                               "population",
                                               "\xef\xbb\xbf"};
  auto lines = lines_of(text);
  switch (dice.below(8)) {
    case 0:
      text[dice.below(text.size())] = static_cast<char>(dice.below(256));
      return text;
    case 1:
      text[dice.below(text.size())] ^= static_cast<char>(1u << dice.below(7));
      return text;
    case 2:
      return text.insert(dice.below(text.size()), dice.pick(tokens));
    case 3:
      return text.erase(dice.below(text.size()), dice.between(1, 12));
    case 4:
      return text.substr(0, dice.below(text.size()));
    case 5:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(dice.below(lines.size())));
      break;
    case 6:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(dice.below(lines.size())), dice.pick(lines));
      break;
    default: {
      // The value of one key replaced.
      std::string& line = lines[dice.below(lines.size())];
      if (const auto equals = line.find('='); equals != std::string::npos)
        line = line.substr(0, equals + 1) + dice.pick(tokens) + "\n";
    }
  }
  return joined(lines);
}

TEST(Mutations, GiveAModelOrOneLine) {
  std::vector<std::string> texts{example(), example({{"loss",
                                                      "[loss]\nkind = 'likelihood'\npopulation = 'h'\n"
                                                      "target = { kind = 'picture' }\n[field.scan]\n"
                                                      "parameter = 'x->h[0,1]'\n[training]\nepochs = 3\n"},
                                                     {"input", "[input]\nkind = 'poisson'\nrate = 100\n"},
                                                     {"connection",
                                                      "[[connection]]\nfrom = 'x'\nto = 'h'\n"
                                                      "init = { kind = 'fluctuation-driven', nu = 20 }\n"}})};
  for (std::uint64_t seed = 0; seed < 8; ++seed) texts.push_back(to_toml(random_model(seed)));
  Dice dice(1);
  std::size_t models = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = dice.pick(texts);
    for (std::size_t k = dice.between(1, 2); k > 0 && !text.empty(); --k) text = mutate(text, dice);
    try {
      parse_model(text, "m.toml");
      ++models;
    } catch (const UserError& error) {
      ++refused;
      const std::string message = error.what();
      ASSERT_TRUE(message.starts_with("m.toml:")) << message << "\n" << text;
      for (const char c : message) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << message;
      ASSERT_LT(message.size(), 1000u) << message;
    } catch (const std::exception& error) {
      FAIL() << "round " << round << ": " << error.what() << "\n" << text;
    }
  }
  // Both happen often, or the mutations test nothing.
  EXPECT_GT(models, 200u);
  EXPECT_GT(refused, 400u);
}

TEST(Mutations, OfOverrides) {
  const std::vector<std::string> good{
      "time.steps=3", "population.h.escape.beta=4", "connection.x->h.weights.1.0=2",
      "population.h.surrogate={ kind = 'superspike', beta = 3 }", "training.estimator=exact"};
  Dice dice(2);
  for (int round = 0; round < 2000; ++round) {
    const std::vector<std::string> overrides{mutate(dice.pick(good), dice)};
    try {
      parse_model(example(), "m.toml", overrides);
    } catch (const UserError& error) {
      for (const char c : std::string(error.what()))
        ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << error.what();
    } catch (const std::exception& error) {
      FAIL() << "round " << round << ": " << error.what() << "\n" << overrides[0];
    }
  }
}

}  // namespace
}  // namespace spikegrad
