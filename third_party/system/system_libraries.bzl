"""Declares the distribution's libraries as Bazel targets.

One repository, `@system`, with one cc_library per library. Compile and link options come from
pkg-config, so the same WORKSPACE works on any distribution that ships the libraries.
"""

# Target name -> the pkg-config modules it stands for.
_PKG_CONFIG_LIBRARIES = {
    "absl_base": ["absl_base", "absl_core_headers"],
    "absl_flat_hash_map": ["absl_flat_hash_map", "absl_flat_hash_set"],
    "absl_inlined_vector": ["absl_inlined_vector"],
    "absl_span": ["absl_span"],
    "absl_status": ["absl_status"],
    "absl_statusor": ["absl_statusor"],
    "absl_strings": ["absl_strings", "absl_str_format"],
    "absl_synchronization": ["absl_synchronization"],
    "absl_time": ["absl_time"],
    "archive": ["libarchive"],
    "benchmark": ["benchmark"],
    "gmock": ["gmock"],
    "grpc": ["grpc++", "protobuf"],
    "gtest": ["gtest"],
    "openssl": ["libcrypto"],
    "protobuf": ["protobuf"],
    "seccomp": ["libseccomp"],
    "spdlog": ["spdlog"],
    "zlib": ["zlib"],
}

# Target name -> link options, for what has no pkg-config file. Headers are in the default path.
_PLAIN_LIBRARIES = {
    "boost": ["-pthread"],
    "boost_json": ["-lboost_json"],
    "cli11": [],
    "gtest_main": ["-lgtest_main"],
}

_INSTALL_HINT = "run tools/install-dependencies"

def _pkg_config(repository_ctx, flag, modules):
    result = repository_ctx.execute(["pkg-config", flag] + modules)
    if result.return_code != 0:
        fail("pkg-config %s %s: %s; %s" % (
            flag,
            " ".join(modules),
            result.stderr.strip(),
            _INSTALL_HINT,
        ))
    return [option for option in result.stdout.strip().split(" ") if option]

def _cc_library(name, defines, linkopts):
    return """cc_library(
    name = {name},
    defines = {defines},
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
)
""".format(name = repr(name), defines = repr(defines), linkopts = repr(linkopts))

def _system_libraries_impl(repository_ctx):
    if repository_ctx.which("pkg-config") == None:
        fail("pkg-config is not installed; " + _INSTALL_HINT)
    targets = ["load(\"@rules_cc//cc:defs.bzl\", \"cc_library\")\n"]
    for name, modules in _PKG_CONFIG_LIBRARIES.items():
        defines = [
            option[2:]
            for option in _pkg_config(repository_ctx, "--cflags", modules)
            if option.startswith("-D")
        ]
        linkopts = [
            option
            for option in _pkg_config(repository_ctx, "--libs", modules)
            if not option.startswith("-L/usr/lib")
        ]
        targets.append(_cc_library(name, defines, linkopts))
    for name, linkopts in _PLAIN_LIBRARIES.items():
        targets.append(_cc_library(name, [], linkopts))
    repository_ctx.file("BUILD", "\n".join(targets))

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    environ = ["PATH", "PKG_CONFIG_PATH"],
    local = True,
)
