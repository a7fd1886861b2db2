"""Accounts that behave like AWS's, and deploy.sh of the sample run against them."""

import json
import pathlib
import re
import shutil
import tempfile

from aws import Failure
from scripts import ScriptCase
from templates import compile_to

TOOLS = "444444444444"
PROFILES = {"111111111111": "beta", "222222222222": "gamma", "333333333333": "prod", "555555555555": "signing"}
HOTFIX, TRUNK = "pipec-checkout-service-hotfix", "pipec-checkout-service-trunk"
CONTROL, PIPELINES = "pipec-checkout-service-control", "pipec-checkout-service-pipelines"


def names_in(template, section):
    """The keys of a section of a template."""
    body = re.split(rf"^{section}:$", template, flags=re.MULTILINE)
    return re.findall(r"^  (\w+):", re.split(r"^\S", body[1], flags=re.MULTILINE)[0], re.MULTILINE) if len(body) > 1 else []


def trusts(principal="arn:aws:iam::555555555555:root", **more):
    """A statement of the trust of a role of approvers."""
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, **more}


class Accounts:
    """Stacks of CloudFormation in several accounts and regions; the rest of what deploy.sh looks at."""

    def __init__(self, world):
        self.stacks = {}
        self.change_sets = {}
        self.objects = {}
        self.executed = []
        self.runs = {TRUNK: [], HOTFIX: []}
        self.ledger = []
        self.connection = "AVAILABLE"
        self.subscriptions = ["arn:aws:sns:eu-west-1:444444444444:t:1"]
        self.role = "PaymentsOncall"
        self.trust = [trusts()]
        self.quota = 20
        self.switched_on = False
        self.profiles = {profile: account for account, profile in PROFILES.items()}
        answers = {
            ("sts", "GetCallerIdentity"): lambda p: {"Account": self.account(p), "Arn": f"arn:aws:iam::{self.account(p)}:role/admin"},
            ("cloudformation", "DescribeStacks"): self.describe_stacks,
            ("cloudformation", "CreateChangeSet"): self.create_change_set,
            ("cloudformation", "wait change-set-create-complete"): lambda p: self.change_set(p)["changes"] != [],
            ("cloudformation", "DescribeChangeSet"): self.describe_change_set,
            ("cloudformation", "DeleteChangeSet"): lambda p: self.change_sets.pop((self.key(p), p["ChangeSetName"])) and {},
            ("cloudformation", "ExecuteChangeSet"): self.execute,
            ("cloudformation", "wait stack-create-complete"): {},
            ("cloudformation", "wait stack-update-complete"): {},
            ("cloudformation", "GetTemplate"): lambda p: {"TemplateBody": self.stack(p)["template"]},
            ("codepipeline", "ListPipelineExecutions"): self.list_runs,
            ("codepipeline", "GetPipelineState"): lambda _: {"stageStates": [
                {"stageName": "pipec.guard", "inboundTransitionState": {"enabled": self.switched_on}}]},
            ("codepipeline", "EnableStageTransition"): self.switch_on,
            ("dynamodb", "Scan"): lambda _: {"Items": self.ledger_or_failure()},
            ("dynamodb", "GetItem"): lambda p: {"Item": next(
                (item for item in self.ledger_or_failure() if item["pk"] == p["Key"]["pk"] and item["sk"] == p["Key"]["sk"]), {})},
            ("dynamodb", "PutItem"): lambda p: self.ledger.append(p["Item"]) or {},
            ("codeconnections", "GetConnection"): lambda _: {"Connection": {"ConnectionStatus": self.connection}},
            ("iam", "GetRole"): self.get_role,
            ("sns", "ListSubscriptionsByTopic"): lambda _: {"Subscriptions": [{"SubscriptionArn": arn} for arn in self.subscriptions]},
            ("service-quotas", "ListServiceQuotas"): lambda _: {"Quotas": [
                {"QuotaName": "Concurrently running builds for Linux/Small environment", "Value": self.quota}]},
            ("ecs", "DescribeServices"): lambda p: {"services": [{"taskDefinition": f"{p['services'][0]}:1"}]},
            ("ecs", "DescribeTaskDefinition"): lambda p: {"taskDefinition": {
                "taskRoleArn": f"arn:aws:iam::{self.account(p)}:role/task", "executionRoleArn": None}},
            ("s3", "cp"): self.upload,
        }
        for (service, operation), function in answers.items():
            world.answer(service, operation, function)

    def account(self, parameters):
        return self.profiles.get(parameters.get("profile"), TOOLS)

    def key(self, parameters):
        return self.account(parameters), parameters["region"], parameters["StackName"]

    def stack(self, parameters):
        if self.key(parameters) not in self.stacks:
            raise Failure("ValidationError", f"Stack with id {parameters['StackName']} does not exist")
        return self.stacks[self.key(parameters)]

    def upload(self, parameters):
        _, path, target = parameters["arguments"]
        bucket, name = target.removeprefix("s3://").split("/")
        text = pathlib.Path(parameters["folder"], path).read_text(encoding="utf-8")
        self.objects[f"https://{bucket}.s3.{parameters['region']}.amazonaws.com/{name}"] = text

    def describe_stacks(self, parameters):
        stack = self.stack(parameters)
        outputs = [{"OutputKey": name, "OutputValue": ":".join(self.key(parameters)) + "/" + name}
                   for name in names_in(stack["template"], "Outputs")]
        return {"Stacks": [{"StackStatus": stack["status"], "Outputs": outputs}]}

    def change_set(self, parameters):
        return self.change_sets[self.key(parameters), parameters["ChangeSetName"]]

    def create_change_set(self, parameters):
        known = self.stacks.get(self.key(parameters))
        if (parameters["ChangeSetType"] == "CREATE") != (known is None):
            raise Failure("ValidationError", "of the wrong type")
        template = parameters.get("TemplateBody") or self.objects[parameters["TemplateURL"]]
        given = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in parameters["Parameters"]}
        if sorted(given) != sorted(names_in(template, "Parameters")):
            raise Failure("ValidationError", f"{parameters['StackName']} has other parameters than {sorted(given)}")
        self.change_sets[self.key(parameters), parameters["ChangeSetName"]] = {
            "template": template, "parameters": given,
            "changes": [] if known and known["template"] == template else ["Add", "Modify"]}
        return {"Id": "arn"}

    def describe_change_set(self, parameters):
        changes = self.change_set(parameters)["changes"]
        if not changes:
            return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
        return {"Changes": [{"ResourceChange": {"Action": action, "LogicalResourceId": "Some", "ResourceType": "AWS::SNS::Topic"}}
                            for action in changes]}

    def execute(self, parameters):
        change_set = self.change_sets.pop((self.key(parameters), parameters["ChangeSetName"]))
        status = "UPDATE_COMPLETE" if self.key(parameters) in self.stacks else "CREATE_COMPLETE"
        self.stacks[self.key(parameters)] = {**change_set, "status": status}
        self.executed.append(self.key(parameters))
        return {}

    def control_exists(self):
        return (TOOLS, "eu-west-1", CONTROL) in self.stacks

    def list_runs(self, parameters):
        if (TOOLS, "eu-west-1", PIPELINES) not in self.stacks:
            raise Failure("PipelineNotFoundException", "no such pipeline")
        return {"pipelineExecutionSummaries": [{"status": status} for status in self.runs.get(parameters["pipelineName"], [])]}

    def ledger_or_failure(self):
        if not self.control_exists():
            raise Failure("ResourceNotFoundException", "Requested resource not found")
        return self.ledger

    def get_role(self, parameters):
        if parameters["RoleName"] != self.role:
            raise Failure("NoSuchEntity", "not found")
        return {"Role": {"RoleName": self.role, "AssumeRolePolicyDocument": {"Statement": self.trust}}}

    def switch_on(self, _):
        self.switched_on = True
        return {}


