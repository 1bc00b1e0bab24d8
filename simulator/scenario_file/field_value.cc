#include "simulator/scenario_file/field_value.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "simulator/scenario_file/field_names.h"
#include "simulator/scenario_file/scenario_parse.h"

namespace floe {
namespace {

using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using ::google::protobuf::TextFormat;

class FirstMessage final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string& message) override {
    if (text_.empty()) text_ = ExplainParserMessage(message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// "NEWEST_FIRST" of "REUSE_ORDER_NEWEST_FIRST": without what all names of the type begin with.
absl::string_view ShortName(const EnumValueDescriptor& value) {
  const absl::string_view prefix = absl::StripSuffix(value.type()->value(0)->name(), "UNSPECIFIED");
  return absl::StripPrefix(value.name(), prefix);
}

// Null where no name of the type is meant.
const EnumValueDescriptor* FindName(const EnumDescriptor& type, absl::string_view text) {
  const std::string name = absl::AsciiStrToUpper(absl::StrReplaceAll(text, {{"-", "_"}}));
  for (int i = 1; i < type.value_count(); ++i) {
    if (name == type.value(i)->name() || name == ShortName(*type.value(i))) return type.value(i);
  }
  return nullptr;
}

absl::Status RefuseValue(const FieldPlace& place, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat(place.path, ": \"", text, "\" is not ", DescribeFieldValue(*place.field)));
}

absl::Status SetMessage(const FieldPlace& place, absl::string_view text) {
  const Reflection& reflection = *place.message->GetReflection();
  Message* message =
      place.index < 0 ? reflection.MutableMessage(place.message, place.field)
                      : reflection.MutableRepeatedMessage(place.message, place.field, place.index);
  absl::string_view fields = absl::StripAsciiWhitespace(text);
  if (absl::StartsWith(fields, "{") && absl::EndsWith(fields, "}")) {
    fields = fields.substr(1, fields.size() - 2);
  }
  if (text.empty() && place.index < 0) {
    reflection.ClearField(place.message, place.field);
    return absl::OkStatus();
  }
  FirstMessage error;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kScenarioNestingMax);
  if (parser.ParseFromString(std::string(fields), message)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(place.path, ": ", error.text()));
}

}  // namespace

absl::Status SetFieldValue(const FieldPlace& place, absl::string_view text) {
  const Reflection& reflection = *place.message->GetReflection();
  const FieldDescriptor* const field = place.field;
  Message* const message = place.message;
  // Sets the field by one of a pair of protobuf's functions.
  const auto set = [&](auto single, auto repeated, auto value) {
    if (place.index < 0) {
      (reflection.*single)(message, field, value);
    } else {
      (reflection.*repeated)(message, field, place.index, value);
    }
    return absl::OkStatus();
  };
  int32_t i32 = 0;
  int64_t i64 = 0;
  uint64_t u64 = 0;
  double real = 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (!absl::SimpleAtoi(text, &i32)) break;
      return set(&Reflection::SetInt32, &Reflection::SetRepeatedInt32, i32);
    case FieldDescriptor::CPPTYPE_INT64:
      if (!absl::SimpleAtoi(text, &i64)) break;
      return set(&Reflection::SetInt64, &Reflection::SetRepeatedInt64, i64);
    case FieldDescriptor::CPPTYPE_UINT64:
      if (!absl::SimpleAtoi(text, &u64)) break;
      return set(&Reflection::SetUInt64, &Reflection::SetRepeatedUInt64, u64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!absl::SimpleAtod(text, &real)) break;
      return set(&Reflection::SetDouble, &Reflection::SetRepeatedDouble, real);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") break;
      return set(&Reflection::SetBool, &Reflection::SetRepeatedBool, text == "true");
    case FieldDescriptor::CPPTYPE_STRING:
      return set(&Reflection::SetString, &Reflection::SetRepeatedString, std::string(text));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = FindName(*field->enum_type(), text);
      if (value == nullptr) break;
      return set(&Reflection::SetEnum, &Reflection::SetRepeatedEnum, value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(place, text);
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;  // The schema has none.
  }
  return RefuseValue(place, text);
}

std::string GetFieldValue(const FieldPlace& place) {
  const Reflection& reflection = *place.message->GetReflection();
  if (place.index < 0 && !reflection.HasField(*place.message, place.field)) return "";
  std::string text;
  if (place.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return place.index < 0 ? reflection.GetString(*place.message, place.field)
                           : reflection.GetRepeatedString(*place.message, place.field, place.index);
  }
  TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.PrintFieldValueToString(*place.message, place.field, place.index, &text);
  return std::string(absl::StripAsciiWhitespace(text));
}

std::string DescribeFieldValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return "a whole number of at most 2,147,483,647";
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
      return "a whole number";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number of at least 0";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", AcceptedNames(*field.enum_type()));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return absl::StrCat("the fields of ", field.message_type()->name(), " in text format");
}

}  // namespace floe
