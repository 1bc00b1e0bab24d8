#include "node_agent/image/image_store.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node_agent/image/image_manifest.h"
#include "tests/node_agent/image/image_builder.h"

namespace floe::node_agent {
namespace {

using image::Compression;
using image::Directory;
using image::Exists;
using image::File;
using image::ImageParts;
using image::LayoutBuilder;
using image::MakeTar;
using image::ReadFile;
using image::SymbolicLink;
using image::WriteFile;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGzipLayer[] = "application/vnd.oci.image.layer.v1.tar+gzip";

class ImageStoreTest : public ::testing::Test {
 protected:
  std::string Below(const std::string& name) const {
    return absl::StrCat(directory_.path(), "/", name);
  }
  std::unique_ptr<ImageStore> Create(const ImageLimits& limits = {}) {
    auto store = ImageStore::Create(Below("store"), limits);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  absl::StatusOr<PreparedCode> PrepareImage(const ImageLimits& limits = {}) {
    return Create(limits)->Prepare(CodeSource::kOciImage, layout_.path(), "");
  }
  // Finished roots in the store; drafts count as a failure.
  int CountRoots() const {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(Below("store"))) {
      const std::string name = file.path().filename().string();
      EXPECT_FALSE(absl::StartsWith(name, "unpacking-")) << name;
      if (absl::StartsWith(name, "sha256-")) ++count;
    }
    return count;
  }
  void ExpectRefused(const absl::StatusOr<PreparedCode>& code, absl::StatusCode expected,
                     const std::string& text) {
    EXPECT_EQ(code.status().code(), expected) << code.status();
    EXPECT_THAT(std::string(code.status().message()), HasSubstr(text));
    EXPECT_EQ(CountRoots(), 0);
  }

