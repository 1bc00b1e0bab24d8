#include "tests/node_agent/testing/busybox_root.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace floe::node_agent {
namespace {

namespace fs = std::filesystem;

constexpr char kBusybox[] = "/bin/busybox";  // Debian's busybox-static.
constexpr const char* kDirectories[] = {"bin", "proc", "dev", "tmp", "opt", "var", "var/task"};
constexpr const char* kCommands[] = {
    "awk",   "cat",    "chmod", "cut",    "date",  "dd",       "df",   "echo", "env",
    "expr",  "false",  "free",  "grep",   "head",  "hostname", "id",   "ip",   "kill",
    "ln",    "ls",     "mkdir", "mount",  "nc",    "printf",   "ps",   "rm",   "sed",
    "seq",   "setsid", "sh",    "sleep",  "sort",  "stat",     "tail", "tee",  "test",
    "touch", "tr",     "true",  "umount", "uname", "wc",       "wget", "yes"};

[[noreturn]] void Abort(const std::string& what, const std::error_code& error) {
  fprintf(stderr, "busybox root: %s: %s\n", what.c_str(), error.message().c_str());
  abort();
}

void OpenToEverybody(const std::string& path) {
  std::error_code error;
  fs::permissions(path, static_cast<fs::perms>(0755), error);
  if (error) Abort(path, error);
}

}  // namespace

std::string MakeBusyboxRoot(const std::string& directory) {
  const std::string root = directory + "/root";
  std::error_code error;
  fs::create_directory(root, error);
  if (error) Abort(root, error);
  OpenToEverybody(root);
  for (const char* name : kDirectories) {
    const std::string path = root + "/" + name;
    fs::create_directory(path, error);
    if (error) Abort(path, error);
    OpenToEverybody(path);
  }
  CopyProgramIntoRoot(kBusybox, root, "/bin/busybox");
  for (const char* command : kCommands) {
    fs::create_symlink("busybox", root + "/bin/" + command, error);
    if (error) Abort(command, error);
  }
  return root;
}

void CopyProgramIntoRoot(const std::string& source, const std::string& root,
                         const std::string& target) {
  std::error_code error;
  fs::copy_file(source, root + target, error);
  if (error) Abort(source, error);
  OpenToEverybody(root + target);
}

TemporaryDirectory::TemporaryDirectory() {
  const char* base = getenv("TEST_TMPDIR");
  path_ = std::string(base == nullptr ? "/tmp" : base) + "/floe-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    Abort(path_, std::error_code(errno, std::generic_category()));
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace floe::node_agent
