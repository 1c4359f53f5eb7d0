// SPDX-License-Identifier: Apache-2.0
// Model files: whatever the bytes, a model or a UserError of one line.
#include <cstdint>
#include <string_view>

#include "fuzz/expect.hpp"
#include "spikegrad/model/model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  // A model file may name a picture of any path, which is not what is tested here.
  if (text.find("file") != std::string_view::npos) return 0;
  return spikegrad::fuzz::expect_done_or_refused([&] { spikegrad::parse_model(text, "model.toml"); });
}
