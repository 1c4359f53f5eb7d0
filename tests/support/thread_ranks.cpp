// SPDX-License-Identifier: Apache-2.0
#include "tests/support/thread_ranks.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace spikegrad::testing {
namespace {

/// Another rank has failed.
struct Lost : std::runtime_error {
  Lost() : std::runtime_error("another rank has failed") {}
};

/// The post between the ranks: letters of each pair, in the order in which they were sent.
class Post {
 public:
  void put(std::size_t from, std::size_t to, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    letters_[{from, to}].emplace_back(bytes.begin(), bytes.end());
    arrived_.notify_all();
  }
  void take(std::size_t from, std::size_t to, std::span<std::byte> bytes) {
    std::unique_lock lock(mutex_);
    auto& letters = letters_[{from, to}];
    arrived_.wait(lock, [&] { return !letters.empty() || failure_; });
    if (failure_) throw Lost();
    if (letters.front().size() != bytes.size())
      throw std::runtime_error("a letter has another size than was expected");
    if (!bytes.empty()) std::memcpy(bytes.data(), letters.front().data(), bytes.size());
    letters.pop_front();
  }
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    arrived_.notify_all();
  }
  /// After all ranks have ended.
  void check() {
    if (failure_) std::rethrow_exception(failure_);
    for (const auto& [pair, letters] : letters_)
      if (!letters.empty()) throw std::runtime_error("a letter was never read");
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<std::vector<std::byte>>> letters_;
  std::exception_ptr failure_;
};

class ThreadRank final : public Ranks {
 public:
  ThreadRank(Post& post, std::size_t rank, std::size_t count) : post_(post), rank_(rank), count_(count) {}

  std::size_t rank() const override { return rank_; }
  std::size_t count() const override { return count_; }
  void pass_through(std::span<std::byte> bytes, std::size_t piece, std::size_t working,
                    const Add& add) override {
    for (std::size_t first = 0; rank_ < working && first < bytes.size(); first += piece) {
      const std::span<std::byte> part = bytes.subspan(first, std::min(piece, bytes.size() - first));
      if (rank_ > 0) post_.take(rank_ - 1, rank_, part);
      add(first, part.size());
      if (rank_ + 1 < working) post_.put(rank_, rank_ + 1, part);
    }
    broadcast(working - 1, bytes);
  }
  void broadcast(std::size_t from, std::span<std::byte> bytes) override {
    if (rank_ != from) return post_.take(from, rank_, bytes);
    for (std::size_t to = 0; to < count_; ++to)
      if (to != from) post_.put(rank_, to, bytes);
  }
  void gather(std::span<std::byte> all, std::span<const std::size_t> sizes) override {
    std::size_t at = 0;
    for (std::size_t r = 0; r < count_; at += sizes[r], ++r) broadcast(r, all.subspan(at, sizes[r]));
    if (at != all.size()) throw std::runtime_error("the parts are not the whole");
  }
  bool any(bool here) override {
    std::vector<std::byte> all(count_, std::byte{here});
    const std::vector<std::size_t> sizes(count_, 1);
    gather(all, sizes);
    bool found = false;
    for (const std::byte b : all) found |= b != std::byte{0};
    return found;
  }

 private:
  Post& post_;
  std::size_t rank_, count_;
};

}  // namespace

void run_ranks(std::size_t count, const std::function<void(Ranks&)>& work) {
  Post post;
  {
    std::vector<std::jthread> threads;
    for (std::size_t r = 0; r < count; ++r)
      threads.emplace_back([&, r] {
        try {
          ThreadRank rank(post, r, count);
          work(rank);
        } catch (...) {
          post.fail(std::current_exception());
        }
      });
  }
  post.check();
}

}  // namespace spikegrad::testing
