"""samples/quickstart.sh does what README.md says, with the program that was built."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
PIPEC = pathlib.Path(os.environ["PIPEC"])


class Quickstart(unittest.TestCase):
    def test_it_runs_to_its_end(self):
        with tempfile.TemporaryDirectory() as folder:
            # The program is there already; building it is not what is tested.
            for name in ("cmake", "ninja"):
                fake = pathlib.Path(folder) / name
                fake.write_text("#!/bin/sh\n")
                fake.chmod(0o755)
            copy = pathlib.Path(folder) / "pipec"
            shutil.copytree(SOURCE / "samples", copy / "samples",
                            ignore=shutil.ignore_patterns(".pipec", "build", "dist", "installed"))
            (copy / "build").mkdir()
            (copy / "build/pipec").symlink_to(PIPEC)
            done = subprocess.run(
                [copy / "samples/quickstart.sh"], capture_output=True, text=True, check=False,
                env={**os.environ, "PATH": os.pathsep.join([folder, os.environ["PATH"]])})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("Done.", done.stdout)
            for target in ("codepipeline", "github", "local"):
                self.assertTrue((copy / "build/quickstart" / target / "manifest.json").exists(), target)
            tally = copy / "samples/quickstart/installed/tally"
            counted = subprocess.run([tally], input="a b a\n", capture_output=True, text=True, check=True)
            self.assertIn("2", counted.stdout)


if __name__ == "__main__":
    unittest.main()
