"""The emitted scripts, executed by bash with a stand-in for the AWS command line."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from aws import PRODUCT, REGION, CommandLine, DynamoDB, World  # pylint: disable=wrong-import-position

SCRIPTS = PRODUCT / "scripts"


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


class ScriptCase(unittest.TestCase):
    """A test of a script in a folder of its own. `world` answers its calls, `table` is its ledger where it has one."""

    has_table = False

    def setUp(self):
        self.world = World()
        dynamodb = DynamoDB.shared() if self.has_table else None
        self.table = dynamodb.table("ledger-" + os.urandom(8).hex()) if dynamodb else None
        self.aws = CommandLine(self.world, dynamodb)
        self.addCleanup(self.aws.close)
        temporary = tempfile.TemporaryDirectory(prefix="pipec-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.environment = {"HOME": str(self.folder), "LANG": "C.UTF-8", "PIPEC_POLL_SECONDS": "0.01", **self.aws.environment}

    def tearDown(self):
        self.assertEqual(self.world.unexpected, [])

    def bash(self, command, *arguments, cwd=None, **environment):
        """The finished process; its `output` is both streams in the order of the lines."""
        done = subprocess.run(["bash", "-c", command, "bash", *map(str, arguments)], cwd=cwd or self.folder, text=True,
                              env={**self.environment, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=120)
        done.output = done.stdout
        return done

    def put(self, pk, sk, **attributes):
        self.table.put_item(Item={"pk": pk, "sk": sk, **attributes})

    def get(self, pk, sk):
        return self.table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})


__all__ = ["PRODUCT", "REGION", "SCRIPTS", "ScriptCase", "wait_until"]
