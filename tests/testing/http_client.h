// A blocking HTTP/1.1 client for tests: raw enough to send anything, comfortable enough for the
// rest.
//
//   HttpClient client(port);
//   const HttpAnswer answer = client.Post("/2018-06-01/runtime/init/error", "{}");
//   EXPECT_EQ(answer.status, 202) << answer;

#ifndef FLOE_TESTS_TESTING_HTTP_CLIENT_H_
#define FLOE_TESTS_TESTING_HTTP_CLIENT_H_

#include <cstddef>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::test {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended, or nothing came in time; see `problem`.
  net::HttpFields headers;
  std::string body;
  std::string problem;
};
std::ostream& operator<<(std::ostream& out, const HttpAnswer& answer);

// Thread-compatible, except that ShutdownAll may be called while another thread reads. Waits up to
// 30 seconds for anything it reads.
class HttpClient {
 public:
  // Connects to 127.0.0.1:port. Without success every call fails softly.
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // `headers`: whole lines with their line ends. Content-Length is added when there is a body.
  HttpAnswer Get(absl::string_view path, absl::string_view headers = "");
  HttpAnswer Post(absl::string_view path, absl::string_view body, absl::string_view headers = "");
  // Sends a request and returns at once; Read gives the answer.
  void StartGet(absl::string_view path, absl::string_view headers = "");
  void StartPost(absl::string_view path, absl::string_view body, absl::string_view headers = "");

  // False when the peer no longer takes it.
  bool Write(absl::string_view bytes);
  // The next answer; 1xx answers are answers too. `with_body`: false after HEAD.
  HttpAnswer Read(bool with_body = true);
  // Everything until the peer ends. The end is clean when nothing has been reset.
  std::string ReadToEnd(bool* clean = nullptr);
  // True when the peer has closed or closes in time, and nothing more came.
  bool EndsHere();

  void ShutdownWrite();
  void ShutdownAll();
  void Close();
  // Closes so that the peer gets a reset.
  void Reset();

 private:
  // Reads more into buffer_. False at the end or when nothing came in time.
  bool Fill();

  int fd_ = -1;
  std::string buffer_;
  bool reset_ = false;
  bool timed_out_ = false;
};

// "POST path HTTP/1.1" with Host, `headers`, Content-Length and `body`.
std::string PostText(absl::string_view path, absl::string_view body,
                     absl::string_view headers = "");
// `body` as one chunk of a chunked body with `trailers`, whole lines with their line ends.
std::string ChunkedPostText(absl::string_view path, absl::string_view body,
                            absl::string_view headers, absl::string_view trailers);

// A socket that listens on 127.0.0.1 and a free port; the caller owns it.
int ListenOnLoopback(int* port);

}  // namespace floe::test

#endif  // FLOE_TESTS_TESTING_HTTP_CLIENT_H_
