#include "tests/orchestrator/delivery/delivery_judge.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/time.h"
#include "orchestrator/delivery/asynchronous_queue.h"
#include "orchestrator/delivery/message_queue.h"
#include "tests/orchestrator/delivery/naive_queues.h"

namespace floe {
namespace {

std::string Differ(int step, const Lines& machine, const Lines& naive, Instant next_of_machine,
                   Instant next_of_naive) {
  if (machine == naive && next_of_machine == next_of_naive) return "";
  return absl::StrCat("step ", step, ": the machine says [", absl::StrJoin(machine, "; "),
                      "] and waits for ", next_of_machine.nanoseconds(), ", the naive queue [",
                      absl::StrJoin(naive, "; "), "] and ", next_of_naive.nanoseconds());
}

// Often the very instant of the deadline, or just beside it.
Instant NextTime(DeliveryDice& dice, Instant now, Instant deadline) {
  const uint32_t choice = dice.Below(8);
  if (choice < 3 && deadline != Instant::InfiniteFuture()) {
    const Instant near =
        choice == 0 ? deadline : deadline + Duration::Nanoseconds(choice == 1 ? -1 : 1);
    return near < now ? now : near;
  }
  if (choice < 5) return now;
  return now + Duration::Milliseconds(choice == 7 ? 1'000 * dice.Below(200) : 100 * dice.Below(40));
}

AttemptOutcome RandomOutcome(DeliveryDice& dice) {
  return static_cast<AttemptOutcome>(dice.Below(4));
}

}  // namespace

std::string JudgeAsynchronousQueue(DeliveryDice& dice, int steps) {
  const AsynchronousOptions options{
      .retries_max = static_cast<int32_t>(dice.Below(3)),
      .event_age_max = Duration::Seconds(60 + 10 * static_cast<int64_t>(dice.Below(100)))};
  AsynchronousQueue queue(options);
  NaiveAsynchronousQueue naive(options);
  std::map<uint64_t, AttemptId> attempts;  // By key.
  Instant now;
  uint64_t keys = 0;
  for (int step = 0; step < steps; ++step) {
    now = NextTime(dice, now, queue.NextDeadline());
    AsynchronousEvent event = DeadlineReached{};
    Lines expected;
    const uint32_t choice = dice.Below(8);
    const std::vector<uint64_t> tried = naive.Tried();
    if (choice < 3) {
      event = EventAccepted{++keys};
      expected = naive.Accept(now, keys);
    } else if (choice < 6 && !tried.empty()) {
      const uint64_t key = tried[dice.Below(static_cast<uint32_t>(tried.size()))];
      const AttemptOutcome outcome = RandomOutcome(dice);
      event = AttemptEnded{attempts[key], outcome};
      expected = naive.End(now, key, outcome);
    } else if (choice == 6 && dice.Below(8) == 0) {
      const bool off = dice.Below(2) == 0;
      event = off ? AsynchronousEvent(FunctionSwitchedOff{}) : FunctionSwitchedOn{};
      expected = naive.Switch(now, off);
    } else {
      expected = naive.Wait(now);
    }
    AsynchronousActions actions;
    queue.Step(now, event, actions);
    queue.CheckInvariants();
    Lines lines;
    for (const AsynchronousAction& action : actions) {
      if (const auto* invoke = std::get_if<InvokeWithEvent>(&action)) {
        attempts[invoke->key] = invoke->attempt;
        lines.push_back(absl::StrCat("invoke ", invoke->key));
      } else if (const auto* delivered = std::get_if<EventDelivered>(&action)) {
        lines.push_back(absl::StrCat("delivered ", delivered->key));
      } else if (const auto* dead = std::get_if<EventDead>(&action)) {
        lines.push_back(absl::StrCat("dead ", static_cast<int>(dead->cause), " ", dead->key));
      }
    }
    const std::string difference =
        Differ(step, lines, expected, queue.NextDeadline(), naive.Next());
    if (!difference.empty()) return difference;
  }
  return "";
}

namespace {

MessageQueueOptions RandomMessageOptions(DeliveryDice& dice) {
  MessageQueueOptions options{
      .scaling = dice.Below(2) == 0 ? PollerScaling::kCurrent : PollerScaling::kLegacy,
      .batch_size = 1 + static_cast<int32_t>(dice.Below(4)),
      .visibility_timeout = Duration::Seconds(1 + dice.Below(60)),
      .function_timeout = Duration::Seconds(1 + dice.Below(20)),
      .receives_max = static_cast<int32_t>(dice.Below(4))};
  if (dice.Below(2) == 0) options.batch_window = Duration::Milliseconds(100 * dice.Below(100));
  if (dice.Below(2) == 0) options.concurrency_max = 2 + static_cast<int32_t>(dice.Below(8));
  return options;
}

}  // namespace

std::string JudgeMessageQueue(DeliveryDice& dice, int steps) {
  const MessageQueueOptions options = RandomMessageOptions(dice);
  MessageQueue queue(options, Instant());
  NaiveMessageQueue naive(options, Instant());
  std::vector<std::pair<BatchId, uint64_t>> invoked;  // And the naive queue's name for it.
  Instant now;
  uint64_t keys = 0;
  for (int step = 0; step < steps; ++step) {
    // Never late: what is invoked is looked at after the step, and it should be as it was then.
    now = std::min(NextTime(dice, now, queue.NextDeadline()), queue.NextDeadline());
    MessageQueueEvent event = DeadlineReached{};
    Lines expected;
    const uint32_t choice = dice.Below(8);
    if (choice < 4) {
      const auto bytes = static_cast<int32_t>(dice.Below(4)) * 1'500'000;
      event = MessageSent{.key = ++keys, .bytes = bytes};
      expected = naive.Send(now, keys, bytes);
    } else if (choice < 7 && !invoked.empty()) {
      const uint32_t index = dice.Below(static_cast<uint32_t>(invoked.size()));
      const auto [batch, name] = invoked[index];
      if (choice == 6) {
        const uint64_t key = 1 + dice.Below(static_cast<uint32_t>(keys));
        event = MessageFailed{.batch = batch, .key = key};
        expected = naive.Fail(now, name, key);
      } else {
        const AttemptOutcome outcome = RandomOutcome(dice);
        event = BatchEnded{batch, outcome};
        expected = naive.End(now, name, outcome);
        invoked.erase(invoked.begin() + index);
      }
    } else {
      expected = naive.Wait(now);
    }
    MessageQueueActions actions;
    queue.Step(now, event, actions);
    queue.CheckInvariants();
    Lines lines;
    size_t invocations = 0;
    for (const MessageQueueAction& action : actions) {
      if (const auto* invoke = std::get_if<InvokeWithBatch>(&action)) {
        std::string line = absl::StrCat("invoke ", invoke->throttles);
        queue.VisitBatch(invoke->batch, [&line](uint64_t key, int32_t receives) {
          absl::StrAppend(&line, " ", key, "/", receives);
        });
        lines.push_back(line);
        if (invocations == naive.invoked().size()) return "the naive queue invokes less";
        invoked.emplace_back(invoke->batch, naive.invoked()[invocations++]);
      } else if (const auto* delivered = std::get_if<MessageDelivered>(&action)) {
        lines.push_back(absl::StrCat("delivered ", delivered->key));
      } else if (const auto* dead = std::get_if<MessageDead>(&action)) {
        lines.push_back(absl::StrCat("dead ", dead->key));
      }
    }
    const std::string difference =
        Differ(step, lines, expected, queue.NextDeadline(), naive.Next());
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace floe
