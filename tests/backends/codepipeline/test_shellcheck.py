"""ShellCheck finds nothing in the emitted scripts: neither in the files nor in the builds that are made of them."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from aws import PRODUCT
from templates import all_emitted


@unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
class ShellCheck(unittest.TestCase):
    def check(self, *arguments, **more):
        done = subprocess.run(["shellcheck", *arguments], capture_output=True, text=True, check=False, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_finds_mistakes(self):
        with self.assertRaises(AssertionError):
            self.check("--shell=bash", "-", input="rm $1\n")

    def test_files(self):
        files = sorted((PRODUCT / "scripts").rglob("*.sh"))
        self.assertGreater(len(files), 8)
        self.check(*files)

    def test_builds(self):
        seen = 0
        for source, emitted in all_emitted():
            with self.subTest(source=source), tempfile.TemporaryDirectory() as folder:
                for template in emitted.templates.values():
                    for name, project in template.of_type("AWS::CodeBuild::Project").items():
                        text = "\n".join(template.buildspec(project)["phases"]["build"]["commands"])
                        pathlib.Path(folder, name + ".sh").write_text("# shellcheck shell=bash\n" + text, encoding="utf-8")
                        seen += 1
                # Variables of a project are not known here (2154); some are for commands of the author only (2034).
                self.check("--exclude=SC2034,SC2154", *sorted(pathlib.Path(folder).iterdir()))
        self.assertGreater(seen, 20)


if __name__ == "__main__":
    unittest.main()
