"""deploy.sh of the sample, against accounts that behave like AWS's: its order, its refusals, its evidence."""

import fcntl
import json
import os
import pty
import re
import subprocess
import termios
import unittest

from accounts import TOOLS, HOTFIX, TRUNK, CONTROL, PIPELINES, trusts, DeployCase
from aws import Failure

# What may be done without changing anything.
READS = re.compile("Describe|Get|List|Scan|wait change-set")


class Denied(DeployCase):
    def test_who_pushes_code_may_not_retry_stages(self):
        """An action of CloudFormation cannot look whether its run still holds the lock."""
        policy = json.loads((self.emitted / "iam-deny.json").read_text(encoding="utf-8"))
        (statement,) = [one for one in policy["Statement"] if "codepipeline:RetryStageExecution" in one["Action"]]
        self.assertEqual(statement["Effect"], "Deny")
        # The right is asked for on a stage, PIPELINE/STAGE.
        for pipeline in self.plan["pipelines"]:
            self.assertIn(f"arn:aws:codepipeline:eu-west-1:{TOOLS}:{pipeline['name']}/*", statement["Resource"])

    def test_who_pushes_code_may_not_go_round_the_gates(self):
        """Each of these would let a change pass that the guards refuse, or make the controls deaf."""
        for action, resource in (
                ("codepipeline:PutJobSuccessResult", "*"),
                ("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:eu-west-1:{TOOLS}:{TRUNK}"),
                ("codebuild:RetryBuild", f"arn:aws:codebuild:eu-west-1:{TOOLS}:project/pipec-checkout-service-*"),
                ("iam:AttachRolePolicy", "arn:aws:iam::*:role/pipec-checkout-service-*"),
                ("iam:DetachRolePolicy", "arn:aws:iam::*:role/pipec-checkout-service-*"),
                ("iam:DeleteRolePolicy", "arn:aws:iam::*:role/pipec-checkout-service-*"),
                ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{TOOLS}:role/PaymentsOncall"),
                ("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/pipec-checkout-service-*"),
                ("lambda:UpdateAlias", f"arn:aws:lambda:eu-west-1:{TOOLS}:function:pipec-checkout-service-ledger"),
                ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{TOOLS}:function:pipec-checkout-service-ledger:*"),
                ("events:DisableRule", f"arn:aws:events:eu-west-1:{TOOLS}:rule/pipec-checkout-service-*"),
                ("events:PutRule", f"arn:aws:events:eu-west-1:{TOOLS}:rule/pipec-checkout-service-*"),
                ("events:RemoveTargets", f"arn:aws:events:eu-west-1:{TOOLS}:rule/pipec-checkout-service-*"),
                *((f"dynamodb:PartiQL{what}", f"arn:aws:dynamodb:eu-west-1:{TOOLS}:table/pipec-checkout-service-ledger")
                  for what in ("Insert", "Update", "Delete"))):
            with self.subTest(action=action):
                policy = json.loads((self.emitted / "iam-deny.json").read_text(encoding="utf-8"))
                (statement,) = [one for one in policy["Statement"] if action in one["Action"]]
                resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
                self.assertEqual(statement["Effect"], "Deny")
                self.assertIn(resource, resources)

    def test_the_policy_is_not_too_long(self):
        """IAM counts the characters of a managed policy without white space, and takes 6,144."""
        text = (self.emitted / "iam-deny.json").read_text(encoding="utf-8")
        self.assertLessEqual(len(re.sub(r"\s", "", text)), 6144)