class DeployCase(ScriptCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="pipec-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.compiled = pathlib.Path(temporary.name)
        compile_to(cls.compiled, ["samples/checkout/checkout.pipe"])

    def setUp(self):
        super().setUp()
        self.accounts = Accounts(self.world)
        # Of its own: some tests change what was emitted.
        self.emitted = self.folder / "out"
        shutil.copytree(self.compiled / "codepipeline/checkout-service", self.emitted)
        self.plan = json.loads((self.emitted / "deployment.json").read_text(encoding="utf-8"))
        example = json.loads((self.emitted / "parameters.example.json").read_text(encoding="utf-8"))
        self.parameters = self.folder / "parameters.json"
        self.parameters.write_text(json.dumps({stack: {name: "given" for name in names} for stack, names in example.items()}),
                                   encoding="utf-8")

    def arguments(self, *more, profiles=True):
        arguments = ["--parameters", self.parameters, *more]
        for account, profile in PROFILES.items():
            arguments += ["--profile", f"{account}={profile}"] if profiles else []
        return arguments

    def run_script(self, *more, **options):
        return self.bash('exec "$@"', self.emitted / "deploy.sh", *self.arguments(*more, **options))

    def deploys(self, *more):
        done = self.run_script("--yes", *more)
        self.assertEqual(done.returncode, 0, done.output)
        return done.output

    def refuses(self, message, *more, **options):
        done = self.run_script(*more, **options)
        self.assertEqual(done.returncode, 1, done.output)
        self.assertEqual(done.output.splitlines()[-1], "deploy.sh: " + message)
        return done.output

    def keys(self):
        return [(stack["account"], stack["region"], stack["name"]) for stack in self.plan["stacks"]]

    def record_live(self):
        self.accounts.ledger.append({"pk": {"S": "prod"}, "sk": {"S": "state"}, "live": {"S": "1" * 40}})

    def in_place(self):
        """Everything was deployed once."""
        self.record_live()
        for stack in self.plan["stacks"]:
            template = (self.emitted / stack["template"]).read_text(encoding="utf-8")
            self.accounts.stacks[stack["account"], stack["region"], stack["name"]] = {
                "template": template, "status": "CREATE_COMPLETE", "parameters": {}}
        self.accounts.switched_on = True

    def change(self, template):
        path = self.emitted / template
        path.write_text(path.read_text(encoding="utf-8").replace("Description: ", "Description: New ", 1), encoding="utf-8")

    def checked(self):
        done = self.run_script("--check")
        evidence = json.loads(done.output)
        self.assertEqual(done.returncode, 0 if evidence["ok"] else 1)
        return {check["check"]: check["seen"] for check in evidence["checks"] if not check["ok"]}, evidence
