// SPDX-License-Identifier: Apache-2.0
// Work in a child process, for libraries that may crash on damaged input. Sends its result back through a
// pipe.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace spikegrad {

/// One end of the pipe. What is put at one end is taken at the other, in the same order and of the same
/// types.
class Pipe {
 public:
  explicit Pipe(int descriptor) : descriptor_(descriptor) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(&value, sizeof value);
  }
  template <class T>
  void put_all(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(values.data(), values.size_bytes());
  }
  template <class T>
  T take() {
    T value{};
    take_bytes(&value, sizeof value);
    return value;
  }
  /// Fills `values`.
  template <class T>
  void take_all(std::span<T> values) {
    take_bytes(values.data(), values.size_bytes());
  }

  void put_text(const std::string& text);
  std::string take_text();

  /// Ends what is sent.
  void close();

 private:
  void put_bytes(const void* bytes, std::size_t size);
  void take_bytes(void* bytes, std::size_t size);
  int descriptor_;
};

/// Thrown by Pipe where the other end is gone.
struct BrokenPipe {};

/// Runs `work` in a child process. When it returns, the function it gives back sends the result, which
/// `receive` takes here. A UserError of `work` is thrown again here. If the child dies, or computes for more
/// than `seconds`, that is UserError(`died`): how it died is no secret worth a bug report, since `work` is
/// only for input that may be damaged. The child sees a copy of this process's memory, its standard error
/// leads nowhere, and it must start no threads.
using Send = std::function<void(Pipe&)>;
void run_isolated(const std::function<Send()>& work, const std::function<void(Pipe&)>& receive,
                  double seconds, const std::string& died);

}  // namespace spikegrad