class InOrder(DeployCase):
    def test_stacks_are_created_in_the_order_in_which_they_depend_on_each_other(self):
        self.record_live()
        output = self.deploys()
        self.assertEqual(self.accounts.executed, self.keys())
        self.assertEqual([stack["id"].split("-")[0] for stack in self.plan["stacks"]],
                         ["support"] * 2 + ["workload"] * 5 + ["control", "pipelines"])
        self.assertIn(f"== {PIPELINES} in {TOOLS}, eu-west-1: CREATE", output)
        self.assertIn("  Add\tSome\tAWS::SNS::Topic", output)

    def test_parameters_come_from_outputs_services_and_people(self):
        self.record_live()
        self.deploys()
        prod = self.accounts.stacks["333333333333", "eu-west-1", "pipec-checkout-service-workload-prod"]["parameters"]
        self.assertEqual(prod["TaskRoleArns"], "arn:aws:iam::333333333333:role/task")
        pipelines = self.accounts.stacks[TOOLS, "eu-west-1", PIPELINES]["parameters"]
        self.assertEqual(pipelines["ConnectionArn"], f"{TOOLS}:eu-west-1:{CONTROL}/ConnectionArn")
        control = self.accounts.stacks[TOOLS, "eu-west-1", CONTROL]["parameters"]
        self.assertEqual(control["AdminRoleArn"], "given")
        self.assertEqual(control["ImagePullRoleArns"].count("role/task"), 3)

    def test_the_hotfix_route_is_switched_on_last(self):
        self.record_live()
        self.assertIn(f"{HOTFIX} is switched on", self.deploys())
        self.assertEqual(self.world.operations()[-1], "EnableStageTransition")
        self.assertEqual(self.world.parameters("EnableStageTransition")[0], {
            "pipelineName": HOTFIX, "stageName": "pipec.guard", "transitionType": "Inbound", "region": "eu-west-1"})

    def test_it_stays_off_while_something_is_missing(self):
        message = "not everything is in place (see above); the hotfix route stays off. Mend it, then start again"
        self.refuses(message, "--yes")
        self.record_live()
        self.accounts.subscriptions.append("PendingConfirmation")
        self.refuses(message, "--yes")
        self.accounts.subscriptions.clear()
        self.refuses(message, "--yes")
        self.assertFalse(self.accounts.switched_on)
        self.accounts.subscriptions.append("arn:aws:sns:1")
        self.deploys()
        self.assertTrue(self.accounts.switched_on)

    def test_it_stops_at_the_connection_until_a_person_has_finished_it(self):
        self.accounts.connection = "PENDING"
        self.refuses("the connection is PENDING: a person must finish it at "
                     "https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections, then start again", "--yes")
        self.assertEqual(self.accounts.executed, self.keys()[:-1])
        self.accounts.connection = "AVAILABLE"
        self.record_live()
        self.deploys()
        self.assertEqual(self.accounts.executed, self.keys())

    def test_what_did_not_change_is_left_alone(self):
        self.in_place()
        self.assertIn("nothing to change", self.deploys())
        self.assertEqual((self.accounts.executed, self.accounts.change_sets), ([], {}))

    def test_only_what_changed_is_updated(self):
        self.in_place()
        self.change("control.yaml")
        self.deploys()
        self.assertEqual(self.accounts.executed, [(TOOLS, "eu-west-1", CONTROL)])

    def test_a_large_template_goes_by_the_bucket(self):
        self.record_live()
        self.deploys()
        by_size = {True: set(), False: set()}
        for parameters in self.world.parameters("CreateChangeSet"):
            text = parameters.get("TemplateBody") or self.accounts.objects[parameters["TemplateURL"]]
            by_size[len(text.encode()) > 51200].add("TemplateURL" in parameters)
        self.assertEqual(by_size, {True: {True}, False: {False}})
        self.assertEqual(set(self.accounts.objects), {
            parameters["TemplateURL"] for parameters in self.world.parameters("CreateChangeSet") if "TemplateURL" in parameters})
        self.assertTrue(all(url.startswith(f"https://{self.plan['templates']}.s3.") for url in self.accounts.objects))


