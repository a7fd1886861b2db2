"""run.sh where packages are missing, and summary.py, which decides whether all is well."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import summary

RUN = pathlib.Path(__file__).with_name("run.sh")


class Packages(unittest.TestCase):
    """With fakes of what would touch the machine; the fake cmake ends the script before it builds."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "log"
        self.fake("cmake", 'echo "cmake" >> "$LOG"; exit 9')
        self.fake("apt-get", 'echo "apt-get $*" >> "$LOG"; exit "${APT_STATUS:-0}"')
        self.fake("sudo", 'echo "sudo $*" >> "$LOG"; exit 1')
        self.fake("id", 'echo "${FAKE_USER:-0}"')
        # Says of every package it is asked for that it is installed, except $MISSING.
        self.fake("dpkg-query", 'for package in "$@"; do case " $MISSING " in\n'
                  '*" $package "*) ;;\n'
                  '*) echo "installed $package" ;;\nesac; done')

    def fake(self, name, script):
        path = self.folder / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def run_script(self, **environment):
        path = os.pathsep.join([str(self.folder), os.environ["PATH"]])
        done = subprocess.run(
            [str(RUN)], env={"PATH": path, "LOG": str(self.log), "MISSING": "", **environment},
            capture_output=True, text=True, check=False)
        return done, self.log.read_text().splitlines() if self.log.exists() else []

    def test_nothing_is_installed_when_nothing_is_missing(self):
        done, log = self.run_script()
        self.assertEqual((done.returncode, log), (9, ["cmake"]))

    def test_root_installs_what_is_missing_and_only_that(self):
        _, log = self.run_script(MISSING="jq libfmt-dev")
        self.assertEqual(len(log), 3, log)
        self.assertEqual(log[0], "apt-get -qq update")
        self.assertRegex(log[1], r"^apt-get -qq install .* libfmt-dev jq$")
        self.assertEqual(log[2], "cmake")

    def test_it_never_asks_for_a_password_and_says_what_is_missing(self):
        done, log = self.run_script(MISSING="jq libfmt-dev", FAKE_USER="1000")
        self.assertEqual(log, ["sudo --non-interactive apt-get -qq update"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing and could not be installed: libfmt-dev jq", done.stderr)
        self.assertIn("apt-get install libfmt-dev jq", done.stderr)

    def test_without_a_network_it_says_what_is_missing(self):
        done, log = self.run_script(MISSING="shellcheck", APT_STATUS="100")
        self.assertEqual((done.returncode, len(log)), (1, 1))
        self.assertIn("missing and could not be installed: shellcheck", done.stderr)

    def test_without_node_and_clang_everything_else_is_tested(self):
        for tool in ("bash", "dirname", "env", "sed"):
            (self.folder / tool).symlink_to(shutil.which(tool))
        done, log = self.run_script(PATH=str(self.folder), APT_STATUS="100", MISSING="clang libclang-rt-14-dev")
        self.assertEqual(log, ["apt-get -qq update", "apt-get -qq update", "cmake"])
        self.assertIn("installing: nodejs npm\n", done.stderr)
        self.assertIn("without Node the judges are absent", done.stderr)
        self.assertIn("installing: clang libclang-rt-14-dev\n", done.stderr)
        self.assertIn("without clang the fuzzers are absent", done.stderr)


def results(*cases):
    root = ElementTree.Element("testsuite")
    for name, status, skipped, output in cases:
        case = ElementTree.SubElement(root, "testcase", name=name, status=status)
        if skipped is not None:
            ElementTree.SubElement(case, "skipped", message=skipped)
        ElementTree.SubElement(case, "system-out").text = output
    return root


class Summary(unittest.TestCase):
    def test_all_passed(self):
        lines, well = summary.summarize(results(("a", "run", None, ""), ("b", "run", None, "")))
        self.assertEqual((lines, well), (["2 passed, 0 failed"], True))

    def test_a_failure(self):
        lines, well = summary.summarize(results(("a", "run", None, "fine\n"), ("b", "fail", None, "")))
        self.assertEqual((lines, well), (["FAILED b", "1 passed, 1 failed"], False))

    def test_what_a_failure_printed_is_at_the_end(self):
        lines, _ = summary.summarize(results(("a", "run", None, "fine\n"), ("b", "fail", None, "1 is not 2\n")))
        self.assertEqual(lines, ["--- b printed:\n1 is not 2\n---", "FAILED b", "1 passed, 1 failed"])

    def test_a_test_that_could_not_start_has_failed(self):
        for why in ("Unable to find executable", "Fixture dependency failed"):
            lines, well = summary.summarize(results(("a", "run", None, ""), ("b", "notrun", why, "")))
            self.assertEqual((lines, well), ([f"FAILED b: {why}", "1 passed, 1 failed"], False))

    def test_skipped_tests_and_what_is_absent_are_named(self):
        lines, well = summary.summarize(results(
            ("a", "run", None, "ok 1 # SKIP judge absent: cfn-lint\nok 2 # SKIP judge absent: cfn-lint\n"),
            ("b", "notrun", "SKIP_RETURN_CODE=77", "judge absent: all (no node)\n"),
            ("c", "disabled", None, "Disabled"),
            ("d", "notrun", "SKIP_RETURN_CODE=77", "fuzzers absent: no clang\n")))
        self.assertEqual(lines, [
            "SKIPPED b: the test skipped itself", "SKIPPED c: disabled", "SKIPPED d: the test skipped itself",
            "WARNING fuzzers absent: no clang", "WARNING judge absent: all (no node)", "WARNING judge absent: cfn-lint",
            "3 skipped", "1 passed, 0 failed"])
        self.assertTrue(well)

    def test_no_test_at_all_is_not_well(self):
        self.assertEqual(summary.summarize(results()), (["0 passed, 0 failed"], False))

    def test_results_that_are_not_there_are_not_well(self):
        done = subprocess.run(
            [sys.executable, summary.__file__, "/no/such/file"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "0 passed, 1 failed\n"))


if __name__ == "__main__":
    unittest.main()
