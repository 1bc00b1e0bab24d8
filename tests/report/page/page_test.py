"""The page of a result in a real browser, without a network.

Usage: page_test.py MAKE_PAGE     the program that makes the pages

With TEST_UNDECLARED_OUTPUTS_DIR set, screenshots are left there.
"""

import base64
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

MAKE_PAGE = sys.argv.pop(1)
WIDE = 1280
PHONE = 360

# What the units of the page stand for.
FACTORS = {"": 1, "%": 0.01, "s": 1, "ms": 1e-3, "µs": 1e-6, "min": 60, "h": 3600, "d": 86400,
           "GB-s": 1, "USD": 1, "per second": 1, "environments": 1}


def make(kind, folder):
    """Makes a page; returns its address, its result and its trace."""
    paths = [os.path.join(folder, f"{kind}.{ending}") for ending in ("html", "json", "trace.json")]
    subprocess.run([MAKE_PAGE, kind, *paths], check=True)
    with open(paths[1], encoding="utf-8") as file:
        result = json.load(file)
    with open(paths[2], encoding="utf-8") as file:
        trace = json.load(file)
    return "file://" + paths[0], result, trace


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--user-data-dir=" + os.path.join(folder, "profile")):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
    return browser


def number_at(result, field):
    """The number that a cell of the page says it shows."""
    name, *rest = field.split(".", 1)
    if name == "metrics":
        metric, part = rest[0].rsplit(".", 1)
        return next(m for m in result["metrics"] if m["name"] == metric)[part]
    if name == "functions":
        index, column = rest[0].split(".")
        function = result["functions"][int(index)]
        if column in ("p50", "p99"):
            return function["latency_seconds"][column]
        if column == "cold_share":
            return function["cold_starts"] / function["invocations"]
        if column == "cost":
            return function["metrics"]["cost_month"]["mean"]
        return function[column]
    value = result
    for part in field.split("."):
        value = value[part]
    return value


