"""Every role may do what the scripts, functions and actions that have it do, and nothing else."""

import fnmatch
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from templates import actions_of, all_emitted  # pylint: disable=wrong-import-position

# Services whose commands have another prefix in IAM.
PREFIXES = {"deploy": "codedeploy", "s3api": "s3"}
# Commands that are not called like the actions they need, or need more than one.
COMMANDS = {
    "ecr get-login-password": {"ecr:GetAuthorizationToken"},
    "s3 cp": {"s3:PutObject"},
    "ecs register-task-definition": {"ecs:RegisterTaskDefinition", "iam:PassRole"},
    "deploy create-deployment": {"codedeploy:CreateDeployment", "codedeploy:GetDeploymentConfig",
                                 "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"},
}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
READ_ARTIFACTS = {"s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"}
PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
PUSH = PULL | {"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"}
# cosign with a key of AWS KMS.
SIGN = {"kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"}
REPORTS = {"codebuild:BatchPutCodeCoverages", "codebuild:BatchPutTestCases", "codebuild:CreateReport",
           "codebuild:CreateReportGroup", "codebuild:UpdateReport"}
CONNECTION = {"codeconnections:UseConnection", "codestar-connections:UseConnection"}
# Of a build that no pipeline hands the source to.
OWN_CONNECTION = {f"{service}:{action}" for service in ("codeconnections", "codestar-connections")
                  for action in ("GetConnection", "GetConnectionToken")}
CODECOMMIT = {"codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository",
              "codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive"}
# What services of AWS do with roles that pipec gives them, as their guides say.
BY_SERVICE = {
    "CodeDeployRole": {"ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet",
                       "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
                       "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:ModifyListener",
                       "elasticloadbalancing:ModifyRule",
                       "iam:PassRole", "cloudwatch:DescribeAlarms"},
    "DeployRole": {"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet",
                   "cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet",
                   "iam:PassRole", "kms:DescribeKey"} | READ_ARTIFACTS,
    "StackRole": set(),
}
# Actions that know no resources, or none that have a name beforehand (Service Authorization Reference).
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult",
                    "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups"}


def camel(name, separator):
    return "".join(part.capitalize() for part in name.split(separator))


def commands_in(text):
    """The IAM actions of `aws SERVICE COMMAND` in a script."""
    actions = set()
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        if "cosign sign" in line:
            actions |= SIGN
        for service, command in re.findall(r"\baws ([a-z0-9]+) ([a-z0-9-]+)", line):
            default = {f"{PREFIXES.get(service, service)}:{camel(command, '-')}"}
            actions |= COMMANDS.get(f"{service} {command}", default)
    return actions


class Script:
    """The script of a build: functions, files that it writes and runs, and the lines that call both."""

    def __init__(self, text):
        self.files = {}
        self.functions = {}

        def file(match):
            self.files[match[1]] = match[3]
            return ""

        def function(match):
            self.functions[match[1]] = match[2]
            return ""

        text = re.sub(r"^cat >/tmp/pipec/(\S+) <<'(\w+)'\n(.*?)\n\2$", file, text, flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"^(\w+)\(\) \{ (.*) \}$", function, text, flags=re.MULTILINE)
        self.lines = re.sub(r"^(\w+)\(\) \{\n(.*?)\n\}$", function, text, flags=re.MULTILINE | re.DOTALL).splitlines()

    def reached_from(self, text, above=()):
        """What a piece of the script does, with the functions and files that it calls."""
        actions = commands_in(text)
        for name, body in {**self.functions, **self.files}.items():
            called = f"/tmp/pipec/{name}" if name in self.files else name
            if name not in above and re.search(rf"(?<![\w/-]){re.escape(called)}(?![\w.=/-])", text):
                actions |= self.reached_from(body, (*above, name))
        return actions

    def actions_by_profile(self):
        """IAM actions by the file of credentials in use; `""` is the role of the build itself."""
        actions = {"": set()}
        exported = ""
        for line in self.lines:
            if line.startswith("#"):
                continue
            export = re.match(r"export AWS_CONFIG_FILE=(\S+)", line)
            exported = export[1] if export else exported
            own = re.search(r"AWS_CONFIG_FILE=(\S+)", line)
            profile = own[1] if own else exported
            actions.setdefault(profile, set()).update(self.reached_from(line))
        return actions

    def roles(self):
        """(file of credentials, ARN or variable of the role)."""
        return re.findall(r"^role (\S+) \"?(\S+?)\"? ", "\n".join(self.lines), re.MULTILINE)


