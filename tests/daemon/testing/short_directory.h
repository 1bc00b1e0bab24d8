// A directory for Unix sockets, whose paths have 107 bytes at most: TEST_TMPDIR may be longer.

#ifndef FLOE_TESTS_DAEMON_TESTING_SHORT_DIRECTORY_H_
#define FLOE_TESTS_DAEMON_TESTING_SHORT_DIRECTORY_H_

#include <stdlib.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

namespace floe::test {

// New, below /tmp, readable by every user as a container's root must be; removed at the end.
class ShortDirectory {
 public:
  ShortDirectory() {
    std::string pattern = "/tmp/floe-test-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr || chmod(pattern.c_str(), 0755) != 0) {
      perror("make a directory below /tmp");
      abort();
    }
    path_ = pattern;
  }
  ~ShortDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ShortDirectory(const ShortDirectory&) = delete;
  ShortDirectory& operator=(const ShortDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace floe::test

#endif  // FLOE_TESTS_DAEMON_TESTING_SHORT_DIRECTORY_H_