  image::TemporaryDirectory directory_;
  LayoutBuilder layout_{absl::StrCat(directory_.path(), "/layout")};
  const std::string layer_ = MakeTar({File("bin/hello", "hi", 0755)});
};

TEST_F(ImageStoreTest, UnpacksALayoutAndTellsWhatItsConfigurationSays) {
  layout_.WriteImage({.layers = {layer_},
                      .process = R"({"Entrypoint":["/bin/hello"],"Cmd":["x"],"Env":["A=1"],)"
                                 R"("WorkingDir":"/work/here"})"});

  const auto code = PrepareImage();

  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(ReadFile(code->root_directory + "/bin/hello"), "hi");
  EXPECT_THAT(code->entry_point, ElementsAre("/bin/hello"));
  EXPECT_THAT(code->command, ElementsAre("x"));
  EXPECT_THAT(code->variables, ElementsAre("A=1"));
  EXPECT_EQ(code->working_directory, "/work/here");
  EXPECT_THAT(code->mounts, IsEmpty());
  EXPECT_TRUE(absl::StartsWith(code->digest, "sha256:")) << code->digest;
  for (const char* path : {"/proc", "/dev", "/tmp", "/var/task", "/work/here"}) {
    EXPECT_TRUE(std::filesystem::is_directory(code->root_directory + path)) << path;
  }
}

TEST_F(ImageStoreTest, AppliesLayersFromTheLowestUp) {
  layout_.WriteImage(
      {.layers = {MakeTar({File("f", "1"), File("gone", "1")}),
                  MakeTar({File("f", "2"), File(".wh.gone", "")}), MakeTar({File("f", "3")})}});
  const auto code = PrepareImage();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(ReadFile(code->root_directory + "/f"), "3");
  EXPECT_FALSE(Exists(code->root_directory + "/gone"));
}

TEST_F(ImageStoreTest, ReadsTarArchivesOfALayoutWhateverTheirCompression) {
  layout_.WriteImage({.layers = {MakeTar({File("f", "x")}, Compression::kGzip), layer_, layer_},
                      .layer_media_type = kGzipLayer});
  const auto store = Create();
  for (const Compression compression :
       {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    WriteFile(Below("image.tar"), layout_.ToTar(compression));
    const auto code = store->Prepare(CodeSource::kOciImage, Below("image.tar"), "");
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(ReadFile(code->root_directory + "/f"), "x");
    EXPECT_EQ(ReadFile(code->root_directory + "/bin/hello"), "hi");
    std::filesystem::remove_all(code->root_directory);
  }
}

TEST_F(ImageStoreTest, UnpacksOnceForADirectoryAnArchiveAndALaterProcess) {
  layout_.WriteImage({.layers = {layer_}});
  WriteFile(Below("image.tar"), layout_.ToTar(Compression::kNone));
  const auto first = PrepareImage();
  ASSERT_TRUE(first.ok()) << first.status();
  WriteFile(first->root_directory + "/mark", "still the same");

  const auto second = PrepareImage();
  const auto third = Create()->Prepare(CodeSource::kOciImage, Below("image.tar"), "");

  ASSERT_TRUE(second.ok() && third.ok()) << second.status() << third.status();
  EXPECT_EQ(second->root_directory, first->root_directory);
  EXPECT_EQ(third->root_directory, first->root_directory);
  EXPECT_TRUE(Exists(first->root_directory + "/mark"));
  EXPECT_EQ(CountRoots(), 1);
}

TEST_F(ImageStoreTest, SeesThatALayoutHasBeenReplaced) {
  const auto store = Create();
  layout_.WriteImage({.layers = {layer_}});
  const auto before = store->Prepare(CodeSource::kOciImage, layout_.path(), "");
  layout_.WriteImage({.layers = {MakeTar({File("bin/hello", "new and longer")})}});
  const auto after = store->Prepare(CodeSource::kOciImage, layout_.path(), "");
  ASSERT_TRUE(before.ok() && after.ok()) << before.status() << after.status();
  EXPECT_NE(before->digest, after->digest);
  EXPECT_EQ(ReadFile(after->root_directory + "/bin/hello"), "new and longer");
}

TEST_F(ImageStoreTest, UnpacksAgainWhenTheRootHasBeenRemoved) {
  const auto store = Create();
  layout_.WriteImage({.layers = {layer_}});
  const auto before = store->Prepare(CodeSource::kOciImage, layout_.path(), "");
  ASSERT_TRUE(before.ok()) << before.status();
  std::filesystem::remove_all(before->root_directory);
  const auto after = store->Prepare(CodeSource::kOciImage, layout_.path(), "");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(ReadFile(after->root_directory + "/bin/hello"), "hi");
}

TEST_F(ImageStoreTest, ManyThreadsGetOneRoot) {
  std::vector<image::TarEntry> entries;
  for (int i = 0; i < 300; ++i) entries.push_back(File(absl::StrCat("d", i % 7, "/f", i), "x"));
  layout_.WriteImage({.layers = {MakeTar(entries)}});
  WriteFile(Below("image.tar"), layout_.ToTar(Compression::kGzip));
  const auto store = Create();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto code = store->Prepare(CodeSource::kOciImage,
                                       i % 2 == 0 ? layout_.path() : Below("image.tar"), "");
      if (code.ok() && Exists(code->root_directory + "/d5/f299")) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
  EXPECT_EQ(CountRoots(), 1);
}

TEST_F(ImageStoreTest, FollowsAnIndexInAnIndexToThisArchitecture) {
  const std::string wrong = layout_.AddImage({.layers = {layer_}, .architecture = "vax"});
  const std::string right = layout_.AddImage({.layers = {layer_}});
  const std::string platform = absl::StrCat(R"(,"platform":{"os":"linux","architecture":")",
                                            image::MachineArchitecture(), R"("}})");
  const std::string inner = absl::StrCat(R"({"manifests":[)", wrong.substr(0, wrong.size() - 1),
                                         R"(,"platform":{"os":"linux","architecture":"vax"}},)",
                                         right.substr(0, right.size() - 1), platform, "]}");
  layout_.WriteIndex({layout_.AddBlob(inner, "application/vnd.oci.image.index.v1+json")});
  const auto code = PrepareImage();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(ReadFile(code->root_directory + "/bin/hello"), "hi");
}

