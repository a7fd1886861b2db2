"""The scripts that bring a service of Amazon ECS to an image, against services that behave as told."""

import json
import unittest

from aws import Failure
from scripts import SCRIPTS, ScriptCase
from templates import actions_of, all_emitted

DIGEST = "444444444444.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "a" * 64
OLD, NEW = "arn:aws:ecs:eu-west-1:333333333333:task-definition/shop:7", "arn:aws:ecs:eu-west-1:333333333333:task-definition/shop:8"


class DeploymentCase(ScriptCase):
    script = ""

    def setUp(self):
        super().setUp()
        self.alarms = {}
        self.registered = None
        self.world.answer("ecs", "RegisterTaskDefinition", self.register)
        self.world.answer("cloudwatch", "DescribeAlarms", self.describe_alarms)

    def register(self, parameters):
        self.registered = {name: value for name, value in parameters.items() if name != "region"}
        return {"taskDefinition": {"taskDefinitionArn": NEW}}

    def describe_alarms(self, parameters):
        """An alarm is on, off, or a list of what it is from call to call."""
        found = []
        for name in parameters["AlarmNames"]:
            state = self.alarms.get(name)
            if isinstance(state, list):
                state = state.pop(0) if len(state) > 1 else state[0]
            if state is not None:
                found.append({"AlarmName": name, "StateValue": "ALARM" if state else "OK"})
        composite = "CompositeAlarm" in parameters.get("AlarmTypes", [])
        return {"MetricAlarms": [alarm for alarm in found if "all" not in alarm["AlarmName"]],
                "CompositeAlarms": [alarm for alarm in found if composite and "all" in alarm["AlarmName"]]}

    def deploy(self, **more):
        variables = {"CLUSTER": "main", "SERVICE": "shop", "CONTAINER": "shop", "IMAGE": DIGEST, "LIMIT": "60",
                     "ROLLBACK": "on_alarm", "ALARMS": "", "BAKE": "0", **more}
        return self.bash('set -euo pipefail; source "$1"; source "$2"', SCRIPTS / "build/watch.sh", SCRIPTS / self.script, **variables)

    def green(self, **more):
        done = self.deploy(**more)
        self.assertEqual(done.returncode, 0, done.output)
        return done.output

    def red(self, message, **more):
        done = self.deploy(**more)
        self.assertEqual(done.returncode, 1, done.output)
        self.assertIn(message, done.output)
        return done.output


