// SPDX-License-Identifier: Apache-2.0
// Pictures: whatever the bytes, a picture or a UserError of one line; and what is read can be written.
#include <cstdint>
#include <string_view>

#include "fuzz/expect.hpp"
#include "spikegrad/data/picture_raster.hpp"
#include "spikegrad/data/png.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace spikegrad;
  // Width and height stand at fixed places; large pictures are slow and find nothing more.
  if (size > 23 && (bytes[16] | bytes[17] | bytes[20] | bytes[21])) return 0;
  return fuzz::expect_done_or_refused([&] {
    const Picture picture = decode_png({reinterpret_cast<const char*>(bytes), size}, "picture.png");
    picture_to_raster(picture, 7, 5, 0.5);
    fuzz::expect(decode_png(encode_png(picture), "again.png") == picture,
                 "a picture did not survive a round trip");
  });
}