TEST_F(ImageStoreTest, MountPointsOfAnImageAreDirectoriesInsideIt) {
  layout_.WriteImage({.layers = {MakeTar({SymbolicLink("proc", "/etc"), File("dev", "x"),
                                          SymbolicLink("tmp", "../../..")})}});
  const auto code = PrepareImage();
  ASSERT_TRUE(code.ok()) << code.status();
  for (const char* path : {"/proc", "/dev", "/tmp"}) {
    EXPECT_TRUE(
        std::filesystem::is_directory(std::filesystem::symlink_status(code->root_directory + path)))
        << path;
  }
}

// ---- Images that are refused.

TEST_F(ImageStoreTest, TellsThatThereIsNoImage) {
  ExpectRefused(Create()->Prepare(CodeSource::kOciImage, Below("none"), ""),
                absl::StatusCode::kNotFound, "does not exist");
}

TEST_F(ImageStoreTest, RefusesADirectoryWithoutIndex) {
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "index.json");
}

TEST_F(ImageStoreTest, RefusesAFileThatIsNoArchive) {
  WriteFile(Below("image.tar"), std::string(3'000, 'q'));
  ExpectRefused(Create()->Prepare(CodeSource::kOciImage, Below("image.tar"), ""),
                absl::StatusCode::kInvalidArgument, "image.tar");
}

TEST_F(ImageStoreTest, RefusesATruncatedArchive) {
  layout_.WriteImage({.layers = {layer_}});
  const std::string whole = layout_.ToTar(Compression::kNone);
  const auto store = Create();
  for (const size_t size : {size_t{700}, size_t{2'000}, whole.size() / 2}) {
    WriteFile(Below("image.tar"), whole.substr(0, size));
    const auto code = store->Prepare(CodeSource::kOciImage, Below("image.tar"), "");
    EXPECT_EQ(code.status().code(), absl::StatusCode::kInvalidArgument)
        << size << ": " << code.status();
  }
}

TEST_F(ImageStoreTest, RefusesAnArchiveThatLacksABlob) {
  layout_.WriteImage({.layers = {layer_}});
  std::filesystem::remove(layout_.BlobPath(layer_));
  WriteFile(Below("image.tar"), layout_.ToTar(Compression::kGzip));
  ExpectRefused(Create()->Prepare(CodeSource::kOciImage, Below("image.tar"), ""),
                absl::StatusCode::kInvalidArgument, "is missing");
}

TEST_F(ImageStoreTest, RefusesAMissingLayer) {
  layout_.WriteImage({.layers = {layer_}});
  std::filesystem::remove(layout_.BlobPath(layer_));
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "is missing");
}

TEST_F(ImageStoreTest, RefusesALayerWhoseBytesHaveChanged) {
  layout_.WriteImage({.layers = {layer_}});
  std::string damaged = layer_;
  damaged[512] ^= 1;  // In the file's content: still a good tar.
  WriteFile(layout_.BlobPath(layer_), damaged);
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "damaged");
}

TEST_F(ImageStoreTest, RefusesALayerThatIsShorterOrLongerThanTold) {
  layout_.WriteImage({.layers = {layer_}});
  for (const std::string& wrong : {layer_.substr(0, 600), layer_ + "x", std::string()}) {
    WriteFile(layout_.BlobPath(layer_), wrong);
    ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "damaged");
  }
}

TEST_F(ImageStoreTest, RefusesALayerThatIsNoTarAndSaysWhich) {
  const std::string bytes(2'000, 'q');
  layout_.WriteImage({.layers = {layer_, bytes}});
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument,
                layout_.BlobPath(bytes).substr(layout_.path().size() + 1));
}

TEST_F(ImageStoreTest, RefusesDocumentsWhoseBytesHaveChanged) {
  const std::string config = "{\"config\":{\"Cmd\":[\"/a\"]}}";
  const std::string manifest =
      absl::StrCat(R"({"config":)", layout_.AddBlob(config, ""), R"(,"layers":[]})");
  layout_.WriteIndex({layout_.AddBlob(manifest, "")});
  ASSERT_TRUE(PrepareImage().ok());
  std::filesystem::remove_all(Below("store"));

  WriteFile(layout_.BlobPath(config), "{\"config\":{\"Cmd\":[\"/b\"]}}");
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "damaged");
  WriteFile(layout_.BlobPath(manifest), manifest + " ");
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "bytes, not");
}

