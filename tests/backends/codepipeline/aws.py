"""A stand-in for AWS, for tests that execute what pipec emits.

The ledger's table is DynamoDB in memory (dynalite), so that conditions are judged by somebody else than us. Everything
else is answered by functions of the test. Calls are checked against botocore's models of the services: an operation,
an option or a parameter that AWS does not know is an error of the test.
"""

import functools
import json
import os
import pathlib
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest

import boto3
import botocore.session
import jmespath
from botocore import xform_name
from botocore.exceptions import ClientError, UnknownServiceError
from botocore.validate import validate_parameters

SOURCE = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
PRODUCT = SOURCE / "backends" / "codepipeline"
JUDGES = SOURCE / "tests" / "judges"
ABSENT = 77
REGION = "eu-west-1"
ACCOUNT = "444444444444"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
# Names of services that the command line has of its own.
SERVICES = {"deploy": "codedeploy"}
# What is newer than the oldest botocore that tests run with.
NEWER = {("codepipeline", "StartPipelineExecution"): {"sourceRevisions"},
         ("codedeploy", "CreateDeployment"): {"overrideAlarmConfiguration"}}


class DynamoDB:
    """dynalite; one for a whole test program, tables are made by the tests."""

    _shared = None

    def __init__(self):
        self._process = subprocess.Popen([JUDGES / "judges.sh", "run", JUDGES / "dynalite.mjs"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self._process.stdout.readline().strip()
        if not port:
            code = self._process.wait()
            if code == ABSENT:
                raise unittest.SkipTest("judge absent: dynalite (see tests/judges)")
            raise RuntimeError(f"dynalite ended with {code}")
        where = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": REGION, "aws_access_key_id": "test",
                 "aws_secret_access_key": "test"}
        self.resource = boto3.resource("dynamodb", **where)
        self.client = boto3.client("dynamodb", **where)

    @classmethod
    def shared(cls):
        if cls._shared is None:
            cls._shared = cls()
            unittest.addModuleCleanup(cls._shared.stop)
        return cls._shared

    def stop(self):
        type(self)._shared = None
        self.client.close()
        self.resource.meta.client.close()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def table(self, name):
        """An empty table with the keys of the ledger."""
        self.resource.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        )
        # A table answers before it is there.
        while self.client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(0.001)
        return self.resource.Table(name)


class Failure(Exception):
    """What a service answers instead of a result."""

    def __init__(self, code, message=""):
        super().__init__(code)
        self.code = code
        self.message = message or code


