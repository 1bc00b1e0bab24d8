"""Runs every command of a chapter, in its order, in an empty folder; and looks for its pictures.

Usage: commands_test.py FLOE CHAPTER

Commands are the indented lines that begin with "floe ", with the lines that a backslash continues.
They run with few replications: their figures are not compared with those of the chapter.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

FLOE, CHAPTER = (os.path.abspath(path) for path in sys.argv[1:3])
FEWER = {"simulate": ["--replications", "2"],
         "sweep": ["--replications", "2"],
         "compare": ["--replications", "2"],
         "plan": ["--replications", "2", "--replications-max", "4"]}


def commands_of(text):
    """The commands, each as the words that a shell makes of it."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [shlex.split(line.strip(), comments=True) for line in joined.splitlines()
            if line.startswith("    floe ")]


class ChapterTest(unittest.TestCase):
    def setUp(self):
        with open(CHAPTER, encoding="utf-8") as file:
            self.text = file.read()

    def test_every_command_runs(self):
        commands = commands_of(self.text)
        self.assertGreater(len(commands), 5)
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
            os.symlink(os.path.abspath("examples"), os.path.join(folder, "examples"))
            for words in commands:
                if "--replications" in words:
                    self.fail(f"{shlex.join(words)}: the test has its own number of replications")
                with self.subTest(command=shlex.join(words)):
                    run = subprocess.run([FLOE, *words[1:], *FEWER.get(words[1], [])], cwd=folder,
                                         capture_output=True, text=True, check=False)
                    # A plan may find that few replications are not enough.
                    accepted = (0, 1) if words[1] == "plan" else (0,)
                    self.assertIn(run.returncode, accepted, run.stderr)
                    self.assertTrue(run.stdout or words[1] in ("init-scenario", "report"), run.stderr)

    def test_every_picture_and_file_exists(self):
        links = re.findall(r"\]\(([^)#]+)", self.text)
        for link in links:
            if not link.startswith("http"):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(CHAPTER), link)), link)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
