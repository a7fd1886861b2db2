"""What lint finds in the repository around a file: real folders, and files that cannot be counted."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PIPEC = os.environ["PIPEC"]

SPEC = """pipe 1
import dpra { application, tests, sca }
import "./small.pipe" { compile, small }

pipeline shop: small {
  source app {
    repository = github("acme/shop")
    contains   = [application(["src/**", ".config/app.toml"]), tests("tests/")]
  }
  stage build {
    action make: compile { run = "make" }
    gate scan: sca { run = 'trivy image --exit-code 1 "$IMAGE"'  env = { IMAGE = "shop:1" } }
  }
}
"""


class Checkout(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / ".git").mkdir()
        source = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"]) / "tests/support/shared/small.pipe"
        self.write("ci/small.pipe", source.read_text())
        self.write("ci/shop.pipe", SPEC)
        self.write("src/app/main.go", "package main")
        self.write(".config/app.toml", "a = 1")
        self.write("tests/app_test.go", "package main")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def lint(self, *options, of="ci/shop.pipe"):
        done = subprocess.run(
            [PIPEC, "lint", of, "--target", "local", "--format", "json", *options],
            cwd=self.root, capture_output=True, text=True, check=False)
        judged = json.loads(done.stdout)
        found = {d["code"]: d["message"] for d in judged["diagnostics"] if d["code"] >= "P0750"}
        shop = next(file for file in judged["files"] if file["file"].endswith("shop.pipe"))
        return found, shop["waived_outside"]

    def test_what_is_there_is_found_up_to_the_folder_with_git(self):
        self.assertEqual(self.lint(), ({}, []))

    def test_paths_that_are_not_there(self):
        (self.root / "tests/app_test.go").unlink()
        (self.root / "tests").rmdir()
        found, _ = self.lint()
        self.assertEqual(found, {"P0754": "`app` holds no `tests`: there is no file that `tests/` names"})

    def test_the_folder_with_git_counts_however_the_file_is_named(self):
        self.write(".trivyignore", "CVE-2026-1\n")
        alone, waivers = self.lint()
        self.assertEqual(list(alone), ["P0752"])
        for of, options in [("ci", []), (".", []), ("ci/shop.pipe", ["--root", "ci"]), ("ci", ["--root", "."])]:
            with self.subTest(of=of, options=options):
                self.assertEqual(self.lint(*options, of=of), (alone, waivers))

    def test_without_git_the_root_that_is_given_counts(self):
        (self.root / ".git").rmdir()
        self.write(".trivyignore", "CVE-2026-1\n")
        self.assertEqual(self.lint("--root", ".")[1][0]["file"], ".trivyignore")
        found, waivers = self.lint("--root", "ci")
        self.assertEqual((list(found), waivers), (["P0754"], []))
        self.assertEqual(self.lint()[1], [])

    def test_files_that_leave_out_findings(self):
        self.write(".trivyignore", "# old\n\nCVE-2026-1\n  CVE-2026-2\n")
        found, waivers = self.lint()
        self.assertEqual(found, {"P0752": "`build.scan` leaves out what `.trivyignore` lists in 2 lines"})
        self.assertEqual(waivers, [{"file": ".trivyignore", "lines": 2, "read_by": ["build.scan"]}])

    def test_files_beside_the_pipeline_file(self):
        self.write("ci/.trivyignore", "CVE-2026-1\n")
        found, _ = self.lint()
        self.assertIn("`ci/.trivyignore`", found["P0752"])

    def test_files_of_programs_that_nothing_calls(self):
        self.write(".gitleaksignore", "abc:1\n")
        found, waivers = self.lint()
        self.assertEqual(found, {})
        self.assertEqual(waivers, [{"file": ".gitleaksignore", "lines": 1, "read_by": []}])

    def scan(self, command):
        """What is found, and what the gate reads, with this command; a file is beside it that it reads by default."""
        self.write(".trivyignore", "CVE-2026-1\n")
        self.write("waived.txt", "CVE-2026-1\nCVE-2026-2\n")
        self.write("ci/p.rego", "package trivy\n")
        run = "run = 'trivy image --exit-code 1 \"$IMAGE\"'"
        self.assertIn(run, SPEC)
        self.write("ci/shop.pipe", SPEC.replace(run, f"run = '{command}'"))
        found, waivers = self.lint()
        return found, [waiver["file"] for waiver in waivers if waiver["read_by"] == ["build.scan"]]

    def test_a_flag_names_the_file(self):
        for flag in ["--ignorefile waived.txt", "--ignorefile=waived.txt", "--ignorefile ./waived.txt"]:
            with self.subTest(flag=flag):
                found, read = self.scan(f"trivy image --exit-code 1 {flag} app")
                self.assertEqual(found, {"P0752": "`build.scan` leaves out what `waived.txt` lists in 2 lines"})
                self.assertEqual(read, ["waived.txt"])

    def test_a_flag_names_no_file(self):
        for flag in ["--ignorefile /dev/null", "--ignorefile=/dev/null"]:
            with self.subTest(flag=flag):
                self.assertEqual(self.scan(f"trivy image --exit-code 1 {flag} app"), ({}, []))

    def test_another_flag_names_no_file(self):
        found, read = self.scan("trivy image --exit-code 1 --output /dev/null app")
        self.assertEqual((list(found), read), (["P0752"], [".trivyignore"]))

    def test_a_flag_names_one_more(self):
        _, read = self.scan("trivy image --exit-code 1 --ignore-policy ci/p.rego app")
        self.assertEqual(read, [".trivyignore", "ci/p.rego"])

    def test_a_file_that_a_flag_names_and_nobody_can_read(self):
        for name, why in [("gone.txt", "no such file"), ("../waived.txt", "it is not in the repository"),
                          ("$IMAGE", "its name is known only when it runs")]:
            with self.subTest(name=name):
                found, read = self.scan(f'trivy image --exit-code 1 --ignorefile "{name}" app')
                self.assertEqual(found, {"P0753": f"`build.scan` may leave out findings by `{name}`, which cannot be "
                                                  f"read: {why}"})
                self.assertEqual(read, [name])

    def test_a_file_that_is_too_large(self):
        self.write(".trivyignore", "x\n" * (1 << 20))
        found, waivers = self.lint()
        self.assertIn("it is larger than 1 MiB", found["P0753"])
        self.assertEqual(waivers[0]["unread"], "it is larger than 1 MiB")

    def test_what_is_no_file(self):
        (self.root / ".trivyignore").mkdir()
        found, _ = self.lint()
        self.assertEqual(list(found), ["P0753"])


class Folders(unittest.TestCase):
    """Folders on the command line."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.root.chmod(0o755)

    def run_pipec(self, *arguments):
        # Root may read everything, and nobody cannot reach the program where it was built.
        program = shutil.copy(PIPEC, self.root / "pipec")
        user = "nobody" if os.getuid() == 0 else None
        done = subprocess.run([program, *arguments], cwd=self.root, user=user, extra_groups=[] if user else None,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def test_one_that_may_not_be_read_is_told(self):
        (self.root / "specs/closed").mkdir(parents=True)
        (self.root / "specs/one.pipe").write_text("pipe 1\n")
        (self.root / "specs/closed/two.pipe").write_text("pipe 1\n")
        (self.root / "specs/closed").chmod(0)
        self.addCleanup((self.root / "specs/closed").chmod, 0o755)
        for command in ("lint", "report", "fmt"):
            with self.subTest(command=command):
                code, said = self.run_pipec(command, "specs")
                self.assertEqual(code, 4, said)
                self.assertIn("specs/closed", said)
                self.assertIn("permission denied", said)

    def test_one_without_pipelines_is_told(self):
        (self.root / "empty").mkdir()
        for command in ("lint", "report", "fmt"):
            self.assertEqual(self.run_pipec(command, "empty"), (1, "pipec: there is no `.pipe` file below `empty`\n"))


if __name__ == "__main__":
    unittest.main()
