"""Every script of the backend is free of findings of shellcheck."""
import subprocess
import unittest

from sandbox import SCRIPTS


class Shellcheck(unittest.TestCase):
    def findings(self, *files):
        done = subprocess.run(["shellcheck", "--external-sources", f"--source-path={SCRIPTS}", "--format=gcc", *map(str, files)],
                              text=True, capture_output=True, check=False)
        self.assertLess(done.returncode, 2, done.stderr)
        return done.stdout

    def test_no_findings(self):
        scripts = sorted(SCRIPTS.glob("*.sh"))
        self.assertGreater(len(scripts), 20)
        self.assertEqual(self.findings(*scripts), "")

    def test_each_stops_at_the_first_failure(self):
        for script in sorted(SCRIPTS.glob("*.sh")):
            with self.subTest(script.name):
                text = script.read_text()
                # A part that others read begins with its shell's name instead.
                self.assertTrue(text.startswith("# shellcheck shell=bash\n") or
                                (text.startswith("#!/usr/bin/env bash\n") and "\nset -euo pipefail\n" in text))


if __name__ == "__main__":
    unittest.main()
