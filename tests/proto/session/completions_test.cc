#include "proto/session/completions.h"

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "grpc/support/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"
#include "gtest/gtest.h"

namespace floe::session {
namespace {

using Origin = Completions::Origin;
using Shift = Completions::Shift;

// Something that gRPC has done as soon as it is asked for it: an alarm that is over already. Like a
// message inside the process, it is done on the thread that asks.
class Request {
 public:
  explicit Request(Completions* completions) : completions_(completions) {}

  void Ask() { alarm_.Set(completions_->queue(), gpr_time_0(GPR_CLOCK_REALTIME), &operation_); }
  void AskAndPoke() {
    Ask();
    completions_->Poke();
  }
  // Asked for by this one's handler.
  void set_next(Request* next) { next_ = next; }

  bool is_handled() const { return is_handled_; }
  // Waits for the handler; its thread.
  std::thread::id HandledOn() { return handled_on_.get_future().get(); }

 private:
  void OnDone(bool ok) {
    EXPECT_TRUE(ok);
    if (next_ != nullptr) next_->AskAndPoke();
    is_handled_ = true;
    handled_on_.set_value(std::this_thread::get_id());
  }

  Completions* const completions_;
  Operation operation_ = OperationOf<&Request::OnDone>(this);
  grpc::Alarm alarm_;
  Request* next_ = nullptr;
  std::atomic<bool> is_handled_ = false;
  std::promise<std::thread::id> handled_on_;
};

class CompletionsTest : public testing::Test {
 protected:
  ~CompletionsTest() override { completions_->ShutDown(); }

  static std::shared_ptr<Completions> Make(Origin origin) {
    return std::make_shared<Completions>(std::make_unique<grpc::CompletionQueue>(), origin);
  }

  const std::thread::id me_ = std::this_thread::get_id();
  const std::shared_ptr<Completions> completions_ = Make(Origin::kInProcess);
};

TEST_F(CompletionsTest, AnOutcomeIsHandledAtTheEndOfTheShiftOnItsThread) {
  Request request(completions_.get());
  {
    const Shift shift;
    request.AskAndPoke();
    EXPECT_FALSE(request.is_handled());
  }
  ASSERT_TRUE(request.is_handled());
  EXPECT_EQ(request.HandledOn(), me_);
}

TEST_F(CompletionsTest, AShiftInsideOfAShiftLeavesItToTheOuterOne) {
  Request request(completions_.get());
  {
    const Shift outer;
    {
      const Shift inner;
      request.AskAndPoke();
    }
    EXPECT_FALSE(request.is_handled());
  }
  EXPECT_EQ(request.HandledOn(), me_);
}

TEST_F(CompletionsTest, WithoutAShiftTheQueuesThreadHandlesIt) {
  Request request(completions_.get());
  request.AskAndPoke();
  EXPECT_NE(request.HandledOn(), me_);
}

TEST_F(CompletionsTest, WhatAHandlerAsksForIsHandledInTheSameShift) {
  Request first(completions_.get());
  Request second(completions_.get());
  first.set_next(&second);
  {
    const Shift shift;
    first.AskAndPoke();
  }
  EXPECT_EQ(first.HandledOn(), me_);
  EXPECT_EQ(second.HandledOn(), me_);
}

TEST_F(CompletionsTest, WhatAHandlerAsksOfAnotherQueueIsHandledInTheSameShift) {
  const std::shared_ptr<Completions> other = Make(Origin::kInProcess);
  Request first(completions_.get());
  Request second(other.get());
  first.set_next(&second);
  {
    const Shift shift;
    first.AskAndPoke();
  }
  EXPECT_EQ(second.HandledOn(), me_);
  other->ShutDown();
}

TEST_F(CompletionsTest, WhatIsTooMuchForOneShiftIsLeftToTheQueuesThread) {
  constexpr int kRequests = Completions::kOutcomesPerShift + 1;
  std::array<std::optional<Request>, kRequests> requests;
  for (auto& request : requests) request.emplace(completions_.get());
  for (int i = 0; i + 1 < kRequests; ++i) requests[i]->set_next(&*requests[i + 1]);
  {
    const Shift shift;
    requests[0]->AskAndPoke();
  }
  for (int i = 0; i + 1 < kRequests; ++i) EXPECT_EQ(requests[i]->HandledOn(), me_) << i;
  EXPECT_NE(requests[kRequests - 1]->HandledOn(), me_);
}

TEST_F(CompletionsTest, OnceToldToAwaitTheUnaskedTheThreadNeedsNoPoke) {
  completions_->AwaitUnasked();
  Request request(completions_.get());
  request.Ask();
  EXPECT_NE(request.HandledOn(), me_);
}

TEST_F(CompletionsTest, ShutDownHandlesWhatIsLeft) {
  Request request(completions_.get());
  request.Ask();
  completions_->ShutDown();
  EXPECT_TRUE(request.is_handled());
}

TEST_F(CompletionsTest, OfTheNetworkTheQueuesThreadHandlesEverything) {
  const std::shared_ptr<Completions> network = Make(Origin::kNetwork);
  Request request(network.get());
  {
    const Shift shift;
    request.AskAndPoke();
    EXPECT_NE(request.HandledOn(), me_);
  }
  network->ShutDown();
}

}  // namespace
}  // namespace floe::session
