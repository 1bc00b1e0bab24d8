/* A function that does what its payload says, most of it wrong. One static program, so that a root
 * directory needs nothing else.
 *
 * argv[1] says what happens before the first request for an invocation: "serve" is the good case.
 * The payload, a JSON string, names what happens in an invocation: see `serve`. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kMebibyte = 1024 * 1024, kAnswerBytesMax = 8 * kMebibyte, kForksMax = 100000 };

static char answer[kAnswerBytesMax];
static char id[128];
static char payload[4096];
static char saved_text[64] = "nothing";

static int connect_to_api(void) {
  char host[64] = "";
  int port = 0;
  const char* address = getenv("AWS_LAMBDA_RUNTIME_API");
  if (address == NULL || sscanf(address, "%63[^:]:%d", host, &port) != 2) exit(90);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  inet_pton(AF_INET, host, &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&to, sizeof(to)) != 0) exit(91);
  return fd;
}

static void send_all(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes += sent;
    size -= (size_t)sent;
  }
}

/* One request on a connection of its own. The status of the answer, which is left in `answer`. */
static int call(const char* method, const char* path, const char* headers, const char* body,
                size_t body_size) {
  char head[1024];
  const int head_size = snprintf(head, sizeof(head),
                                 "%s /2018-06-01/runtime%s HTTP/1.1\r\nHost: api\r\n"
                                 "Connection: close\r\nContent-Length: %zu\r\n%s\r\n",
                                 method, path, body_size, headers);
  const int fd = connect_to_api();
  send_all(fd, head, (size_t)head_size);
  send_all(fd, body, body_size);
  size_t size = 0;
  ssize_t got = 0;
  while (size + 1 < sizeof(answer) &&
         (got = read(fd, answer + size, sizeof(answer) - 1 - size)) > 0)
    size += (size_t)got;
  answer[size] = '\0';
  close(fd);
  int status = 0;
  sscanf(answer, "HTTP/1.1 %d", &status);
  return status;
}

static void next(void) {
  if (call("GET", "/invocation/next", "", "", 0) != 200) exit(92);
  const char* name = "Lambda-Runtime-Aws-Request-Id: ";
  const char* header = strcasestr(answer, name);
  const char* body = strstr(answer, "\r\n\r\n");
  if (header == NULL || body == NULL) exit(93);
  snprintf(id, sizeof(id), "%.*s", (int)strcspn(header + strlen(name), "\r"),
           header + strlen(name));
  snprintf(payload, sizeof(payload), "%s", body + 4);
}

static int post(const char* request_id, const char* what, const char* headers, const char* body,
                size_t body_size) {
  char path[256];
  snprintf(path, sizeof(path), "/invocation/%s/%s", request_id, what);
  return call("POST", path, headers, body, body_size);
}

/* Answers with a JSON string. */
static int respond(const char* text) {
  char body[256];
  const int size = snprintf(body, sizeof(body), "\"%s\"", text);
  return post(id, "response", "", body, (size_t)size);
}

static void save_status(const char* what, int status) {
  snprintf(saved_text, sizeof(saved_text), "%s %d", what, status);
}

static void fork_sleepers(int count) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      while (true) pause();
    }
  }
}

