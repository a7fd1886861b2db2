"""The deployment scripts, against a stand-in for AWS."""
import json
import subprocess
import threading
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import sandbox
from sandbox import DIGEST, ScriptTest

IMAGE = f"444444444444.dkr.ecr.eu-west-1.amazonaws.com/checkout-service@{DIGEST}"
OLD = "arn:definition:1"
NEW = "arn:definition:2"


def definition():
    return {"family": "checkout", "taskDefinitionArn": OLD, "revision": 1, "status": "ACTIVE", "compatibilities": ["FARGATE"],
            "containerDefinitions": [{"name": "app", "image": "old", "cpu": 256}, {"name": "proxy", "image": "proxy"}]}


class EcsTest(ScriptTest):
    controller = "ecs"

    def run_regions(self, verb, *regions, **variables):
        return self.run_script("regions.sh", "ecs_service", verb, *regions, **({
            "ELEMENT": "prod.service", "CLUSTER": "checkout", "SERVICE": "checkout", "CONTAINER": "app", "PORT": "8080",
            "IMAGE": IMAGE, "CONTROLLER": self.controller, "ALARMS": ""} | variables))

    def definitions(self, region):
        return self.aws_state()[region]["definitions"]


class RollingDeployment(EcsTest):
    def region(self, *rollouts, **more):
        return {"definitions": {OLD: definition()},
                "service": {"taskDefinition": OLD, "deployments": [{"id": "ecs-svc/0", "status": "PRIMARY", "taskDefinition": OLD,
                                                                    "rolloutState": "COMPLETED"}]},
                "rollouts": list(rollouts) or [["IN_PROGRESS", "COMPLETED"]]} | more

    def test_the_image_of_one_container_is_replaced(self):
        self.aws({"eu-west-1": self.region()})
        self.passes(self.run_regions("deploy", "eu-west-1"))
        self.assertEqual(self.aws_state()["eu-west-1"]["service"]["taskDefinition"], NEW)
        registered = self.definitions("eu-west-1")[NEW]
        self.assertEqual(registered["containerDefinitions"], [{"name": "app", "image": IMAGE, "cpu": 256},
                                                              {"name": "proxy", "image": "proxy"}])
        given = json.loads(self.aws_calls("ecs register-task-definition")[0]["options"]["cli-input-json"])
        self.assertEqual(set(given), {"family", "containerDefinitions"})

    def test_regions_of_a_wave_are_independent(self):
        self.aws({"eu-west-1": self.region(), "us-east-1": self.region()})
        text = self.passes(self.run_regions("deploy", "eu-west-1", "us-east-1")).text
        self.assertIn("eu-west-1 | checkout runs", text)
        self.assertIn("us-east-1 | checkout runs", text)

    def test_one_region_that_fails_fails_the_wave(self):
        self.aws({"eu-west-1": self.region(), "us-east-1": self.region(["IN_PROGRESS", "FAILED"])})
        result = self.refuses(self.run_regions("deploy", "eu-west-1", "us-east-1"), "deploy failed in us-east-1")
        self.assertIn("eu-west-1 | checkout runs", result.text)

    def test_a_circuit_breaker_that_went_back_is_no_success(self):
        self.aws({"eu-west-1": self.region(["IN_PROGRESS", "ROLLED_BACK"])})
        self.refuses(self.run_regions("deploy", "eu-west-1"), "ended as GONE")

    def test_a_deployment_that_somebody_replaces_is_no_success(self):
        region = self.region(["IN_PROGRESS", "IN_PROGRESS"])
        self.aws({"eu-west-1": region})
        script = self.run_regions
        result = {}
        thread = threading.Thread(target=lambda: result.update(r=script("deploy", "eu-west-1", PIPEC_POLL_SECONDS="1")))
        thread.start()
        while not self.aws_calls("ecs update-service"):
            time.sleep(0.05)
        time.sleep(0.5)
        variables = self.environment() | {"AWS_REGION": "eu-west-1"}
        subprocess.run(["aws", "ecs", "update-service", "--task-definition", OLD], env=variables, check=True, capture_output=True)
        thread.join()
        self.refuses(result["r"], "ended as REPLACED")

    def test_an_alarm_stops_the_wave(self):
        self.aws({"eu-west-1": self.region(["IN_PROGRESS"] * 5 + ["COMPLETED"], alarms={"checkout-5xx": ["OK", "ALARM"]})})
        self.refuses(self.run_regions("deploy", "eu-west-1", ALARMS="checkout-5xx"), "in alarm: checkout-5xx")

    def test_an_alarm_that_is_not_there_stops_the_wave(self):
        self.aws({"eu-west-1": self.region()})
        self.refuses(self.run_regions("deploy", "eu-west-1", ALARMS="checkout-5xx"), "only 0 of 1 alarms exist")

    def test_it_is_taken_back_where_it_was_begun(self):
        self.aws({"eu-west-1": self.region(["FAILED"], ["COMPLETED"]), "us-east-1": self.region()})
        self.refuses(self.run_regions("deploy", "eu-west-1"), "failed in eu-west-1")
        self.passes(self.run_regions("undo", "eu-west-1", "us-east-1"))
        self.assertEqual(self.aws_state()["eu-west-1"]["service"]["taskDefinition"], OLD)
        self.assertFalse([c for c in self.aws_calls() if c["region"] == "us-east-1"])

    def test_taking_back_is_not_stopped_by_the_alarm_that_caused_it(self):
        self.aws({"eu-west-1": self.region(["IN_PROGRESS"] * 3 + ["COMPLETED"], alarms={"checkout-5xx": ["OK", "ALARM"]})})
        self.refuses(self.run_regions("deploy", "eu-west-1", ALARMS="checkout-5xx"), "in alarm: checkout-5xx")
        self.passes(self.run_regions("undo", "eu-west-1", ALARMS="checkout-5xx"))

    def test_an_alarm_that_was_red_before_does_not_stop_the_fix(self):
        alarms = {"checkout-5xx": ["ALARM"], "checkout-slow": ["OK"]}
        self.aws({"eu-west-1": self.region(alarms=alarms)})
        names = "checkout-5xx\ncheckout-slow"
        result = self.passes(self.run_regions("deploy", "eu-west-1", ALARMS=names))
        self.assertIn("so not watched: checkout-5xx", result.text)
        # The time after the wave knows what was red before it, and watches the others.
        bake = lambda: self.run_script("alarms.sh", "0", "eu-west-1", ALARMS=names, ELEMENT="prod.service")
        self.passes(bake())
        state = self.aws_state()
        state["eu-west-1"]["alarms"]["checkout-slow"] = ["ALARM"]
        self.aws(state)
        self.refuses(bake(), "in alarm: checkout-slow")

    def test_another_alarm_still_stops_it(self):
        alarms = {"checkout-5xx": ["ALARM"], "checkout-slow": ["OK", "ALARM"]}
        self.aws({"eu-west-1": self.region(["IN_PROGRESS"] * 5 + ["COMPLETED"], alarms=alarms)})
        self.refuses(self.run_regions("deploy", "eu-west-1", ALARMS="checkout-5xx\ncheckout-slow"), "in alarm: checkout-slow")

    def test_nothing_begun_is_nothing_to_take_back(self):
        self.assertIn("nothing to take back", self.passes(self.run_regions("undo", "eu-west-1")).text)

    def test_a_tag_is_refused(self):
        self.aws({"eu-west-1": self.region()})
        self.refuses(self.run_regions("deploy", "eu-west-1", IMAGE="registry/checkout:latest"), "not named by its digest")
        self.assertEqual(self.aws_calls(), [])

    def test_a_container_that_is_not_there_is_refused(self):
        self.aws({"eu-west-1": self.region()})
        self.refuses(self.run_regions("deploy", "eu-west-1", CONTAINER="web"), "no container `web`")
        self.assertEqual(self.aws_calls("ecs update-service"), [])

    def test_a_service_that_is_not_there_is_refused(self):
        self.aws({"eu-west-1": {}})
        self.refuses(self.run_regions("deploy", "eu-west-1"), "service is not there")


