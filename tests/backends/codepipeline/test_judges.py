"""What is emitted, judged by programs of others."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "support")]
from judges import judge  # pylint: disable=wrong-import-position
from templates import PIPELINES, all_emitted, compile_to  # pylint: disable=wrong-import-position

# Variables of the project and of the action are not assigned in the script (test_closure.py looks for them), and not
# every value that a build could use is used.
OUTSIDE = "SC2154,SC2034"


def findings(command, text=None):
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    return done.stdout + done.stderr


class Judges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="pipec-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        for number, arguments in enumerate(PIPELINES):
            compile_to(cls.folder / str(number), arguments)

    def test_templates(self):
        self.assertEqual(judge("judge-templates.mjs", self.folder), [])

    def test_yaml(self):
        # Lines are as long as the commands in them.
        rules = "{extends: default, rules: {line-length: disable, document-start: disable}}"
        templates = sorted(self.folder.rglob("*.yaml"))
        self.assertGreater(len(templates), 10)
        self.assertEqual(findings(["yamllint", "--strict", "-d", rules, *templates]), "")

    def test_scripts(self):
        scripts = sorted(self.folder.rglob("*.sh"))
        self.assertEqual(len(scripts), 2 * len(PIPELINES))
        self.assertEqual(findings(["shellcheck", *scripts]), "")

    def test_scripts_of_builds(self):
        for source, emitted in all_emitted():
            for mapping in emitted.pipelines_template.mappings.values():
                for name, entry in mapping.items():
                    with self.subTest(source=source, buildspec=name):
                        (script,) = yaml.safe_load(entry["Text"])["phases"]["build"]["commands"]
                        self.assertEqual(findings(["shellcheck", "--shell=bash", f"--exclude={OUTSIDE}", "-"], script), "")


if __name__ == "__main__":
    unittest.main()
