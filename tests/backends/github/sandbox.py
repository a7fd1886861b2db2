"""What the tests of the emitted scripts share: real git repositories, and stand-ins for GitHub, AWS and docker."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = Path(os.environ["PIPEC_SOURCE_DIR"]) / "backends/github/scripts"
FAKES = HERE / "fakes"
REPOSITORY = "acme/checkout-service"
# Of GitHub's API.
REPO = f"repos/{REPOSITORY}"
DIGEST = "sha256:" + "a" * 64
PATTERN = "^hotfix/(INC-[0-9]+)-[^/]*$"


class Result:
    def __init__(self, process, outputs):
        self.code = process.returncode
        self.text = process.stdout
        self.outputs = outputs


class ScriptTest(unittest.TestCase):
    """A folder of its own, in which scripts run with the fakes first on the path."""

    scripts = SCRIPTS

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pipec-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.gh_world = self.folder / "gh.json"
        self.aws_world = self.folder / "aws.json"
        self.gh({})
        self.aws({})

    def gh(self, answers):
        self.gh_world.write_text(json.dumps(answers))

    def aws(self, state):
        self.aws_world.write_text(json.dumps(state))

    def aws_state(self):
        return json.loads(self.aws_world.read_text())

    def calls(self, world):
        log = Path(str(world) + ".log")
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def gh_calls(self, prefix=""):
        return [c for c in self.calls(self.gh_world) if c["call"].startswith(prefix)]

    def aws_calls(self, prefix=""):
        return [c for c in self.calls(self.aws_world) if c["call"].startswith(prefix)]

    def environment(self):
        return {
            "PATH": f"{FAKES}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "GH_WORLD": str(self.gh_world),
            "AWS_WORLD": str(self.aws_world),
            "DOCKER_LOG": str(self.folder / "docker.log"),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GH_TOKEN": "a-token",
            "PIPEC_POLL_SECONDS": "0",
            "PIPEC_STATE": str(self.folder / "state"),
            "PIPELINE": "checkout-service",
            "TRUNK": "main",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }

    def run_script(self, name, *arguments, cwd=None, **variables):
        environment = self.environment() | {k: str(v) for k, v in variables.items()}
        output = Path(environment["GITHUB_OUTPUT"])
        output.unlink(missing_ok=True)
        process = subprocess.run(
            ["bash", str(self.scripts / name), *arguments], cwd=cwd or self.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        outputs = {}
        if output.exists():
            for line in output.read_text().splitlines():
                key, _, value = line.partition("=")
                outputs[key] = value
        return Result(process, outputs)

    def without(self, script, text, replacement=":"):
        """From here on the scripts run with another text in the place of one that this script holds once."""
        changed = self.folder / "changed"
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(SCRIPTS, changed)
        original = (changed / script).read_text()
        self.assertEqual(original.count(text), 1, text)
        (changed / script).write_text(original.replace(text, replacement))
        self.scripts = changed

    def passes(self, result):
        self.assertEqual(result.code, 0, result.text)
        return result

    def refuses(self, result, reason):
        self.assertNotEqual(result.code, 0, result.text)
        self.assertIn(reason, result.text)
        return result


class Author:
    """Works in a clone of the repository and pushes."""

    def __init__(self, folder, remote):
        self.folder = folder
        self.git("clone", "--quiet", str(remote), str(folder), cwd=folder.parent)
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.com")

    def git(self, *arguments, cwd=None):
        return subprocess.run(["git", *arguments], cwd=cwd or self.folder, check=True, text=True, capture_output=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": "/dev/null"}).stdout.strip()

    def commit(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Change {path}")
        return self.git("rev-parse", "HEAD")

    def branch(self, name, start):
        self.git("switch", "--quiet", "--force-create", name, start)

    def push(self, name="HEAD"):
        self.git("push", "--quiet", "--force", "origin", name)


class LedgerTest(ScriptTest):
    """A repository with a first release on trunk, and a clone in which the scripts run as in a job."""

    environment_name = "prod"

    def setUp(self):
        super().setUp()
        self.remote = self.folder / f"{REPOSITORY}"
        self.remote.parent.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote)], check=True)
        self.author = Author(self.folder / "author", self.remote)
        self.author.git("switch", "--quiet", "--orphan", "main")
        self.author.commit("checkout.pipe", "pipe 1\n")
        self.author.commit(".github/workflows/pipec-checkout-service.yml", "name: pipec\n")
        self.first = self.author.commit("app.txt", "one\n")
        self.author.push("main")
        self.run_number = 100
        self.job = self.folder / "job"

    def checkout(self, commit):
        """The clone of a job: the whole history, at one commit."""
        shutil.rmtree(self.job, ignore_errors=True)
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(self.remote), str(self.job)], check=True)
        subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=self.job, check=True)

    def step(self, script, route, commit, branch="main", run=None, attempt="1", **variables):
        self.checkout(commit)
        if run is None:
            self.run_number += 1
            run = self.run_number
        name, *arguments = script.split()
        return self.run_script(name, *arguments, cwd=self.job, **({
            "ENVIRONMENT": self.environment_name, "ROUTE": route, "COMMIT": commit, "BRANCH": branch,
            "GITHUB_REF": f"refs/heads/{branch}", "REFS": "refs/heads/main", "BRANCH_PATTERN": PATTERN, "RUN_ID": run,
            "RUN_ATTEMPT": attempt, "ACTOR": "ada", "CONTROL_PATHS": ":(glob)**/*.pipe\n.github"} | variables))

    def guard(self, route, commit, branch="main", **variables):
        return self.step("guard.sh", route, commit, branch, **variables)

    def deploy(self, route, commit, branch="main", status="success", run=None, rollbacks=""):
        """A whole deployment: guard, claim, deployment, record."""
        self.run_number += 1
        run = run or self.run_number
        self.passes(self.guard(route, commit, branch, run=run))
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        if route == "hotfix":
            self.passes(self.step("claim.sh", route, commit, branch, run=run))
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "state/begun").touch()
        return self.passes(self.step("record.sh", route, commit, branch, run=run, JOB_STATUS=status, ROLLBACKS=rollbacks))

    def records(self, below):
        reply = subprocess.run(["git", "for-each-ref", "--format=%(contents)", f"refs/tags/pipec/checkout-service/{below}"],
                               cwd=self.remote, check=True, text=True, capture_output=True).stdout
        return [json.loads(line) for line in reply.splitlines() if line]

    def hotfix(self, branch, start, text="fixed\n"):
        self.author.branch(branch, start)
        commit = self.author.commit("app.txt", text)
        self.author.push(branch)
        return commit

    def trunk(self, path, text):
        self.author.git("switch", "--quiet", "main")
        commit = self.author.commit(path, text)
        self.author.push("main")
        return commit


def main():
    unittest.main()
