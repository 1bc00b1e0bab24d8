// The control operations over HTTP: functions deployed, shown, changed and removed.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/orchestrator/invoke_api/front_door_fixture.h"
#include "tests/orchestrator/invoke_api/zip_writer.h"

namespace floe::invoke_api {
namespace {

constexpr char kFunctions[] = "/2015-03-31/functions";

class FunctionsTest : public FrontDoorFixture {
 protected:
  net::HttpResponse CreateImage(const std::string& name, const std::string& members = "") {
    return Send("POST", kFunctions,
                absl::StrCat(R"({"FunctionName":")", name, R"(","PackageType":"Image",)",
                             R"("Code":{"ImageUri":"root:/srv/root"},)",
                             R"("Role":"arn:aws:iam::000000000000:role/r")", members, "}"));
  }

  net::HttpResponse CreateZip(const std::string& zip, const std::string& runtime) {
    return Send("POST", kFunctions,
                absl::StrCat(R"({"FunctionName":"z","Runtime":")", runtime,
                             R"(","Handler":"main","Code":{"ZipFile":")", absl::Base64Escape(zip),
                             R"("}})"));
  }

  live::FunctionSpec SpecOf(const std::string& name) {
    const auto record = orchestrator_.GetFunction(name);
    return record.ok() ? record->spec : live::FunctionSpec{};
  }
};

std::string InvalidParameter(const std::string& message) {
  return absl::StrCat(R"({"Type":"User","message":")", message, R"("})");
}

TEST_F(FunctionsTest, CreatesAFunctionFromAnImage) {
  const net::HttpResponse response = Send(
      "POST", kFunctions,
      R"({"FunctionName":"hello","PackageType":"Image","Code":{"ImageUri":"oci:/srv/image"},)"
      R"("Role":"arn:aws:iam::000000000000:role/r","Timeout":7,"MemorySize":256,)"
      R"("EphemeralStorage":{"Size":1024},"Description":"says hello",)"
      R"("Environment":{"Variables":{"KEY":"1"}},"Tags":{"floe:network":"host"},)"
      R"("ImageConfig":{"EntryPoint":["sh"],"Command":["-c","x"],"WorkingDirectory":"/app"}})");

  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.Get("x-amzn-RequestId").size(), 36u);
  EXPECT_EQ(
      response.body,
      R"({"FunctionName":"hello",)"
      R"("FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:hello",)"
      R"("Role":"arn:aws:iam::000000000000:role/r","CodeSize":0,"Description":"says hello",)"
      R"("Timeout":7,"MemorySize":256,"LastModified":"2025-03-01T12:34:56.789+0000",)"
      // SHA-256 of "/srv/image", as there is no image to be read.
      R"("CodeSha256":"ce8ebe99d5b96e9d7cc653e431ac4565b42d9129dcc36b4ff079abcab24ff5fd",)"
      R"("Version":"$LATEST","Environment":{"Variables":{"KEY":"1"}},)"
      R"("TracingConfig":{"Mode":"PassThrough"},)"
      R"("RevisionId":"00000000-0000-4000-8000-000000000001","State":"Active",)"
      R"("LastUpdateStatus":"Successful","PackageType":"Image",)"
      R"("ImageConfigResponse":{"ImageConfig":{"EntryPoint":["sh"],"Command":["-c","x"],)"
      R"("WorkingDirectory":"/app"}},"Architectures":["x86_64"],"EphemeralStorage":{"Size":1024},)"
      R"("SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},)"
      R"("LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/hello"}})");
  const live::FunctionSpec spec = SpecOf("hello");
  EXPECT_EQ(spec.source, live::CodeSource::kOciImage);
  EXPECT_EQ(spec.code_path, "/srv/image");
  EXPECT_EQ(spec.timeout, Duration::Seconds(7));
  EXPECT_EQ(spec.memory_mib, 256);
  EXPECT_EQ(spec.tmp_mib, 1024);
  EXPECT_EQ(spec.entry_point, std::vector<std::string>{"sh"});
  EXPECT_EQ(spec.command, (std::vector<std::string>{"-c", "x"}));
  EXPECT_EQ(spec.working_directory, "/app");
  EXPECT_TRUE(spec.host_network);
}

