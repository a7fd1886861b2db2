"""judges.sh, with a node and an npm that are fakes: what it brings, when, and what it says when it cannot."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("judges.sh")
TOOLS = ["bash", "cat", "dirname", "flock", "grep", "mkdir", "sha256sum", "sort"]
INSTALLING_NPM = 'echo "npm $*" >> ../npm.log; mkdir -p node_modules'


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.judges = self.root / "judges"
        self.tools = self.root / "tools"
        for made in (self.judges, self.tools):
            made.mkdir()
        shutil.copy(SCRIPT, self.judges)
        (self.judges / "package-lock.json").write_text("{}\n")
        for tool in TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool))
        self.path = [str(self.tools)]

    def fake(self, name, script, folder="tools"):
        path = self.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{self.tools}/bash\n{script}\n")
        path.chmod(0o755)

    def node(self, version, folder="tools"):
        self.fake("node", f'[ "$1" = --version ] && echo {version} || echo "{version} $*"', folder)

    def run_script(self, *arguments, **environment):
        return subprocess.run(
            [str(self.tools / "bash"), str(self.judges / "judges.sh"), *arguments],
            env={"PATH": os.pathsep.join(self.path), **environment}, capture_output=True, text=True, check=False)

    def npm_runs(self):
        log = self.root / "npm.log"
        return log.read_text().splitlines() if log.exists() else []

    def assert_absent(self, done, why):
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertRegex(done.stderr, f"judge absent: all judges of tests/judges .*{why}")

    def test_installs_once_for_each_lockfile(self):
        self.node("v20.1.0")
        self.fake("npm", INSTALLING_NPM)
        for _ in range(2):
            self.assertEqual(self.run_script("install").returncode, 0)
        self.assertEqual(len(self.npm_runs()), 1)
        self.assertIn("ci --ignore-scripts", self.npm_runs()[0])
        (self.judges / "package-lock.json").write_text('{"changed": true}\n')
        self.assert_absent(self.run_script("run", "x.mjs"), "not installed")
        self.assertEqual(self.run_script("install").returncode, 0)
        self.assertEqual(len(self.npm_runs()), 2)

    def test_runs_node_with_the_arguments(self):
        self.node("v18.20.4")
        self.fake("npm", INSTALLING_NPM)
        self.assert_absent(self.run_script("run", "x.mjs"), "run tests/judges/judges.sh install")
        self.run_script("install")
        done = self.run_script("run", "x.mjs", "a b")
        self.assertEqual((done.returncode, done.stdout), (0, "v18.20.4 x.mjs a b\n"))

    def test_prefers_the_first_node_that_is_new_enough(self):
        self.node("v18.18.2")
        self.node("v24.0.0", folder="newer")
        self.path.append(str(self.root / "newer"))
        self.fake("npm", 'node --version > ../npm.log; mkdir -p node_modules')
        self.assertEqual(self.run_script("install").returncode, 0)
        self.assertEqual(self.npm_runs(), ["v24.0.0"])
        self.assertEqual(self.run_script("run", "x").stdout, "v24.0.0 x\n")

    def test_an_old_or_missing_node_is_absence(self):
        self.assert_absent(self.run_script("install"), "Node 18.19 or newer; there is no node on PATH")
        for version in ("v9.11.2", "v18.9.0", "v18.18.2"):
            self.node(version)
            self.assert_absent(self.run_script("install"), f"Node 18.19 or newer; .*node is {version}")

    def test_a_missing_npm_is_absence(self):
        self.node("v20.1.0")
        self.assert_absent(self.run_script("install"), "npm is not on PATH")

    def test_an_unreachable_registry_is_absence_and_any_other_failure_is_one(self):
        self.node("v20.1.0")
        for code in ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "E503"):
            self.fake("npm", f"echo 'npm error code {code}' >&2; exit 1")
            done = self.run_script("install")
            self.assert_absent(done, "cannot reach its registry")
            self.assertIn(code, done.stderr)
        for code in ("EINTEGRITY", "ETARGET", "EUSAGE", "E404"):
            self.fake("npm", f"echo 'npm error code {code}' >&2; exit 1")
            done = self.run_script("install")
            self.assertEqual(done.returncode, 1, code)
            self.assertNotIn("judge absent", done.stderr)
            self.assertIn(code, done.stderr)

    def test_absence_is_a_failure_where_the_judges_are_required(self):
        done = self.run_script("install", PIPEC_JUDGES="required")
        self.assertEqual(done.returncode, 1)
        self.assertIn("judge absent", done.stderr)

    def test_wrong_use(self):
        self.assertEqual(self.run_script().returncode, 2)
        self.assertEqual(self.run_script("uninstall").returncode, 2)


if __name__ == "__main__":
    unittest.main()
