"""The judges of tests/judges, for tests in Python. Register such a test with pipec_uses_judges() as well."""
import json
import pathlib
import subprocess
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "judges"
ABSENT = 77


def judge(program, *arguments):
    """The findings of `judge-….mjs`: dicts with judge, rule (not every judge has one), file, line, column, message.

    Skips the test where the judges cannot be had, and says so. Raises when a judge could not run: that is never
    "no finding".
    """
    done = subprocess.run(
        [FOLDER / "judges.sh", "run", FOLDER / program, *map(str, arguments)],
        capture_output=True, text=True, check=False)
    if done.returncode == ABSENT:
        raise unittest.SkipTest(done.stderr.strip())
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr}")
    # A judge that is absent by itself (cfn-lint) does not skip the test; tests/run.sh shows this line.
    print(done.stderr, end="")
    return [json.loads(line) for line in done.stdout.splitlines()]