def statements_of(role):
    return [statement for policy in role.get("Policies", []) for statement in policy["PolicyDocument"]["Statement"]]


def listed(value):
    return value if isinstance(value, list) else [value]


def allowed_to(statements):
    return {action for statement in statements for action in listed(statement["Action"])}


def calls_of_function(code):
    """The IAM actions of boto3 calls in a function."""
    clients = dict(re.findall(r"^(\w+) = boto3\.client\(\"(\w+)\"\)", code, re.MULTILINE))
    calls = [(service, call) for name, service in clients.items() for call in re.findall(rf"\b{name}\.(\w+)", code)]
    calls += [(service, page) for name, service in clients.items() for page in re.findall(rf"\b{name}\.get_paginator\(\"(\w+)\"\)", code)]
    calls += re.findall(r"boto3\.client\(\"(\w+)\"\)\.(\w+)", code)
    calls += [("dynamodb", call) for call in re.findall(r"\bTABLE\.(\w+)", code)]
    names = {("lambda", "invoke"): "lambda:InvokeFunction"}
    return {names.get(call, f"{call[0]}:{camel(call[1], '_')}") for call in calls if call[1] != "get_paginator"}


class Rights(unittest.TestCase):
    maxDiff = None

    def test_roles_may_do_what_they_do_and_nothing_else(self):
        for source, emitted in all_emitted():
            used = self.used_in(emitted)
            for template in emitted.templates.values():
                policies = {name: policy["PolicyDocument"]["Statement"]
                            for name, policy in template.of_type("AWS::IAM::ManagedPolicy").items()}
                for name, role in template.of_type("AWS::IAM::Role").items():
                    statements = statements_of(role)
                    for policy in listed(role.get("ManagedPolicyArns", [])):
                        statements = statements + policies.get(policy["Ref"], [])
                    with self.subTest(source=source, role=role["RoleName"]):
                        key = (template.account, role["RoleName"])
                        self.assertEqual(allowed_to(statements), BY_SERVICE[name] if name in BY_SERVICE else used[key])

    def used_in(self, emitted):
        used = {}

        def use(account, role, actions):
            used.setdefault((account, role), set()).update(actions)

        pipelines = emitted.pipelines_template
        for project in pipelines.of_type("AWS::CodeBuild::Project").values():
            self.use_of_build(pipelines, project, use)
        for pipeline in emitted.pipelines.values():
            role = pipelines.resources[pipeline["RoleArn"]["GetAtt"].split(".")[0]]["Properties"]["RoleName"]
            use(pipelines.account, role, self.use_of_pipeline(pipeline))
        for function in emitted.templates["control"].of_type("AWS::Lambda::Function").values():
            code = function["Code"]["ZipFile"]
            actions = calls_of_function(code) | LOG | {"sqs:SendMessage"}
            if "sns:Publish" in actions:
                # The topic is encrypted.
                actions |= {"kms:Decrypt", "kms:GenerateDataKey"}
            use(pipelines.account, function["FunctionName"], actions)
        for rule in pipelines.of_type("AWS::Events::Rule").values():
            for target in rule["Targets"]:
                role = pipelines.resources[target["RoleArn"]["GetAtt"].split(".")[0]]["Properties"]["RoleName"]
                use(pipelines.account, role, {"codepipeline:StartPipelineExecution"})
        return used

    def test_a_cache_is_read_and_written_by_one_project(self):
        checked = 0
        for _, emitted in all_emitted():
            template = emitted.pipelines_template
            for project in template.of_type("AWS::CodeBuild::Project").values():
                cache = project.get("Cache")
                self.assertEqual(cache is None, "cache" not in template.buildspec(project))
                if cache is None:
                    continue
                self.assertEqual(cache["Location"].split("/")[1:], ["cache", project["Name"]])
                role = template.resources[project["ServiceRole"]["GetAtt"].split(".")[0]]["Properties"]
                [statement] = [one for one in role["Policies"][0]["PolicyDocument"]["Statement"] if one["Sid"] == "UseCache"]
                self.assertEqual(statement["Resource"], f"arn:aws:s3:::{cache['Location']}/*")
                checked += 1
        self.assertGreater(checked, 1)

    @staticmethod
    def use_of_build(template, project, use):
        buildspec = template.buildspec(project)
        text = buildspec["phases"]["build"]["commands"][0]
        variables = {one["Name"]: one["Value"] for one in project["Environment"].get("EnvironmentVariables", [])}
        if not variables.get("ALARMS", "-"):
            # Nothing is watched.
            text = text.replace("aws cloudwatch describe-alarms", "")
        if (variables.get("ROUTE"), variables.get("BRANCH_FROM")) != ("hotfix", "source"):
            # Only then the guard asks the run's actions for the branch.
            text = text.replace("aws codepipeline list-action-executions", "")
        script = Script(text)
        actions = script.actions_by_profile()
        by_pipeline = project["Source"]["Type"] == "CODEPIPELINE"
        own = actions.pop("") | LOG | (READ_ARTIFACTS if by_pipeline else set())
        connection = CONNECTION if by_pipeline else OWN_CONNECTION
        own |= {"codecommit:GitPull"} if "ConnectionArn" not in template.parameters else connection
        own |= {"s3:PutObject", "kms:GenerateDataKey"} if "artifacts" in buildspec or "cache" in buildspec else set()
        own |= REPORTS if "reports" in buildspec else set()
        own |= {"secretsmanager:GetSecretValue"} if "secrets-manager" in buildspec["env"] else set()
        if "docker push" in text or "cosign sign" in text:
            own |= PUSH
        elif "ecr:GetAuthorizationToken" in own:
            own |= PULL
        for profile, role in script.roles():
            arn = variables["pipec_role"] if role == "$pipec_role" else role
            own.add("sts:AssumeRole")
            use(arn.split(":")[4], arn.split("/")[-1], actions.pop(profile))
        assert not actions, f"{project['Name']} uses credentials that nothing sets up: {actions}"
        role = template.resources[project["ServiceRole"]["GetAtt"].split(".")[0]]["Properties"]["RoleName"]
        use(template.account, role, own)

    @staticmethod
    def use_of_pipeline(pipeline):
        used = READ_ARTIFACTS | {"s3:PutObject", "s3:GetBucketLocation", "s3:GetBucketVersioning", "kms:GenerateDataKey"}
        by_provider = {"CodeStarSourceConnection": CONNECTION, "CodeCommit": CODECOMMIT,
                       "CodeBuild": {"codebuild:StartBuild", "codebuild:BatchGetBuilds"},
                       "Lambda": {"lambda:InvokeFunction"}, "Manual": {"sns:Publish"}, "CloudFormation": {"sts:AssumeRole"}}
        for _, _, action in actions_of(pipeline):
            used |= by_provider[action["ActionTypeId"]["Provider"]]
        return used

    def test_no_wildcard_action_and_no_wildcard_resource_without_need(self):
        for source, emitted in all_emitted():
            for name, template in emitted.templates.items():
                documents = [statements_of(role) for role in template.of_type("AWS::IAM::Role").values()]
                documents += [policy["PolicyDocument"]["Statement"]
                              for policy in template.of_type("AWS::IAM::ManagedPolicy").values()]
                for statement in (one for statements in documents for one in statements):
                    with self.subTest(source=source, template=name, statement=statement["Sid"]):
                        self.assertEqual([action for action in listed(statement["Action"]) if "*" in action], [])
                        if "*" in listed(statement["Resource"]):
                            self.assertLessEqual(set(listed(statement["Action"])), WITHOUT_RESOURCE)

    def test_roles_trust_one_service_for_one_purpose_or_named_roles(self):
        for source, emitted in all_emitted():
            roles = {f"arn:aws:iam::{template.account}:role/{role['RoleName']}"
                     for template in emitted.templates.values() for role in template.of_type("AWS::IAM::Role").values()}
            for template in emitted.templates.values():
                for role in template.of_type("AWS::IAM::Role").values():
                    with self.subTest(source=source, role=role["RoleName"]):
                        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
                        (principal,) = trust["Principal"]
                        (keys,) = trust["Condition"].values()
                        if principal == "Service":
                            self.assertIn(next(iter(keys)), {"aws:SourceArn", "aws:SourceAccount"})
                        else:
                            self.assertRegex(trust["Principal"]["AWS"], r"^arn:aws:iam::\d{12}:root$")
                            self.assertTrue(keys["aws:PrincipalArn"])
                            self.assertLessEqual(set(keys["aws:PrincipalArn"]), roles)

    def test_what_may_be_assumed_by_a_build_trusts_it(self):
        pairs = 0
        for source, emitted in all_emitted():
            trusted = {f"arn:aws:iam::{template.account}:role/{role['RoleName']}":
                       json.dumps(role["AssumeRolePolicyDocument"])
                       for template in emitted.templates.values() for role in template.of_type("AWS::IAM::Role").values()}
            for template in emitted.templates.values():
                for role in template.of_type("AWS::IAM::Role").values():
                    own = f"arn:aws:iam::{template.account}:role/{role['RoleName']}"
                    for other in (other for one in statements_of(role) if "sts:AssumeRole" in listed(one["Action"])
                                  for other in listed(one["Resource"])):
                        with self.subTest(source=source, role=role["RoleName"], assumes=other):
                            self.assertIn(f'"{own}"', trusted[other])
                            pairs += 1
        self.assertGreater(pairs, 5)

    def test_codedeploy_moves_the_listeners_and_their_rules(self):
        for source, emitted in all_emitted():
            for template in emitted.templates.values():
                role = template.of_type("AWS::IAM::Role").get("CodeDeployRole")
                if role is None:
                    continue
                moved = {one["Sid"]: listed(one["Resource"]) for one in statements_of(role)}
                with self.subTest(source=source, template=template.stack["id"]):
                    self.assertEqual([rule.replace(":listener-rule/", ":listener/").removesuffix("/*") for rule in moved["MoveRules"]],
                                     moved["MoveTraffic"])
                    self.assertTrue(all(":listener-rule/" in rule for rule in moved["MoveRules"]))

    def test_old_tasks_are_kept_as_long_as_the_bake_time(self):
        waits = set()
        for _, emitted in all_emitted():
            bakes = [int(seconds) for seconds in re.findall(r'"name": ?"pipec_bake", ?"value": ?"(\d+)"', json.dumps(
                [json.loads(action["Configuration"]["EnvironmentVariables"]) for pipeline in emitted.pipelines.values()
                 for _, _, action in actions_of(pipeline) if "pipec_bake" in str(action["Configuration"])
                 and "DEPLOYMENT_GROUP" in str(emitted.project(action))]))]
            for template in emitted.templates.values():
                for group in template.of_type("AWS::CodeDeploy::DeploymentGroup").values():
                    wait = group["BlueGreenDeploymentConfiguration"]["TerminateBlueInstancesOnDeploymentSuccess"]
                    self.assertGreaterEqual(wait["TerminationWaitTimeInMinutes"] * 60, max(bakes))
                    waits.add(max(bakes) > 0)
        self.assertIn(True, waits)

    def test_approvers_take_back_stages_of_production_in_the_trunk_route_only(self):
        granted = 0
        for source, emitted in all_emitted():
            trunk = [pipeline["name"] for pipeline in emitted.plan["pipelines"] if pipeline["route"] == "trunk"]
            for policy in emitted.templates["control"].of_type("AWS::IAM::ManagedPolicy").values():
                statements = policy["PolicyDocument"]["Statement"]
                for arn in (arn for one in statements if "codepipeline:RollbackStage" in listed(one["Action"]) for arn in listed(one["Resource"])):
                    with self.subTest(source=source, arn=arn):
                        name, stage = arn.split(":")[-1].split("/")
                        self.assertIn(name, trunk)
                        self.assertEqual(emitted.pipelines[name]["ExecutionMode"] == "PARALLEL", False)
                        (actions,) = [one["Actions"] for one in emitted.pipelines[name]["Stages"] if one["Name"] == stage]
                        self.assertIn("pipec.record", [action["Name"] for action in actions])
                        granted += 1
        self.assertGreater(granted, 0)


