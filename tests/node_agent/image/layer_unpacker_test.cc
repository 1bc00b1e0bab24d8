#include "node_agent/image/layer_unpacker.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/node_agent/image/image_builder.h"

namespace floe::node_agent::image {
namespace {

using ::testing::HasSubstr;

class LayerUnpackerTest : public ::testing::Test {
 protected:
  LayerUnpackerTest() {
    std::filesystem::create_directory(root_path_);
    WriteFile(absl::StrCat(directory_.path(), "/secret"), "outside");
  }

  absl::Status ApplyBytes(const std::string& bytes) {
    const auto root = RootDirectory::Open(root_path_);
    if (!root.ok()) return root.status();
    const auto input = ArchiveInput::OpenMemory(bytes, "layer");
    if (!input.ok()) return input.status();
    return LayerUnpacker(&*root, &budget_).Apply(**input);
  }
  absl::Status Apply(const std::vector<TarEntry>& entries) { return ApplyBytes(MakeTar(entries)); }

  std::string InRoot(const std::string& path) const { return absl::StrCat(root_path_, "/", path); }
  std::string Text(const std::string& path) const { return ReadFile(InRoot(path)); }
  bool Has(const std::string& path) const { return Exists(InRoot(path)); }
  struct stat Stat(const std::string& path) const {
    struct stat status = {};
    EXPECT_EQ(lstat(InRoot(path).c_str(), &status), 0) << path;
    return status;
  }
  // Nothing beside the root has changed.
  void ExpectOutsideUntouched() const {
    EXPECT_EQ(ReadFile(absl::StrCat(directory_.path(), "/secret")), "outside");
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
      static_cast<void>(file);
      ++count;
    }
    EXPECT_EQ(count, 2u);
  }

