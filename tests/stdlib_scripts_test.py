"""The commands of the standard library: shellcheck has nothing to say, and those of AWS AppConfig, EC2 Image Builder,
Amazon SageMaker and cfn-lint do what they promise, with a fake of the `aws` command."""

import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

ROOT = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
BLOCK = re.compile(r'^ *(?:on \w+ +\{ )?(run|undo) += (?:"""\n(.*?)\n *"""|\'([^\'\n]*)\'|"([^"\n]*)")', re.MULTILINE | re.DOTALL)


def commands(text):
    """The commands in a file of the library, by the name of their definition and `run` or `undo`."""
    found = {}
    heads = [(m.start(), m.group(1)) for m in re.finditer(r"^(?:action|gate|deploy) ([\w-]+):", text, re.MULTILINE)]
    for match in BLOCK.finditer(text):
        name = [name for start, name in heads if start < match.start()][-1]
        script = next(group for group in match.groups()[1:] if group is not None)
        found[name, match.group(1)] = textwrap.dedent(script) + "\n"
    return found


@functools.cache
def library():
    found = {}
    for path in sorted(ROOT.glob("stdlib/*/*.pipe")):
        if path.parent.name in ("tools", "providers", "controls"):
            found.update(commands(path.read_text()))
    return found


# Answers come from a table: `SERVICE OPERATION` to a list of answers, the last of which is given again and again.
FAKE_AWS = f"#!{sys.executable}\n" + """import json, os, pathlib, sys
folder = pathlib.Path(os.environ["FAKE_AWS"])
call = " ".join(sys.argv[1:3])
with open(folder / "calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
answer = answers[call].pop(0) if len(answers[call]) > 1 else answers[call][0]
(folder / "answers.json").write_text(json.dumps(answers))
print(answer if isinstance(answer, str) else json.dumps(answer))
"""


class Shell(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "aws").write_text(FAKE_AWS)
        (programs / "aws").chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "FAKE_AWS": str(self.folder),
            "AWS_REGION": "eu-west-1",
            "PIPEC_POLL_SECONDS": "0",
        }

    def call(self, name, answers, environment, part="run"):
        (self.folder / "answers.json").write_text(json.dumps(answers))
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", library()[name, part]],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self):
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def operations(self):
        return [" ".join(call[:2]) for call in self.calls()]


