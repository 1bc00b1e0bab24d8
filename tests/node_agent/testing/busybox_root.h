// A root file system small enough to make for every test: busybox and empty mount points.

#ifndef FLOE_TESTS_NODE_AGENT_TESTING_BUSYBOX_ROOT_H_
#define FLOE_TESTS_NODE_AGENT_TESTING_BUSYBOX_ROOT_H_

#include <string>

namespace floe::node_agent {

// Makes a root below `directory`, which must exist, and returns its path: /bin with busybox and
// links for its usual commands, empty /proc, /dev, /tmp, /opt and /var/task. Readable by every
// user, as a container's root must be. Aborts with the reason if that cannot be done.
std::string MakeBusyboxRoot(const std::string& directory);

// Copies the program `source` into the root as an executable file.
void CopyProgramIntoRoot(const std::string& source, const std::string& root,
                         const std::string& target);

// A new directory below TEST_TMPDIR, or /tmp without it, removed with its content at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_TESTING_BUSYBOX_ROOT_H_
