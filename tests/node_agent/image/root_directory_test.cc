#include "node_agent/image/root_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/node_agent/image/image_builder.h"

namespace floe::node_agent::image {
namespace {

using ::testing::UnorderedElementsAre;

class RootDirectoryTest : public ::testing::Test {
 protected:
  RootDirectoryTest() { std::filesystem::create_directory(path_); }
  std::string InRoot(const std::string& path) const { return absl::StrCat(path_, "/", path); }
  RootDirectory Open() const { return *RootDirectory::Open(path_); }

  TemporaryDirectory directory_;
  const std::string path_ = absl::StrCat(directory_.path(), "/root");
};

TEST(SplitEntryPathTest, CutsOffTheLastComponent) {
  for (const char* path : {"a/b/c", "/a/b/c", "./a//b/./c/", "//a/b/c"}) {
    const auto split = SplitEntryPath(path);
    ASSERT_TRUE(split.ok()) << path;
    EXPECT_EQ(split->parent, "a/b") << path;
    EXPECT_EQ(split->name, "c") << path;
  }
}

TEST(SplitEntryPathTest, GivesNoNameForTheRootItself) {
  for (const char* path : {"", "/", ".", "./", "/./"}) {
    const auto split = SplitEntryPath(path);
    ASSERT_TRUE(split.ok()) << path;
    EXPECT_EQ(split->name, "") << path;
  }
}

TEST(SplitEntryPathTest, RefusesDotDotAndKeepsNamesThatOnlyBeginSo) {
  for (const char* path : {"..", "../a", "a/../b", "a/.."}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SplitEntryPath(path).status())) << path;
  }
  EXPECT_TRUE(SplitEntryPath("..a/...").ok());
}

TEST_F(RootDirectoryTest, OpenTellsThatThereIsNone) {
  EXPECT_TRUE(absl::IsNotFound(RootDirectory::Open(InRoot("none")).status()));
}

TEST_F(RootDirectoryTest, MakeDirectoriesFollowsLinksInsideOnly) {
  std::filesystem::create_directory(InRoot("real"));
  std::filesystem::create_symlink("/real", InRoot("link"));
  ASSERT_TRUE(Open().MakeDirectories("link/a/b").ok());
  EXPECT_TRUE(std::filesystem::is_directory(InRoot("real/a/b")));
}

TEST_F(RootDirectoryTest, MakeDirectoriesRefusesALinkToNowhere) {
  std::filesystem::create_symlink(directory_.path(), InRoot("out"));
  const absl::Status status = Open().MakeDirectories("out/a").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_FALSE(Exists(absl::StrCat(directory_.path(), "/a")));
}

TEST_F(RootDirectoryTest, AMountPointReplacesALinkOrAFileAndKeepsADirectory) {
  std::filesystem::create_symlink("/etc", InRoot("proc"));
  WriteFile(InRoot("dev"), "file");
  WriteFile(InRoot("tmp/stays"), "x");
  for (const char* path : {"proc", "dev", "tmp"}) {
    EXPECT_EQ(Open().MakeMountPoint(path, 0755), absl::OkStatus());
    EXPECT_TRUE(std::filesystem::is_directory(std::filesystem::symlink_status(InRoot(path))))
        << path;
  }
  EXPECT_TRUE(Exists(InRoot("tmp/stays")));
}

TEST_F(RootDirectoryTest, RemoveTreeRemovesFilesLinksAndTrees) {
  const std::string outside = absl::StrCat(directory_.path(), "/outside");
  WriteFile(outside, "x");
  // Names that could be taken for those that removal gives.
  for (const char* path : {"t/a/b/c/f", "t/a/0/f", "t/0/1/f", "t/1", "t/2/0/0/0"}) {
    WriteFile(InRoot(path), "x");
  }
  std::filesystem::create_symlink(outside, InRoot("t/link"));
  std::filesystem::create_symlink(directory_.path(), InRoot("t/a/link"));
  const RootDirectory root = Open();
  EXPECT_EQ(RemoveTree(root.fd(), "t"), absl::OkStatus());
  EXPECT_EQ(RemoveTree(root.fd(), "never-was"), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_empty(path_));
  EXPECT_EQ(ReadFile(outside), "x");
}

TEST_F(RootDirectoryTest, ListNamesLeavesOutTheDots) {
  WriteFile(InRoot("a"), "");
  WriteFile(InRoot(".hidden"), "");
  const RootDirectory root = Open();
  EXPECT_THAT(*ListNames(root.fd()), UnorderedElementsAre("a", ".hidden"));
  EXPECT_THAT(*ListNames(root.fd()), UnorderedElementsAre("a", ".hidden"));
}

}  // namespace
}  // namespace floe::node_agent::image
