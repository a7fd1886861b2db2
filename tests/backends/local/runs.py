"""Runs plans with the built pipec, in a folder of their own."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

PIPEC = os.environ["PIPEC"]
SOURCE = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])


def script(element_id, text, **more):
    """An element that runs a script."""
    element = {"id": element_id, "kind": "action", "timeout_seconds": 60, "script": text}
    element.update(more)
    return element


def stage(name, *elements, **more):
    return {"name": name, "elements": list(elements), **more}


def plan(*stages, **more):
    """A plan with one route. JSON is YAML."""
    return {"version": 1, "pipeline": "demo", "routes": [{"name": "trunk", "stages": list(stages)}], **more}


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


class Finished:
    """What came of a run."""

    def __init__(self, code, out, err, folder):
        self.code = code
        self.out = out
        self.err = err
        runs = folder / ".pipec" / "runs"
        folders = sorted(runs.iterdir()) if runs.is_dir() else []
        self.folder = folders[-1] if folders else None
        self.record = json.loads((self.folder / "run.json").read_text()) if folders else None

    def element(self, element_id):
        return next(e for e in self.record["elements"] if e["id"] == element_id)

    def states(self):
        return {e["id"]: e["state"] for e in self.record["elements"]}

    def log(self, element_id):
        return (self.folder / f"{element_id}.log").read_text(encoding="utf-8", errors="surrogateescape")


class RunTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pipec-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text, encoding="utf-8")

    def environment(self, **more):
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM", "TMPDIR")}
        environment.update(more)
        return environment

    def start(self, content, *options, **variables):
        """A run that goes on beside the test."""
        self.write("demo.plan.yaml", content)
        process = subprocess.Popen([PIPEC, "run", "demo.plan.yaml", *options], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="surrogateescape",
                                   env=self.environment(**variables))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def finish(self, process):
        out, err = process.communicate(timeout=120)
        return Finished(process.returncode, out, err, self.folder)

    def run_plan(self, content, *options, **variables):
        return self.finish(self.start(content, *options, **variables))

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def pid_in(self, name):
        """The process number that a script writes to that file."""
        path = self.folder / name
        wait_until(lambda: path.exists() and path.read_text().strip())
        return int(path.read_text())
