#include "node_agent/image/image_manifest.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "node_agent/image/sha256.h"

namespace floe::node_agent::image {
namespace {

namespace json = boost::json;

constexpr absl::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr absl::string_view kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr absl::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr absl::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";

absl::Status Wrong(absl::string_view field, absl::string_view cause) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", cause));
}

absl::StatusOr<json::object> ParseObject(absl::string_view text) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat("not JSON: ", error.message()));
  if (!value.is_object()) return absl::InvalidArgumentError("not a JSON object");
  return std::move(value.as_object());
}

// The member `name`, or null when it is missing or JSON's null.
const json::value* Find(const json::object& object, absl::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

// Strings of images end in system calls, which would silently cut them at a NUL.
absl::StatusOr<std::string> ToText(const json::value& value, absl::string_view field) {
  const json::string* text = value.if_string();
  if (text == nullptr) return Wrong(field, "is not a string");
  if (text->find('\0') != json::string::npos) return Wrong(field, "contains a NUL character");
  return std::string(text->data(), text->size());
}

absl::StatusOr<std::string> TextOrEmpty(const json::object& object, absl::string_view name) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::string();
  return ToText(*value, name);
}

absl::StatusOr<std::vector<std::string>> ToTexts(const json::value& value,
                                                 absl::string_view field) {
  const json::array* array = value.if_array();
  if (array == nullptr) return Wrong(field, "is not a list of strings");
  std::vector<std::string> texts;
  texts.reserve(array->size());
  for (const json::value& element : *array) {
    ASSIGN_OR_RETURN(std::string text, ToText(element, field));
    texts.push_back(std::move(text));
  }
  return texts;
}

// An exec-form list, or a shell-form string wrapped in a shell.
absl::StatusOr<std::vector<std::string>> ToArguments(const json::object& object,
                                                     absl::string_view name) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::vector<std::string>();
  if (!value->is_string()) return ToTexts(*value, name);
  ASSIGN_OR_RETURN(std::string line, ToText(*value, name));
  if (line.empty()) return std::vector<std::string>();
  return std::vector<std::string>{"/bin/sh", "-c", std::move(line)};
}

absl::Status ReadPlatform(const json::object& object, Descriptor& descriptor) {
  const json::value* platform = Find(object, "platform");
  if (platform == nullptr) return absl::OkStatus();
  if (!platform->is_object()) return Wrong("platform", "is not an object");
  ASSIGN_OR_RETURN(descriptor.os, TextOrEmpty(platform->get_object(), "os"));
  ASSIGN_OR_RETURN(descriptor.architecture, TextOrEmpty(platform->get_object(), "architecture"));
  return absl::OkStatus();
}

absl::StatusOr<Descriptor> ToDescriptor(const json::value& value, absl::string_view field) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Wrong(field, "is not a descriptor");
  Descriptor descriptor;
  ASSIGN_OR_RETURN(descriptor.media_type, TextOrEmpty(*object, "mediaType"));
  ASSIGN_OR_RETURN(descriptor.digest, TextOrEmpty(*object, "digest"));
  if (!IsDigest(descriptor.digest)) {
    return Wrong(field, absl::StrCat("digest '", descriptor.digest, "' is not a SHA-256 digest"));
  }
  const json::value* size = Find(*object, "size");
  if (size == nullptr || !size->is_int64() || size->get_int64() < 0) {
    return Wrong(field, absl::StrCat("size of ", descriptor.digest, " is not a number of bytes"));
  }
  descriptor.size = size->get_int64();
  RETURN_IF_ERROR(ReadPlatform(*object, descriptor));
  return descriptor;
}

absl::StatusOr<std::vector<Descriptor>> ToDescriptors(const json::object& object,
                                                      absl::string_view name, size_t count_max) {
  const json::value* value = Find(object, name);
  if (value == nullptr || !value->is_array()) return Wrong(name, "is not a list");
  const json::array& array = value->get_array();
  if (array.size() > count_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat(name, ": ", array.size(), " entries, at most ", count_max, " are read"));
  }
  std::vector<Descriptor> descriptors;
  descriptors.reserve(array.size());
  for (const json::value& element : array) {
    ASSIGN_OR_RETURN(Descriptor descriptor, ToDescriptor(element, name));
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

// Layers that libarchive can open. Encrypted ones and kinds yet unknown are refused by name.
bool IsLayerMediaType(absl::string_view media_type) {
  for (absl::string_view end : {".tar", ".tar.gzip", ".tar+gzip", ".tar+zstd", ".tar.zstd"}) {
    if (absl::EndsWith(media_type, end)) return true;
  }
  return media_type.empty();
}

bool IsReadableManifest(const Descriptor& descriptor) {
  return descriptor.media_type.empty() || descriptor.media_type == kOciManifest ||
         descriptor.media_type == kDockerManifest || IsIndexMediaType(descriptor.media_type);
}

bool HasPlatform(const Descriptor& descriptor) {
  return !descriptor.os.empty() || !descriptor.architecture.empty();
}

}  // namespace

