// Lengths of time, arrivals and clients of a scenario file, as the simulator's plain values.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_LOAD_CONVERT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_LOAD_CONVERT_H_

#include <string>

#include "proto/floe/v1/scenario.pb.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/field_reader.h"

namespace floe {

// Of the function that a length belongs to; presets depend on it.
struct CodeKind {
  Package package = Package::kZip;
  Architecture architecture = Architecture::kX86;
};

// `path` is that of `proto`, in all of these.
Package ReadPackage(FieldReader& reader, const std::string& path, floe::v1::Scenario::Package proto,
                    Package fallback);
LengthModel ReadLength(FieldReader& reader, const std::string& path,
                       const floe::v1::Scenario::Length& proto, const CodeKind& code);
Arrivals ReadArrivals(FieldReader& reader, const std::string& path,
                      const floe::v1::Scenario::Arrivals& proto, const CodeKind& code);
ScenarioClients ReadClients(FieldReader& reader, const std::string& path,
                            const floe::v1::Scenario::Clients& proto, const CodeKind& code);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_LOAD_CONVERT_H_
