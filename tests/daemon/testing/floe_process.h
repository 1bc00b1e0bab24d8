// The floe command as a process of its own: started, watched, killed.
//
//   FloeProcess serve({"serve", "--listen", "127.0.0.1:0"});
//   ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
//   serve.Kill(SIGTERM);
//   EXPECT_EQ(serve.WaitForEnd(), 0) << serve.Output();

#ifndef FLOE_TESTS_DAEMON_TESTING_FLOE_PROCESS_H_
#define FLOE_TESTS_DAEMON_TESTING_FLOE_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace floe::test {

// What any wait in these tests may take before it counts as never.
inline constexpr std::chrono::seconds kPatience(60);

// Looks at `condition` again and again; false when it does not hold within kPatience.
bool WaitUntil(const std::function<bool()>& condition);

// Thread-compatible. The process dies with the thread that made it.
class FloeProcess {
 public:
  explicit FloeProcess(const std::vector<std::string>& arguments);
  // Kills it if it still runs.
  ~FloeProcess();
  FloeProcess(const FloeProcess&) = delete;
  FloeProcess& operator=(const FloeProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Everything it has written to stdout and stderr.
  std::string Output() const;
  // False when the process ends, or kPatience passes, before it has written `text`.
  bool WaitForOutput(const std::string& text);
  // What follows `label` up to the end of the line; empty when there is none.
  std::string OutputAfter(const std::string& label) const;
  void Kill(int signal);
  // Its exit code; minus the number of the signal that killed it. Kills it after kPatience.
  int WaitForEnd();

 private:
  bool HasEnded();

  pid_t pid_ = 0;
  int output_ = -1;
  bool has_ended_ = false;
  int exit_code_ = 0;
};

struct FloeResult {
  int exit_code = 0;
  std::string output;
};
// Runs the command to its end.
FloeResult RunFloe(const std::vector<std::string>& arguments);

}  // namespace floe::test

#endif  // FLOE_TESTS_DAEMON_TESTING_FLOE_PROCESS_H_
