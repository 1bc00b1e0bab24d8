// Zip packages unpacked: what is kept, what is refused, what is cleaned up.

#include "orchestrator/invoke_api/code_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "tests/orchestrator/invoke_api/zip_writer.h"

namespace floe::invoke_api {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int ModeOf(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 07777) : -1;
}

class CodeStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const tmp = std::getenv("TEST_TMPDIR");
    directory_ = std::string(tmp == nullptr ? "/tmp" : tmp) + "/floe_code_store_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    auto store =
        CodeStore::Create(directory_ + "/code",
                          {.zip_bytes_max = 4'000, .unpacked_bytes_max = 1'000, .entries_max = 5});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void TearDown() override {
    store_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

  // The text with which the package is refused; "" when it is not, or leaves something behind.
  std::string Refusal(const std::vector<ZipEntry>& entries) { return Refusal(MakeZip(entries)); }
  std::string Refusal(const std::string& zip) {
    const absl::StatusOr<UnpackedCode> code = store_->Unpack("f", zip);
    if (code.ok() || code.status().code() != absl::StatusCode::kInvalidArgument) return "";
    const std::string function = directory_ + "/code/f";
    if (std::filesystem::exists(function) && !std::filesystem::is_empty(function)) return "";
    return std::string(code.status().message());
  }

  std::string directory_;
  std::unique_ptr<CodeStore> store_;
};

TEST_F(CodeStoreTest, KeepsFilesWithTheirModes) {
  const absl::StatusOr<UnpackedCode> code =
      store_->Unpack("f", MakeZip({{"bootstrap", "#!/bin/sh\n", 0755},
                                   {"lib/", "", 0700},
                                   {"lib/data", "x", 0640},
                                   {"lib/link", "data", 0777, true},
                                   {"deep/er/file", "y", 06755}}));

  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_TRUE(code->has_bootstrap);
  EXPECT_EQ(ReadFile(code->directory + "/bootstrap"), "#!/bin/sh\n");
  EXPECT_EQ(ModeOf(code->directory + "/bootstrap"), 0755);
  EXPECT_EQ(ModeOf(code->directory + "/lib"), 0755);  // Functions run as another user.
  EXPECT_EQ(ModeOf(code->directory + "/lib/data"), 0640);
  EXPECT_EQ(ModeOf(code->directory + "/deep/er/file"), 0755);  // Set-user-id is dropped.
  EXPECT_EQ(std::filesystem::read_symlink(code->directory + "/lib/link"), "data");
}

TEST_F(CodeStoreTest, RefusesWhatWouldLeaveThePackage) {
  EXPECT_TRUE(absl::StrContains(Refusal({{"../escaped", "x"}}), "leaves the package"));
  EXPECT_TRUE(absl::StrContains(Refusal({{"a/../../escaped", "x"}}), "leaves the package"));
  EXPECT_TRUE(absl::StrContains(Refusal({{"/tmp/floe_escaped", "x"}}), "absolute name"));
  const std::string outside = directory_ + "/outside";
  std::filesystem::create_directory(outside);
  EXPECT_TRUE(absl::StrContains(Refusal({{"link", outside, 0777, true}, {"link/escaped", "x"}}),
                                "passes through something that is not a directory"));
  EXPECT_TRUE(std::filesystem::is_empty(outside));
}

TEST_F(CodeStoreTest, RefusesANameThatIsThereTwice) {
  EXPECT_TRUE(absl::StrContains(Refusal({{"a", "1"}, {"a", "2"}}), "is there twice"));
  EXPECT_TRUE(absl::StrContains(Refusal({{"a", "b", 0777, true}, {"a", "2"}}), "is there twice"));
}

TEST_F(CodeStoreTest, RefusesMoreThanItsLimits) {
  EXPECT_TRUE(store_->Unpack("f", MakeZip({{"a", std::string(1'000, 'x')}})).ok());
  TearDown();
  SetUp();
  EXPECT_TRUE(absl::StrContains(Refusal({{"a", std::string(1'001, 'x')}}),
                                "Unzipped size must be smaller than 1000 bytes"));
  EXPECT_TRUE(
      absl::StrContains(Refusal({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}, {"e", ""}, {"f", ""}}),
                        "at most 5 files"));
  EXPECT_TRUE(absl::StrContains(Refusal(std::string(4'001, 'x')),
                                "holds 4001 bytes; zipped size must be at most 4000"));
}

TEST_F(CodeStoreTest, RefusesWhatIsNoZipFile) {
  EXPECT_TRUE(absl::StrContains(Refusal(std::string("not a zip file")), "Could not unzip"));
  EXPECT_TRUE(absl::StrContains(Refusal(std::string()), "Could not unzip"));
  std::string damaged = MakeZip({{"bootstrap", std::string(500, 'x'), 0755}});
  damaged[60] = static_cast<char>(damaged[60] ^ 0x55);
  EXPECT_NE(Refusal(damaged), "");
}

TEST_F(CodeStoreTest, RefusesABootstrapThatCannotBeExecuted) {
  EXPECT_TRUE(absl::StrContains(Refusal({{"bootstrap", "x", 0644}}), "is not executable"));
  const absl::StatusOr<UnpackedCode> none = store_->Unpack("f", MakeZip({{"main", "x", 0755}}));
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->has_bootstrap);
}

TEST_F(CodeStoreTest, RemovesWhatItUnpackedAtItsEnd) {
  const absl::StatusOr<UnpackedCode> code = store_->Unpack("f", MakeZip({{"a", "x"}}));
  ASSERT_TRUE(code.ok()) << code.status();
  ASSERT_TRUE(std::filesystem::exists(code->directory));
  store_->Retire(code->directory);
  EXPECT_TRUE(std::filesystem::exists(code->directory));  // Environments may still run from it.

  store_ = nullptr;

  EXPECT_FALSE(std::filesystem::exists(code->directory));
}

TEST_F(CodeStoreTest, HashesAsLambdaShowsIt) {
  EXPECT_EQ(Sha256Base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

}  // namespace
}  // namespace floe::invoke_api
