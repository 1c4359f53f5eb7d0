// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/isolated.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

/// The first byte that a child sends.
enum class Outcome : char { result, user_error, internal_error, out_of_memory };

/// Reaps the child, however the scope is left.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  pid_t id_;
};

void send_outcome(Pipe& pipe, const std::function<Send()>& work) {
  const auto fail = [&](Outcome outcome, const char* message) {
    pipe.put(outcome);
    pipe.put_text(message);
  };
  try {
    const Send send = work();
    pipe.put(Outcome::result);
    send(pipe);
  } catch (const UserError& error) {
    fail(Outcome::user_error, error.what());
  } catch (const std::bad_alloc&) {
    fail(Outcome::out_of_memory, "");
  } catch (const std::exception& error) {
    fail(Outcome::internal_error, error.what());
  }
}

[[noreturn]] void run_child(Pipe& pipe, const std::function<Send()>& work, double seconds) {
  // Reports of a corrupt heap go to standard error; core files would fill the disk.
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  const auto limit = static_cast<rlim_t>(std::ceil(seconds));
  const rlimit processor{limit, limit}, core{0, 0};
  ::setrlimit(RLIMIT_CPU, &processor);
  ::setrlimit(RLIMIT_CORE, &core);
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGALRM, SIGPIPE})
    ::signal(signal, SIG_DFL);
  try {
    send_outcome(pipe, work);
    pipe.close();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);  // without what this process would do at its end
}

}  // namespace

Pipe::~Pipe() {
  close();
}

void Pipe::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Pipe::put_bytes(const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t done = ::write(descriptor_, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw BrokenPipe();
    at += done, size -= static_cast<std::size_t>(done);
  }
}

void Pipe::take_bytes(void* bytes, std::size_t size) {
  char* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t done = ::read(descriptor_, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw BrokenPipe();
    at += done, size -= static_cast<std::size_t>(done);
  }
}

void Pipe::put_text(const std::string& text) {
  put(text.size());
  put_all(std::span<const char>(text));
}

std::string Pipe::take_text() {
  std::string text(take<std::size_t>(), '\0');
  take_all(std::span<char>(text));
  return text;
}

void run_isolated(const std::function<Send()>& work, const std::function<void(Pipe&)>& receive,
                  double seconds, const std::string& died) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw UserError("no pipe can be made: " + std::generic_category().message(errno));
  Pipe reading(ends[0]), writing(ends[1]);
  const pid_t id = ::fork();
  if (id < 0) throw UserError("no process can be started: " + std::generic_category().message(errno));
  if (id == 0) {
    reading.close();
    run_child(writing, work, seconds);
  }
  const Child child(id);
  writing.close();
  try {
    const auto outcome = reading.take<Outcome>();
    if (outcome == Outcome::result)
      receive(reading);
    else {
      const std::string message = reading.take_text();
      if (outcome == Outcome::user_error) throw UserError(message);
      if (outcome == Outcome::out_of_memory) throw std::bad_alloc();
      throw InternalError(message);
    }
  } catch (const BrokenPipe&) {
    throw UserError(died);
  }
  reading.close();
}

}  // namespace spikegrad
