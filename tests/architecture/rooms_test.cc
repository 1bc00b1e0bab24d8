// Compares docs/ARCHITECTURE.md with the tree: which room uses which, and what pure rooms may not
// touch.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace floe {
namespace {

namespace fs = std::filesystem;

constexpr char kDocument[] = "docs/ARCHITECTURE.md";
constexpr char kGraph[] = "tests/architecture/dependencies";

struct Room {
  bool pure = false;
  std::set<std::string> may_use;
};
using Rooms = std::map<std::string, Room>;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The rows between the two comments of the document.
Rooms ReadRooms() {
  Rooms rooms;
  std::istringstream text(ReadFile(kDocument));
  const std::regex row(R"(\| ([a-z_/]+) \| (yes|no) \|([a-z_/ ]*)\|)");
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("<!-- rooms", 0) == 0) inside = true;
    if (line.rfind("<!-- end of rooms", 0) == 0) inside = false;
    std::smatch match;
    if (!inside || !std::regex_match(line, match, row)) continue;
    std::istringstream names(match[3]);
    rooms[match[1]] = {.pure = match[2] == "yes",
                       .may_use = {std::istream_iterator<std::string>(names),
                                   std::istream_iterator<std::string>()}};
  }
  return rooms;
}

// The innermost room that holds `folder`; none for what is no room (tests, third_party, the top).
std::optional<std::string> RoomOf(const Rooms& rooms, std::string folder) {
  while (!folder.empty()) {
    if (rooms.count(folder) != 0) return folder;
    const size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "" : folder.substr(0, slash);
  }
  return std::nullopt;
}

bool MayUse(const Rooms& rooms, const std::string& user, const std::string& used) {
  return user == used || rooms.at(user).may_use.count(used) != 0;
}

// The work tree: the document in the runfiles is a link to the real one.
fs::path WorkTree() {
  return fs::canonical(kDocument).parent_path().parent_path();
}

std::vector<fs::path> SourcesOf(const Rooms& rooms) {
  std::vector<fs::path> sources;
  for (const auto& [name, room] : rooms) {
    if (name.find('/') != std::string::npos && RoomOf(rooms, fs::path(name).parent_path()))
      continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(WorkTree() / name)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".h" || extension == ".cc") sources.push_back(entry.path());
    }
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

TEST(RoomsTest, TheDocumentNamesEveryRoomOfTheTree) {
  const Rooms rooms = ReadRooms();
  for (const char* top : {"base", "cli", "daemon", "net", "node_agent", "orchestrator", "report",
                          "runtime_api", "simulator"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(WorkTree() / top)) {
      if (entry.path().filename() != "BUILD") continue;
      const std::string folder =
          fs::relative(entry.path().parent_path(), WorkTree()).generic_string();
      EXPECT_TRUE(RoomOf(rooms, folder).has_value()) << folder << " is not in " << kDocument;
    }
  }
  for (const auto& [name, room] : rooms) {
    EXPECT_TRUE(fs::is_directory(WorkTree() / name)) << name << " does not exist";
    for (const std::string& used : room.may_use) {
      EXPECT_EQ(rooms.count(used), 1u) << name << " may use " << used << ", which is no room";
    }
  }
}

TEST(RoomsTest, TheDrawingHasNoCycle) {
  const Rooms rooms = ReadRooms();
  ASSERT_GE(rooms.size(), 10u);
  std::set<std::string> placed;
  for (size_t before = rooms.size() + 1; placed.size() != before;) {
    before = placed.size();
    for (const auto& [name, room] : rooms) {
      if (std::includes(placed.begin(), placed.end(), room.may_use.begin(), room.may_use.end())) {
        placed.insert(name);
      }
    }
  }
  for (const auto& [name, room] : rooms) EXPECT_EQ(placed.count(name), 1u) << name;
}

TEST(RoomsTest, BazelsGraphFollowsTheDocument) {
  const Rooms rooms = ReadRooms();
  std::istringstream graph(ReadFile(kGraph));
  const std::regex edge(R"re(\s*"//([^:"]*):[^"]*" -> "//([^:"]*):[^"]*".*)re");
  int edges = 0;
  for (std::string line; std::getline(graph, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, edge)) continue;
    const std::optional<std::string> user = RoomOf(rooms, match[1]);
    const std::optional<std::string> used = RoomOf(rooms, match[2]);
    if (!user.has_value() || !used.has_value()) continue;
    ++edges;
    EXPECT_TRUE(MayUse(rooms, *user, *used)) << line;
  }
  EXPECT_GT(edges, 50) << "the graph was not read";
}

TEST(RoomsTest, EveryIncludeFollowsTheDocument) {
  const Rooms rooms = ReadRooms();
  const std::regex include(R"re(#include "([^"]+)/[^"/]+")re");
  int includes = 0;
  for (const fs::path& source : SourcesOf(rooms)) {
    const fs::path folder = fs::relative(source.parent_path(), WorkTree());
    const std::optional<std::string> user = RoomOf(rooms, folder.generic_string());
    ASSERT_TRUE(user.has_value()) << source;
    std::istringstream text(ReadFile(source));
    for (std::string line; std::getline(text, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, include)) continue;
      const std::optional<std::string> used = RoomOf(rooms, match[1]);
      if (!used.has_value()) continue;
      ++includes;
      EXPECT_TRUE(MayUse(rooms, *user, *used)) << source << ": " << line;
    }
  }
  EXPECT_GT(includes, 100) << "the sources were not read";
}

TEST(RoomsTest, PureRoomsTouchNoClockThreadChanceProtoOrNet) {
  const Rooms rooms = ReadRooms();
  const std::regex banned(
      R"re(absl::Now|_clock::now|clock_gettime|gettimeofday|std::time\(|BitGen|random_device|)re"
      R"re(std::\w+_distribution|std::mt19937|\brand\(|\bgetenv\(|)re"
      R"re(#include <(thread|mutex|atomic|condition_variable|future|chrono|random|ctime)>|)re"
      R"re(#include "(proto|net|grpcpp|google)/|for \(.*flat_hash_(map|set))re");
  int pure_files = 0;
  for (const fs::path& source : SourcesOf(rooms)) {
    const fs::path folder = fs::relative(source.parent_path(), WorkTree());
    if (!rooms.at(*RoomOf(rooms, folder.generic_string())).pure) continue;
    ++pure_files;
    std::istringstream text(ReadFile(source));
    int number = 0;
    for (std::string line; std::getline(text, line);) {
      ++number;
      const std::string code = line.substr(0, line.find("//"));
      EXPECT_FALSE(std::regex_search(code, banned)) << source << ":" << number << ": " << line;
    }
  }
  EXPECT_GT(pure_files, 20) << "the sources were not read";
}

}  // namespace
}  // namespace floe