class Ledger(unittest.TestCase):
    """What the policy of the table denies, whatever else a role may do."""

    WRITES = {"BatchWriteItem", "DeleteItem", "PartiQLDelete", "PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem"}

    @staticmethod
    def holds(operator, wanted, seen):
        wanted = listed(wanted)
        return {"ArnEquals": lambda: seen in wanted, "ArnNotEquals": lambda: seen not in wanted,
                "ForAnyValue:StringLike": lambda: any(fnmatch.fnmatchcase(seen, one) for one in wanted),
                "ForAnyValue:StringNotEquals": lambda: seen not in wanted}[operator]()

    def denied(self, statements, principal, action, key):
        seen = {"aws:PrincipalArn": principal, "dynamodb:LeadingKeys": key}
        for statement in statements:
            self.assertEqual((statement["Effect"], statement["Principal"]), ("Deny", "*"))
            if f"dynamodb:{action}" in statement["Action"] and all(
                    self.holds(operator, [str(one).replace("${aws:userid}", "AROA:ann") for one in listed(wanted)], seen[name])
                    for operator, conditions in statement["Condition"].items() for name, wanted in conditions.items()):
                return True
        return False

    def test_approvers_write_their_own_consents_and_nothing_else(self):
        for source, emitted in all_emitted():
            (table,) = emitted.templates["control"].of_type("AWS::DynamoDB::Table").values()
            statements = table["ResourcePolicy"]["PolicyDocument"]["Statement"]
            account = emitted.plan["account"]
            ledger = f"arn:aws:iam::{account}:role/{emitted.plan['base']}-ledger"
            approvers = [f"arn:aws:iam::{account}:role/{role}" for role in emitted.plan["approvers"]]
            own, others, claim = "override#AROA:ann", "override#AROA:bob", "prod"
            self.assertTrue(approvers)
            for action in self.WRITES:
                for approver in approvers:
                    with self.subTest(source=source, action=action, approver=approver):
                        self.assertEqual(self.denied(statements, approver, action, own), action != "PutItem")
                        self.assertTrue(self.denied(statements, approver, action, others))
                        self.assertTrue(self.denied(statements, approver, action, claim))
                with self.subTest(source=source, action=action):
                    self.assertFalse(self.denied(statements, ledger, action, claim))
                    self.assertTrue(self.denied(statements, ledger, action, own))
                    for key in (own, claim):
                        self.assertTrue(self.denied(statements, f"arn:aws:iam::{account}:role/Developer", action, key))


if __name__ == "__main__":
    unittest.main()
