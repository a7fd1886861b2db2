"""What the clean samples are compiled to, judged by the programs of those who will run it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCES = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
sys.path.insert(0, str(SOURCES / "tests/support"))
import judges  # noqa: E402

# One for each kind of pipeline. `checkout` is judged with the backends.
SAMPLES = ("dynamic_configuration", "compute_image", "account_fleet", "machine_learning")


class Samples(unittest.TestCase):
    def test_are_accepted_on_both_platforms(self):
        for sample in SAMPLES:
            with self.subTest(sample), tempfile.TemporaryDirectory(prefix="pipec-") as folder:
                source = SOURCES / "samples" / sample / f"{sample}.pipe"
                repository = re.search(r'github\("([^"]+)"\)', source.read_text()).group(1)
                subprocess.run([os.environ["PIPEC"], "compile", source, "-o", folder], check=True, capture_output=True)
                targets = {path.name for path in pathlib.Path(folder).iterdir()}
                self.assertEqual(targets, {"codepipeline", "github", "local"})
                workflows = judges.judge("judge-workflows.mjs", "--self", repository, "--allow",
                                         SOURCES / "tests/judges/allow.json", f"{folder}/github")
                self.assertEqual(workflows, [])
                self.assertEqual(judges.judge("judge-templates.mjs", folder), [])


if __name__ == "__main__":
    unittest.main()