class CodeDeployDeployment(EcsTest):
    controller = "code_deploy"

    def setUp(self):
        super().setUp()
        (self.folder / "taskdef.json").write_text(json.dumps(definition()))

    def region(self, *shifts, **more):
        return {"definitions": {OLD: definition()}, "service": {"taskSets": [{"status": "PRIMARY", "taskDefinition": OLD}]},
                "shifts": list(shifts) or [["Created", "InProgress", "Succeeded"]]} | more

    def run_regions(self, verb, *regions, **variables):
        return super().run_regions(verb, *regions, APPLICATION="application", DEPLOYMENT_GROUP="group",
                                   DEPLOYMENT_CONFIG="canary", TASK_DEFINITION="taskdef.json", **variables)

    def serving(self, region="eu-west-1"):
        return self.aws_state()[region]["service"]["taskSets"][0]["taskDefinition"]

    def test_traffic_shifts_to_the_new_definition(self):
        self.aws({"eu-west-1": self.region()})
        self.passes(self.run_regions("deploy", "eu-west-1"))
        self.assertEqual(self.serving(), NEW)
        [call] = self.aws_calls("deploy create-deployment")
        self.assertEqual((call["options"]["deployment-config-name"], call["options"]["application-name"]), ("canary", "application"))
        content = json.loads(json.loads(call["options"]["revision"])["appSpecContent"]["content"])
        self.assertEqual(content, {"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": NEW, "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080}}}}]})
        self.assertEqual(self.definitions("eu-west-1")[NEW]["containerDefinitions"][0]["image"], IMAGE)

    def test_a_deployment_that_codedeploy_stopped_fails(self):
        self.aws({"eu-west-1": self.region(["InProgress", "Stopped"])})
        self.refuses(self.run_regions("deploy", "eu-west-1"), "ended as Stopped")
        self.assertEqual(self.serving(), OLD)

    def test_a_deployment_under_way_is_stopped_and_goes_back(self):
        self.aws({"eu-west-1": self.region(["InProgress"])})
        environment = {"AWS_REGION": "eu-west-1"}
        process = subprocess.Popen(
            ["timeout", "--kill-after=2", "2", "bash", str(sandbox.SCRIPTS / "regions.sh"), "ecs_service", "deploy", "eu-west-1"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self.environment() | environment | {
                "ELEMENT": "prod.service", "CLUSTER": "c", "SERVICE": "s", "CONTAINER": "app", "PORT": "1", "IMAGE": IMAGE,
                "CONTROLLER": "code_deploy", "TASK_DEFINITION": "taskdef.json", "APPLICATION": "a", "DEPLOYMENT_GROUP": "g",
                "DEPLOYMENT_CONFIG": "canary", "PIPEC_POLL_SECONDS": "1"})
        process.communicate()
        self.assertEqual(process.returncode, 124)
        self.passes(self.run_regions("undo", "eu-west-1"))
        self.assertEqual(len(self.aws_calls("deploy stop-deployment")), 1)
        self.assertEqual(len(self.aws_calls("deploy create-deployment")), 1)
        self.assertEqual(self.serving(), OLD)

    def test_a_deployment_that_succeeded_is_deployed_back(self):
        self.aws({"eu-west-1": self.region(["Succeeded"], ["InProgress", "Succeeded"])})
        self.passes(self.run_regions("deploy", "eu-west-1"))
        self.passes(self.run_regions("undo", "eu-west-1"))
        self.assertEqual(self.serving(), OLD)
        self.assertEqual(self.aws_calls("deploy create-deployment")[-1]["options"]["deployment-config-name"],
                         "CodeDeployDefault.ECSAllAtOnce")

    def test_a_way_back_that_fails_is_no_success(self):
        self.aws({"eu-west-1": self.region(["Succeeded"], ["Failed"])})
        self.passes(self.run_regions("deploy", "eu-west-1"))
        self.refuses(self.run_regions("undo", "eu-west-1"), "undo failed in eu-west-1")


    def test_an_alarm_that_was_red_before_stops_neither_the_fix_nor_the_way_back(self):
        alarms = {"checkout-5xx": ["ALARM"], "checkout-slow": ["OK"]}
        self.aws({"eu-west-1": self.region(["Succeeded"], ["InProgress", "Succeeded"], alarms=alarms)})
        names = "checkout-5xx\ncheckout-slow"
        self.passes(self.run_regions("deploy", "eu-west-1", ALARMS=names))
        self.assertEqual(self.serving(), NEW)
        self.passes(self.run_regions("undo", "eu-west-1", ALARMS=names))
        self.assertEqual(self.serving(), OLD)
        given = [json.loads(call["options"]["override-alarm-configuration"]) for call in self.aws_calls("deploy create-deployment")]
        self.assertEqual(given, [{"enabled": True, "alarms": [{"name": "checkout-slow"}]}, {"enabled": False, "alarms": []}])

    def cut_off(self, plan, serves=OLD):
        """CodeDeploy was asked, and the job ended before it knew the id."""
        state = self.region(["Succeeded"], code_deploy={"d-1": {"definition": NEW, "plan": plan, "previous": OLD}})
        state["service"]["taskSets"][0]["taskDefinition"] = serves
        self.aws({"eu-west-1": state})
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "state/prod.service.eu-west-1").write_text(OLD + "\n")

    def test_a_deployment_of_unknown_id_is_stopped(self):
        self.cut_off(["InProgress", "InProgress", "Succeeded"])
        self.passes(self.run_regions("undo", "eu-west-1"))
        self.assertEqual([c["options"]["deployment-id"] for c in self.aws_calls("deploy stop-deployment")], ["d-1"])
        self.assertEqual(self.serving(), OLD)

    def test_a_deployment_of_unknown_id_that_succeeded_is_deployed_back(self):
        self.cut_off(["Succeeded"], serves=NEW)
        self.passes(self.run_regions("undo", "eu-west-1"))
        self.assertEqual(len(self.aws_calls("deploy create-deployment")), 1)
        self.assertEqual(self.serving(), OLD)

    def test_a_way_back_ends_when_aws_does_not_answer(self):
        for call in ("ecs describe-services", "deploy get-deployment", "deploy list-deployments"):
            with self.subTest(call):
                self.cut_off(["InProgress"])
                self.aws({"eu-west-1": self.aws_state()["eu-west-1"] | {"broken": [call]}})
                self.refuses(self.run_regions("undo", "eu-west-1"), "undo failed in eu-west-1")


class CommandDeployment(ScriptTest):
    def run_regions(self, verb, *regions, **variables):
        return self.run_script("regions.sh", "command", verb, *regions, ELEMENT="dev.site",
                               SHELL_COMMAND="bash --noprofile --norc -euo pipefail", **variables)

    def test_the_script_runs_once_in_each_region(self):
        text = self.passes(self.run_regions("deploy", "eu-west-1", "us-east-1", SCRIPT='echo "to $AWS_REGION of $WHERE"', WHERE="$(id)")).text
        self.assertEqual(sorted(text.splitlines()), ["eu-west-1 | to eu-west-1 of $(id)", "us-east-1 | to us-east-1 of $(id)"])

    def test_a_failing_pipe_fails(self):
        self.refuses(self.run_regions("deploy", "eu-west-1", SCRIPT="false | cat\necho reached"), "deploy failed")

    def test_undo_runs_where_the_script_had_begun(self):
        self.run_regions("deploy", "eu-west-1", SCRIPT="exit 1")
        text = self.passes(self.run_regions("undo", "eu-west-1", "us-east-1", UNDO='echo "back in $AWS_REGION"')).text
        self.assertEqual(text, "eu-west-1 | back in eu-west-1\n")


class ChangeSet(ScriptTest):
    def deploy(self, parameters="{}", template="Resources: {}\n"):
        (self.folder / "service.yaml").write_text(template)
        return self.run_script("regions.sh", "change_set", "deploy", "eu-west-1", ELEMENT="gamma.launch", STACK="checkout",
                               TEMPLATE="service.yaml", PARAMETERS=parameters, ROLE="arn:role", NAME="pipec-1-1")

    def test_a_stack_is_created(self):
        self.aws({"eu-west-1": {"change_set": [["CREATE_PENDING", ""], ["CREATE_COMPLETE", ""]],
                                "executing": ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]}})
        self.passes(self.deploy('{"Size": "2", "Name": "a b"}'))
        options = self.aws_calls("cloudformation create-change-set")[0]["options"]
        self.assertEqual((options["change-set-type"], options["role-arn"]), ("CREATE", "arn:role"))
        self.assertEqual(json.loads(options["parameters"]), [{"ParameterKey": "Size", "ParameterValue": "2"},
                                                             {"ParameterKey": "Name", "ParameterValue": "a b"}])

    def test_a_stack_is_updated(self):
        self.aws({"eu-west-1": {"stack": ["UPDATE_COMPLETE"], "change_set": [["CREATE_COMPLETE", ""]],
                                "executing": ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]}})
        self.passes(self.deploy())
        self.assertEqual(self.aws_calls("cloudformation create-change-set")[0]["options"]["change-set-type"], "UPDATE")

    def test_no_change_is_a_success(self):
        self.aws({"eu-west-1": {"stack": ["UPDATE_COMPLETE"],
                                "change_set": [["FAILED", "The submitted information didn't contain changes."]]}})
        self.assertIn("has that state already", self.passes(self.deploy()).text)
        self.assertEqual(self.aws_calls("cloudformation execute-change-set"), [])

    def test_a_change_set_that_fails_is_not_executed(self):
        self.aws({"eu-west-1": {"stack": ["UPDATE_COMPLETE"], "change_set": [["FAILED", "Template error"]]}})
        self.refuses(self.deploy(), "Template error")
        self.assertEqual(self.aws_calls("cloudformation execute-change-set"), [])

    def test_a_stack_that_went_back_fails(self):
        self.aws({"eu-west-1": {"stack": ["UPDATE_COMPLETE"], "change_set": [["CREATE_COMPLETE", ""]],
                                "executing": ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]}})
        self.refuses(self.deploy(), "ended as UPDATE_ROLLBACK_COMPLETE")

    def test_a_template_that_is_too_large_is_refused(self):
        self.aws({"eu-west-1": {}})
        self.refuses(self.deploy(template="#" * 51201), "51,200 bytes")


