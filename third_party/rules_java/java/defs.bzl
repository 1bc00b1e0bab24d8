"""The Java rules that Bazel's own toolchain packages load, mapped to those built into Bazel 4.2."""

java_binary = native.java_binary
java_import = native.java_import
java_library = native.java_library
java_runtime = native.java_runtime
java_toolchain = native.java_toolchain
