#include "node_agent/image/image_manifest.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe::node_agent::image {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDigest = absl::StrCat("sha256:", std::string(64, 'a'));

std::string DescriptorJson(const std::string& more) {
  return absl::StrCat(R"({"digest":")", kDigest, R"(","size":7)", more, "}");
}

std::string IndexJson(const std::vector<std::string>& descriptors) {
  return absl::StrCat(R"({"manifests":[)", absl::StrJoin(descriptors, ","), "]}");
}

std::string ConfigJson(const std::string& process) {
  return absl::StrCat(R"({"os":"linux","architecture":"amd64","config":)", process, "}");
}

std::string Platform(const std::string& os, const std::string& architecture) {
  return absl::StrCat(R"(,"platform":{"os":")", os, R"(","architecture":")", architecture, R"("})");
}

// The message of the error, or "" where there is none.
template <typename Result>
std::string ErrorOf(const Result& result) {
  if (result.ok()) return "";
  EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << result.status();
  return std::string(result.status().message());
}

TEST(ImageConfigTest, ReadsExecForms) {
  const auto config = ParseImageConfig(ConfigJson(
      R"({"Entrypoint":["/a","b c"],"Cmd":["d"],"Env":["A=1","B="],"WorkingDir":"/w"})"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->os, "linux");
  EXPECT_EQ(config->architecture, "amd64");
  EXPECT_THAT(config->entry_point, ElementsAre("/a", "b c"));
  EXPECT_THAT(config->command, ElementsAre("d"));
  EXPECT_THAT(config->variables, ElementsAre("A=1", "B="));
  EXPECT_EQ(config->working_directory, "/w");
}

TEST(ImageConfigTest, WrapsShellFormsInAShell) {
  const auto config = ParseImageConfig(ConfigJson(R"({"Entrypoint":"/startup.sh","Cmd":"x y"})"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->entry_point, ElementsAre("/bin/sh", "-c", "/startup.sh"));
  EXPECT_THAT(config->command, ElementsAre("/bin/sh", "-c", "x y"));
}

TEST(ImageConfigTest, TakesNullEmptyAndMissingAsNone) {
  for (const char* process :
       {"{}", "null", R"({"Entrypoint":null,"Cmd":null,"Env":null,"WorkingDir":null})",
        R"({"Entrypoint":[],"Cmd":"","Env":[],"WorkingDir":""})"}) {
    const auto config = ParseImageConfig(ConfigJson(process));
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_THAT(config->entry_point, IsEmpty()) << process;
    EXPECT_THAT(config->command, IsEmpty()) << process;
    EXPECT_EQ(config->working_directory, "") << process;
  }
}

TEST(ImageConfigTest, IgnoresWhatLambdaIgnores) {
  const auto config = ParseImageConfig(ConfigJson(
      R"({"Cmd":["a"],"User":"nobody","ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}}})"));
  EXPECT_TRUE(config.ok()) << config.status();
}

TEST(ImageConfigTest, MakesARelativeWorkingDirectoryAbsolute) {
  const auto config = ParseImageConfig(ConfigJson(R"({"WorkingDir":"app"})"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->working_directory, "/app");
}

TEST(ImageConfigTest, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"Entrypoint":7})"))),
              HasSubstr("Entrypoint"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"Cmd":[1]})"))), HasSubstr("Cmd"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"Env":["NOVALUE"]})"))),
              HasSubstr("NOVALUE"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"Env":["=x"]})"))), HasSubstr("Env"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"WorkingDir":["/"]})"))),
              HasSubstr("WorkingDir"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson(R"({"Cmd":["a\u0000b"]})"))), HasSubstr("NUL"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(ConfigJson("[]"))), HasSubstr("config"));
}