TEST_F(FunctionsTest, KnowsTheFormsOfAnImageUri) {
  const auto source_of = [this](const std::string& uri) {
    const net::HttpResponse response =
        Send("POST", kFunctions,
             absl::StrCat(R"({"FunctionName":"f","PackageType":"Image","Code":{"ImageUri":")", uri,
                          R"("}})"));
    const live::FunctionSpec spec = SpecOf("f");
    Send("DELETE", absl::StrCat(kFunctions, "/f"));
    if (response.status != 201) return response.body;
    return absl::StrCat(spec.source == live::CodeSource::kOciImage ? "image " : "root ",
                        spec.code_path);
  };
  EXPECT_EQ(source_of("/a"), "image /a");
  EXPECT_EQ(source_of("oci:/a"), "image /a");
  EXPECT_EQ(source_of("file:///a"), "image /a");
  EXPECT_EQ(source_of("root:/a"), "root /a");
  EXPECT_EQ(
      source_of("repo/image:tag"),
      InvalidParameter("Code.ImageUri 'repo/image:tag' is not a path on the node; give /path, "
                       "file:///path or oci:/path for an OCI image layout, root:/path for a "
                       "root directory"));
}

TEST_F(FunctionsTest, CreatesAFunctionFromAZipPackage) {
  const net::HttpResponse response =
      CreateZip(MakeZip({{"bootstrap", "#!/bin/sh\n", 0755}}), "provided.al2023");

  EXPECT_EQ(response.status, 201) << response.body;
  EXPECT_TRUE(absl::StrContains(response.body, R"("Runtime":"provided.al2023")"));
  EXPECT_TRUE(absl::StrContains(response.body, R"("Handler":"main")"));
  EXPECT_TRUE(absl::StrContains(response.body, R"("PackageType":"Zip")"));
  const live::FunctionSpec spec = SpecOf("z");
  EXPECT_EQ(spec.source, live::CodeSource::kTaskDirectory);
  EXPECT_EQ(spec.base_root, "/srv/base");
  EXPECT_TRUE(std::filesystem::exists(spec.code_path + "/bootstrap"));
}

TEST_F(FunctionsTest, RefusesRuntimesItDoesNotHave) {
  const net::HttpResponse response = CreateZip(MakeZip({{"bootstrap", "x", 0755}}), "python3.13");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "InvalidParameterValueException");
  EXPECT_TRUE(absl::StrContains(response.body,
                                "Runtime 'python3.13' is not one of provided, "
                                "provided.al2, provided.al2023"))
      << response.body;
}

TEST_F(FunctionsTest, RefusesAZipPackageWithoutBootstrap) {
  const net::HttpResponse response = CreateZip(MakeZip({{"main", "x", 0755}}), "provided");

  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(absl::StrContains(response.body, "holds no file bootstrap at its top"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/code/z"));
}

TEST_F(FunctionsTest, RefusesASecondFunctionOfTheSameName) {
  EXPECT_EQ(CreateImage("f").status, 201);
  const net::HttpResponse response = CreateImage("f");

  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "ResourceConflictException");
  EXPECT_EQ(response.body, R"({"Type":"User","message":"Function already exist: f"})");
}

TEST_F(FunctionsTest, NamesFieldValueAndRange) {
  const net::HttpResponse response = CreateImage("f", R"(,"MemorySize":127)");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "InvalidParameterValueException");
  EXPECT_TRUE(absl::StrContains(response.body, "127")) << response.body;
  EXPECT_TRUE(absl::StrContains(response.body, "128")) << response.body;
  EXPECT_TRUE(absl::StrContains(response.body, "10240")) << response.body;
  EXPECT_EQ(CreateImage("f", R"(,"MemorySize":128)").status, 201);
  EXPECT_EQ(CreateImage("g", R"(,"Timeout":0)").status, 400);
  EXPECT_EQ(CreateImage("g", R"(,"Timeout":901)").status, 400);
  EXPECT_EQ(CreateImage("g", R"(,"Timeout":900)").status, 201);
  EXPECT_EQ(CreateImage("h", R"(,"EphemeralStorage":{"Size":10241})").status, 400);
}

TEST_F(FunctionsTest, RefusesMembersOfTheWrongType) {
  const net::HttpResponse response = CreateImage("f", R"(,"Timeout":"3")");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "SerializationException");
  EXPECT_EQ(response.body,
            R"({"Type":"User","Message":"Member Timeout must be a whole number of 32 bits"})");
  EXPECT_EQ(CreateImage("f", R"(,"Timeout":3.5)").status, 400);
  EXPECT_EQ(CreateImage("f", R"(,"Environment":{"Variables":{"A":1}})").status, 400);
  EXPECT_EQ(Send("POST", kFunctions, "[]").status, 400);
  EXPECT_EQ(Send("POST", kFunctions, "{").headers.Get("x-amzn-ErrorType"),
            "InvalidRequestContentException");
}