bool IsIndexMediaType(absl::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerIndex;
}

absl::StatusOr<ImageIndex> ParseImageIndex(absl::string_view json) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(json));
  ImageIndex index;
  ASSIGN_OR_RETURN(index.manifests, ToDescriptors(object, "manifests", kIndexEntriesMax));
  return index;
}

absl::StatusOr<ImageManifest> ParseImageManifest(absl::string_view json) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(json));
  ImageManifest manifest;
  const json::value* config = Find(object, "config");
  if (config == nullptr) return Wrong("config", "is missing");
  ASSIGN_OR_RETURN(manifest.config, ToDescriptor(*config, "config"));
  ASSIGN_OR_RETURN(manifest.layers, ToDescriptors(object, "layers", kLayersMax));
  for (const Descriptor& layer : manifest.layers) {
    if (!IsLayerMediaType(layer.media_type)) {
      return Wrong("layers", absl::StrCat("media type '", layer.media_type, "' is not a tar"));
    }
  }
  return manifest;
}

absl::StatusOr<ImageConfig> ParseImageConfig(absl::string_view json) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(json));
  ImageConfig config;
  ASSIGN_OR_RETURN(config.os, TextOrEmpty(object, "os"));
  ASSIGN_OR_RETURN(config.architecture, TextOrEmpty(object, "architecture"));
  const json::value* inner = Find(object, "config");
  if (inner == nullptr) return config;
  if (!inner->is_object()) return Wrong("config", "is not an object");
  const json::object& process = inner->get_object();
  ASSIGN_OR_RETURN(config.entry_point, ToArguments(process, "Entrypoint"));
  ASSIGN_OR_RETURN(config.command, ToArguments(process, "Cmd"));
  if (const json::value* variables = Find(process, "Env"); variables != nullptr) {
    ASSIGN_OR_RETURN(config.variables, ToTexts(*variables, "Env"));
  }
  for (const std::string& variable : config.variables) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Wrong("Env", absl::StrCat("'", variable, "' is not NAME=value"));
    }
  }
  ASSIGN_OR_RETURN(config.working_directory, TextOrEmpty(process, "WorkingDir"));
  if (!config.working_directory.empty() && config.working_directory.front() != '/') {
    config.working_directory.insert(config.working_directory.begin(), '/');
  }
  return config;
}

absl::StatusOr<Descriptor> ChooseManifest(const ImageIndex& index, absl::string_view architecture) {
  const Descriptor* without_platform = nullptr;
  std::vector<std::string> platforms;
  for (const Descriptor& descriptor : index.manifests) {
    if (!IsReadableManifest(descriptor)) continue;
    if (descriptor.os == "linux" && descriptor.architecture == architecture) return descriptor;
    if (HasPlatform(descriptor)) {
      platforms.push_back(absl::StrCat(descriptor.os, "/", descriptor.architecture));
    } else if (without_platform == nullptr) {
      without_platform = &descriptor;
    }
  }
  if (without_platform != nullptr) return *without_platform;
  std::sort(platforms.begin(), platforms.end());
  return absl::InvalidArgumentError(
      absl::StrCat("no image for linux/", architecture, "; there is ",
                   platforms.empty() ? "none at all" : absl::StrJoin(platforms, ", ")));
}

absl::string_view MachineArchitecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#elif defined(__riscv) && __riscv_xlen == 64
  return "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  return "ppc64le";
#elif defined(__s390x__)
  return "s390x";
#elif defined(__i386__)
  return "386";
#elif defined(__arm__)
  return "arm";
#else
#error "name this architecture as OCI does"
#endif
}

}  // namespace floe::node_agent::image
