#include "tests/orchestrator/invoke_api/test_http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace floe::invoke_api {
namespace {

std::string Exchange(int port, const std::string& text) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    char buffer[16'384];
    ssize_t got = 0;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  return answer;
}

}  // namespace

net::HttpResponse SendRequest(int port, const TestRequest& request) {
  std::string text =
      absl::StrCat(request.method, " ", request.target, " HTTP/1.1\r\nHost: 127.0.0.1:", port,
                   "\r\nConnection: close\r\nContent-Length: ", request.body.size(), "\r\n");
  for (const auto& [name, value] : request.headers)
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "\r\n", request.body);
  const std::string answer = Exchange(port, text);

  net::HttpResponse response;
  response.status = 0;
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return response;
  response.body = answer.substr(end + 4);
  const std::vector<std::string> lines = absl::StrSplit(answer.substr(0, end), "\r\n");
  if (!absl::SimpleAtoi(lines[0].substr(9, 3), &response.status)) response.status = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    response.headers.Add(field.first, field.second);
  }
  return response;
}

}  // namespace floe::invoke_api