def shown_number(text):
    """"1,234.5 ms" as 1.2345; None for what is no number."""
    match = re.fullmatch(r"([−-]?[\d,.]+(?:e[−-]?\d+)?)\s*(.*)", text.strip().replace("\n", " "))
    if match is None:
        return None
    number = float(match.group(1).replace(",", "").replace("−", "-"))
    return number * FACTORS[match.group(2).strip()]


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.small, cls.small_result, cls.small_trace = make("small", cls.folder.name)
        cls.many, cls.many_result, _ = make("many", cls.folder.name)
        cls.browser = start_browser(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        cls.folder.cleanup()

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [], "the console is not empty")

    def open(self, address, width=WIDE, dark=False):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
        self.browser.get_log("performance")
        self.browser.get(address)

    def script(self, text, *arguments):
        return self.browser.execute_script("return " + text, *arguments)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def screenshot(self, name):
        folder = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
        if folder is None:
            return
        size = self.script("[innerWidth, document.documentElement.scrollHeight]")
        picture = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}})
        with open(os.path.join(folder, name + ".png"), "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def column(self, index):
        return self.script("[...document.querySelectorAll('#functions-table tbody tr')]"
                           ".map((row) => row.cells[arguments[0]].dataset.value"
                           " ?? row.cells[arguments[0]].title)", index)

    def click_header(self, title):
        heads = self.all("#functions-table thead th")
        index = next(i for i, head in enumerate(heads) if head.text.split(" ↓")[0].split(" ↑")[0] == title)
        heads[index].find_element(By.TAG_NAME, "button").click()
        return index

    def test_asks_for_nothing_from_outside(self):
        self.open(self.small)
        time_end = time.monotonic() + 10
        while not self.script("document.readyState === 'complete'") and time.monotonic() < time_end:
            pass
        requests = []
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                requests.append(message["params"]["request"]["url"])
        outside = [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
        self.assertEqual(outside, [])
        self.assertEqual([url for url in requests if url.startswith("file:")], [self.small])

    def test_every_number_is_that_of_the_json(self):
        for address, result in ((self.small, self.small_result), (self.many, self.many_result)):
            self.open(address)
            self.script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            cells = self.script("[...document.querySelectorAll('[data-field]')]"
                                ".map((e) => [e.dataset.field, e.dataset.value, e.innerText])")
            self.assertGreater(len(cells), 100)
            for field, value, text in cells:
                if text in ("–", ""):
                    continue
                expected = number_at(result, field)
                self.assertTrue(math.isclose(float(value), expected, rel_tol=1e-12, abs_tol=0),
                                f"{field}: the page has {value}, the JSON {expected}")
                shown = shown_number(text)
                self.assertIsNotNone(shown, f"{field}: {text}")
                self.assertTrue(math.isclose(shown, expected, rel_tol=0.006, abs_tol=1e-12),
                                f"{field}: the page shows {text}, the JSON has {expected}")

    def test_shows_the_headline(self):
        self.open(self.small)
        self.assertEqual(self.browser.title, "shop & <café> – Floe report")
        self.assertEqual(self.all("h1")[0].text, "shop & <café>")
        subtitle = self.all("#subtitle")[0].text
        self.assertIn("10 min of virtual time · the first 1 min not counted · seed 7", subtitle)
        self.assertIn("5 replications · ± is the 95 % confidence interval", subtitle)
        titles = [title.text for title in self.all("#headline dt")]
        for title in ("Invocations", "Cold starts", "Throttled", "Failed", "Median latency",
                      "99 % within", "Cost per month"):
            self.assertIn(title, titles)

    def test_every_chart_is_drawn(self):
        self.open(self.small)
        titles = [title.text for title in self.all("figcaption h3")]
        self.assertEqual(titles[:4], ["Environments by state", "Concurrency and limits", "Arrivals",
                                      "Cold starts, and throttles by reason"])
        self.assertIn("From arrival to answer", titles)
        self.assertIn("Where the time goes, on average", titles)
        colours = self.script("""[...document.querySelectorAll('.plot > canvas')].map((canvas) => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(new Uint32Array(data.buffer)).size; })""")
        self.assertEqual(len(colours), len(titles))
        for title, count in zip(titles, colours):
            self.assertGreater(count, 10, f"{title} has hardly any colours")

    def test_lanes_show_every_environment_of_a_small_run_only(self):
        self.open(self.small)
        lanes = self.script("readData('run-data').lanes.environments.length")
        threads = {event["tid"] for event in self.small_trace["traceEvents"] if event["ph"] == "X"}
        self.assertEqual(lanes, len(threads))
        self.assertEqual(self.all("#lanes h3")[0].text, f"{lanes} environments")
        self.open(self.many)
        self.assertEqual(self.all("#lanes canvas"), [])
        self.assertIn("Lanes are drawn of runs with at most 400 environments", self.all("#lanes")[0].text)

    def test_the_table_sorts(self):
        self.open(self.many)
        self.assertEqual(len(self.column(0)), 50)
        index = self.click_header("cold starts")
        values = [float(value) for value in self.column(index)]
        best = sorted((f["cold_starts"] for f in self.many_result["functions"]), reverse=True)[:50]
        self.assertEqual(values, best)
        self.assertEqual(self.all("#functions-table th[aria-sort]")[0].get_attribute("aria-sort"), "descending")
        self.click_header("cold starts")
        self.assertEqual([float(value) for value in self.column(index)], sorted(
            f["cold_starts"] for f in self.many_result["functions"])[:50])
        self.click_header("Function")
        self.assertEqual(self.column(0)[:3], ["function-0", "function-1", "function-2"])

    def test_the_table_searches_filters_and_turns_pages(self):
        self.open(self.many)
        search = self.all("#functions-search")[0]
        search.send_keys("FUNCTION-999")
        self.click_header("Function")
        self.assertEqual(self.column(0), ["function-999"] + [f"function-{i}" for i in range(9990, 10000)])
        self.assertEqual(self.all("#functions-pages output")[0].text, "1 to 11 of 11 found")
        self.script("(document.getElementById('functions-search').value = '')")
        search.send_keys("function-")
        self.all("#functions-pages button")[1].click()
        self.assertEqual(self.column(0)[0], "function-50")
        self.assertEqual(self.all("#functions-pages output")[0].text, "51 to 100 of 10,000")
        self.open(self.small)
        self.script("(() => { const f = document.getElementById('functions-filter'); f.value = 'reserved';"
                    " f.dispatchEvent(new Event('change')); })()")
        self.assertEqual(self.column(0), ["checkout"])

    def test_charts_over_time_zoom_together(self):
        self.open(self.small)
        self.all("button[data-zoom='in']")[0].click()
        ranges = self.script("charts.filter((c) => c.isOverTime).map(({chart}) =>"
                             " [chart.scales.x.min, chart.scales.x.max])")
        self.assertEqual(ranges, [[150, 450]] * 5)
        self.assertEqual(self.all("#zoom-range")[0].text, "2 min 30 s to 7 min 30 s")
        self.all("button[data-zoom='all']")[0].click()
        self.assertEqual(self.script("[zoom.begin, zoom.end]"), [0, 600])

    def test_is_dark_where_the_system_is_unless_the_switch_says_otherwise(self):
        background = "getComputedStyle(document.documentElement).backgroundColor"
        self.open(self.small)
        self.screenshot("light")
        self.assertEqual(self.script(background), "rgb(255, 255, 255)")
        self.open(self.small, dark=True)
        self.screenshot("dark")
        self.assertEqual(self.script(background), "rgb(20, 23, 26)")
        self.script("document.querySelector(\"input[value='light']\").click()")
        self.assertEqual(self.script(background), "rgb(255, 255, 255)")

    def test_fits_a_phone(self):
        for address in (self.small, self.many):
            self.open(address, width=PHONE)
            self.assertEqual(self.script("innerWidth"), PHONE)
            self.assertLessEqual(self.script("document.documentElement.scrollWidth"), PHONE)
        self.open(self.small, width=PHONE)
        self.screenshot("phone")

    def test_speaks_to_who_cannot_see(self):
        self.open(self.small)
        self.assertEqual(self.script("document.documentElement.lang"), "en")
        labels = self.script("[...document.querySelectorAll('.plot > canvas')].map((c) => c.getAttribute('aria-label'))")
        self.assertTrue(all(len(label) > 20 for label in labels), labels)
        nameless = self.script("""[...document.querySelectorAll('button, input, select')].filter((e) =>
            !(e.innerText || e.getAttribute('aria-label') || e.labels?.[0]?.innerText)).map((e) => e.outerHTML)""")
        self.assertEqual(nameless, [])

    def test_the_trace_is_in_the_format_of_viewers(self):
        events = self.small_trace["traceEvents"]
        self.assertEqual(self.small_trace["displayTimeUnit"], "ms")
        named = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
        ends = {}
        for event in events:
            self.assertIn(event["ph"], ("M", "X", "C"))
            self.assertIsInstance(event["pid"], int)
            if event["ph"] == "X":
                self.assertIn((event["pid"], event["tid"]), named)
                self.assertGreaterEqual(event["dur"], 0)
                # Those of one environment follow each other.
                self.assertGreaterEqual(event["ts"], ends.get(event["tid"], 0) - 1e-3)
                ends[event["tid"]] = event["ts"] + event["dur"]
        self.assertEqual(max(ends.values()), 600e6)


if __name__ == "__main__":
    unittest.main()
