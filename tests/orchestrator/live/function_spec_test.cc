#include "orchestrator/live/function_spec.h"

#include <functional>
#include <string>

#include "gtest/gtest.h"

namespace floe::live {
namespace {

FunctionSpec Valid() {
  FunctionSpec spec;
  spec.name = "f";
  spec.code_path = "/srv/image";
  return spec;
}

struct Edge {
  const char* name;
  std::function<void(FunctionSpec&)> change;
  const char* message;  // Empty: accepted.
};

class FunctionSpecTest : public ::testing::TestWithParam<Edge> {};

TEST_P(FunctionSpecTest, BothSidesOfEveryEdge) {
  FunctionSpec spec = Valid();
  GetParam().change(spec);
  const absl::Status status = ValidateFunctionSpec(spec);
  EXPECT_EQ(std::string(status.message()), GetParam().message);
  EXPECT_EQ(status.code(), *GetParam().message == '\0' ? absl::StatusCode::kOk
                                                       : absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(
    Edges, FunctionSpecTest,
    ::testing::Values(
        Edge{"Valid", [](FunctionSpec&) {}, ""},
        Edge{"NameEmpty", [](FunctionSpec& s) { s.name = ""; },
             "name is \"\"; it must be 1 to 64 of [A-Za-z0-9_-]"},
        Edge{"NameLongest", [](FunctionSpec& s) { s.name = std::string(64, 'x'); }, ""},
        Edge{"NameTooLong", [](FunctionSpec& s) { s.name = std::string(65, 'x'); },
             "name is \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"; it "
             "must be 1 to 64 of [A-Za-z0-9_-]"},
        Edge{"NameCharacters", [](FunctionSpec& s) { s.name = "a\n"; },
             "name is \"a\\n\"; it must be 1 to 64 of [A-Za-z0-9_-]"},
        Edge{"MemoryLeast", [](FunctionSpec& s) { s.memory_mib = 128; }, ""},
        Edge{"MemoryTooLittle", [](FunctionSpec& s) { s.memory_mib = 127; },
             "memory_mib is 127 MiB; the range is 128 to 10240 MiB"},
        Edge{"MemoryMost", [](FunctionSpec& s) { s.memory_mib = 10'240; }, ""},
        Edge{"MemoryTooMuch", [](FunctionSpec& s) { s.memory_mib = 10'241; },
             "memory_mib is 10241 MiB; the range is 128 to 10240 MiB"},
        Edge{"TmpLeast", [](FunctionSpec& s) { s.tmp_mib = 512; }, ""},
        Edge{"TmpTooLittle", [](FunctionSpec& s) { s.tmp_mib = 511; },
             "tmp_mib is 511 MiB; the range is 512 to 10240 MiB"},
        Edge{"TmpTooMuch", [](FunctionSpec& s) { s.tmp_mib = 10'241; },
             "tmp_mib is 10241 MiB; the range is 512 to 10240 MiB"},
        Edge{"TimeoutLeast", [](FunctionSpec& s) { s.timeout = Duration::Seconds(1); }, ""},
        Edge{"TimeoutZero", [](FunctionSpec& s) { s.timeout = Duration(); },
             "timeout is 0 s; the range is 1 to 900 s in whole seconds"},
        Edge{"TimeoutMost", [](FunctionSpec& s) { s.timeout = Duration::Seconds(900); }, ""},
        Edge{"TimeoutTooLong", [](FunctionSpec& s) { s.timeout = Duration::Seconds(901); },
             "timeout is 901 s; the range is 1 to 900 s in whole seconds"},
        Edge{"TimeoutFraction", [](FunctionSpec& s) { s.timeout = Duration::Milliseconds(1'500); },
             "timeout is 1.5 s; the range is 1 to 900 s in whole seconds"},
        Edge{"CodeRelative", [](FunctionSpec& s) { s.code_path = "image"; },
             "code_path is \"image\"; it must be an absolute path"},
        Edge{"CodeWithNul", [](FunctionSpec& s) { s.code_path = std::string("/a\0x", 4); },
             "code_path contains a NUL byte: \"/a\\x00x\""},
        Edge{"TaskWithoutBase", [](FunctionSpec& s) { s.source = CodeSource::kTaskDirectory; },
             "base_root is \"\"; it must be an absolute path"},
        Edge{"TaskWithBase",
             [](FunctionSpec& s) {
               s.source = CodeSource::kTaskDirectory;
               s.base_root = "/base";
             },
             ""},
        Edge{"BaseWithoutTask", [](FunctionSpec& s) { s.base_root = "/base"; },
             "base_root is \"/base\"; only a task directory has one"},
        Edge{"WorkingDirectory", [](FunctionSpec& s) { s.working_directory = "/x"; }, ""},
        Edge{"WorkingDirectoryRelative", [](FunctionSpec& s) { s.working_directory = "x"; },
             "working_directory is \"x\"; it must be an absolute path"},
        Edge{"TooManyArguments", [](FunctionSpec& s) { s.command.assign(1'025, ""); },
             "command has 1025 parts; the limit is 1024"},
        Edge{"ArgumentsMost", [](FunctionSpec& s) { s.entry_point = {std::string(16'384, 'x')}; },
             ""},
        Edge{"ArgumentsTooLong",
             [](FunctionSpec& s) {
               s.entry_point = {std::string(16'384, 'x')};
               s.command = {"y"};
             },
             "entry_point, command and working_directory have 16385 bytes together; the limit is "
             "16384"},
        Edge{"VariablesMost", [](FunctionSpec& s) { s.variables["AB"] = std::string(4'094, 'x'); },
             ""},
        Edge{"VariablesTooLong",
             [](FunctionSpec& s) { s.variables["AB"] = std::string(4'095, 'x'); },
             "variables have 4097 bytes together; the limit is 4096"},
        Edge{"VariableUnderscore", [](FunctionSpec& s) { s.variables["_HANDLER"] = "x"; },
             "variables has the name \"_HANDLER\"; names are a letter and at least one more of "
             "[A-Za-z0-9_]"},
        Edge{"VariableShort", [](FunctionSpec& s) { s.variables["A"] = "x"; },
             "variables has the name \"A\"; names are a letter and at least one more of "
             "[A-Za-z0-9_]"},
        Edge{"VariableEquals", [](FunctionSpec& s) { s.variables["AB=C"] = "x"; },
             "variables has the name \"AB=C\"; names are a letter and at least one more of "
             "[A-Za-z0-9_]"},
        Edge{"VariableReserved", [](FunctionSpec& s) { s.variables["LAMBDA_TASK_ROOT"] = "x"; },
             "variables has the name \"LAMBDA_TASK_ROOT\", which is reserved"},
        Edge{"VariableNul", [](FunctionSpec& s) { s.variables["AB"] = std::string("\0", 1); },
             "variables has a NUL byte in the value of \"AB\""},
        Edge{"VariablePathAllowed", [](FunctionSpec& s) { s.variables["PATH"] = "/bin"; }, ""},
        Edge{"DescriptionMost", [](FunctionSpec& s) { s.description = std::string(256, 'x'); }, ""},
        Edge{"DescriptionTooLong", [](FunctionSpec& s) { s.description = std::string(257, 'x'); },
             "description has 257 bytes; the limit is 256"},
        Edge{"HandlerTooLong", [](FunctionSpec& s) { s.handler = std::string(129, 'x'); },
             "handler has 129 bytes; the limit is 128"}),
    [](const ::testing::TestParamInfo<Edge>& edge) { return edge.param.name; });

}  // namespace
}  // namespace floe::live