TEST(ImageConfigTest, RefusesWhatIsNoJsonObject) {
  EXPECT_THAT(ErrorOf(ParseImageConfig("")), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf(ParseImageConfig("{\"os\":")), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf(ParseImageConfig("{} x")), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf(ParseImageConfig("[1]")), HasSubstr("object"));
  EXPECT_THAT(ErrorOf(ParseImageConfig(std::string(100'000, '['))), HasSubstr("not JSON"));
}

TEST(ImageManifestTest, ReadsConfigAndLayersInOrder) {
  const std::string other = absl::StrCat("sha256:", std::string(64, 'b'));
  const auto manifest = ParseImageManifest(absl::StrCat(
      R"({"config":)", DescriptorJson(""), R"(,"layers":[{"digest":")", other,
      R"(","size":1,"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip"},)",
      DescriptorJson(R"(,"mediaType":"application/vnd.oci.image.layer.v1.tar+zstd")"), "]}"));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->config.digest, kDigest);
  EXPECT_EQ(manifest->config.size, 7);
  ASSERT_EQ(manifest->layers.size(), 2u);
  EXPECT_EQ(manifest->layers[0].digest, other);
  EXPECT_EQ(manifest->layers[1].digest, kDigest);
}

TEST(ImageManifestTest, RefusesEncryptedAndUnknownLayers) {
  for (const char* type : {"application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "text/plain"}) {
    const auto manifest = ParseImageManifest(
        absl::StrCat(R"({"config":)", DescriptorJson(""), R"(,"layers":[)",
                     DescriptorJson(absl::StrCat(R"(,"mediaType":")", type, R"(")")), "]}"));
    EXPECT_THAT(ErrorOf(manifest), HasSubstr(type));
  }
}

TEST(ImageManifestTest, RefusesDescriptorsWithoutDigestOrSize) {
  for (const char* config : {"{}", R"({"digest":"md5:1","size":1})",
                             R"({"digest":"sha256:../../etc","size":1})", "7", "null"}) {
    const auto manifest =
        ParseImageManifest(absl::StrCat(R"({"config":)", config, R"(,"layers":[]})"));
    EXPECT_THAT(ErrorOf(manifest), HasSubstr("config")) << config;
  }
  for (const char* size : {"-1", "1.5", "\"7\"", "99999999999999999999", "null"}) {
    const auto manifest = ParseImageManifest(absl::StrCat(
        R"({"config":{"digest":")", kDigest, R"(","size":)", size, R"(},"layers":[]})"));
    EXPECT_THAT(ErrorOf(manifest), HasSubstr("size")) << size;
  }
}

TEST(ImageManifestTest, ReadsUpToTheLimitOfLayersAndNoMore) {
  const auto with_layers = [](int count) {
    const std::vector<std::string> layers(static_cast<size_t>(count), DescriptorJson(""));
    return ParseImageManifest(absl::StrCat(R"({"config":)", DescriptorJson(""), R"(,"layers":[)",
                                           absl::StrJoin(layers, ","), "]}"));
  };
  EXPECT_TRUE(with_layers(256).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(with_layers(257).status()));
}

TEST(ChooseManifestTest, TakesTheOneForThisArchitecture) {
  const auto index = ParseImageIndex(IndexJson(
      {DescriptorJson(Platform("linux", "arm64")), DescriptorJson(Platform("windows", "amd64")),
       absl::StrCat(R"({"digest":"sha256:)", std::string(64, 'c'), R"(","size":1)",
                    Platform("linux", "amd64"), "}")}));
  ASSERT_TRUE(index.ok()) << index.status();
  const auto chosen = ChooseManifest(*index, "amd64");
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->digest, absl::StrCat("sha256:", std::string(64, 'c')));
}

TEST(ChooseManifestTest, FallsBackToOneWithoutAPlatform) {
  const auto index = ParseImageIndex(
      IndexJson({DescriptorJson(Platform("unknown", "unknown")), DescriptorJson("")}));
  ASSERT_TRUE(index.ok()) << index.status();
  const auto chosen = ChooseManifest(*index, "amd64");
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->architecture, "");
}

TEST(ChooseManifestTest, TellsWhatThereIsInstead) {
  const auto index = ParseImageIndex(IndexJson(
      {DescriptorJson(Platform("windows", "amd64")), DescriptorJson(Platform("linux", "arm64"))}));
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(ErrorOf(ChooseManifest(*index, "amd64")),
            "no image for linux/amd64; there is linux/arm64, windows/amd64");
  EXPECT_THAT(ErrorOf(ChooseManifest(ImageIndex{}, "amd64")), HasSubstr("none at all"));
}

TEST(ChooseManifestTest, PassesOverWhatIsNoImage) {
  const auto index = ParseImageIndex(
      IndexJson({DescriptorJson(R"(,"mediaType":"application/vnd.cncf.helm.config.v1+json")")}));
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_THAT(ErrorOf(ChooseManifest(*index, "amd64")), HasSubstr("none at all"));
}

}  // namespace
}  // namespace floe::node_agent::image
