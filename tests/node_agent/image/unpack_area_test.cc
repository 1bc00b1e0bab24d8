#include "node_agent/image/unpack_area.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/node_agent/image/image_builder.h"

namespace floe::node_agent::image {
namespace {

class UnpackAreaTest : public ::testing::Test {
 protected:
  std::unique_ptr<UnpackArea> Create() {
    auto area = UnpackArea::Create(path_);
    EXPECT_TRUE(area.ok()) << area.status();
    return *std::move(area);
  }
  int CountDrafts() const {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(path_)) {
      if (absl::StartsWith(file.path().filename().string(), "unpacking-")) ++count;
    }
    return count;
  }

  TemporaryDirectory directory_;
  const std::string path_ = absl::StrCat(directory_.path(), "/area");
};

TEST_F(UnpackAreaTest, AFinishedDraftAppearsUnderItsName) {
  const auto area = Create();
  auto draft = area->NewDraft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  WriteFile(absl::StrCat((*draft)->path(), "/file"), "x");
  EXPECT_FALSE(area->IsFinished("name"));

  EXPECT_EQ((*draft)->Finish("name"), absl::OkStatus());
  draft->reset();

  EXPECT_TRUE(area->IsFinished("name"));
  EXPECT_EQ(ReadFile(absl::StrCat(area->PathOf("name"), "/file")), "x");
  EXPECT_EQ(CountDrafts(), 0);
}

TEST_F(UnpackAreaTest, ADraftThatIsNotFinishedLeavesNothing) {
  const auto area = Create();
  auto draft = area->NewDraft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  WriteFile(absl::StrCat((*draft)->path(), "/a/b/file"), "x");
  EXPECT_EQ(CountDrafts(), 1);
  draft->reset();
  EXPECT_EQ(CountDrafts(), 0);
}

TEST_F(UnpackAreaTest, TheFirstOfTwoToFinishCounts) {
  const auto area = Create();
  const auto first = area->NewDraft();
  const auto second = area->NewDraft();
  ASSERT_TRUE(first.ok() && second.ok());
  WriteFile(absl::StrCat((*first)->path(), "/file"), "first");
  WriteFile(absl::StrCat((*second)->path(), "/file"), "second");
  EXPECT_EQ((*first)->Finish("name"), absl::OkStatus());
  EXPECT_EQ((*second)->Finish("name"), absl::OkStatus());
  EXPECT_EQ(ReadFile(absl::StrCat(area->PathOf("name"), "/file")), "first");
}

TEST_F(UnpackAreaTest, AnotherStartLeavesLiveDraftsAlone) {
  const auto area = Create();
  const auto draft = area->NewDraft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  const auto other = Create();
  EXPECT_EQ(CountDrafts(), 1);
  EXPECT_TRUE(Exists((*draft)->path()));
}

TEST_F(UnpackAreaTest, RemovesWhatAKilledProcessLeft) {
  int made[2];
  ASSERT_EQ(pipe(made), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto area = UnpackArea::Create(path_);
    const auto draft = (*area)->NewDraft();
    WriteFile(absl::StrCat((*draft)->path(), "/half"), "x");
    if (write(made[1], "x", 1) != 1) _exit(1);
    while (true) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(made[0], &byte, 1), 1);
  close(made[0]);
  close(made[1]);

  Create();
  EXPECT_EQ(CountDrafts(), 1) << "its process lives";
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(CountDrafts(), 1);

  Create();
  EXPECT_EQ(CountDrafts(), 0);
}

TEST_F(UnpackAreaTest, RefusesADirectoryThatCannotBe) {
  WriteFile(path_, "a file");
  EXPECT_FALSE(UnpackArea::Create(absl::StrCat(path_, "/below")).ok());
}

}  // namespace
}  // namespace floe::node_agent::image
