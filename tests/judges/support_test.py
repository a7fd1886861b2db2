"""tests/support/judges.py: what a test in Python sees of the judges."""
import pathlib
import sys
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import judges  # pylint: disable=wrong-import-position


class Judge(unittest.TestCase):
    def test_gives_the_findings(self):
        bad = HERE / "fixtures/hardening/bad/.github/workflows/missing-timeout.yml"
        findings = judges.judge("judge-hardening.mjs", bad)
        self.assertEqual(
            [(found["rule"], found["line"], found["file"]) for found in findings], [("missing-timeout", 4, str(bad))])
        self.assertEqual(judges.judge("judge-hardening.mjs", HERE / "fixtures/hardening/good"), [])

    def test_a_judge_that_cannot_run_is_an_error(self):
        with self.assertRaisesRegex(RuntimeError, "ended with 2.*no such file"):
            judges.judge("judge-hardening.mjs", "/no/such/folder")

    def test_absent_judges_skip_the_test_and_say_so(self):
        with mock.patch.object(judges.subprocess, "run") as run:
            run.return_value = mock.Mock(returncode=77, stdout="", stderr="judge absent: all judges\n")
            with self.assertRaisesRegex(unittest.SkipTest, "judge absent: all judges"):
                judges.judge("judge-hardening.mjs", HERE)


if __name__ == "__main__":
    unittest.main()
