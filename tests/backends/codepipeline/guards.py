"""The guard, on real repositories (a bare remote, clones of it) and with DynamoDB in memory."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

from scripts import SCRIPTS, ScriptCase

EXPORTED = ("COMMIT", "LIVE", "GENERATION", "BRANCH", "INCIDENT", "DEPLOY", "AUTHORS", "COMMITTED")
BRANCH = "hotfix/INC-42-null"
PIPELINE = "pipec-shop-hotfix"


class GuardCase(ScriptCase):
    """Trunk has a live commit and one that is not released yet."""

    has_table = True
    # A folder with the repositories that every test starts from, and their commits; made once.
    prepared = None

    def setUp(self):
        super().setUp()
        self.environment.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="Ann",
                                GIT_AUTHOR_EMAIL="ann@acme.example", GIT_COMMITTER_NAME="Ann",
                                GIT_COMMITTER_EMAIL="ann@acme.example", GIT_COMMITTER_DATE="2026-03-04T12:00:00Z")
        if GuardCase.prepared is None:
            temporary = tempfile.TemporaryDirectory(prefix="pipec-test-")
            unittest.addModuleCleanup(temporary.cleanup)
            GuardCase.prepared = (pathlib.Path(temporary.name), *self.prepare(pathlib.Path(temporary.name)))
        folder, self.live, self.unreleased = self.prepared
        self.remote, self.work = self.folder / "remote.git", self.folder / "work"
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        self.put("prod", "state", live=self.live, live_run="run-0", generation=7)
        self.execution = {"status": "InProgress", "executionType": "STANDARD"}
        self.world.answer("codepipeline", "GetPipelineExecution", lambda _: {"pipelineExecution": self.execution})
        self.branch = BRANCH
        self.world.answer("codepipeline", "ListActionExecutions", lambda _: {"actionExecutionDetails": [
            {"actionName": "pipec.guard.prod", "input": {}},
            {"actionName": "source", "output": {"outputVariables": {"BranchName": self.branch}}}]})

    def prepare(self, folder):
        self.work = folder / "work"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", "--template=", folder / "remote.git", cwd=folder)
        self.git("clone", "--quiet", "--template=", folder / "remote.git", self.work, cwd=folder)
        # Wherever the two are copied to, they find each other.
        self.git("remote", "set-url", "origin", "../remote.git")
        self.git("switch", "--quiet", "--create", "main")
        self.write("deploy/shop.pipe", "pipe 1")
        self.write("deploy/codepipeline/shop/pipelines.yaml", "Resources: {}")
        commits = self.commit("app.c", "one"), self.commit("app.c", "two")
        self.push("main")
        return commits

    def git(self, *arguments, cwd=None):
        done = subprocess.run(["git", *map(str, arguments)], cwd=cwd or self.work, env=self.environment, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def write(self, name, text):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self, name="", text="", author="Ann <ann@acme.example>"):
        """Its id. Without a file, the commit changes nothing."""
        if name:
            self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", text or "nothing", "--author", author)
        return self.git("rev-parse", "HEAD")

    def push(self, branch):
        self.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")

    def start_branch(self, at):
        self.git("switch", "--quiet", "--detach", at)

    def hotfix(self, name="app.c", text="fixed", at=None, **more):
        """A branch with one commit on top of what is live."""
        self.start_branch(at or self.live)
        commit = self.commit(name, text, **more)
        self.push(self.branch)
        return commit

    def deployed(self, branch, commit, **more):
        self.put("prod", f"claim#{branch}", state="deployed", branch=branch, commit=commit, run="run-9", **more)

    def consent(self, commit, *people, guards=("base", "controls", "hotfixes"), role="AROAEXAMPLE", ago=timedelta()):
        moment = (datetime.now(timezone.utc) - ago).isoformat(timespec="seconds")
        for guard in guards:
            for person in people:
                self.put(f"override#{role}:{person}", f"prod#{commit}#{guard}", reason="the guard is wrong", at=moment)

    def guard(self, commit, route="hotfix", **more):
        """What a build of CodeBuild does: a full clone, the commit of the run, the script."""
        clone = self.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        self.git("clone", "--quiet", self.remote, clone, cwd=self.folder)
        self.git("checkout", "--quiet", "--detach", more.pop("checkout", commit), cwd=clone)
        environment = {"ROUTE": route, "ENVIRONMENT": "prod", "COMMIT": commit, "PIPELINE": PIPELINE, "RUN": "run-1",
                       "TRUNK": "main", "LEDGER": self.table.name, "BRANCH_FROM": "source", "WAIT_SECONDS": "0",
                       "BRANCHES": "hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*" if route == "hotfix" else "-",
                       "PROTECTED": ":(glob)**/*.pipe\n:(glob)**/codepipeline/shop/**"}
        export = 'source "$1"; jq -n \'env\' >"$2"'
        done = self.bash(export, SCRIPTS / "guard.sh", self.folder / "exported", cwd=clone, **{**environment, **more})
        self.exported = None
        if done.returncode == 0:
            variables = json.loads((self.folder / "exported").read_text(encoding="utf-8"))
            self.exported = {name: variables.get(name) for name in EXPORTED}
        return done

    def refused(self, message, commit, **more):
        done = self.guard(commit, **more)
        self.assertNotEqual(done.returncode, 0, done.output)
        self.assertEqual(done.output.splitlines()[-1], "refused: " + message)

    def passes(self, commit, **more):
        done = self.guard(commit, **more)
        self.assertEqual(done.returncode, 0, done.output)
        return done.output
