/* A function in plain C: asks the Runtime API for an invocation, answers with its payload, repeats.
 * A payload that begins with {"sleep_ms": N is answered N milliseconds later.
 *
 * Needs neither libraries nor a shell nor /etc, so it is the smallest thing that can be deployed,
 * and what is left when the cost of containers themselves is to be measured. Serves as a bootstrap.
 *
 * Exit status: 1 for an unusable AWS_LAMBDA_RUNTIME_API, 2 when the Runtime API cannot be reached
 * or does not speak as expected. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
  kBufferBytes = 7 * 1024 * 1024, /* Headers of 1 MiB at most, and a payload of 6 MiB at most. */
  kRequestBytesMax = 512,
  kRequestIdBytesMax = 128,
};

static char buffer[kBufferBytes];

struct response {
  int status;
  char request_id[kRequestIdBytesMax];
  const char* body; /* In `buffer`. */
  size_t body_bytes;
};

__attribute__((noreturn)) static void fail(int exit_status, const char* text) {
  fprintf(stderr, "static_echo: %s\n", text);
  exit(exit_status);
}

/* AWS_LAMBDA_RUNTIME_API is a numeric IPv4 address with a port. */
static struct sockaddr_in runtime_api_address(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  char host[INET_ADDRSTRLEN] = "";
  int port = 0;
  const char* text = getenv("AWS_LAMBDA_RUNTIME_API");
  if (text == NULL || sscanf(text, "%15[0-9.]:%d", host, &port) != 2 || port < 1 || port > 65535 ||
      inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fail(1, "AWS_LAMBDA_RUNTIME_API is not ADDRESS:PORT");
  }
  address.sin_port = htons((unsigned short)port);
  return address;
}

static int connect_to_api(const struct sockaddr_in* address) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (connection < 0 ||
      connect(connection, (const struct sockaddr*)address, sizeof(*address)) != 0) {
    fail(2, "cannot connect to the Runtime API");
  }
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return connection;
}

/* Sends head and body in as few packets as possible. False when the connection is gone. */
static bool send_request(int connection, const char* head, const char* body, size_t body_bytes) {
  struct iovec parts[2] = {{.iov_base = (void*)head, .iov_len = strlen(head)},
                           {.iov_base = (void*)body, .iov_len = body_bytes}};
  while (parts[0].iov_len + parts[1].iov_len > 0) {
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(connection, &message, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    for (int i = 0; i < 2; ++i) {
      const size_t taken = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
      parts[i].iov_base = (char*)parts[i].iov_base + taken;
      parts[i].iov_len -= taken;
      sent -= (ssize_t)taken;
    }
  }
  return true;
}

/* The value of header `name` in the head of a response, or NULL. It ends before the next "\r\n". */
static const char* header_value(const char* head, const char* name) {
  const size_t name_bytes = strlen(name);
  for (const char* line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, name_bytes) == 0 && line[name_bytes] == ':') {
      const char* value = line + name_bytes + 1;
      return value + strspn(value, " \t");
    }
  }
  return NULL;
}

/* Reads one response with a Content-Length. False when the connection ended before its first byte.
 */
static bool read_response(int connection, struct response* response) {
  size_t bytes = 0;
  char* head_end = NULL;
  while (head_end == NULL) {
    const ssize_t size = read(connection, buffer + bytes, sizeof(buffer) - 1 - bytes);
    if (size <= 0 && bytes == 0) return false;
    if (size <= 0) fail(2, "the Runtime API broke off its answer");
    bytes += (size_t)size;
    buffer[bytes] = '\0';
    head_end = strstr(buffer, "\r\n\r\n");
  }
  head_end[2] = '\0'; /* The head is a text of its own; its last line keeps its end. */
  const char* length = header_value(buffer, "Content-Length");
  if (sscanf(buffer, "HTTP/1.1 %d", &response->status) != 1 || length == NULL) {
    fail(2, "the Runtime API gave an answer without status or length");
  }
  response->body = head_end + 4;
  response->body_bytes = strtoul(length, NULL, 10);
  const size_t head_bytes = (size_t)(response->body - buffer);
  if (response->body_bytes > sizeof(buffer) - 1 - head_bytes) fail(2, "the payload is too large");
  while (bytes < head_bytes + response->body_bytes) {
    const ssize_t size =
        read(connection, buffer + bytes, head_bytes + response->body_bytes - bytes);
    if (size <= 0) fail(2, "the Runtime API broke off its answer");
    bytes += (size_t)size;
  }
  const char* id = header_value(buffer, "Lambda-Runtime-Aws-Request-Id");
  snprintf(response->request_id, sizeof(response->request_id), "%.*s",
           id == NULL ? 0 : (int)strcspn(id, "\r \t"), id == NULL ? "" : id);
  return true;
}

/* Sends a request and reads its answer; connects again where a kept connection has been closed. */
static struct response call(const struct sockaddr_in* address, int* connection, const char* head,
                            const char* body, size_t body_bytes) {
  struct response response;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (*connection < 0) *connection = connect_to_api(address);
    if (send_request(*connection, head, body, body_bytes) &&
        read_response(*connection, &response)) {
      return response;
    }
    close(*connection);
    *connection = -1;
  }
  fail(2, "the Runtime API closes every connection");
}

/* At most a minute. The byte behind the payload belongs to `buffer` and is free. */
static void sleep_if_asked(const char* body, size_t body_bytes) {
  static const char kAsked[] = "{\"sleep_ms\": ";
  const size_t asked_bytes = sizeof(kAsked) - 1;
  if (body_bytes <= asked_bytes || strncmp(body, kAsked, asked_bytes) != 0) return;
  buffer[(size_t)(body - buffer) + body_bytes] = '\0';
  unsigned long milliseconds = strtoul(body + asked_bytes, NULL, 10);
  if (milliseconds > 60000) milliseconds = 60000;
  const struct timespec length = {.tv_sec = (time_t)(milliseconds / 1000),
                                  .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  nanosleep(&length, NULL);
}

int main(void) {
  const struct sockaddr_in address = runtime_api_address();
  const char* host = getenv("AWS_LAMBDA_RUNTIME_API");
  int connection = -1;
  char head[kRequestBytesMax];
  while (true) {
    snprintf(head, sizeof(head),
             "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", host);
    const struct response next = call(&address, &connection, head, "", 0);
    if (next.status != 200 || next.request_id[0] == '\0')
      fail(2, "no invocation from the Runtime API");
    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\n"
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             next.request_id, host, next.body_bytes);
    sleep_if_asked(next.body, next.body_bytes);
    const struct response answer = call(&address, &connection, head, next.body, next.body_bytes);
    /* 4xx: too late or too large, which the caller learns elsewhere. 5xx: this environment is lost.
     */
    if (answer.status >= 500) fail(2, "the Runtime API refuses the answer");
  }
}
