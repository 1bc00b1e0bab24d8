#include "cli/http_load.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace floe::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kAnswerBytesMax = 32 << 20;

// What all clients share: how many requests are left, and the result.
struct Course {
  const LoadOptions& options;
  int to_send;
  LoadResult result;
};

std::string Reason(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  if (!error && value.is_object()) {
    const boost::json::value* reason = value.as_object().if_contains("Reason");
    if (reason != nullptr && reason->is_string()) return std::string(reason->as_string());
  }
  return "no reason given";
}

void Count(const http::response<http::string_body>& response, double latency_ms,
           LoadResult& result) {
  if (response.result_int() == 429) {
    ++result.throttled[Reason(response.body())];
    return;
  }
  if (response.result_int() != 200) {
    ++result.failed[absl::StrCat("HTTP ", response.result_int())];
    return;
  }
  std::string log;
  const auto encoded = response["X-Amz-Log-Result"];
  absl::Base64Unescape(absl::string_view(encoded.data(), encoded.size()), &log);
  const double init_ms = ReportedMilliseconds(log, "Init Duration: ");
  const double run_ms = ReportedMilliseconds(log, "\tDuration: ");
  result.cold += init_ms >= 0;
  if (!response["X-Amz-Function-Error"].empty()) {
    ++result.function_errors;
    return;
  }
  ++result.answered;
  result.latency_ms.push_back(latency_ms);
  (init_ms >= 0 ? result.cold_latency_ms : result.warm_latency_ms).push_back(latency_ms);
  if (init_ms >= 0) result.init_ms.push_back(init_ms);
  if (run_ms >= 0) result.run_ms.push_back(run_ms);
}

// One client on one connection. Keeps itself alive through its handlers.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(beast::tcp_stream stream, Course& course) : stream_(std::move(stream)), course_(course) {
    request_.method(http::verb::post);
    request_.target(
        absl::StrCat("/2015-03-31/functions/", course.options.function_name, "/invocations"));
    request_.set(http::field::host, course.options.endpoint.host);
    request_.set(http::field::content_type, "application/json");
    request_.set("X-Amz-Log-Type", "Tail");
    request_.body() = course.options.payload;
    request_.prepare_payload();
  }

  void SendNext() {
    if (course_.to_send == 0) return;
    --course_.to_send;
    sent_at_ = Clock::now();
    stream_.expires_after(std::chrono::nanoseconds(course_.options.answer_limit.nanoseconds()));
    http::async_write(stream_, request_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return self->Broken(error);
                        self->Receive();
                      });
  }

 private:
  void Receive() {
    parser_ = std::make_unique<http::response_parser<http::string_body>>();
    parser_->body_limit(kAnswerBytesMax);
    http::async_read(
        stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, size_t) {
          if (error) return self->Broken(error);
          const std::chrono::duration<double, std::milli> latency = Clock::now() - self->sent_at_;
          Count(self->parser_->get(), latency.count(), self->course_.result);
          self->SendNext();
        });
  }

  void Broken(beast::error_code error) { ++course_.result.failed[error.message()]; }

  beast::tcp_stream stream_;
  Course& course_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::unique_ptr<http::response_parser<http::string_body>> parser_;
  Clock::time_point sent_at_;
};

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options) {
  asio::io_context io(1);
  beast::error_code error;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options.endpoint.host, error),
                                         static_cast<uint16_t>(options.endpoint.port));
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.endpoint.host, " is no numeric address: ", error.message()));
  }
  Course course{.options = options, .to_send = options.requests, .result = {}};
  std::vector<std::shared_ptr<Client>> clients;
  for (int i = 0; i < std::min(options.clients, options.requests); ++i) {
    asio::ip::tcp::socket socket(io);
    socket.connect(endpoint, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat("connect to the front door at ",
                                                 options.endpoint.host, ":", options.endpoint.port,
                                                 ": ", error.message()));
    }
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    clients.push_back(std::make_shared<Client>(beast::tcp_stream(std::move(socket)), course));
  }
  const Clock::time_point begin = Clock::now();
  for (const std::shared_ptr<Client>& client : clients) client->SendNext();
  clients.clear();
  io.run();
  LoadResult& result = course.result;
  result.elapsed = Duration::Nanoseconds(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
  for (std::vector<double>* values : {&result.latency_ms, &result.cold_latency_ms,
                                      &result.warm_latency_ms, &result.init_ms, &result.run_ms}) {
    std::sort(values->begin(), values->end());
  }
  return std::move(course.result);
}

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

double ReportedMilliseconds(absl::string_view log, absl::string_view label) {
  const size_t at = log.rfind(label);
  if (at == absl::string_view::npos) return -1;
  const absl::string_view rest = log.substr(at + label.size());
  double value = 0;
  if (!absl::SimpleAtod(rest.substr(0, rest.find(' ')), &value)) return -1;
  return value;
}

}  // namespace floe::cli