TEST_F(FunctionsTest, RefusesWhatItWouldOtherwiseIgnore) {
  EXPECT_EQ(CreateImage("f", R"(,"Layers":["arn:x"])").status, 400);
  EXPECT_EQ(CreateImage("f", R"(,"VpcConfig":{"SubnetIds":["subnet-1"]})").status, 400);
  EXPECT_EQ(CreateImage("f", R"(,"Publish":true)").status, 400);
  EXPECT_EQ(CreateImage("f", R"(,"Architectures":["sparc"])").status, 400);
  EXPECT_EQ(CreateImage("f", R"(,"Tags":{"floe:network":"bridge"})").status, 400);
  EXPECT_EQ(
      CreateImage("f", R"(,"Layers":[],"VpcConfig":{"SubnetIds":[]},"Publish":false,"Layers":null)")
          .status,
      201);
}

TEST_F(FunctionsTest, ShowsAFunction) {
  CreateImage("f", R"(,"Tags":{"team":"a"})");

  const net::HttpResponse response = Send("GET", absl::StrCat(kFunctions, "/f"));

  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(absl::StrContains(response.body,
                                R"("Code":{"RepositoryType":"ECR","ImageUri":"root:/srv/root",)"))
      << response.body;
  EXPECT_TRUE(absl::StrContains(response.body, R"("Tags":{"team":"a"}})")) << response.body;
  const net::HttpResponse configuration =
      Send("GET", absl::StrCat(kFunctions, "/f/configuration?Qualifier=%24LATEST"));
  EXPECT_EQ(configuration.status, 200);
  EXPECT_TRUE(absl::StrContains(configuration.body, ":function:f:$LATEST\"")) << configuration.body;
  const net::HttpResponse missing = Send("GET", absl::StrCat(kFunctions, "/g"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"Type":"User","Message":"Function not found: )"
                          R"(arn:aws:lambda:us-east-1:000000000000:function:g"})");
}

TEST_F(FunctionsTest, ShowsFunctionsThatWereDeployedAnotherWay) {
  orchestrator_.AddFunction("other");

  const net::HttpResponse response = Send("GET", absl::StrCat(kFunctions, "/other"));

  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(absl::StrContains(response.body, R"("ImageUri":"root:/srv/root")")) << response.body;
}

TEST_F(FunctionsTest, ListsFunctionsInPages) {
  for (const char* const name : {"a", "b", "c"}) CreateImage(name);

  // The path as botocore writes it, with a slash at the end.
  const net::HttpResponse first = Send("GET", "/2015-03-31/functions/?MaxItems=2");
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(absl::StrContains(first.body, R"("FunctionName":"a")"));
  EXPECT_TRUE(absl::StrContains(first.body, R"("FunctionName":"b")"));
  EXPECT_FALSE(absl::StrContains(first.body, R"("FunctionName":"c")"));
  EXPECT_TRUE(absl::EndsWith(first.body, R"("NextMarker":"Yg"})")) << first.body;

  const net::HttpResponse second = Send("GET", "/2015-03-31/functions?MaxItems=2&Marker=Yg");
  EXPECT_FALSE(absl::StrContains(second.body, R"("FunctionName":"b")"));
  EXPECT_TRUE(absl::StrContains(second.body, R"("FunctionName":"c")"));
  EXPECT_TRUE(absl::EndsWith(second.body, R"("NextMarker":null})")) << second.body;

  EXPECT_EQ(Send("GET", "/2015-03-31/functions?MaxItems=0").status, 400);
  EXPECT_EQ(Send("GET", "/2015-03-31/functions?Marker=*").status, 400);
}

TEST_F(FunctionsTest, ChangesTheConfiguration) {
  CreateImage("f", R"(,"Timeout":5,"Description":"old")");
  const std::string target = absl::StrCat(kFunctions, "/f/configuration");

  const net::HttpResponse response = Send("PUT", target, R"({"Timeout":9})");

  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(absl::StrContains(response.body, R"("Description":"old","Timeout":9,)"))
      << response.body;
  EXPECT_TRUE(absl::StrContains(response.body, R"("LastUpdateStatus":"Successful")"));
  EXPECT_EQ(SpecOf("f").timeout, Duration::Seconds(9));
  const net::HttpResponse stale = Send("PUT", target, R"({"Timeout":1,"RevisionId":"other"})");
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.headers.Get("x-amzn-ErrorType"), "PreconditionFailedException");
  EXPECT_EQ(SpecOf("f").timeout, Duration::Seconds(9));
}

