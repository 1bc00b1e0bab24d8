"""Declares the distribution's Chart.js: @chart_js//:chart.min.js."""

_FILE = "/usr/share/javascript/chart.js/chart.min.js"

def _chart_js_impl(repository_ctx):
    if not repository_ctx.path(_FILE).exists:
        fail("%s is not there (Debian's libjs-chart.js); run tools/install-dependencies" % _FILE)
    repository_ctx.symlink(_FILE, "chart.min.js")
    repository_ctx.file("BUILD", """exports_files(["chart.min.js"])
""")

chart_js = repository_rule(
    implementation = _chart_js_impl,
    local = True,
)
