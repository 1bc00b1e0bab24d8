#include "net/http_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "net/http_message.h"
#include "tests/testing/http_client.h"

namespace floe::net {
namespace {

using test::HttpAnswer;
using test::HttpClient;

// Requests whose answers the test gives itself. Thread-safe.
class Inbox {
 public:
  struct Item {
    HttpRequest request;
    HttpResponder responder;
  };

  HttpHandler Handler() {
    return [this](HttpRequest request, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      items_.push_back({std::move(request), std::move(responder)});
      arrived_.notify_all();
    };
  }

  // The next request. Fails the test after half a minute.
  Item Take() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        arrived_.wait_for(lock, std::chrono::seconds(30), [this] { return !items_.empty(); }));
    if (items_.empty()) return {};
    Item item = std::move(items_.front());
    items_.erase(items_.begin());
    return item;
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Item> items_;
};

// True once `condition` holds; false after half a minute.
bool Eventually(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

void Echo(HttpRequest request, HttpResponder responder) {
  HttpResponse response = {.status = 200, .body = std::move(request.body)};
  response.headers.Add("Content-Type", request.headers.Get("Content-Type"));
  responder.Send(std::move(response));
}

class HttpServerTest : public ::testing::Test {
 protected:
  // Serves `handler` on a new port.
  int Serve(HttpHandler handler, const ListenerOptions& options = {}) {
    auto listening = server_->Listen("127.0.0.1", 0, options, std::move(handler));
    EXPECT_TRUE(listening.ok()) << listening.status();
    listener_ = listening->id;
    return listening->port;
  }

  Inbox inbox_;
  std::unique_ptr<HttpServer> server_ = *HttpServer::Create({.threads = 2});
  ListenerId listener_ = 0;
};

// ---- One request after the other.

TEST_F(HttpServerTest, AnswersRequestsOnOneConnectionOneAfterTheOther) {
  HttpClient client(Serve(Echo));

  for (int i = 0; i < 3; ++i) {
    const HttpAnswer answer = client.Post("/", "hello", "Content-Type: text/x\r\n");
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.headers.Get("content-type"), "text/x");
  }
}

TEST_F(HttpServerTest, EveryCallOfAHandlerRunsInsideOfRunHandler) {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  const auto run = [&](const std::function<void()>& handler) {
    ++begun;
    handler();
    ++ended;
  };
  server_ = *HttpServer::Create({.threads = 2, .run_handler = run});
  HttpClient client(Serve([&](HttpRequest, HttpResponder responder) {
    EXPECT_EQ(begun, ended + 1);
    responder.Send({.status = 200});
  }));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(client.Get("/").status, 200);
    EXPECT_TRUE(Eventually([&] { return ended == i; }));
  }
  EXPECT_EQ(begun, 3);
}

TEST_F(HttpServerTest, ReadsARequestThatComesByteByByte) {
  HttpClient client(Serve(Echo));
  for (const char c : test::ChunkedPostText("/", "hello", "", "X-T: v\r\n")) {
    ASSERT_TRUE(client.Write({&c, 1}));
  }
  EXPECT_EQ(client.Read().body, "hello");
}

TEST_F(HttpServerTest, ReadsARequestThatIsCutAtAnyByte) {
  const int port = Serve(Echo);
  const std::string text = test::PostText("/path", "hello");
  for (size_t cut = 1; cut < text.size(); ++cut) {
    HttpClient client(port);
    client.Write(absl::string_view(text).substr(0, cut));
    client.Write(absl::string_view(text).substr(cut));
    ASSERT_EQ(client.Read().body, "hello") << cut;
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInTheirOrder) {
  HttpClient client(Serve(inbox_.Handler()));
  client.Write(test::PostText("/1", "a") + test::PostText("/2", "b") + test::PostText("/3", "c"));

  for (const std::string path : {"/1", "/2", "/3"}) {
    Inbox::Item item = inbox_.Take();
    EXPECT_EQ(item.request.path, path);
    EXPECT_EQ(inbox_.size(), 0u);
    item.responder.Send({.status = 200, .body = "to " + path});
    EXPECT_EQ(client.Read().body, "to " + path);
  }
}

TEST_F(HttpServerTest, AnswersThousandsOfPipelinedRequestsThatFillEveryBuffer) {
  HttpClient client(Serve(Echo));
  constexpr int kRequests = 5'000;
  std::thread writer([&client] {
    for (int i = 0; i < kRequests; ++i) client.Write(test::PostText("/", absl::StrCat("n", i)));
  });
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(client.Read().body, absl::StrCat("n", i));
  }
  writer.join();
}

