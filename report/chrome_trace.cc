#include "report/chrome_trace.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/json_writer.h"

namespace floe {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

// The format counts in microseconds; three decimals keep nanoseconds.
std::string Microseconds(int64_t nanoseconds) {
  return absl::StrFormat("%d.%03d", nanoseconds / 1'000, nanoseconds % 1'000);
}

// Numbers of processes and threads begin at 1: viewers take 0 for their own.
uint64_t ProcessOf(FunctionId function) {
  return uint64_t{function.value} + 1;
}

std::string Metadata(std::string_view kind, uint64_t process, uint64_t thread,
                     const std::string& value) {
  return absl::StrFormat(R"({"ph":"M","name":"%s","pid":%d,"tid":%d,"args":{%s}})",
                         absl::string_view(kind.data(), kind.size()), process, thread, value);
}

std::string Name(const std::string& name) {
  return absl::StrCat("\"name\":", JsonQuote(name));
}

}  // namespace

ChromeTraceWriter::ChromeTraceWriter(const Scenario& scenario, std::unique_ptr<ByteSink> sink,
                                     uint64_t events_max)
    : functions_(scenario), sink_(std::move(sink)), events_left_(events_max) {
  buffer_ = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
}

bool ChromeTraceWriter::Admit() {
  if (events_left_ == 0) {
    ++left_out_;
    return false;
  }
  --events_left_;
  return status_.ok();
}

void ChromeTraceWriter::Append(std::string_view event) {
  absl::StrAppend(&buffer_, is_first_ ? "\n" : ",\n",
                  absl::string_view(event.data(), event.size()));
  is_first_ = false;
  if (buffer_.size() >= kBufferBytes) Flush();
}

void ChromeTraceWriter::Flush() {
  if (status_.ok()) status_ = sink_->Append(buffer_);
  buffer_.clear();
}

void ChromeTraceWriter::Introduce(FunctionId function) {
  if (function.value >= introduced_.size()) introduced_.resize(function.value + 1);
  if (introduced_[function.value]) return;
  introduced_[function.value] = true;
  const uint64_t process = ProcessOf(function);
  Append(Metadata("process_name", process, 0, Name(functions_.NameOf(function))));
  Append(Metadata("process_sort_index", process, 0, absl::StrCat("\"sort_index\":", process)));
}

void ChromeTraceWriter::IntroduceEnvironment(const EnvironmentSpan& span) {
  Introduce(span.function);
  if (span.number >= environments_introduced_.size()) {
    environments_introduced_.resize(span.number + 1);
  }
  if (environments_introduced_[span.number]) return;
  environments_introduced_[span.number] = true;
  const uint64_t thread = span.number + 1;
  const std::string name = absl::StrCat("#", thread, " on node ", span.node.value);
  Append(Metadata("thread_name", ProcessOf(span.function), thread, Name(name)));
}

void ChromeTraceWriter::Take(const EnvironmentSpan& span) {
  if (!Admit()) return;
  IntroduceEnvironment(span);
  const std::string_view state = SpanStateName(span.state);
  std::string event = absl::StrCat(R"({"ph":"X","cat":"environment","name":")",
                                   absl::string_view(state.data(), state.size()), R"(","pid":)",
                                   ProcessOf(span.function), R"(,"tid":)", span.number + 1,
                                   R"(,"ts":)", Microseconds(span.from.nanoseconds()), R"(,"dur":)",
                                   Microseconds((span.to - span.from).nanoseconds()));
  if (span.state == SpanState::kRun || span.state == SpanState::kFailed) {
    absl::StrAppend(&event, R"(,"args":{"invocation":)", span.invocation.value, "}");
  }
  Append(event + "}");
}

void ChromeTraceWriter::TakeConcurrency(Instant at, FunctionId function, int64_t concurrency) {
  if (!Admit()) return;
  Introduce(function);
  Append(absl::StrCat(R"({"ph":"C","name":"concurrency","pid":)", ProcessOf(function),
                      R"(,"tid":0,"ts":)", Microseconds(at.nanoseconds()),
                      R"(,"args":{"in flight":)", concurrency, "}}"));
}

absl::Status ChromeTraceWriter::Finish() {
  buffer_ += "\n]";
  if (left_out_ > 0) {
    absl::StrAppend(&buffer_, R"(,"otherData":{"left_out":")", left_out_,
                    R"( events after the first ones"})");
  }
  buffer_ += "}\n";
  Flush();
  return status_;
}

}  // namespace floe