TEST_F(ImageStoreTest, RefusesAnIndexThatIsNotJson) {
  WriteFile(layout_.path() + "/index.json", "<html>");
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "index.json: not JSON");
}

TEST_F(ImageStoreTest, RefusesAnIndexThatPointsToItselfForEver) {
  std::string descriptor = layout_.AddImage({.layers = {layer_}});
  for (int i = 0; i < 5; ++i) {
    descriptor = layout_.AddBlob(absl::StrCat(R"({"manifests":[)", descriptor, "]}"),
                                 "application/vnd.oci.image.index.v1+json");
  }
  layout_.WriteIndex({descriptor});
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "indexes");
}

TEST_F(ImageStoreTest, RefusesAnotherArchitectureOrSystem) {
  layout_.WriteImage({.layers = {layer_}, .architecture = "vax"});
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "linux/vax");
  layout_.WriteImage({.layers = {layer_}, .os = "windows"});
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "windows/");
}

TEST_F(ImageStoreTest, AnImageThatStartsNothingLeavesTheEntrypointToTheFunction) {
  layout_.WriteImage({.layers = {layer_}, .process = R"({"Env":["A=1"]})"});
  const auto code = PrepareImage();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_TRUE(code->entry_point.empty());
  EXPECT_TRUE(code->command.empty());
}

TEST_F(ImageStoreTest, CommandAloneIsEnough) {
  layout_.WriteImage({.layers = {layer_}, .process = R"({"Cmd":["/bin/hello"]})"});
  const auto code = PrepareImage();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_THAT(code->entry_point, IsEmpty());
  EXPECT_THAT(code->command, ElementsAre("/bin/hello"));
}

TEST_F(ImageStoreTest, RefusesAPathOutOfTheRoot) {
  layout_.WriteImage({.layers = {MakeTar({File("../../escaped", "x")})}});
  ExpectRefused(PrepareImage(), absl::StatusCode::kInvalidArgument, "..");
  EXPECT_FALSE(Exists(Below("store/escaped")));
}

// ---- Limits.

TEST_F(ImageStoreTest, RefusesWhatIsTooLargeUnpacked) {
  const std::string bomb = MakeTar({File("zeros", std::string(4 << 20, '\0'))}, Compression::kGzip);
  layout_.WriteImage({.layers = {bomb}, .layer_media_type = kGzipLayer});
  ExpectRefused(PrepareImage({.unpacked_bytes_max = (4 << 20) - 1}),
                absl::StatusCode::kResourceExhausted, "larger");
  EXPECT_TRUE(PrepareImage({.unpacked_bytes_max = 4 << 20}).ok());
}

TEST_F(ImageStoreTest, TheLimitsCountAllLayersTogether) {
  layout_.WriteImage({.layers = {MakeTar({File("a", "12345")}), MakeTar({File("b", "12345")})}});
  ExpectRefused(PrepareImage({.unpacked_bytes_max = 9}), absl::StatusCode::kResourceExhausted,
                "larger");
  ExpectRefused(PrepareImage({.entries_max = 1}), absl::StatusCode::kResourceExhausted, "");
  EXPECT_TRUE(PrepareImage({.unpacked_bytes_max = 10, .entries_max = 2}).ok());
}

TEST_F(ImageStoreTest, RefusesTooMuchJson) {
  layout_.WriteImage({.layers = {layer_}});
  WriteFile(Below("image.tar"), layout_.ToTar(Compression::kGzip));
  ExpectRefused(PrepareImage({.json_bytes_max = 100}), absl::StatusCode::kResourceExhausted,
                "index.json");
  ExpectRefused(
      Create({.json_bytes_max = 100})->Prepare(CodeSource::kOciImage, Below("image.tar"), ""),
      absl::StatusCode::kResourceExhausted, "index.json");
}