class Refusals(DeployCase):
    def nothing_changed(self):
        self.assertEqual([name for name in self.world.operations() if not READS.match(name)], [])

    def test_of_the_wrong_credentials(self):
        self.refuses(f"the credentials are of account {TOOLS}; give --profile 111111111111=NAME", "--yes", profiles=False)
        self.nothing_changed()

    def test_without_a_parameter_that_only_people_know(self):
        self.parameters.write_text("{}", encoding="utf-8")
        self.refuses("parameter StackPolicyArns of workload-beta-eu-west-1 is missing; see parameters.example.json", "--yes")

    def test_without_the_service_that_belongs_to_the_infrastructure(self):
        self.world.answer("ecs", "DescribeServices", {"services": []})
        self.refuses("there is no service checkout in cluster checkout of 111111111111 in eu-west-1; it must exist before its pipeline",
                     "--yes")

    def test_while_a_run_is_in_progress(self):
        self.in_place()
        for pipeline, status in ((TRUNK, "InProgress"), (HOTFIX, "Stopping")):
            with self.subTest(status=status):
                self.accounts.runs = {pipeline: ["Succeeded", status]}
                output = self.refuses("not now; fix the code first and the pipeline later, or give --force REASON", "--yes")
                self.assertIn(f"runs are in progress: {pipeline}", output)
                self.nothing_changed()

    def test_while_a_hotfix_is_open(self):
        self.in_place()
        for state in ({"state": {"S": "claimed"}}, {"state": {"S": "deployed"}}):
            with self.subTest(state=state):
                self.hotfix(**state)
                output = self.refuses("not now; fix the code first and the pipeline later, or give --force REASON", "--yes")
                self.assertIn("hotfixes are open: hotfix/INC-1-x", output)
                self.nothing_changed()

    def hotfix(self, **attributes):
        self.accounts.ledger[1:] = [{"pk": {"S": "prod"}, "sk": {"S": "claim#hotfix/INC-1-x"}, "branch": {"S": "hotfix/INC-1-x"},
                                     **attributes}]

    def test_no_more_when_runs_are_over_and_hotfixes_merged(self):
        self.in_place()
        self.accounts.runs = {TRUNK: ["Succeeded", "Failed", "Stopped", "Superseded"]}
        for state in ({"state": {"S": "failed"}}, {"state": {"S": "deployed"}, "merged": {"S": "2" * 40}}):
            with self.subTest(state=state):
                self.hotfix(**state)
                self.deploys()

    def test_of_a_run_that_starts_while_the_change_set_is_read(self):
        self.in_place()
        self.change("pipelines.yaml")
        describe = self.accounts.describe_change_set

        def start(parameters):
            if parameters["StackName"] == PIPELINES:
                self.accounts.runs = {TRUNK: ["InProgress"]}
            return describe(parameters)

        self.world.answer("cloudformation", "DescribeChangeSet", start)
        self.refuses("not now; fix the code first and the pipeline later, or give --force REASON", "--yes")
        self.assertEqual(self.accounts.executed, [])

    def test_when_it_may_not_look(self):
        self.in_place()
        for service, operation in (("codepipeline", "ListPipelineExecutions"), ("dynamodb", "Scan"), ("cloudformation", "DescribeStacks")):
            with self.subTest(operation=operation):
                def deny(_):
                    raise Failure("AccessDeniedException", "not authorized")
                answer = self.world.answer_of(service, operation)
                self.world.answer(service, operation, deny)
                self.refuses("An error occurred (AccessDeniedException): not authorized", "--yes")
                self.world.answer(service, operation, answer)
                self.nothing_changed()

    def test_a_forced_one_keeps_its_reason_and_who_gave_it(self):
        self.in_place()
        self.accounts.runs = {TRUNK: ["InProgress"]}
        self.change("pipelines.yaml")
        self.deploys("--force", "the trigger is wrong; \"quoted\" $(id)")
        forced = [item for item in self.accounts.ledger if item["pk"]["S"] == "pipelines"]
        self.assertEqual(len(forced), 1)
        self.assertEqual((forced[0]["reason"]["S"], forced[0]["by"]["S"]),
                         ("the trigger is wrong; \"quoted\" $(id)", f"arn:aws:iam::{TOOLS}:role/admin"))

    def test_of_a_change_set_that_fails(self):
        self.world.answer("cloudformation", "wait change-set-create-complete", lambda _: False)
        self.world.answer("cloudformation", "DescribeChangeSet", {"StatusReason": "Template error: x"})
        self.refuses("Template error: x", "--yes")
        self.assertEqual((self.accounts.executed, self.accounts.change_sets), ([], {}))

    def test_of_wrong_use(self):
        for arguments in (["--sing"], ["--force"], ["extra"]):
            with self.subTest(arguments=arguments):
                done = self.bash('exec "$@"', self.emitted / "deploy.sh", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn("deploy.sh [--dry-run | --check]", done.output)


class DryRun(DeployCase):
    def test_of_accounts_without_anything_changes_nothing(self):
        done = self.run_script("--dry-run")
        self.assertEqual(done.returncode, 0, done.output)
        self.assertEqual(done.output.count("CREATE"), len(self.plan["stacks"]))
        self.assertEqual([name for name in self.world.operations() if not READS.match(name)], [])

    def test_of_a_change_shows_it_and_leaves_nothing(self):
        self.in_place()
        self.change("control.yaml")
        self.accounts.runs = {TRUNK: ["InProgress"]}
        done = self.run_script("--dry-run")
        self.assertEqual(done.returncode, 0, done.output)
        self.assertIn("  Modify\tSome\tAWS::SNS::Topic", done.output)
        self.assertEqual((self.accounts.executed, self.accounts.change_sets), ([], {}))
        self.assertEqual(set(self.world.operations()) - {"CreateChangeSet", "DeleteChangeSet", "cp"},
                         {name for name in self.world.operations() if READS.match(name)})


class Check(DeployCase):
    def test_what_is_as_compiled_is_ok(self):
        self.in_place()
        failed, evidence = self.checked()
        self.assertEqual((failed, evidence["ok"], evidence["pipeline"]), ({}, True, "pipec-checkout-service"))
        self.assertEqual([name for name in self.world.operations() if not READS.match(name)], [])

    def test_what_is_not_there_is_found(self):
        self.accounts.role = "Other"
        self.accounts.quota = 1
        failed, _ = self.checked()
        self.assertEqual(failed[f"stack {PIPELINES} in {TOOLS}, eu-west-1"], "ABSENT")
        self.assertEqual(failed["role of approvers"], "no role PaymentsOncall")
        self.assertEqual(failed["concurrent builds (small, Linux)"], "1 of 5")
        self.assertEqual(failed["live commit of prod is recorded"], "unknown")
        self.assertEqual(failed["connection to the repository"], "ABSENT")
        self.assertIn(f"route of {HOTFIX} is switched on", failed)

    def test_drift_is_found(self):
        self.in_place()
        cases = {
            f"stack {CONTROL} in {TOOLS}, eu-west-1": lambda: self.accounts.stacks[TOOLS, "eu-west-1", CONTROL].update(template="Resources: {}"),
            "connection to the repository": lambda: setattr(self.accounts, "connection", "ERROR"),
            "subscriptions of the topic for approvals and notices": lambda: self.accounts.subscriptions.append("PendingConfirmation"),
            f"route of {HOTFIX} is switched on": lambda: setattr(self.accounts, "switched_on", False)}
        for check, change in cases.items():
            with self.subTest(check=check):
                change()
                self.assertIn(check, self.checked()[0])

    def test_a_stack_that_failed_is_found(self):
        self.in_place()
        for status in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED", "UPDATE_IN_PROGRESS"):
            with self.subTest(status=status):
                self.accounts.stacks[TOOLS, "eu-west-1", CONTROL]["status"] = status
                self.assertEqual(self.checked()[0], {f"stack {CONTROL} in {TOOLS}, eu-west-1": status})


class Confirmation(DeployCase):
    def answer(self, text):
        """Runs deploy.sh on a terminal of its own, on which `text` is typed for each question."""
        controller, terminal = pty.openpty()
        done = subprocess.Popen([self.emitted / "deploy.sh", *map(str, self.arguments())], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                start_new_session=True, preexec_fn=lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0))
        os.write(controller, (text + "\n").encode() * len(self.plan["stacks"]))
        output = done.communicate(timeout=60)[0]
        os.close(controller)
        os.close(terminal)
        return done.returncode, output

    def test_no_means_no(self):
        for text in ("no", "y", ""):
            with self.subTest(text=text):
                code, output = self.answer(text)
                self.assertEqual(code, 1)
                self.assertIn("nothing was changed in pipec-checkout-service-support", output)
                self.assertEqual(self.accounts.executed, [])

    def test_yes_means_yes(self):
        self.record_live()
        code, output = self.answer("yes")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.accounts.executed, self.keys())

    def test_without_a_terminal_nothing_is_changed(self):
        done = subprocess.run([self.emitted / "deploy.sh", *map(str, self.arguments())], env=self.environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.accounts.executed, [])