class World:
    """Answers of services: `world.answer("ecs", "UpdateService", function)`; the function takes the parameters.

    `calls` are (service, operation, parameters), in their order. An operation without an answer is an error.
    """

    def __init__(self):
        self.calls = []
        self.unexpected = []
        self._answers = {}
        self._lock = threading.Lock()

    def answer(self, service, operation, function):
        self._answers[service, operation] = function if callable(function) else lambda _: function

    def answer_of(self, service, operation):
        return self._answers[service, operation]

    def call(self, service, operation, parameters, **where):
        """`where`: the region and the profile that a command line was started with."""
        with self._lock:
            self.calls.append((service, operation, {**parameters, **where}))
            function = self._answers.get((service, operation))
            if function is None:
                self.unexpected.append(f"{service} {operation} {parameters}")
                raise Failure("NotExpectedByTheTest", f"{service} {operation} {parameters}")
            return function({**parameters, **where}) if where else function(parameters)

    def operations(self, *services):
        return [operation for service, operation, _ in self.calls if not services or service in services]

    def parameters(self, operation):
        return [parameters for _, name, parameters in self.calls if name == operation]

    def client(self, service, **arguments):
        """A client of boto3 whose calls end here, after boto3 has checked them."""
        client = _boto3_client(service, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test", **arguments)
        given = {}

        def take(params, model, **_):
            given.clear()
            given.update(params)
            for name in NEWER.get((service, model.name), set()) - set(model.input_shape.members):
                params.pop(name, None)

        def reply(model, **_):
            try:
                return FakeResponse(200), self.call(service, model.name, dict(given))
            except Failure as failure:
                return FakeResponse(400), {"Error": {"Code": failure.code, "Message": failure.message}}

        client.meta.events.register("provide-client-params", take)
        client.meta.events.register("before-call", reply)
        return client


# Tests put `World.client` in the place of boto3's function.
_boto3_client = boto3.client


class FakeResponse:
    def __init__(self, status_code):
        self.status_code = status_code


class CommandLine:
    """`aws` for scripts: a program that hands its arguments to this process.

    `environment` puts it in front of the PATH. Operations of DynamoDB go to `dynamodb` where it is given.
    """

    def __init__(self, world, dynamodb=None):
        self.world = world
        self._dynamodb = dynamodb
        self._folder = tempfile.TemporaryDirectory(prefix="pipec-aws-")
        folder = pathlib.Path(self._folder.name)
        program = folder / "aws"
        program.write_text(CALLER, encoding="utf-8")
        program.chmod(0o755)
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                count, *names = (self._text() for _ in range(5))
                request = dict(zip(("folder", "profile", "config", "region"), names))
                request["arguments"] = [self._text() for _ in range(int(count))]
                code, out, error = outer._answer(request)
                self.wfile.write(f"{code}\0{error}\0{out}".encode())

            def _text(self):
                text = bytearray()
                while (byte := self.rfile.read(1)) != b"\0":
                    text += byte
                return text.decode()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.environment = {"PATH": f"{folder}:{os.environ['PATH']}", "PIPEC_TEST_AWS": str(self._server.server_address[1]),
                            **CREDENTIALS}

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def _answer(self, request):
        try:
            return 0, self._run(request), ""
        except (Failure, ClientError) as failure:
            if isinstance(failure, ClientError):
                failure = Failure(failure.response["Error"]["Code"], failure.response["Error"]["Message"])
            return 254, "", f"An error occurred ({failure.code}): {failure.message}"
        except Exception as error:  # pylint: disable=broad-except
            self.world.unexpected.append(f"{request['arguments']}: {error!r}")
            return 252, "", repr(error)

    def _run(self, request):
        arguments = [contents(word, request["folder"]) for word in request["arguments"]]
        where = {"profile": request["profile"], "config": request["config"], "region": request["region"]}
        if arguments[0] == "--region":
            where["region"], arguments = arguments[1], arguments[2:]
        where = {key: value for key, value in where.items() if value}
        service, command, *rest = arguments
        if (service, command) in (("s3", "cp"), ("ecr", "get-login-password")):
            return self.world.call(service, command, {"arguments": rest, "folder": request["folder"]}, **where) or ""
        waiter = rest.pop(0) if command == "wait" else None
        options, query, output = self._options(rest)
        if "region" in options:
            where["region"] = options.pop("region")
        model = model_of(SERVICES.get(service, service))
        if waiter:
            operation = waiters_of(SERVICES.get(service, service))[waiter]
            parameters = self._parameters(model.operation_model(operation), options)
            if self.world.call(service, f"wait {waiter}", parameters, **where) is False:
                raise Failure("WaiterError", f"Waiter {waiter} failed")
            return ""
        name = operation_of(command, model)
        parameters = self._parameters(model.operation_model(name) if model else None, options)
        if service == "dynamodb" and self._dynamodb:
            result = getattr(self._dynamodb.client, xform_name(name))(**parameters)
            result.pop("ResponseMetadata")
            self.world.calls.append((service, name, parameters))
        else:
            result = self.world.call(SERVICES.get(service, service), name, parameters, **where) or {}
        if query:
            result = jmespath.search(query, result)
        return printed(result, output)

    @staticmethod
    def _options(arguments):
        options, query, output = {}, None, "json"
        name = None
        for argument in arguments:
            if argument.startswith("--"):
                name = argument[2:]
                if name in options:
                    raise ValueError(f"--{name} is given twice")
                options[name] = []
            else:
                options[name].append(argument)
        query = options.pop("query", [None])[0]
        output = options.pop("output", ["json"])[0]
        return {name: values[0] if name == "region" else values for name, values in options.items()}, query, output

    @staticmethod
    def _parameters(model, options):
        if model is None:
            return {camel(option): values[0] for option, values in options.items()}
        shape = model.input_shape
        newer = NEWER.get((model.service_model.service_name, model.name), set())
        parameters = json.loads(options.pop("cli-input-json", ["{}"])[0])
        extra = {}
        for option, values in options.items():
            wanted = option[3:] if option.startswith("no-") and not values else option
            member = next((name for name in shape.members if xform_name(name).replace("_", "-") == wanted), None)
            if member:
                parameters[member] = value_of(shape.members[member], values, option)
            elif camel(option) in newer:
                extra[camel(option)] = json.loads(values[0])
            else:
                raise ValueError(f"{shape.name} has no option --{option}")
        validate_parameters(parameters, shape)
        return {**parameters, **extra}


SESSION = botocore.session.get_session()


@functools.cache
def model_of(service):
    try:
        return SESSION.get_service_model(service)
    except UnknownServiceError:
        # Newer than botocore; its calls cannot be checked.
        return None


@functools.cache
def waiters_of(service):
    """The operation behind each of them."""
    waiters = SESSION.get_waiter_model(service)
    return {xform_name(name).replace("_", "-"): waiters.get_waiter(name).operation for name in waiters.waiter_names}


def contents(word, folder):
    return pathlib.Path(folder, word[7:]).read_text(encoding="utf-8") if word.startswith("file://") else word


def operation_of(command, model):
    if model is None:
        return "".join(part.capitalize() for part in command.split("-"))
    for name in model.operation_names:
        if xform_name(name).replace("_", "-") == command:
            return name
    raise ValueError(f"{model.service_name} has no command {command}")


def camel(option):
    first, *others = option.split("-")
    return first + "".join(part.capitalize() for part in others)


def value_of(shape, values, option):
    """What the command line makes of the words behind an option: JSON, its shorthand, or plain text."""
    if shape.type_name == "boolean":
        return not option.startswith("no-")
    first = values[0]
    if shape.type_name == "string":
        return first
    if shape.type_name in ("integer", "long"):
        return int(first)
    if first[:1] in "{[":
        return json.loads(first)
    if shape.type_name == "list" and shape.member.type_name == "string":
        return values
    pairs = [dict(pair.split("=", 1) for pair in value.split(",")) for value in values]
    return pairs if shape.type_name == "list" else pairs[0]


def printed(result, output):
    if output == "json":
        return json.dumps(result, default=str) + "\n" if result else ""
    if isinstance(result, list):
        return "\t".join(map(str, result)) + "\n"
    return ("None" if result is None else str(result)) + "\n"


# Bash starts ten times as fast as Python, and scripts call it often.
CALLER = r"""#!/bin/bash
exec 3<>"/dev/tcp/127.0.0.1/$PIPEC_TEST_AWS"
printf '%s\0' "$#" "$PWD" "${AWS_PROFILE:-}" "${AWS_CONFIG_FILE:-}" "${AWS_REGION:-}" "$@" >&3
IFS= read -r -d '' code <&3
IFS= read -r -d '' error <&3
cat <&3
[ -z "$error" ] || printf '%s\n' "$error" >&2
exit "$code"
"""