class Alarms(ScriptTest):
    def test_a_quiet_time(self):
        self.aws({"eu-west-1": {"alarms": {"a": ["OK"], "b": ["INSUFFICIENT_DATA"]}}})
        self.passes(self.run_script("alarms.sh", "0", "eu-west-1", ALARMS="a\nb"))

    def test_an_alarm_in_the_second_region(self):
        self.aws({"eu-west-1": {"alarms": {"a": ["OK"]}}, "us-east-1": {"alarms": {"a": ["ALARM"]}}})
        self.refuses(self.run_script("alarms.sh", "0", "eu-west-1", "us-east-1", ALARMS="a"), "in alarm: a")

    def test_an_alarm_during_the_wait(self):
        self.aws({"eu-west-1": {"alarms": {"a": ["OK", "OK", "ALARM"]}}})
        started = time.monotonic()
        self.refuses(self.run_script("alarms.sh", "30", "eu-west-1", ALARMS="a"), "in alarm: a")
        self.assertLess(time.monotonic() - started, 20)

    def test_without_alarms_it_waits(self):
        started = time.monotonic()
        self.passes(self.run_script("alarms.sh", "2", "eu-west-1", ALARMS="", PIPEC_POLL_SECONDS="1"))
        self.assertGreaterEqual(time.monotonic() - started, 1)