// ---- Directories.

class DirectoryCodeTest : public ImageStoreTest {
 protected:
  DirectoryCodeTest() {
    for (const char* path : {"root/proc", "root/dev", "root/tmp", "root/var/task", "task"}) {
      std::filesystem::create_directories(Below(path));
    }
  }
  void WriteExecutable(const std::string& path) {
    WriteFile(Below(path), "#!/bin/sh\n");
    ASSERT_EQ(chmod(Below(path).c_str(), 0755), 0);
  }
  absl::StatusOr<PreparedCode> PrepareRoot() {
    return Create()->Prepare(CodeSource::kRootDirectory, Below("root"), "");
  }
  absl::StatusOr<PreparedCode> PrepareTask() {
    return Create()->Prepare(CodeSource::kTaskDirectory, Below("task"), Below("root"));
  }
};

TEST_F(DirectoryCodeTest, ARootDirectoryIsUsedAsItIs) {
  const auto code = PrepareRoot();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(code->root_directory, std::filesystem::canonical(Below("root")).string());
  EXPECT_THAT(code->entry_point, IsEmpty());
  EXPECT_THAT(code->mounts, IsEmpty());
  EXPECT_EQ(code->digest, "");
}

TEST_F(DirectoryCodeTest, ARootDirectoryStartsItsFirstBootstrap) {
  WriteExecutable("root/var/runtime/bootstrap");
  EXPECT_THAT(PrepareRoot()->entry_point, ElementsAre("/var/runtime/bootstrap"));
  WriteExecutable("root/opt/bootstrap");
  EXPECT_THAT(PrepareRoot()->entry_point, ElementsAre("/opt/bootstrap"));
  WriteExecutable("root/var/task/bootstrap");
  EXPECT_THAT(PrepareRoot()->entry_point, ElementsAre("/var/task/bootstrap"));
}

TEST_F(DirectoryCodeTest, NamesTheMountPointsThatARootLacks) {
  std::filesystem::remove(Below("root/proc"));
  std::filesystem::remove(Below("root/tmp"));
  const auto code = PrepareRoot();
  EXPECT_TRUE(absl::IsInvalidArgument(code.status())) << code.status();
  EXPECT_THAT(std::string(code.status().message()), EndsWith("lacks /proc, /tmp"));
}

TEST_F(DirectoryCodeTest, TellsWhichDirectoryDoesNotExist) {
  std::filesystem::remove(Below("task"));
  const auto task = PrepareTask();
  EXPECT_TRUE(absl::IsNotFound(task.status())) << task.status();
  EXPECT_THAT(std::string(task.status().message()), HasSubstr("task directory"));
  std::filesystem::remove_all(Below("root"));
  EXPECT_TRUE(absl::IsNotFound(PrepareRoot().status()));
  WriteFile(Below("root"), "a file");
  EXPECT_TRUE(absl::IsInvalidArgument(PrepareRoot().status()));
}

TEST_F(DirectoryCodeTest, ATaskDirectoryIsMountedAndStarted) {
  WriteExecutable("task/bootstrap");
  const auto code = PrepareTask();
  ASSERT_TRUE(code.ok()) << code.status();
  ASSERT_EQ(code->mounts.size(), 1u);
  EXPECT_EQ(code->mounts[0].host_directory, std::filesystem::canonical(Below("task")).string());
  EXPECT_EQ(code->mounts[0].target, "/var/task");
  EXPECT_THAT(code->entry_point, ElementsAre("/var/task/bootstrap"));
  EXPECT_EQ(code->working_directory, "/var/task");
}

TEST_F(DirectoryCodeTest, ATaskDirectoryNeedsItsMountPointInTheRoot) {
  WriteExecutable("task/bootstrap");
  std::filesystem::remove(Below("root/var/task"));
  const auto code = PrepareTask();
  EXPECT_TRUE(absl::IsInvalidArgument(code.status())) << code.status();
  EXPECT_THAT(std::string(code.status().message()), HasSubstr("/var/task"));
}

}  // namespace
}  // namespace floe::node_agent