  TemporaryDirectory directory_;
  const std::string root_path_ = absl::StrCat(directory_.path(), "/root");
  UnpackBudget budget_{.bytes_left = 1 << 20, .entries_left = 1'000};
};

TEST_F(LayerUnpackerTest, MakesFilesDirectoriesAndLinks) {
  ASSERT_EQ(Apply({Directory("bin", 0755), File("bin/hello", "hi", 0755),
                   SymbolicLink("bin/link", "hello"), HardLink("bin/hard", "bin/hello")}),
            absl::OkStatus());

  EXPECT_EQ(Text("bin/hello"), "hi");
  EXPECT_EQ(Text("bin/link"), "hi");
  EXPECT_EQ(Stat("bin/hello").st_ino, Stat("bin/hard").st_ino);
  EXPECT_EQ(Stat("bin/hello").st_mode & 07777, 0755u);
}

TEST_F(LayerUnpackerTest, MakesParentsThatTheLayerLeavesOut) {
  ASSERT_EQ(Apply({File("a/b/c/file", "deep")}), absl::OkStatus());
  EXPECT_EQ(Text("a/b/c/file"), "deep");
  EXPECT_EQ(Stat("a/b").st_mode & 07777, 0755u);
}

TEST_F(LayerUnpackerTest, KeepsTimesOfFilesAndDirectories) {
  ASSERT_EQ(Apply({{.path = "d", .type = EntryType::kDirectory, .mode = 0755, .mtime = 111},
                   {.path = "d/f", .text = "x", .mtime = 222},
                   {.path = "d/l", .type = EntryType::kSymbolicLink, .text = "f", .mtime = 333}}),
            absl::OkStatus());
  EXPECT_EQ(Stat("d").st_mtime, 111);
  EXPECT_EQ(Stat("d/f").st_mtime, 222);
  EXPECT_EQ(Stat("d/l").st_mtime, 333);
}

TEST_F(LayerUnpackerTest, DropsSetUserIdAndSetGroupIdAndKeepsSticky) {
  ASSERT_EQ(Apply({File("su", "x", 06755), Directory("t", 07777)}), absl::OkStatus());
  EXPECT_EQ(Stat("su").st_mode & 07777, 0755u);
  EXPECT_EQ(Stat("t").st_mode & 07777, 01777u);
}

TEST_F(LayerUnpackerTest, GivesEverythingToTheUnpackingUser) {
  ASSERT_EQ(Apply({File("f", "x"), Directory("d")}), absl::OkStatus());
  EXPECT_EQ(Stat("f").st_uid, geteuid());
  EXPECT_EQ(Stat("d").st_gid, getegid());
}

TEST_F(LayerUnpackerTest, SkipsDevicesAndPipes) {
  ASSERT_EQ(Apply({{.path = "null", .type = EntryType::kDevice},
                   {.path = "pipe", .type = EntryType::kPipe},
                   File("after", "x")}),
            absl::OkStatus());
  EXPECT_FALSE(Has("null"));
  EXPECT_FALSE(Has("pipe"));
  EXPECT_TRUE(Has("after"));
}

TEST_F(LayerUnpackerTest, ReadsGzipAndZstd) {
  ASSERT_EQ(ApplyBytes(MakeTar({File("g", "gzip")}, Compression::kGzip)), absl::OkStatus());
  ASSERT_EQ(ApplyBytes(MakeTar({File("z", "zstd")}, Compression::kZstd)), absl::OkStatus());
  EXPECT_EQ(Text("g"), "gzip");
  EXPECT_EQ(Text("z"), "zstd");
}

TEST_F(LayerUnpackerTest, KeepsNamesBeyondAsciiWhateverTheLocale) {
  ASSERT_EQ(Apply({File("größe/文", "x"), SymbolicLink("lien", "größe/文")}), absl::OkStatus());
  EXPECT_EQ(Text("größe/文"), "x");
  ASSERT_EQ(ApplyBytes(MakePaxTar("naïve/文", "y")), absl::OkStatus());
  EXPECT_EQ(Text("naïve/文"), "y");
}

TEST_F(LayerUnpackerTest, AcceptsAnEmptyLayer) {
  EXPECT_EQ(Apply({}), absl::OkStatus());
  EXPECT_EQ(ApplyBytes(""), absl::OkStatus());
}

// ---- Layers on top of each other.

TEST_F(LayerUnpackerTest, LaterLayersReplaceFilesAndKeepDirectories) {
  ASSERT_EQ(Apply({Directory("d", 0755), File("d/old", "1"), File("f", "1")}), absl::OkStatus());
  ASSERT_EQ(Apply({Directory("d", 0700), File("f", "2", 0600)}), absl::OkStatus());
  EXPECT_EQ(Text("d/old"), "1");
  EXPECT_EQ(Stat("d").st_mode & 07777, 0700u);
  EXPECT_EQ(Text("f"), "2");
}

TEST_F(LayerUnpackerTest, ReplacingAFileLeavesItsHardLinksAlone) {
  ASSERT_EQ(Apply({File("a", "old"), HardLink("b", "a")}), absl::OkStatus());
  ASSERT_EQ(Apply({File("a", "new")}), absl::OkStatus());
  EXPECT_EQ(Text("a"), "new");
  EXPECT_EQ(Text("b"), "old");
}

TEST_F(LayerUnpackerTest, TypesReplaceEachOther) {
  ASSERT_EQ(Apply({File("x", "1"), Directory("y"), File("y/in", "1"), SymbolicLink("z", "y")}),
            absl::OkStatus());
  ASSERT_EQ(
      Apply({Directory("x"), File("x/in", "2"), File("y", "2"), Directory("z"), File("z/in", "2")}),
      absl::OkStatus());
  EXPECT_EQ(Text("x/in"), "2");
  EXPECT_EQ(Text("y"), "2");
  EXPECT_EQ(Text("z/in"), "2");
}

TEST_F(LayerUnpackerTest, WritesThroughLinksOfLowerLayersInsideTheRoot) {
  ASSERT_EQ(Apply({Directory("usr/lib"), SymbolicLink("lib", "usr/lib"),
                   SymbolicLink("lib64", "/usr/lib")}),
            absl::OkStatus());
  ASSERT_EQ(Apply({File("lib/a", "1"), File("lib64/b", "2")}), absl::OkStatus());
  EXPECT_EQ(Text("usr/lib/a"), "1");
  EXPECT_EQ(Text("usr/lib/b"), "2");
}

TEST_F(LayerUnpackerTest, AWhiteoutRemovesAFileOrATreeOfALowerLayer) {
  ASSERT_EQ(Apply({File("d/file", "1"), File("d/tree/a/b", "1"), File("d/stays", "1")}),
            absl::OkStatus());
  ASSERT_EQ(Apply({File("d/.wh.file", ""), File("d/.wh.tree", ""), File("d/.wh.never-was", ""),
                   File("none/.wh.x", "")}),
            absl::OkStatus());
  EXPECT_FALSE(Has("d/file"));
  EXPECT_FALSE(Has("d/tree"));
  EXPECT_TRUE(Has("d/stays"));
  EXPECT_FALSE(Has("d/.wh.file"));
  EXPECT_FALSE(Has("none"));
}

TEST_F(LayerUnpackerTest, AWhiteoutSparesWhatItsOwnLayerBringsInEitherOrder) {
  ASSERT_EQ(Apply({File("a/old", "1"), File("b/old", "1")}), absl::OkStatus());
  ASSERT_EQ(Apply({File(".wh.a", ""), File("a/new", "2"), File("b/new", "2"), File(".wh.b", "")}),
            absl::OkStatus());
  EXPECT_FALSE(Has("a/old"));
  EXPECT_EQ(Text("a/new"), "2");
  EXPECT_FALSE(Has("b/old"));
  EXPECT_EQ(Text("b/new"), "2");
}

TEST_F(LayerUnpackerTest, AnOpaqueWhiteoutHidesLowerLayersBelowItsDirectoryOnly) {
  ASSERT_EQ(Apply({File("d/old", "1"), File("d/sub/old", "1"), File("d/gone/old", "1"),
                   File("beside", "1")}),
            absl::OkStatus());
  ASSERT_EQ(Apply({File("d/new", "2"), File("d/sub/new", "2"), File("d/.wh..wh..opq", "")}),
            absl::OkStatus());
  EXPECT_FALSE(Has("d/old"));
  EXPECT_FALSE(Has("d/sub/old"));
  EXPECT_FALSE(Has("d/gone"));
  EXPECT_EQ(Text("d/new"), "2");
  EXPECT_EQ(Text("d/sub/new"), "2");
  EXPECT_EQ(Text("beside"), "1");
}

TEST_F(LayerUnpackerTest, AnOpaqueWhiteoutKeepsAnEmptyDirectoryOfItsLayer) {
  ASSERT_EQ(Apply({File("d/sub/old", "1")}), absl::OkStatus());
  ASSERT_EQ(Apply({Directory("d/sub"), File("d/.wh..wh..opq", "")}), absl::OkStatus());
  EXPECT_TRUE(Has("d/sub"));
  EXPECT_FALSE(Has("d/sub/old"));
}

TEST_F(LayerUnpackerTest, SkipsNamesThatBelongToAufs) {
  ASSERT_EQ(
      Apply({Directory(".wh..wh.plnk"), File(".wh..wh.plnk/1.2", "x"), File(".wh..wh.aufs", "x")}),
      absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_empty(root_path_));
}

TEST_F(LayerUnpackerTest, RefusesWhiteoutsThatNameNoFile) {
  for (const char* name : {".wh.", ".wh..", ".wh...", "d/.wh..."}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Apply({Directory("d"), File(name, "")}))) << name;
  }
  ExpectOutsideUntouched();
}