TEST_F(FunctionsTest, ChangesTheCode) {
  CreateImage("f");
  const std::string target = absl::StrCat(kFunctions, "/f/code");

  EXPECT_EQ(Send("PUT", target, R"({"ImageUri":"/b","DryRun":true})").status, 200);
  EXPECT_EQ(SpecOf("f").code_path, "/srv/root");
  EXPECT_EQ(Send("PUT", target, R"({"ImageUri":"/b"})").status, 200);
  EXPECT_EQ(SpecOf("f").code_path, "/b");
  EXPECT_EQ(Send("PUT", target, R"({"ZipFile":"AAAA"})").status, 400);
  EXPECT_EQ(Send("PUT", target, R"({"S3Bucket":"b","S3Key":"k"})").status, 400);
  EXPECT_EQ(Send("PUT", target, "{}").status, 400);
}

TEST_F(FunctionsTest, DeletesAFunction) {
  CreateImage("f");

  const net::HttpResponse response = Send("DELETE", absl::StrCat(kFunctions, "/f"));

  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(Send("DELETE", absl::StrCat(kFunctions, "/f")).status, 404);
}

TEST_F(FunctionsTest, ReservesConcurrency) {
  CreateImage("f");
  const std::string put = "/2017-10-31/functions/f/concurrency";
  const std::string get = "/2019-09-30/functions/f/concurrency";

  EXPECT_EQ(Send("GET", get).body, "{}");
  const net::HttpResponse set = Send("PUT", put, R"({"ReservedConcurrentExecutions":900})");
  EXPECT_EQ(set.status, 200);
  EXPECT_EQ(set.body, R"({"ReservedConcurrentExecutions":900})");
  EXPECT_EQ(Send("GET", get).body, R"({"ReservedConcurrentExecutions":900})");
  const net::HttpResponse over = Send("PUT", put, R"({"ReservedConcurrentExecutions":901})");
  EXPECT_EQ(over.status, 400);
  EXPECT_EQ(over.body,
            InvalidParameter("Specified ReservedConcurrentExecutions for function decreases "
                             "account's UnreservedConcurrentExecution below its minimum value of "
                             "[100]."));
  EXPECT_EQ(
      Send("GET", "/2016-08-19/account-settings/").body,
      R"({"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,)"
      R"("CodeSizeZipped":52428800,"ConcurrentExecutions":1000,)"
      R"("UnreservedConcurrentExecutions":100},"AccountUsage":{"TotalCodeSize":0,"FunctionCount":1}})");
  EXPECT_EQ(Send("DELETE", put).status, 204);
  EXPECT_EQ(Send("GET", get).body, "{}");
  EXPECT_EQ(Send("PUT", put, R"({"ReservedConcurrentExecutions":-1})").status, 400);
  EXPECT_EQ(Send("PUT", put, "{}").status, 400);
  const net::HttpResponse qualified = Send("PUT", "/2017-10-31/functions/f%3A1/concurrency",
                                           R"({"ReservedConcurrentExecutions":1})");
  EXPECT_EQ(qualified.status, 400);
  EXPECT_TRUE(absl::StrContains(
      qualified.body,
      "This operation is permitted on Lambda functions only. Aliases and versions"));
}

TEST_F(FunctionsTest, ChangesTags) {
  CreateImage("f", R"(,"Tags":{"team":"a"})");
  const std::string target =
      "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af";

  EXPECT_EQ(Send("POST", target, R"({"Tags":{"floe:network":"host"}})").status, 204);
  EXPECT_TRUE(SpecOf("f").host_network);
  EXPECT_EQ(Send("GET", target).body, R"({"Tags":{"floe:network":"host","team":"a"}})");
  EXPECT_EQ(Send("DELETE", target + "?tagKeys=floe%3Anetwork&tagKeys=x").status, 204);
  EXPECT_FALSE(SpecOf("f").host_network);
  EXPECT_EQ(Send("GET", target).body, R"({"Tags":{"team":"a"}})");
}

class FrontDoorWithoutBaseRootTest : public FunctionsTest {
 protected:
  FrontDoorWithoutBaseRootTest() { base_root_.clear(); }
};

TEST_F(FrontDoorWithoutBaseRootTest, TellsHowToUseZipPackages) {
  const net::HttpResponse response = CreateZip(MakeZip({{"bootstrap", "x", 0755}}), "provided");

  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(
      absl::StrContains(response.body, "start it with a base root, or use PackageType Image"))
      << response.body;
}

}  // namespace
}  // namespace floe::invoke_api
