// SPDX-License-Identifier: Apache-2.0
#include "node/io/stream_channel.hpp"

#include <array>
#include <chrono>

namespace muster::node {
namespace {

TimePoint steady_now() { return TimePoint{std::chrono::steady_clock::now().time_since_epoch()}; }

constexpr std::size_t read_bytes = 4096;

}  // namespace

/// Outlives its channel until the last handler has run.
struct StreamChannel::Stream {
  explicit Stream(asio::io_context& io, int descriptor) : file(io, descriptor) {}
  asio::posix::stream_descriptor file;
  std::array<std::uint8_t, read_bytes> buffer{};
  std::deque<Bytes> waiting;  ///< the first is being written
  std::size_t waiting_bytes = 0;
  bool open = true;
};

StreamChannel::StreamChannel(asio::io_context& io, std::unique_ptr<radio::Modem> modem,
                             Handlers handlers, Limits limits)
    : io_(io),
      modem_(std::move(modem)),
      handlers_(std::move(handlers)),
      limits_(limits),
      timer_(io) {}

StreamChannel::~StreamChannel() { close(); }

void StreamChannel::open(int descriptor) {
  close();
  stream_ = std::make_shared<Stream>(io_, descriptor);
  modem_->opened(steady_now());
  read(stream_);
  drain();
}

void StreamChannel::close() {
  timer_.cancel();
  if (!stream_) return;
  stream_->open = false;
  ErrorCode ignored;
  stream_->file.close(ignored);
  stream_.reset();
}

void StreamChannel::end(const std::string& why) {
  close();
  handlers_.ended(why);
}

void StreamChannel::read(const std::shared_ptr<Stream>& stream) {
  stream->file.async_read_some(
      asio::buffer(stream->buffer), [this, stream](ErrorCode error, std::size_t size) {
        if (!stream->open) return;
        if (error) {
          end(error == asio::error::eof ? "it was closed by the other side" : error.message());
          return;
        }
        modem_->receive(steady_now(), BytesView{stream->buffer}.first(size));
        drain();
        if (stream->open) read(stream);
      });
}

void StreamChannel::write(const std::shared_ptr<Stream>& stream) {
  asio::async_write(stream->file, asio::buffer(stream->waiting.front()),
                    [this, stream](ErrorCode error, std::size_t) {
                      if (!stream->open) return;
                      if (error) {
                        end(error.message());
                        return;
                      }
                      stream->waiting_bytes -= stream->waiting.front().size();
                      stream->waiting.pop_front();
                      if (!stream->waiting.empty()) write(stream);
                    });
}

void StreamChannel::send(const std::optional<LinkAddress>& to, BytesView datagram) {
  if (!stream_ || stream_->waiting_bytes > limits_.waiting_bytes_max) {
    ++dropped_;
    return;
  }
  modem_->send(steady_now(), to, datagram);
  drain();
}

void StreamChannel::drain() {
  const auto stream = stream_;
  while (stream && stream->open) {
    auto output = modem_->poll();
    if (!output) break;
    carry_out(std::move(*output));
  }
  if (stream && stream->open) set_timer();
}

void StreamChannel::carry_out(radio::Modem::Output output) {
  if (auto* octets = std::get_if<radio::Modem::Write>(&output)) {
    stream_->waiting_bytes += octets->octets.size();
    stream_->waiting.push_back(std::move(octets->octets));
    if (stream_->waiting.size() == 1) write(stream_);
  } else if (const auto* heard = std::get_if<radio::Modem::Received>(&output)) {
    handlers_.received(heard->from, heard->datagram);
  } else if (const auto* foreign = std::get_if<radio::Modem::Overheard>(&output)) {
    if (handlers_.overheard) handlers_.overheard(foreign->datagram_bytes);
  } else if (std::holds_alternative<radio::Modem::Ready>(output)) {
    handlers_.ready();
  } else if (const auto* failed = std::get_if<radio::Modem::Failed>(&output)) {
    end(failed->why);
  }
}

void StreamChannel::set_timer() {
  const auto due = modem_->deadline();
  if (!due) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(due->time_since_epoch())});
  timer_.async_wait([this, stream = stream_](ErrorCode error) {
    if (error || !stream->open) return;
    modem_->advance(steady_now());
    drain();
  });
}

}  // namespace muster::node