TEST_F(HttpServerTest, GivesTheHandlerTrailersAndPeer) {
  HttpClient client(Serve(inbox_.Handler()));
  client.Write(test::ChunkedPostText("/", "x", "Trailer: X-T\r\n", "X-T: value\r\n"));

  Inbox::Item item = inbox_.Take();
  EXPECT_EQ(item.request.trailers.Get("x-t"), "value");
  EXPECT_EQ(item.request.peer_address, "127.0.0.1");
  item.responder.Send({});
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(HttpServerTest, ClosesAfterAnsweringOldClientsUnlessTheyAskToStay) {
  const int port = Serve(Echo);
  HttpClient old(port);
  old.Write("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read().headers.Get("Connection"), "close");
  EXPECT_TRUE(old.EndsHere());
  HttpClient staying(port);
  for (int i = 0; i < 2; ++i) {
    staying.Write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(staying.Read().headers.Get("Connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
  HttpClient client(Serve(Echo));
  EXPECT_EQ(client.Get("/", "Connection: close\r\n").headers.Get("Connection"), "close");
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  HttpClient client(Serve([](HttpRequest, HttpResponder responder) {
    responder.Send({.status = 200, .body = "12345"});
  }));
  client.Write("HEAD / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.Read(/*with_body=*/false).headers.Get("Content-Length"), "5");
  EXPECT_EQ(client.Get("/").body, "12345");
}

TEST_F(HttpServerTest, SendsASharedBody) {
  const auto shared = std::make_shared<const std::string>("shared");
  HttpClient client(Serve([shared](HttpRequest, HttpResponder responder) {
    responder.Send({.status = 200, .shared_body = shared});
  }));
  EXPECT_EQ(client.Get("/").body, "shared");
  EXPECT_EQ(client.Get("/").body, "shared");
}

// ---- Bodies.

TEST_F(HttpServerTest, AnswersContinueOnceAndThenTheRequest) {
  HttpClient client(Serve(Echo));
  client.Write("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.Write("he");
  client.Write("llo");
  EXPECT_EQ(client.Read().body, "hello");
}

TEST_F(HttpServerTest, DoesNotAskForABodyOverTheLimit) {
  HttpClient client(Serve(inbox_.Handler(), {.body_bytes_max = 4}));
  client.Write("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  Inbox::Item item = inbox_.Take();
  EXPECT_EQ(item.request.body_state, BodyState::kTooLarge);
  item.responder.Send({.status = 413});
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, ReadsPastABodyOverTheLimitAndGoesOn) {
  HttpClient client(Serve(
      [](HttpRequest request, HttpResponder responder) {
        const bool fits = request.body_state == BodyState::kComplete;
        responder.Send({.status = fits ? 200 : 413});
      },
      {.body_bytes_max = 1'000}));
  EXPECT_EQ(client.Post("/", std::string(1'000, 'x')).status, 200);
  EXPECT_EQ(client.Post("/", std::string(1'001, 'x')).status, 413);
  EXPECT_EQ(client.Post("/", std::string(5'000'000, 'x')).status, 413);
  client.Write(test::ChunkedPostText("/", std::string(1'001, 'x'), "", ""));
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_EQ(client.Post("/", "x").status, 200);
}

TEST_F(HttpServerTest, EchoesALargeBodyToASlowReader) {
  HttpClient client(Serve(Echo, {.body_bytes_max = 40'000'000}));
  std::string body(30'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  client.StartPost("/", body);
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 200) << answer.problem;
  EXPECT_TRUE(answer.body == body);
  EXPECT_EQ(client.Post("/", "again").body, "again");
}

TEST_F(HttpServerTest, HandsOverATruncatedBodyAndAnswersIt) {
  HttpClient client(Serve(inbox_.Handler()));
  client.Write("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
  client.ShutdownWrite();
  Inbox::Item item = inbox_.Take();
  EXPECT_EQ(item.request.body_state, BodyState::kTruncated);
  EXPECT_EQ(item.request.body, "abc");
  item.responder.Send({.status = 400});
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_TRUE(client.EndsHere());
}

// ---- What clients get wrong.

TEST_F(HttpServerTest, AnswersGarbageWithTheListenersOwnAnswer) {
  ListenerOptions options;
  options.malformed_response = [](int status, const std::string& reason) {
    return HttpResponse{.status = status, .body = "sorry: " + reason};
  };
  HttpClient client(Serve(Echo, options));
  client.Write("\x16\x03\x01 garbage\r\n\r\n");
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(absl::StartsWith(answer.body, "sorry: ")) << answer;
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, RefusesHeadersOverTheLimitAndLetsTheClientReadWhy) {
  HttpClient client(Serve(Echo, {.header_bytes_max = 10'000}));
  client.Write(absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(1'000'000, 'x'), "\r\n\r\n"));
  bool clean = false;
  EXPECT_TRUE(absl::StartsWith(client.ReadToEnd(&clean), "HTTP/1.1 431 "));
  EXPECT_TRUE(clean);
}

TEST_F(HttpServerTest, CutsOffSlowRequestsButNotIdleConnections) {
  const int port = Serve(Echo, {.read_limit = Duration::Milliseconds(30)});
  HttpClient idle(port);
  EXPECT_EQ(idle.Post("/", "x").status, 200);
  for (const absl::string_view start :
       {"G", "GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na"}) {
    HttpClient slow(port);
    slow.Write(start);
    EXPECT_TRUE(slow.EndsHere()) << start;
  }
  // Three limits have passed since its last request.
  EXPECT_EQ(idle.Post("/", "x").status, 200);
}

TEST_F(HttpServerTest, CutsOffAPeerThatDoesNotTakeItsAnswer) {
  HttpClient client(Serve(inbox_.Handler(), {.write_limit = Duration::Milliseconds(30)}));
  client.StartGet("/");
  Inbox::Item item = inbox_.Take();
  item.responder.Send({.status = 200, .body = std::string(64 << 20, 'x')});
  EXPECT_TRUE(Eventually([&client] { return !client.Write("x"); }));
}

TEST_F(HttpServerTest, ClosesConnectionsOverTheLimitUntilOthersEnd) {
  const int port = Serve(Echo, {.connections_max = 2});
  HttpClient first(port);
  HttpClient second(port);
  EXPECT_EQ(first.Get("/").status, 200);
  EXPECT_EQ(second.Get("/").status, 200);
  HttpClient third(port);
  EXPECT_TRUE(third.EndsHere());
  first.Close();
  EXPECT_TRUE(Eventually([port] { return HttpClient(port).Get("/").status == 200; }));
}

TEST_F(HttpServerTest, AnswersServerErrorWhenTheResponderIsDroppedOrTheHandlerThrows) {
  HttpClient client(Serve([](HttpRequest request, HttpResponder) {
    if (request.path == "/throw") throw std::runtime_error("thrown by the test");
  }));
  EXPECT_EQ(client.Get("/drop").status, 500);
  EXPECT_EQ(client.Get("/throw").status, 500);
}

// ---- Answers that come later.

TEST_F(HttpServerTest, AbortClosesWithoutAnAnswer) {
  HttpClient client(Serve(inbox_.Handler()));
  client.StartGet("/");
  Inbox::Item item = inbox_.Take();
  EXPECT_TRUE(item.responder.IsConnected());
  item.responder.Abort();
  EXPECT_FALSE(static_cast<bool>(item.responder));
  EXPECT_FALSE(item.responder.IsConnected());
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, NoticesThatAWaitingPeerHasGone) {
  const int port = Serve(inbox_.Handler());
  HttpClient client(port);
  client.StartGet("/");
  Inbox::Item item = inbox_.Take();
  EXPECT_TRUE(item.responder.IsConnected());
  client.Close();
  EXPECT_TRUE(Eventually([&item] { return !item.responder.IsConnected(); }));
  HttpClient reset(port);
  reset.StartGet("/");
  Inbox::Item other = inbox_.Take();
  reset.Reset();
  EXPECT_TRUE(Eventually([&other] { return !other.responder.IsConnected(); }));
}

TEST_F(HttpServerTest, NoticesThatAPeerWithPipelinedBytesHasGone) {
  HttpClient client(Serve(inbox_.Handler()));
  client.Write("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  Inbox::Item item = inbox_.Take();
  EXPECT_TRUE(item.responder.IsConnected());
  client.Close();
  EXPECT_TRUE(Eventually([&item] { return !item.responder.IsConnected(); }));
}

TEST_F(HttpServerTest, StillAnswersAPeerThatEndedOnlyItsOwnDirection) {
  HttpClient client(Serve(inbox_.Handler()));
  client.Write("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  client.ShutdownWrite();
  inbox_.Take().responder.Send({.status = 200, .body = "one"});
  inbox_.Take().responder.Send({.status = 200, .body = "two"});
  EXPECT_EQ(client.Read().body, "one");
  EXPECT_EQ(client.Read().body, "two");
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, TakesAnswersForConnectionsAndServersLongGone) {
  HttpClient client(Serve(inbox_.Handler()));
  client.StartGet("/");
  Inbox::Item kept = inbox_.Take();
  HttpClient other(Serve(inbox_.Handler()));
  other.StartGet("/");
  Inbox::Item dropped = inbox_.Take();
  server_.reset();
  EXPECT_FALSE(kept.responder.IsConnected());
  kept.responder.Send({.status = 200});
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTest, AnswersFromManyThreadsAtOnce) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<HttpResponder> waiting;
  bool done = false;
  const int port = Serve([&](HttpRequest, HttpResponder responder) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(responder));
    arrived.notify_one();
  });
  const auto answer_all = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      arrived.wait(lock, [&] { return done || !waiting.empty(); });
      if (waiting.empty()) return;
      HttpResponder responder = std::move(waiting.back());
      waiting.pop_back();
      lock.unlock();
      responder.Send({.status = 200, .body = "answer"});
      lock.lock();
    }
  };
  std::vector<std::thread> answerers;
  for (int i = 0; i < 3; ++i) answerers.emplace_back(answer_all);
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      HttpClient client(port);
      for (int n = 0; n < 200; ++n) good += client.Post("/", "x").body == "answer" ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  arrived.notify_all();
  for (std::thread& answerer : answerers) answerer.join();
  EXPECT_EQ(good, 800);
}

// ---- Listeners.

TEST_F(HttpServerTest, SaysWhatIsWrongWithAnAddress) {
  const int port = Serve(Echo);
  EXPECT_EQ(server_->Listen("127.0.0.1", port, {}, Echo).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_->Listen("localhost", 0, {}, Echo).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(server_->Listen("127.0.0.1", 65'536, {}, Echo).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(HttpServer::Create({.threads = 0}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(HttpServerTest, AdoptsASocketOfAnyFamilyThatListens) {
  const int idle = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(server_->Adopt(idle, {}, Echo).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(server_->Adopt(-1, {}, Echo).ok());

  int port = 0;
  ASSERT_TRUE(server_->Adopt(test::ListenOnLoopback(&port), {}, Echo).ok());
  EXPECT_EQ(HttpClient(port).Post("/", "x").body, "x");

  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  socklen_t length = sizeof(sa_family_t);  // The kernel chooses an abstract name.
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&name), length), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  length = sizeof(name);
  ASSERT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&name), &length), 0);
  ASSERT_TRUE(server_->Adopt(listening, {}, Echo).ok());
  const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&name), length), 0);
  const std::string text = test::PostText("/", "local");
  ASSERT_EQ(::send(client, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  char answer[256];
  const ssize_t got = ::recv(client, answer, sizeof(answer), 0);
  EXPECT_TRUE(absl::EndsWith({answer, static_cast<size_t>(std::max<ssize_t>(got, 0))}, "local"));
  ::close(client);
}

TEST_F(HttpServerTest, ClosingAListenerEndsItsConnectionsAndFreesItsPort) {
  const int port = Serve(inbox_.Handler());
  HttpClient waiting(port);
  waiting.StartGet("/");
  Inbox::Item item = inbox_.Take();
  HttpClient idle(port);

  server_->Close(listener_);

  EXPECT_FALSE(item.responder.IsConnected());
  EXPECT_TRUE(waiting.EndsHere());
  EXPECT_TRUE(idle.EndsHere());
  EXPECT_FALSE(HttpClient(port).is_open());
  EXPECT_TRUE(server_->Listen("127.0.0.1", port, {}, Echo).ok());
  server_->Close(listener_);
  server_->Close(12'345);
}

TEST_F(HttpServerTest, NoHandlerRunsAfterCloseHasReturned) {
  for (int round = 0; round < 30; ++round) {
    std::atomic<bool> closed = false;
    std::atomic<bool> ran_late = false;
    std::atomic<int> handled = 0;
    const int port = Serve([&](HttpRequest, HttpResponder responder) {
      if (closed) ran_late = true;
      ++handled;
      responder.Send({.status = 200});
      if (closed) ran_late = true;
    });
    std::vector<std::thread> clients;
    for (int i = 0; i < 2; ++i) {
      clients.emplace_back([port] {
        HttpClient client(port);
        while (client.Get("/").status == 200) {
        }
      });
    }
    ASSERT_TRUE(Eventually([&] { return handled > 10; }));
    server_->Close(listener_);
    closed = true;
    for (std::thread& client : clients) client.join();
    EXPECT_FALSE(ran_late);
  }
}

TEST_F(HttpServerTest, AHandlerMayCloseItsOwnListener) {
  std::atomic<bool> returned = false;
  HttpClient client(Serve([&](HttpRequest, HttpResponder responder) {
    server_->Close(listener_);
    returned = true;
    responder.Send({.status = 200});
  }));
  client.StartGet("/");
  EXPECT_TRUE(client.EndsHere());
  EXPECT_TRUE(Eventually([&returned] { return returned.load(); }));
}

TEST_F(HttpServerTest, ClosingConnectionsLeavesTheListenerOpen) {
  const int port = Serve(inbox_.Handler());
  HttpClient waiting(port);
  waiting.StartGet("/old");
  Inbox::Item item = inbox_.Take();

  server_->CloseConnections(listener_);

  EXPECT_TRUE(waiting.EndsHere());
  EXPECT_FALSE(item.responder.IsConnected());
  HttpClient fresh(port);
  fresh.StartGet("/new");
  Inbox::Item next = inbox_.Take();
  EXPECT_EQ(next.request.path, "/new");
  next.responder.Send({.status = 200});
  EXPECT_EQ(fresh.Read().status, 200);
}

TEST_F(HttpServerTest, ClosingConnectionsForgetsWhatWasSentBefore) {
  // Whether or not the server has accepted and read it yet.
  for (int round = 0; round < 100; ++round) {
    std::atomic<bool> closed = false;
    std::atomic<bool> served_old = false;
    const int port = Serve([&](HttpRequest request, HttpResponder responder) {
      if (closed && request.path == "/old") served_old = true;
      responder.Send({.status = 200});
    });
    HttpClient old(port);
    old.StartGet("/old");
    server_->CloseConnections(listener_);
    closed = true;
    EXPECT_EQ(HttpClient(port).Get("/new").status, 200);
    server_->Close(listener_);
    EXPECT_FALSE(served_old);
  }
}

}  // namespace
}  // namespace floe::net
