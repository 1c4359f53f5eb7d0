// SPDX-License-Identifier: Apache-2.0
// Whatever is put into quotes is read back, as a value and as a key.
#include "spikegrad/model/toml_text.hpp"

#include <gtest/gtest.h>
#include <toml++/toml.h>

namespace spikegrad {
namespace {

TEST(TomlText, IsReadBack) {
  std::string every;
  for (int c = 1; c < 0x80; ++c) every += static_cast<char>(c);
  for (const std::string& text : {std::string(), std::string("a picture.png"), std::string("\"\\\"'"), every,
                                  std::string("\0after", 6), std::string("β → ∞")}) {
    const std::string quoted = toml_text(text);
    EXPECT_EQ(quoted.find('\n'), std::string::npos);
    const toml::table table = toml::parse("value = " + quoted + "\n" + quoted + " = 1");
    EXPECT_EQ(table["value"].value<std::string>(), text) << quoted;
    EXPECT_TRUE(table.contains(text)) << quoted;
  }
}

}  // namespace
}  // namespace spikegrad