static const char* fill_tmp(void) {
  static char block[kMebibyte];
  memset(block, 'x', sizeof(block));
  const int fd = open("/tmp/fill", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  while (write(fd, block, sizeof(block)) > 0) continue;
  const int error = errno;
  close(fd);
  return error == ENOSPC ? "no space" : strerror(error);
}

static void take_all_memory(void) {
  while (true) {
    char* block = mmap(NULL, 16 * kMebibyte, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (block == MAP_FAILED) continue;
    memset(block, 'x', 16 * kMebibyte);
  }
}

static const char* fork_until_refused(void) {
  int error = 0;
  for (int i = 0; i < kForksMax && error == 0; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      while (true) pause();
    }
    if (child < 0) error = errno;
  }
  kill(-1, SIGKILL);
  while (wait(NULL) > 0) continue;
  return error == EAGAIN ? "refused" : strerror(error);
}

static void flood_the_log(void) {
  for (int i = 0; i < 50000; ++i) printf("line %d of a log that nobody will read to its end\n", i);
  fflush(stdout);
}

static bool is(const char* what) {
  const size_t size = strlen(what);
  return payload[0] == '"' && strncmp(payload + 1, what, size) == 0 && payload[size + 1] == '"';
}

/* One invocation that ends the process, or never ends; or none of these. */
static void end_if_told(void) {
  if (is("exit 0")) exit(0);
  if (is("exit 3")) exit(3);
  if (is("fault")) *(volatile int*)NULL = 0;
  if (is("hang"))
    while (true) pause();
  if (is("spin"))
    while (true) continue;
  if (is("fork without end"))
    while (true) fork();
  if (is("take all memory")) take_all_memory();
  if (is("leave children and exit")) {
    fork_sleepers(10);
    exit(1);
  }
  if (is("respond and exit")) {
    respond("bye");
    exit(0);
  }
}

static void serve_one(int count) {
  char text[64];
  next();
  end_if_told();
  if (is("count")) {
    snprintf(text, sizeof(text), "%d", count);
    respond(text);
  } else if (is("saved")) {
    respond(saved_text);
  } else if (is("mark")) {
    respond(mkdir("/tmp/mark", 0700) == 0 ? "new" : "there");
  } else if (is("ask twice")) {
    char first[sizeof(id)];
    snprintf(first, sizeof(first), "%s", id);
    next();
    respond(strcmp(first, id) == 0 ? "same" : "different");
  } else if (is("answer twice")) {
    respond("first");
    save_status("second answer", respond("second"));
  } else if (is("answer the wrong id")) {
    save_status("wrong id", post("00000000-0000-0000-0000-000000000000", "response", "", "{}", 2));
    respond(saved_text);
  } else if (is("fail")) {
    const char* body = "{\"errorMessage\":\"as told\",\"errorType\":\"Told\"}";
    post(id, "error", "Lambda-Runtime-Function-Error-Type: Function.Told\r\n", body, strlen(body));
  } else if (is("leave children")) {
    fork_sleepers(10);
    respond("left");
  } else if (is("fill tmp")) {
    respond(fill_tmp());
  } else if (is("fork until refused")) {
    respond(fork_until_refused());
  } else if (is("answer too much")) {
    char* body = malloc(7 * kMebibyte);
    memset(body, '1', 7 * kMebibyte);
    save_status("too much", post(id, "response", "", body, 7 * kMebibyte));
    free(body);
  } else if (is("talk nonsense")) {
    const int fd = connect_to_api();
    send_all(fd, "\x16\x03\x01 this is no HTTP\r\n\r\n", 24);
    const bool is_closed = read(fd, text, sizeof(text)) >= 0;
    close(fd);
    respond(is_closed ? "closed" : "open");
  } else if (is("flood the log")) {
    flood_the_log();
    respond("flooded");
  } else {
    post(id, "response", "", payload, strlen(payload));
  }
}

static void prepare(const char* how) {
  const bool is_first = mkdir("/tmp/initialised", 0700) == 0;
  if (strcmp(how, "exit 0") == 0) exit(0);
  if (strcmp(how, "exit 1") == 0) exit(1);
  if (strcmp(how, "exit 1 once") == 0 && is_first) exit(1);
  if (strcmp(how, "hang") == 0)
    while (true) pause();
  if (strcmp(how, "hang once") == 0 && is_first)
    while (true) pause();
  if (strcmp(how, "init error") == 0) {
    const char* body =
        "{\"errorMessage\":\"no module\",\"errorType\":\"Runtime.ImportModuleError\"}";
    const int status = call("POST", "/init/error",
                            "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n",
                            body, strlen(body));
    exit(status == 202 ? 1 : 94);
  }
}

int main(int argc, char** argv) {
  prepare(argc > 1 ? argv[1] : "serve");
  for (int count = 1;; ++count) serve_one(count);
}
