#include "simulator/scenario_file/field_reader.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "simulator/scenario_file/field_names.h"

namespace floe {

void FieldReader::Refuse(const std::string& path, const std::string& reason) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(path, ": ", reason));
}

Duration FieldReader::ReadDuration(const std::string& path, const std::string& text,
                                   std::optional<Duration> fallback) {
  if (text.empty()) {
    if (!fallback.has_value()) Refuse(path, "is required, for example \"10s\"");
    return fallback.value_or(Duration());
  }
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    Refuse(path, absl::StrCat("\"", text,
                              "\" is not a length of time such as 250ms, 1.5s or 1h30m; the units "
                              "are ns, us, ms, s, m and h"));
    return Duration();
  }
  if (duration == absl::InfiniteDuration()) return Duration::Infinite();
  return Duration::Nanoseconds(absl::ToInt64Nanoseconds(duration));
}

Instant FieldReader::ReadInstant(const std::string& path, const std::string& text,
                                 Instant fallback) {
  return text.empty() ? fallback : Instant() + ReadDuration(path, text, std::nullopt);
}

void FieldReader::RefuseEnum(const std::string& path, const google::protobuf::EnumDescriptor* type,
                             int number) {
  Refuse(path, absl::StrCat(number, " is none of ", AcceptedNames(*type)));
}

}  // namespace floe
