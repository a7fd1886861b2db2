"""The emitted functions, loaded as AWS Lambda would, with services that answer from the test."""

import contextlib
import importlib.util
import io
import itertools
import json
import os
import pathlib
import sys
import unittest
from unittest import mock

import boto3

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from aws import CREDENTIALS, PRODUCT, REGION, DynamoDB, Failure, World  # pylint: disable=wrong-import-position

OLD, LIVE, FIX, OTHER = ("0" * 40, "1" * 40, "2" * 40, "3" * 40)

NUMBERS = itertools.count()


class FunctionCase(unittest.TestCase):
    """A test of one function. `world` answers its calls, `table` is its ledger where it has one."""

    file = ""
    variables = {}
    has_table = False

    def setUp(self):
        self.world = World()
        self.runs = {}
        if self.has_table:
            dynamodb = DynamoDB.shared()
            self.table = dynamodb.table(f"ledger-{next(NUMBERS)}")
            self.patch(mock.patch.object(boto3, "resource", side_effect=lambda _: dynamodb.resource))
        self.patch(mock.patch.object(boto3, "client", side_effect=self.world.client))
        table = self.table.name if self.has_table else ""
        self.patch(mock.patch.dict(os.environ, {**CREDENTIALS, "AWS_REGION": REGION, "TABLE": table, **self.variables}))
        spec = importlib.util.spec_from_file_location(self.file.removesuffix(".py"), PRODUCT / "functions" / self.file)
        self.function = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.function)
        self.world.answer("codepipeline", "GetPipelineExecution", self.get_run)

    def patch(self, patch):
        patch.start()
        self.addCleanup(patch.stop)

    def tearDown(self):
        self.assertEqual(self.world.unexpected, [])

    def get_run(self, parameters):
        run = self.runs.get(parameters["pipelineExecutionId"])
        if run is None:
            raise Failure("PipelineExecutionNotFoundException")
        return {"pipelineExecution": run}

    def start(self, run, *commits, status="InProgress", **more):
        self.runs[run] = {"status": status, "artifactRevisions": [{"revisionId": commit} for commit in commits], **more}

    def call(self, event):
        """What it prints."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.function.handler(event, None)
        return out.getvalue()

    def metrics(self, printed):
        """Metrics in the log, without their time and definition."""
        found = {}
        for line in printed.splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                names = [metric["Name"] for metric in entry["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
                found.update({name: entry[name] for name in names})
        return found