class Everything(unittest.TestCase):
    def test_shellcheck_has_nothing_to_say(self):
        found = library()
        self.assertGreater(len(found), 18)
        for key, script in found.items():
            with self.subTest(key):
                result = subprocess.run(
                    # SC2153 takes variables of the environment for misspelt ones.
                    ["shellcheck", "--shell=bash", "--exclude=SC2153", "-"],
                    input="#!/bin/bash\nset -euo pipefail\n" + script,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(result.stdout, "")


class AppConfig(Shell):
    environment_of_flags = {
        "CONTENT": "flags.json",
        "CONTENT_TYPE": "application/json",
        "STACK": "shop",
        "APPLICATION": "ApplicationId",
        "ENVIRONMENT": "EnvironmentId",
        "PROFILE": "FlagsProfileId",
        "STRATEGY": "AppConfig.AllAtOnce",
        "UNTIL": "baked",
    }
    outputs = [
        {"OutputKey": key, "OutputValue": value}
        for key, value in {"ApplicationId": "app1", "EnvironmentId": "env1", "FlagsProfileId": "pro1", "Slow": "str1"}.items()
    ]

    def answers(self, *states):
        return {
            "cloudformation describe-stacks": [{"Stacks": [{"Outputs": self.outputs}]}],
            "appconfig create-hosted-configuration-version": ["7"],
            "appconfig start-deployment": ["42"],
            "appconfig get-deployment": list(states),
            "appconfig stop-deployment": ["{}"],
        }

    def deploy(self, *states, **environment):
        return self.call("appconfig", self.answers(*states), self.environment_of_flags | environment)

    def test_waits_until_the_bake_time_is_over(self):
        result = self.deploy("DEPLOYING", "BAKING", "COMPLETE")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.operations().count("appconfig get-deployment"), 3)
        start = next(call for call in self.calls() if call[1] == "start-deployment")
        self.assertEqual(start[start.index("--configuration-version") + 1], "7")
        self.assertEqual(start[start.index("--deployment-strategy-id") + 1], "AppConfig.AllAtOnce")

    def test_may_end_when_everybody_has_the_version(self):
        result = self.deploy("DEPLOYING", "BAKING", UNTIL="deployed")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.operations().count("appconfig get-deployment"), 2)

    def test_fails_when_an_alarm_took_it_back(self):
        for state in ("ROLLING_BACK", "ROLLED_BACK"):
            self.assertEqual(self.deploy("DEPLOYING", state).returncode, 1)

    def test_takes_a_strategy_of_the_stack(self):
        self.assertEqual(self.deploy("COMPLETE", STRATEGY="Slow").returncode, 0)
        start = next(call for call in self.calls() if call[1] == "start-deployment")
        self.assertEqual(start[start.index("--deployment-strategy-id") + 1], "str1")

    def test_names_the_output_that_is_missing_and_starts_nothing(self):
        result = self.deploy("COMPLETE", PROFILE="SettingsProfileId")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the stack shop has no output SettingsProfileId", result.stderr)
        self.assertNotIn("appconfig create-hosted-configuration-version", self.operations())

    def undo(self, *states):
        return self.call("appconfig", self.answers(*states), self.environment_of_flags, "undo")

    def test_undo_reverts_what_was_started(self):
        self.deploy("COMPLETE")
        result = self.undo("COMPLETE", "REVERTED")
        self.assertEqual(result.returncode, 0, result.stderr)
        stop = next(call for call in self.calls() if call[1] == "stop-deployment")
        self.assertIn("--allow-revert", stop)
        self.assertEqual(stop[stop.index("--deployment-number") + 1], "42")

    def test_undo_waits_for_what_appconfig_takes_back_itself(self):
        self.deploy("ROLLING_BACK")
        self.assertEqual(self.undo("ROLLING_BACK", "ROLLING_BACK", "ROLLED_BACK").returncode, 0)
        self.assertNotIn("appconfig stop-deployment", self.operations())

    def test_undo_touches_nothing_that_was_not_started(self):
        result = self.undo("COMPLETE")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.operations(), [])


class ImageBuilder(Shell):
    images = [{"region": "eu-west-1", "image": "ami-1"}, {"region": "us-east-1", "image": "ami-2"}]

    def bake(self, state, images):
        answers = {
            "sts get-caller-identity": ["arn:aws:sts::111111111111:assumed-role/Bakery/run"],
            "imagebuilder start-image-pipeline-execution": ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1"],
            "imagebuilder get-image": [
                {"image": {"state": {"status": "BUILDING"}}},
                {"image": {"state": {"status": state, "reason": "a test failed"}, "outputResources": {"amis": images}}},
            ],
        }
        return self.call("image_builder", answers, {"PIPELINE": "base", "FILE": "images.json"})

    def test_writes_the_images_of_every_region(self):
        self.assertEqual(self.bake("AVAILABLE", self.images).returncode, 0)
        self.assertEqual(json.loads((self.folder / "images.json").read_text()), self.images)
        start = next(call for call in self.calls() if call[1] == "start-image-pipeline-execution")
        self.assertIn("arn:aws:imagebuilder:eu-west-1:111111111111:image-pipeline/base", start)

    def test_fails_with_the_reason(self):
        result = self.bake("FAILED", [])
        self.assertEqual(result.returncode, 1)
        self.assertIn("FAILED: a test failed", result.stderr)

    def test_no_image_is_a_failure(self):
        self.assertNotEqual(self.bake("AVAILABLE", []).returncode, 0)

    def test_publishes_in_every_region(self):
        (self.folder / "images.json").write_text(json.dumps(self.images))
        answers = {"ssm put-parameter": ["{}"]}
        result = self.call("image_parameter", answers, {"IMAGES": "images.json", "PARAMETER": "base/current"})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([call[call.index("--region") + 1] for call in self.calls()], ["eu-west-1", "us-east-1"])
        self.assertEqual([call[call.index("--value") + 1] for call in self.calls()], ["ami-1", "ami-2"])


