"""Generates C++ from .proto files with the distribution's protoc."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def floe_proto_library(name, src, deps = [], grpc = False, visibility = None):
    """A cc_library of the messages, and with grpc = True also the services, of one .proto file.

    Args:
      name: the target; depend on it and include the path of `src` with .pb.h.
      src: one .proto file below //proto.
      deps: floe_proto_library targets that `src` imports.
      grpc: whether `src` declares services.
      visibility: who may use the target.
    """
    stem = src[:-len(".proto")]
    suffixes = [".pb"] + ([".grpc.pb"] if grpc else [])
    plugin = ""
    if grpc:
        plugin = "--grpc_out=$(RULEDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin"
    native.genrule(
        name = name + "_generated",
        srcs = [src] + [dep + "_src" for dep in deps],
        outs = [stem + suffix + ending for suffix in suffixes for ending in [".h", ".cc"]],
        cmd = "protoc -I proto --cpp_out=$(RULEDIR) {} $(location {})".format(plugin, src),
    )
    native.filegroup(
        name = name + "_src",
        srcs = [src] + [dep + "_src" for dep in deps],
    )
    cc_library(
        name = name,
        srcs = [stem + suffix + ".cc" for suffix in suffixes],
        hdrs = [stem + suffix + ".h" for suffix in suffixes],
        # Generated code is not held to the project's warnings.
        copts = ["-w"],
        includes = ["."],
        visibility = visibility,
        deps = deps + ["@system//:grpc" if grpc else "@system//:protobuf"],
    )