class EcsService(DeploymentCase):
    script = "ecs_service.sh"

    def setUp(self):
        super().setUp()
        self.status = "ACTIVE"
        self.task_definition = OLD
        self.deployments = [{"id": "ecs-svc/0", "status": "PRIMARY", "taskDefinition": OLD, "rolloutState": "COMPLETED"}]
        # What becomes of a deployment of the task definition, from look to look.
        self.course = {NEW: ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"], OLD: ["IN_PROGRESS", "COMPLETED"]}
        self.world.answer("ecs", "DescribeServices", lambda _: self.describe())
        self.world.answer("ecs", "UpdateService", self.update)
        self.world.answer("ecs", "DescribeTaskDefinition", lambda _: {"taskDefinition": {
            "taskDefinitionArn": OLD, "revision": 7, "status": "ACTIVE", "family": "shop", "registeredBy": "ann",
            "requiresAttributes": [], "compatibilities": ["EC2"], "registeredAt": "2026-01-01",
            "containerDefinitions": [{"name": "shop", "image": "shop:old", "memory": 512}, {"name": "proxy", "image": "envoy"}]}})

    def describe(self):
        primary = self.deployments[0]
        course = self.course[primary["taskDefinition"]] if len(self.deployments) > 1 else ["COMPLETED"]
        state = course.pop(0) if len(course) > 1 else course[0]
        if isinstance(state, Failure):
            raise state
        if state == "ROLLED_BACK":
            # As the circuit breaker does: the service is stable, on what it was before.
            self.deployments = [{"id": "ecs-svc/back", "status": "PRIMARY", "taskDefinition": OLD, "rolloutState": "COMPLETED"}]
        else:
            primary["rolloutState"] = state
        return {"services": [{"status": self.status, "taskDefinition": self.task_definition, "deployments": self.deployments}]}

    def update(self, parameters):
        self.task_definition = parameters["taskDefinition"]
        self.deployments = [{"id": f"ecs-svc/{len(self.deployments)}", "status": "PRIMARY", "taskDefinition": self.task_definition,
                             "rolloutState": "IN_PROGRESS"}, *[{**old, "status": "ACTIVE"} for old in self.deployments]]
        return self.describe_only()

    def describe_only(self):
        return {"service": {"deployments": self.deployments}}

    def updates(self):
        return [parameters["taskDefinition"] for parameters in self.world.parameters("UpdateService")]

    def test_deploys_the_image_by_its_digest_and_waits(self):
        output = self.green()
        self.assertIn(f"shop: {OLD} -> {NEW} ({DIGEST})", output)
        self.assertEqual(self.updates(), [NEW])
        self.assertEqual(self.registered, {"family": "shop", "containerDefinitions": [
            {"name": "shop", "image": DIGEST, "memory": 512}, {"name": "proxy", "image": "envoy"}]})
        self.assertEqual(self.world.operations("ecs").count("DescribeServices"), 4)

    def test_goes_back_when_it_fails(self):
        self.course[NEW] = ["IN_PROGRESS", "FAILED"]
        output = self.red("the deployment ecs-svc/1 is FAILED")
        self.assertIn(f"going back to {OLD}", output)
        self.assertEqual(self.updates(), [NEW, OLD])

    def test_without_a_rollback_it_stays(self):
        self.course[NEW] = ["FAILED"]
        self.red("shop: the deployment failed", ROLLBACK="none")
        self.assertEqual(self.updates(), [NEW])

    def test_a_stable_service_on_the_old_version_is_no_success(self):
        self.course[NEW] = ["IN_PROGRESS", "ROLLED_BACK"]
        self.red("the deployment ecs-svc/1 is GONE")

    def test_what_is_not_complete_in_time_is_taken_back(self):
        self.course[NEW] = ["IN_PROGRESS"]
        self.red("the deployment ecs-svc/1 was not complete in time", LIMIT="1")
        self.assertEqual(self.updates(), [NEW, OLD])

    def test_a_call_that_fails_once_does_not_matter(self):
        self.course[NEW] = ["IN_PROGRESS", Failure("ThrottlingException"), "COMPLETED"]
        self.assertNotIn("going back", self.green())

    def test_says_when_it_cannot_be_taken_back(self):
        self.course = {NEW: ["FAILED"], OLD: ["FAILED"]}
        self.red(f"shop could not be taken back to {OLD}")

    def test_an_alarm_during_the_deployment_takes_it_back(self):
        self.alarms = {"shop-5xx": [False, False, True], "shop-latency": False}
        self.course[NEW] = ["IN_PROGRESS"]
        output = self.red("in alarm: shop-5xx", ALARMS="shop-5xx\nshop-latency")
        self.assertIn("shop: the deployment failed", output)
        self.assertEqual(self.updates(), [NEW, OLD])

    def test_an_alarm_during_the_bake_time_takes_it_back(self):
        self.alarms = {"shop-all": [False, False, False, False, True]}
        output = self.red("in alarm: shop-all", ALARMS="shop-all", BAKE="30")
        self.assertIn("an alarm went off during the bake time", output)
        self.assertEqual(self.updates(), [NEW, OLD])

    def test_the_bake_time_ends(self):
        self.alarms = {"shop-5xx": False}
        self.green(ALARMS="shop-5xx", BAKE="1")

    def test_an_alarm_that_is_on_already_does_not_stop_what_may_end_it(self):
        self.alarms = {"shop-5xx": True, "shop-latency": False}
        output = self.green(ALARMS="shop-5xx\nshop-latency", BAKE="1")
        self.assertIn("on before the deployment, so not watched: shop-5xx", output)

    def test_the_others_are_watched_nevertheless(self):
        self.alarms = {"shop-5xx": True, "shop-latency": [False, True]}
        self.red("in alarm: shop-latency", ALARMS="shop-5xx\nshop-latency")

    def test_an_alarm_that_does_not_exist_is_found_before_anything_changes(self):
        self.alarms = {"shop-5xx": False}
        self.red("not all of these alarms exist: shop-5xx shop-missing", ALARMS="shop-5xx\nshop-missing")
        self.assertEqual((self.updates(), self.registered), ([], None))

    def test_a_service_that_is_not_there_is_not_created(self):
        self.status = "INACTIVE"
        self.red("there is no active service shop in cluster main; it belongs to the infrastructure")
        self.assertEqual(self.updates(), [])

    def test_a_container_that_is_not_there_is_refused(self):
        done = self.deploy(CONTAINER="checkout")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("it has no container checkout", done.output)
        self.assertEqual((self.updates(), self.registered), ([], None))


class CodeDeploy(DeploymentCase):
    script = "code_deploy.sh"

    def setUp(self):
        super().setUp()
        self.world.answer("ecs", "DescribeServices", {"services": [{
            "status": "ACTIVE", "taskDefinition": "the service knows better", "taskSets": [
                {"status": "DRAINING", "taskDefinition": NEW}, {"status": "PRIMARY", "taskDefinition": OLD}]}]})
        self.created = []
        self.stopped = []
        # What becomes of each deployment, from look to look.
        self.courses = [["Created", "InProgress", "Succeeded"]]
        self.rollbacks = {}
        self.continued = []
        self.world.answer("codedeploy", "CreateDeployment", self.create)
        self.world.answer("codedeploy", "GetDeployment", self.look)
        self.world.answer("codedeploy", "StopDeployment", self.stop)
        self.world.answer("codedeploy", "ContinueDeployment", self.go_on)
        (self.folder / "taskdef.json").write_text(json.dumps({"family": "shop", "containerDefinitions": [
            {"name": "shop", "image": "<IMAGE>"}, {"name": "proxy", "image": "envoy"}]}), encoding="utf-8")

    def create(self, parameters):
        self.created.append(parameters)
        return {"deploymentId": f"d-{len(self.created) - 1}"}

    def look(self, parameters):
        identifier = parameters["deploymentId"]
        course = self.courses[int(identifier[2:])]
        status = course.pop(0) if len(course) > 1 else course[0]
        if isinstance(status, Failure):
            raise status
        # The traffic is shifted, the old tasks wait for their end.
        info = {"status": status.removesuffix(" shifted"), "instanceTerminationWaitTimeStarted": status.endswith(" shifted")}
        if identifier in self.rollbacks:
            info["rollbackInfo"] = {"rollbackDeploymentId": self.rollbacks[identifier]}
        return {"deploymentInfo": info}

    def stop(self, parameters):
        self.stopped.append((parameters["deploymentId"], parameters["autoRollbackEnabled"]))
        self.courses[int(parameters["deploymentId"][2:])] = ["Stopped"]
        return {"status": "Pending"}

    def go_on(self, parameters):
        self.continued.append((parameters["deploymentId"], parameters["deploymentWaitType"]))
        self.courses[int(parameters["deploymentId"][2:])] = ["InProgress shifted", "Succeeded"]
        return {}

    def deploy(self, **more):
        return super().deploy(**{"PORT": "8080", "TASK_DEFINITION": "taskdef.json", "APPLICATION": "pipec-shop-prod-service",
                                 "DEPLOYMENT_GROUP": "pipec-shop-prod-service", "CONFIGURATION": "pipec-shop-canary-10-1", **more})

    def test_shifts_the_traffic_to_the_image_by_its_digest(self):
        self.assertIn(f"shop: {OLD} -> {NEW} ({DIGEST})", self.green())
        created = self.created[0]
        self.assertEqual(created["deploymentConfigName"], "pipec-shop-canary-10-1")
        self.assertEqual(created["revision"]["revisionType"], "AppSpecContent")
        content = created["revision"]["appSpecContent"]["content"]
        self.assertTrue(content.startswith('{"version":0.0,'), "CodeDeploy knows no version 0")
        self.assertEqual(json.loads(content)["Resources"][0]["TargetService"]["Properties"], {
            "TaskDefinition": NEW, "LoadBalancerInfo": {"ContainerName": "shop", "ContainerPort": 8080}})
        self.assertEqual([container["image"] for container in self.registered["containerDefinitions"]], [DIGEST, "envoy"])

    def test_waits_until_codedeploy_has_gone_back(self):
        self.courses = [["InProgress", "Failed"], ["InProgress", "InProgress", "Succeeded"]]
        self.rollbacks = {"d-0": "d-1"}
        output = self.red("the deployment d-0 is Failed")
        self.assertIn(f"shop is back at {OLD}", output)
        self.assertEqual((len(self.created), self.courses[1]), (1, ["Succeeded"]))

    def test_says_when_it_may_not_be_back(self):
        self.courses = [["Failed"], ["Failed"]]
        self.red(f"shop may not be back at {OLD}")
        self.rollbacks = {"d-0": "d-1"}
        self.created.clear()
        self.red(f"shop may not be back at {OLD}")

    def test_what_is_not_complete_in_time_is_stopped_and_taken_back(self):
        self.courses = [["InProgress"], ["Succeeded"]]
        self.rollbacks = {"d-0": "d-1"}
        output = self.red("the deployment d-0 was not complete in time", LIMIT="1")
        self.assertEqual(self.stopped, [("d-0", True)])
        self.assertIn(f"shop is back at {OLD}", output)

    def test_without_a_rollback_it_is_stopped_only(self):
        self.courses = [["InProgress"]]
        self.assertNotIn("back at", self.red("was not complete in time", LIMIT="1", ROLLBACK="none"))
        self.assertEqual(self.stopped, [("d-0", False)])

    def test_a_call_that_fails_once_does_not_matter(self):
        self.courses = [["InProgress", Failure("ThrottlingException"), "Succeeded"]]
        self.green()

    def test_an_alarm_during_the_bake_time_takes_it_back_while_the_old_tasks_are_there(self):
        self.courses = [["InProgress", "InProgress shifted"], ["Succeeded"]]
        self.rollbacks = {"d-0": "d-1"}
        self.alarms = {"shop-5xx": [False, False, True]}
        output = self.red("an alarm went off during the bake time", ALARMS="shop-5xx", BAKE="30")
        self.assertIn(f"shop is back at {OLD}", output)
        self.assertEqual((self.stopped, self.continued, len(self.created)), ([("d-0", True)], [], 1))
        self.assertEqual(self.created[0]["overrideAlarmConfiguration"], {"enabled": True, "alarms": [{"name": "shop-5xx"}]})

    def test_the_old_tasks_are_kept_until_the_bake_time_is_over_and_no_longer(self):
        self.courses = [["InProgress", "InProgress shifted"]]
        self.alarms = {"shop-5xx": False}
        self.green(ALARMS="shop-5xx", BAKE="1")
        self.assertEqual(self.continued, [("d-0", "TERMINATION_WAIT")])
        operations = self.world.operations("cloudwatch", "codedeploy")
        last_look = len(operations) - 1 - operations[::-1].index("DescribeAlarms")
        self.assertLess(last_look, operations.index("ContinueDeployment"))
        self.assertEqual(operations[-1], "GetDeployment")

    def test_a_deployment_that_codedeploy_stops_during_the_bake_time_fails(self):
        self.courses = [["InProgress shifted", "Stopped"], ["Succeeded"]]
        self.rollbacks = {"d-0": "d-1"}
        self.alarms = {"shop-5xx": False}
        self.world.answer("codedeploy", "ContinueDeployment", self.over)
        self.assertIn(f"shop is back at {OLD}", self.red("the deployment d-0 is Stopped", ALARMS="shop-5xx", BAKE="1"))

    @staticmethod
    def over(_):
        raise Failure("DeploymentAlreadyCompletedException")

    def test_an_alarm_that_is_on_already_does_not_stop_what_may_end_it(self):
        self.alarms = {"shop-5xx": True, "shop-latency": False}
        self.green(ALARMS="shop-5xx\nshop-latency", BAKE="1")
        self.assertEqual(self.created[0]["overrideAlarmConfiguration"], {"enabled": True, "alarms": [{"name": "shop-latency"}]})

    def test_a_deployment_that_codedeploy_refuses_fails(self):
        def refuse(_):
            raise Failure("DeploymentLimitExceededException", "one is in progress")
        self.world.answer("codedeploy", "CreateDeployment", refuse)
        done = self.deploy()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("DeploymentLimitExceededException", done.output)

    def test_a_service_that_is_not_there_is_not_created(self):
        self.world.answer("ecs", "DescribeServices", {"services": []})
        self.red("there is no active service shop in cluster main; it belongs to the infrastructure")
        self.assertEqual((self.created, self.registered), ([], None))

    def test_a_container_that_is_not_there_is_refused(self):
        done = self.deploy(CONTAINER="checkout")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("it has no container checkout", done.output)
        self.assertEqual((self.created, self.registered), ([], None))


class Locked(ScriptCase):
    """The emitted builds of building blocks look for the lock of the environment before anything else."""

    def test_without_the_lock_nothing_is_asked_of_the_environment(self):
        seen = set()
        for source, emitted in all_emitted():
            for pipeline in emitted.pipelines.values():
                for _, stage, action in actions_of(pipeline):
                    project = emitted.project(action) if action["ActionTypeId"]["Provider"] == "CodeBuild" else {}
                    variables = {one["Name"]: one["Value"] for one in project.get("Environment", {}).get("EnvironmentVariables", [])}
                    if "CLUSTER" not in variables or "pipec.claim" not in [one["Name"] for one in stage["Actions"]]:
                        continue
                    key = project["Source"]["BuildSpec"]["FindInMap"][1]
                    if key in seen:
                        continue
                    seen.add(key)
                    with self.subTest(source=source, action=action["Name"]):
                        self.refuses(emitted.pipelines_template.buildspec(project), {
                            **variables, **{one["name"]: one["value"] for one in json.loads(action["Configuration"]["EnvironmentVariables"])}})
        self.assertEqual(seen, {"LockedCodeDeployService", "LockedEcsService"})

    def refuses(self, buildspec, variables):
        self.assertEqual(variables["pipec_run"], "#{codepipeline.PipelineExecutionId}")
        self.world.calls.clear()
        self.world.answer("dynamodb", "GetItem", {"Item": {"lock_run": {"S": "run-2"}}})
        script = buildspec["phases"]["build"]["commands"][0].replace("/tmp/pipec", str(self.folder / "pipec"))
        done = self.bash(script, **{**variables, "pipec_run": "run-1", "CODEBUILD_BUILD_ID": "a:b"})
        self.assertEqual(done.returncode, 1, done.output)
        self.assertIn("refused: run run-2 holds the lock of " + variables["pipec_environment"], done.output)
        self.assertEqual([name for _, name, _ in self.world.calls], ["GetItem"])


if __name__ == "__main__":
    unittest.main()
