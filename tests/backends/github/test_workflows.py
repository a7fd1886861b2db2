"""The emitted workflows, judged by GitHub's own programs and by shellcheck."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

SOURCES = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
sys.path.insert(0, str(SOURCES / "tests/support"))
import judges  # noqa: E402

# The folder of the tools that install_tool.sh has compared with their digests: a value of the runner, not of the run.
PATH_LINE = 'echo "$folder" >>"$GITHUB_PATH"'


class Workflows:
    """Each class below judges one pipeline."""

    pipeline = ""
    repository = ""
    installs_tools = True

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="pipec-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name) / "github"
        subprocess.run([os.environ["PIPEC"], "compile", SOURCES / cls.pipeline, "--root", SOURCES,
                        "--target", "github", "-o", cls.temporary.name], check=True, capture_output=True)
        cls.files = sorted((cls.folder / ".github/workflows").glob("*.yml"))

    def scripts(self):
        """Every script with the shell that runs it, after the variables that it finds."""
        for file in self.files:
            for job in yaml.safe_load(file.read_text())["jobs"].values():
                for step in job.get("steps", []):
                    if "run" in step:
                        variables = "".join(f"export {name}=\n" for name in step.get("env", {}))
                        yield f"{file.name}: {step['name']}", step.get("shell", "bash"), variables + step["run"]

    def test_github_accepts_them(self):
        findings = judges.judge("judge-workflows.mjs", "--self", self.repository, "--allow", SOURCES / "tests/judges/allow.json", self.folder)
        self.assertEqual(findings, [])

    def test_they_are_hardened(self):
        findings = judges.judge("judge-hardening.mjs", "--self", self.repository, self.folder)
        def is_allowed(finding):
            line = pathlib.Path(finding["file"]).read_text().splitlines()[finding["line"] - 1]
            return finding["rule"] == "github-env" and line.strip() == PATH_LINE
        self.assertEqual([finding for finding in findings if not is_allowed(finding)], [])
        # Otherwise the exception above is no longer needed.
        self.assertEqual(any(map(is_allowed, findings)), self.installs_tools)

    def test_shellcheck_has_no_findings(self):
        scripts = list(self.scripts())
        self.assertGreater(len(scripts), 50)
        for name, shell, script in scripts:
            with self.subTest(name):
                dialect = "sh" if " sh -" in shell else "bash"
                done = subprocess.run(["shellcheck", "--shell", dialect, "-"], input=script, text=True, capture_output=True, check=False)
                self.assertEqual(done.stdout, "")


class Checkout(Workflows, unittest.TestCase):
    pipeline = "samples/checkout/checkout.pipe"
    repository = "acme/checkout-service"


class Gitflow(Workflows, unittest.TestCase):
    pipeline = "samples/gitflow/gitflow.pipe"
    repository = "acme/orders"


class ServiceOfAPlatform(Workflows, unittest.TestCase):
    pipeline = "samples/platform/cart.pipe"
    repository = "acme/cart"


class WhateverHappens(Workflows, unittest.TestCase):
    pipeline = "tests/support/shared/always.pipe"
    repository = "acme/clean"
    installs_tools = False


class Variants(Workflows, unittest.TestCase):
    pipeline = "tests/backends/variants.pipe"
    repository = "acme/variants"


if __name__ == "__main__":
    unittest.main()
