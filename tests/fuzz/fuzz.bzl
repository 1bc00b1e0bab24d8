"""One rule for fuzz targets: an ordinary test, or a libFuzzer binary with --config=fuzz."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def floe_fuzz_test(name, srcs, deps, corpus = []):
    """Declares a fuzz target from a file that defines LLVMFuzzerTestOneInput.

    Without libFuzzer it runs the corpus and 20,000 mutations of it from a fixed, printed seed.

    Args:
      name: the target; ends in _fuzz.
      srcs: the file with LLVMFuzzerTestOneInput.
      deps: what it tests.
      corpus: files with inputs to start from.
    """
    cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = ["$(location %s)" % file for file in corpus],
        data = corpus,
        tags = ["fuzz"],
        deps = deps + select({
            "//tests/fuzz:with_libfuzzer": [],
            "//conditions:default": ["//tests/fuzz:standalone_driver"],
        }),
    )
