"""plan.schema.json and the reader accept the same plans."""

import copy
import json
import subprocess
import unittest

import jsonschema
import yaml

from runs import PIPEC, SOURCE, RunTest, plan, script, stage

SCHEMA = json.loads((SOURCE / "backends/local/plan.schema.json").read_text())


def rich():
    return plan(
        stage("build",
              script("build.a", "true", shell="sh", retries=2, backoff_seconds=1, environment={"A": "1"},
                     secrets={"B": "C"}, working_directory="src", programs=[{"name": "go", "version": "1"}],
                     reports=[{"format": "junit", "paths": ["a.xml"]}], produces=["bin"])),
        stage("prod",
              {"id": "prod.go", "kind": "approval",
               "approval": {"confirm": "prod", "approvers": ["a"], "within_seconds": 60}},
              {"id": "prod.window", "kind": "gate", "needs": ["prod.go"],
               "window": {"open": "Mon-Fri 08:00-16:00", "zone": "UTC"}},
              script("prod.deploy", "true", kind="deploy", needs=["prod.window"], consumes=["bin"],
                     environment={"P": {"artifact": "bin", "attribute": "path"}},
                     rollout={"waves": [["eu-west-1"]], "wave_bake_seconds": 1, "undo": "true"}),
              {"id": "prod.check", "kind": "gate", "continue_on_failure": True,
               "simulation": {"block": "simulated_check", "what": {"x": "y"}}},
              environment="prod"),
        left_out=["metrics"], description="d",
        sources=[{"name": "app", "path": ".", "repository": "github:a/b", "branch": "main"}],
        environments=[{"name": "prod", "approvers": ["a"]}],
        artifacts=[{"name": "bin", "type": "files", "paths": ["out/**"]},
                   {"name": "base", "type": "container", "image": "x@sha256:0"},
                   {"name": "image", "type": "container", "repository": "x"}])


def element(document, index=(0, 0)):
    return document["routes"][0]["stages"][index[0]]["elements"][index[1]]


# Each changes a plan that is accepted into one that must not be.
MISTAKES = {
    "version": lambda d: d.update(version=2),
    "no pipeline": lambda d: d.pop("pipeline"),
    "no routes": lambda d: d.pop("routes"),
    "unknown key": lambda d: d.update(extra=1),
    "unknown key of an element": lambda d: element(d).update(extra=1),
    "unknown key of a stage": lambda d: d["routes"][0]["stages"][0].update(extra=1),
    "no work": lambda d: element(d).pop("script"),
    "two kinds of work": lambda d: element(d).update(window={"open": "Mon 08:00-09:00", "zone": "UTC"}),
    "no timeout": lambda d: element(d).pop("timeout_seconds"),
    "timeout of nothing": lambda d: element(d).update(timeout_seconds=0),
    "timeout in words": lambda d: element(d).update(timeout_seconds="1m"),
    "retries": lambda d: element(d).update(retries=101),
    "kind": lambda d: element(d).update(kind="job"),
    "shell": lambda d: element(d).update(shell="zsh"),
    "id": lambda d: element(d).update(id="../x"),
    "variable": lambda d: element(d).update(environment={"A-B": "1"}),
    "number as a value": lambda d: element(d).update(environment={"A": 1}),
    "secret": lambda d: element(d).update(secrets={"A": "B C"}),
    "working directory": lambda d: element(d).update(working_directory="a/../.."),
    "report path": lambda d: element(d)["reports"][0].update(paths=["/etc/passwd"]),
    "artifact path": lambda d: d["artifacts"][0].update(paths=["../x"]),
    "artifact type": lambda d: d["artifacts"][0].update(type="image"),
    "attribute": lambda d: element(d, (1, 2)).update(environment={"P": {"artifact": "bin", "attribute": "digest"}}),
    "empty wave": lambda d: element(d, (1, 2))["rollout"].update(waves=[[]]),
    "approval without end": lambda d: element(d, (1, 0))["approval"].pop("within_seconds"),
    "approval with retries": lambda d: element(d, (1, 0)).update(retries=1),
    "window without zone": lambda d: element(d, (1, 1))["window"].pop("zone"),
    "block": lambda d: element(d, (1, 3))["simulation"].update(block="real_deployment"),
}


class SchemaTest(RunTest):
    def setUp(self):
        super().setUp()
        self.validator = jsonschema.Draft202012Validator(SCHEMA)

    def errors(self, document):
        return [e.message for e in self.validator.iter_errors(document)]

    def reader_accepts(self, document):
        # What the plan needs may be missing here; that is told of a plan that was read.
        return "is not a plan that can be run" not in self.run_plan(document, "--dry-run").err

    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_emitted_plans_are_valid(self):
        for sample in ("checkout/checkout.pipe", "quickstart/quickstart.pipe"):
            with self.subTest(sample):
                subprocess.run([PIPEC, "compile", SOURCE / "samples" / sample, "--target", "local", "-o", self.folder,
                                "--quiet"], check=True)
        plans = sorted((self.folder / "local").glob("*.plan.yaml"))
        self.assertEqual([p.name for p in plans], ["checkout-service.plan.yaml", "tally.plan.yaml"])
        for path in plans:
            self.assertEqual(self.errors(yaml.safe_load(path.read_text())), [])

    def test_a_plan_with_everything_is_valid(self):
        self.assertEqual(self.errors(rich()), [])
        self.assertTrue(self.reader_accepts(rich()))

    def test_mistakes_are_found_by_schema_and_reader(self):
        for name, change in MISTAKES.items():
            with self.subTest(name):
                document = copy.deepcopy(rich())
                change(document)
                self.assertNotEqual(self.errors(document), [])
                self.assertFalse(self.reader_accepts(document))


if __name__ == "__main__":
    unittest.main()