// ---- Ways out of the root.

TEST_F(LayerUnpackerTest, RefusesPathsWithDotDot) {
  for (const char* path : {"../secret", "a/../../secret", "a/..", ".."}) {
    const absl::Status status = Apply({File(path, "evil")});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << path << ": " << status;
  }
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, AbsolutePathsStartAtTheRoot) {
  const std::string secret = absl::StrCat(directory_.path(), "/secret");
  ASSERT_EQ(Apply({File(secret, "evil")}), absl::OkStatus());
  EXPECT_EQ(Text(secret), "evil");
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, LinksThatLeadOutLeadBackToTheRoot) {
  ASSERT_EQ(Apply({SymbolicLink("up", "../../.."), File("up/secret", "evil"),
                   SymbolicLink("absolute", directory_.path())}),
            absl::OkStatus());
  EXPECT_EQ(Text("secret"), "evil");
  // The absolute target does not exist inside, so it is a link to nowhere.
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({File("absolute/secret", "evil")})));
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, AFileInPlaceOfALinkReplacesTheLink) {
  const std::string secret = absl::StrCat(directory_.path(), "/secret");
  ASSERT_EQ(Apply({SymbolicLink("l", secret), File("l", "evil")}), absl::OkStatus());
  EXPECT_EQ(Text("l"), "evil");
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, HardLinksReachNothingOutside) {
  const std::string secret = absl::StrCat(directory_.path(), "/secret");
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({HardLink("l", "../secret")})));
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({HardLink("l", secret)})));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Apply({SymbolicLink("up", directory_.path()), HardLink("l", "up/secret")})));
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, AHardLinkToALinkIsTheLinkNotItsTarget) {
  const std::string secret = absl::StrCat(directory_.path(), "/secret");
  ASSERT_EQ(Apply({SymbolicLink("s", secret), HardLink("h", "s"), File("h", "evil")}),
            absl::OkStatus());
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, AWhiteoutThroughALinkStaysInside) {
  ASSERT_EQ(Apply({SymbolicLink("up", directory_.path())}), absl::OkStatus());
  EXPECT_EQ(Apply({File("up/.wh.secret", "")}), absl::OkStatus());
  ASSERT_EQ(Apply({SymbolicLink("up2", "..")}), absl::OkStatus());
  EXPECT_EQ(Apply({File("up2/.wh..wh..opq", "")}), absl::OkStatus());
  ExpectOutsideUntouched();
}