class Window(ScriptTest):
    def at(self, moment, open_hours="Mon-Fri 08:00-16:00", zone="Europe/Berlin"):
        now = int(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp())
        return self.run_script("window.sh", OPEN=open_hours, ZONE=zone, PIPEC_NOW=now)

    def test_open(self):
        # 2026-11-20 is a Friday.
        for moment in ("2026-11-20T08:00", "2026-11-20T15:59", "2026-11-16T12:00"):
            self.passes(self.at(moment))
        self.passes(self.at("2026-11-21T23:00", "Sat,Sun 22:00-04:00"))
        self.passes(self.at("2026-11-22T03:59", "Sat,Sun 22:00-04:00"))
        self.passes(self.at("2026-11-23T03:00", "Sat,Sun 22:00-04:00"))
        self.passes(self.at("2026-11-22T12:00", "Fri-Mon 09:00-17:00"))
        self.passes(self.at("2026-11-20T23:30", "Fri 08:00-24:00"))

    def test_closed(self):
        for moment in ("2026-11-20T07:59", "2026-11-20T16:00", "2026-11-21T12:00"):
            self.refuses(self.at(moment), "Closed")
        self.refuses(self.at("2026-11-21T03:00", "Sat,Sun 22:00-04:00"), "Closed")
        self.refuses(self.at("2026-11-23T04:00", "Sat,Sun 22:00-04:00"), "Closed")
        self.refuses(self.at("2026-11-24T12:00", "Fri-Mon 09:00-17:00"), "Closed")

    def test_the_zone_decides(self):
        # 07:30 in UTC is 08:30 in Berlin, in winter.
        now = int(datetime(2026, 11, 20, 7, 30, tzinfo=ZoneInfo("UTC")).timestamp())
        self.passes(self.run_script("window.sh", OPEN="Mon-Fri 08:00-16:00", ZONE="Europe/Berlin", PIPEC_NOW=now))
        self.refuses(self.run_script("window.sh", OPEN="Mon-Fri 08:00-16:00", ZONE="UTC", PIPEC_NOW=now), "Closed")

    def test_an_unknown_zone_is_refused(self):
        self.refuses(self.run_script("window.sh", OPEN="Mon-Sun 00:00-24:00", ZONE="Europe/Berlim"), "no time zone")


class ApprovalAge(ScriptTest):
    def test_it_counts_from_the_last_job_before(self):
        now = int(time.time())
        self.passes(self.run_script("approval_age.sh", WITHIN=3600, ASKED=f"{now - 9000} {now - 10}"))
        self.refuses(self.run_script("approval_age.sh", WITHIN=3600, ASKED=f"{now - 9000} {now - 3700}"), "holds for 60 minutes")


if __name__ == "__main__":
    sandbox.main()