class NamesOfPeople(DeployCase):
    """Two consents are of two people only when nobody chooses their own name."""

    WHAT = "approvers are named by one directory, not by themselves"
    SAML = "arn:aws:iam::444444444444:saml-provider/corp"

    def setUp(self):
        super().setUp()
        self.in_place()

    def saml(self, provider=SAML):
        return trusts(Principal={"Federated": provider}, Action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
                      Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})

    def test_by_their_users_or_their_provider(self):
        for statement, name in ((trusts(), "555555555555"), (trusts(["555555555555", "arn:aws:iam::555555555555:user/ann"]), "555555555555"),
                                (self.saml(), self.SAML), ({**trusts(), "Action": ["sts:AssumeRole", "sts:TagSession"]}, "555555555555")):
            with self.subTest(statement=statement):
                self.accounts.trust = [statement, {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]
                wrong, evidence = self.checked()
                self.assertEqual(wrong, {})
                self.assertIn({"check": self.WHAT, "ok": True, "seen": f"by {name}"}, evidence["checks"])

    def test_not_by_themselves(self):
        web = trusts(Principal={"Federated": "arn:aws:iam::1:oidc-provider/x"}, Action="sts:AssumeRoleWithWebIdentity")
        for statement in (trusts(Condition={}), trusts("*"), trusts(Principal="*"), web,
                          trusts(Condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}),
                          trusts(Condition={"StringEqualsIfExists": {"sts:RoleSessionName": "${aws:username}"}}),
                          trusts(Condition={"StringEquals": {"sts:RoleSessionName": ["${aws:username}", "bob"]}}),
                          {**trusts(), "Action": "sts:*"}, {**self.saml(), "Action": ["sts:AssumeRole", "sts:AssumeRoleWithSAML"]}):
            with self.subTest(statement=statement):
                self.accounts.trust = [trusts(), statement]
                self.assertEqual(self.checked()[0], {self.WHAT: "callers choose their session names"})

    def test_not_by_two_directories(self):
        self.accounts.trust = [trusts(), self.saml()]
        self.assertEqual(self.checked()[0], {self.WHAT: f"people of several directories: 555555555555, {self.SAML}"})

    def test_the_hotfix_route_stays_off_until_then(self):
        self.accounts.switched_on = False
        self.accounts.trust = [trusts(Condition={})]
        self.refuses("not everything is in place (see above); the hotfix route stays off. Mend it, then start again", "--yes")
        self.assertFalse(self.accounts.switched_on)


if __name__ == "__main__":
    unittest.main()
