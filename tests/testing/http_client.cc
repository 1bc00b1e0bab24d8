#include "tests/testing/http_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::test {
namespace {

constexpr timeval kReadLimit = {.tv_sec = 30, .tv_usec = 0};

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Fills status and headers from a head without its empty line.
void ParseHead(absl::string_view head, HttpAnswer& answer) {
  const std::vector<absl::string_view> lines = absl::StrSplit(head, "\r\n");
  const std::vector<absl::string_view> words = absl::StrSplit(lines[0], absl::MaxSplits(' ', 2));
  if (words.size() < 2 || !absl::SimpleAtoi(words[1], &answer.status)) {
    answer.problem = absl::StrCat("no status line: ", lines[0]);
    return;
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == absl::string_view::npos) {
      answer.problem = absl::StrCat("no header line: ", lines[i]);
      return;
    }
    answer.headers.Add(lines[i].substr(0, colon),
                       absl::StripAsciiWhitespace(lines[i].substr(colon + 1)));
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const HttpAnswer& answer) {
  out << answer.status << " " << answer.problem << "\n";
  for (const auto& [name, value] : answer.headers.all()) out << name << ": " << value << "\n";
  return out << "\n" << answer.body;
}

HttpClient::HttpClient(int port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kReadLimit, sizeof(kReadLimit));
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const sockaddr_in address = Loopback(port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) Close();
}

HttpClient::~HttpClient() {
  Close();
}

HttpAnswer HttpClient::Get(absl::string_view path, absl::string_view headers) {
  StartGet(path, headers);
  return Read();
}

HttpAnswer HttpClient::Post(absl::string_view path, absl::string_view body,
                            absl::string_view headers) {
  StartPost(path, body, headers);
  return Read();
}

void HttpClient::StartGet(absl::string_view path, absl::string_view headers) {
  Write(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers, "\r\n"));
}

void HttpClient::StartPost(absl::string_view path, absl::string_view body,
                           absl::string_view headers) {
  Write(PostText(path, body, headers));
}

bool HttpClient::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool HttpClient::Fill() {
  char bytes[65'536];
  ssize_t got;
  do {
    got = ::recv(fd_, bytes, sizeof(bytes), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    reset_ = got < 0 && !timed_out_;
    return false;
  }
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

HttpAnswer HttpClient::Read(bool with_body) {
  HttpAnswer answer;
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (Fill()) continue;
    answer.problem = timed_out_ ? "nothing came in time" : reset_ ? "reset" : "ended";
    return answer;
  }
  ParseHead(absl::string_view(buffer_).substr(0, end), answer);
  buffer_.erase(0, end + 4);
  size_t length = 0;
  if (!with_body || !absl::SimpleAtoi(answer.headers.Get("Content-Length"), &length)) return answer;
  while (buffer_.size() < length) {
    if (Fill()) continue;
    answer.problem = "the body ended early";
    return answer;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

std::string HttpClient::ReadToEnd(bool* clean) {
  while (Fill()) {
  }
  if (clean != nullptr) *clean = !reset_ && !timed_out_;
  std::string all;
  all.swap(buffer_);
  return all;
}

bool HttpClient::EndsHere() {
  return buffer_.empty() && !Fill() && !timed_out_;
}

void HttpClient::ShutdownWrite() {
  ::shutdown(fd_, SHUT_WR);
}
void HttpClient::ShutdownAll() {
  ::shutdown(fd_, SHUT_RDWR);
}

void HttpClient::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void HttpClient::Reset() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  Close();
}

std::string PostText(absl::string_view path, absl::string_view body, absl::string_view headers) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

std::string ChunkedPostText(absl::string_view path, absl::string_view body,
                            absl::string_view headers, absl::string_view trailers) {
  std::string text = absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                                  "Transfer-Encoding: chunked\r\n\r\n");
  if (!body.empty()) absl::StrAppend(&text, absl::Hex(body.size()), "\r\n", body, "\r\n");
  absl::StrAppend(&text, "0\r\n", trailers, "\r\n");
  return text;
}

int ListenOnLoopback(int* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(fd, SOMAXCONN) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    if (fd >= 0) ::close(fd);
    return -1;
  }
  *port = ntohs(address.sin_port);
  return fd;
}

}  // namespace floe::test