TEST_F(LayerUnpackerTest, RefusesLinksInCircles) {
  const absl::Status status =
      Apply({SymbolicLink("a", "b"), SymbolicLink("b", "a"), File("a/x", "")});
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

TEST_F(LayerUnpackerTest, RefusesAFileBelowAFile) {
  const absl::Status status = Apply({File("f", "x"), File("f/below", "y")});
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

TEST_F(LayerUnpackerTest, RefusesAFileInPlaceOfTheRoot) {
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({File(".", "x")})));
  EXPECT_EQ(Apply({Directory("./", 0700)}), absl::OkStatus());
}

// ---- Limits.

TEST_F(LayerUnpackerTest, StopsAtTheBudgetOfBytes) {
  budget_.bytes_left = 10;
  EXPECT_EQ(Apply({File("a", "12345"), File("b", "12345")}), absl::OkStatus());
  const absl::Status status = Apply({File("c", "1")});
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

TEST_F(LayerUnpackerTest, StopsAtTheBudgetOfEntries) {
  budget_.entries_left = 2;
  EXPECT_EQ(Apply({File("a", ""), Directory("b")}), absl::OkStatus());
  EXPECT_TRUE(absl::IsResourceExhausted(Apply({Directory("c")})));
}

TEST_F(LayerUnpackerTest, ABombOfZerosIsNotUnpacked) {
  const std::string bomb = MakeTar({File("zeros", std::string(8 << 20, '\0'))}, Compression::kGzip);
  ASSERT_LT(bomb.size(), 20'000u);
  const absl::Status status = ApplyBytes(bomb);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_FALSE(Has("zeros"));
}

TEST_F(LayerUnpackerTest, RefusesATruncatedTar) {
  const std::string whole = MakeTar({File("a", std::string(5'000, 'x'))});
  const absl::Status status = ApplyBytes(whole.substr(0, 3'000));
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("layer"));
}

TEST_F(LayerUnpackerTest, RefusesATruncatedGzip) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) absl::StrAppend(&text, i * 7919 % 1'000, ",");
  const std::string whole = MakeTar({File("a", text)}, Compression::kGzip);
  EXPECT_TRUE(absl::IsInvalidArgument(ApplyBytes(whole.substr(0, whole.size() / 2))));
}

TEST_F(LayerUnpackerTest, RefusesWhatIsNoTar) {
  EXPECT_TRUE(absl::IsInvalidArgument(ApplyBytes(std::string(2'000, 'q'))));
}

TEST_F(LayerUnpackerTest, UnpacksAndRemovesVeryDeepTrees) {
  std::vector<std::string> parts(400, "d");
  std::string path = absl::StrJoin(parts, "/");
  ASSERT_EQ(Apply({File(absl::StrCat(path, "/f"), "x"), SymbolicLink("s", path)}),
            absl::OkStatus());
  ASSERT_EQ(Apply({File(absl::StrCat("s/", path, "/f"), "x")}), absl::OkStatus());
  ASSERT_EQ(Apply({File("d", "now a file")}), absl::OkStatus());
  EXPECT_EQ(Text("d"), "now a file");
}

}  // namespace
}  // namespace floe::node_agent::image