class SageMaker(Shell):
    def setUp(self):
        super().setUp()
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run([*git, "init", "--quiet", "."], cwd=self.folder, check=True)
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=self.folder, check=True)

    def train(self, status):
        job = {"TrainingJobStatus": status, "FailureReason": "no data", "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}}
        answers = {
            "sagemaker create-training-job": ["{}"],
            "sagemaker describe-training-job": [{"TrainingJobStatus": "InProgress"}, job],
        }
        return self.call("sagemaker_training", answers, {"JOB": "eta", "DEFINITION": "job.json", "FILE": "training.json"})

    def test_writes_where_the_model_is(self):
        result = self.train("Completed")
        self.assertEqual(result.returncode, 0, result.stderr)
        training = json.loads((self.folder / "training.json").read_text())
        self.assertEqual(training["ModelArtifacts"]["S3ModelArtifacts"], "s3://b/m")

    def test_fails_with_the_reason(self):
        result = self.train("Failed")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Failed: no data", result.stderr)

    def test_ends_the_job_when_it_is_ended_itself(self):
        answers = {
            "sagemaker create-training-job": ["{}"],
            "sagemaker describe-training-job": [{"TrainingJobStatus": "InProgress"}],
            "sagemaker stop-training-job": ["{}"],
        }
        (self.folder / "answers.json").write_text(json.dumps(answers))
        own = {"JOB": "eta", "DEFINITION": "job.json", "FILE": "training.json", "PIPEC_POLL_SECONDS": "60"}
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", library()["sagemaker_training", "run"]],
            cwd=self.folder,
            env=self.environment | own,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(200):
            if "sagemaker describe-training-job" in self.operations():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        process.terminate()
        self.assertNotEqual(process.wait(timeout=30), 0)
        self.assertEqual(self.operations()[-1], "sagemaker stop-training-job")
        # What still sleeps belongs to this test.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def test_registers_the_model_with_its_image(self):
        (self.folder / "training.json").write_text(json.dumps({"ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}}))
        environment = {
            "TRAINING": "training.json",
            "GROUP": "eta",
            "IMAGE": "registry/eta@sha256:1",
            "CONTENT_TYPES": "application/json\ntext/csv",
            "FILE": "model.json",
        }
        answers = {"sagemaker create-model-package": [{"ModelPackageArn": "arn:aws:sagemaker:x"}]}
        result = self.call("sagemaker_model", answers, environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        (call,) = self.calls()
        specification = json.loads(call[call.index("--inference-specification") + 1])
        self.assertEqual(
            specification,
            {
                "Containers": [{"Image": "registry/eta@sha256:1", "ModelDataUrl": "s3://b/m"}],
                "SupportedContentTypes": ["application/json", "text/csv"],
                "SupportedResponseMIMETypes": ["application/json", "text/csv"],
            },
        )


class FaultInjection(Shell):
    def experiment(self, *states, **environment):
        answers = {
            "fis start-experiment": ["EXP1"],
            "fis get-experiment": [{"experiment": {"state": {"status": s, "reason": "an alarm"}}} for s in states],
            "fis stop-experiment": ["{}"],
        }
        return self.call("fis", answers, {"TEMPLATE": "EXT1"} | environment)

    def test_waits_until_it_is_completed(self):
        result = self.experiment("pending", "initiating", "running", "completed")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.operations(), ["fis start-experiment", *["fis get-experiment"] * 4])
        self.assertIn("EXT1", self.calls()[0])
        self.assertIn("EXP1", self.calls()[1])

    def test_fails_when_an_alarm_stops_it(self):
        for state in ("stopping", "stopped", "failed", "cancelled"):
            with self.subTest(state):
                result = self.experiment("running", state)
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"{state}: an alarm", result.stderr)

    def test_stops_the_experiment_when_it_is_ended_itself(self):
        answers = {
            "fis start-experiment": ["EXP1"],
            "fis get-experiment": [{"experiment": {"state": {"status": "running"}}}],
            "fis stop-experiment": ["{}"],
        }
        (self.folder / "answers.json").write_text(json.dumps(answers))
        process = subprocess.Popen(
            ["timeout", "--kill-after=10s", "2s", "bash", "-euo", "pipefail", "-c", library()["fis", "run"]],
            cwd=self.folder,
            env=self.environment | {"TEMPLATE": "EXT1", "PIPEC_POLL_SECONDS": "60"},
            stdout=subprocess.DEVNULL,
        )
        self.assertEqual(process.wait(timeout=30), 124)
        self.assertEqual(self.operations()[-1], "fis stop-experiment")


class Zap(Shell):
    def scan(self, status, report, risks="3"):
        """A stand-in for docker leaves the report where the container would, and ends as the scan does."""
        (self.folder / "report.json").write_text(report)
        docker = self.folder / "bin" / "docker"
        docker.write_text('#!/bin/bash\nprintf "%s\\n" "$@" >"$FAKE_AWS/docker"\n'
                          'for a; do case "$a" in *:/zap/wrk:rw) folder=${a%%:*} ;; esac; done\n'
                          '[ -s "$FAKE_AWS/report.json" ] && cp "$FAKE_AWS/report.json" "$folder/zap.json"\n'
                          f'exit {status}\n')
        docker.chmod(0o755)
        own = {"ZAP": "zap@sha256:1", "TARGET": "https://example.com/", "MINUTES": "1", "RISKS": risks}
        return self.call("zap", {}, own)

    @staticmethod
    def found(*risks):
        alerts = [{"riskcode": risk, "riskdesc": f"risk {risk}", "name": "Open door"} for risk in risks]
        return json.dumps({"site": [{"@name": "https://example.com", "alerts": alerts}]})

    def test_passes_what_is_below_its_threshold(self):
        for status, risks in ((0, ()), (2, ("1", "2"))):
            result = self.scan(status, self.found(*risks))
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("https://example.com/", (self.folder / "docker").read_text().splitlines())

    def test_fails_for_what_reaches_it(self):
        result = self.scan(2, self.found("1", "3"))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("risk 3: Open door", result.stderr)
        self.assertNotIn("risk 1", result.stderr)
        self.assertNotEqual(self.scan(2, self.found("2"), risks="3,2").returncode, 0)

    def test_what_was_not_looked_at_does_not_pass(self):
        self.assertEqual(self.scan(3, self.found()).returncode, 3)
        self.assertNotEqual(self.scan(0, "").returncode, 0)
        self.assertNotEqual(self.scan(0, '{"site": []}').returncode, 0)


class Cosign(Shell):
    def verify(self, status):
        cosign = self.folder / "bin" / "cosign"
        cosign.write_text('#!/bin/bash\nprintf "%s\\n" "$@" >"$FAKE_AWS/cosign"\ncp "$3" "$FAKE_AWS/key"\n' f'exit {status}\n')
        cosign.chmod(0o755)
        return self.call("cosign_verify", {}, {"IMAGE": "registry/app@sha256:1", "KEY": "MFkw+A=="})

    def test_hands_over_the_key_as_a_file(self):
        self.assertEqual(self.verify(0).returncode, 0)
        self.assertEqual((self.folder / "key").read_text(), "-----BEGIN PUBLIC KEY-----\nMFkw+A==\n-----END PUBLIC KEY-----\n")
        words = (self.folder / "cosign").read_text().splitlines()
        self.assertEqual([words[0], words[1], words[3]], ["verify", "--key", "registry/app@sha256:1"])

    def test_fails_without_a_signature(self):
        self.assertEqual(self.verify(10).returncode, 10)


@unittest.skipUnless(shutil.which("cfn-lint"), "cfn-lint absent: its gate is not executed")
class CfnLint(Shell):
    def lint(self, template):
        (self.folder / "infra").mkdir()
        (self.folder / "infra" / "a.json").write_text(json.dumps(template))
        return self.call("cfn_lint", {}, {"TEMPLATES": "infra/*.json"})

    def test_passes_what_is_right(self):
        result = self.lint({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_fails_for_a_mistake(self):
        result = self.lint({"Resources": {"Topic": {"Type": "AWS::SNS::Topc"}}})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("AWS::SNS::Topc", result.stdout)


if __name__ == "__main__":
    unittest.main()
