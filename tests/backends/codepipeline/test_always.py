"""The function that cleans up after a run that ended early: when it does, with what, and how often."""

import unittest
from datetime import datetime, timedelta, timezone

from functions import FIX, OTHER, FunctionCase

PIPELINE, PROJECT = "pipec-shop-trunk", "pipec-shop-trunk-beta-_always"
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def at(minute):
    return NOON + timedelta(minutes=minute)


def action(stage, name, minute, category="Build", status="Succeeded"):
    return {"actionExecutionId": f"{stage}/{name}/{minute}", "stageName": stage, "actionName": name, "status": status,
            "startTime": at(minute), "input": {"actionTypeId": {"category": category, "owner": "AWS", "provider": "x", "version": "1"}}}


class AlwaysCase(FunctionCase):
    file = "always.py"

    def setUp(self):
        super().setUp()
        self.actions = [action("build", "make", 0)]
        self.builds = []
        self.world.answer("codepipeline", "ListActionExecutions", self.list_actions)
        self.world.answer("codebuild", "ListBuildsForProject", lambda _: {"ids": [build["id"] for build in self.builds]})
        self.world.answer("codebuild", "BatchGetBuilds", lambda _: {"builds": self.builds})
        self.world.answer("codebuild", "StartBuild", {"build": {"id": "build:1"}})
        self.runs["run-1"] = {"status": "Failed", "artifactRevisions": [
            {"name": "_source", "revisionId": FIX}, {"name": "other", "revisionId": OTHER}]}

    def list_actions(self, parameters):
        self.assertEqual((parameters["pipelineName"], parameters["filter"]), (PIPELINE, {"pipelineExecutionId": "run-1"}))
        # The newest first, one on a page.
        token = int(parameters.get("nextToken", "0"))
        actions = list(reversed(self.actions))
        more = {"nextToken": str(token + 1)} if token + 1 < len(actions) else {}
        return {"actionExecutionDetails": actions[token:token + 1], **more}

    def end(self):
        """What it prints; an event of a run that ended early."""
        return self.call({"pipeline": PIPELINE, "run": "run-1", "stage": "beta", "action": "teardown.to.tell", "project": PROJECT})

    def started(self):
        return self.world.parameters("StartBuild")

    def build_ran(self, minute, run="run-1"):
        variables = [{"name": "OTHER", "value": run, "type": "PLAINTEXT"}, {"name": "pipec_run", "value": run, "type": "PLAINTEXT"}]
        self.builds.insert(0, {"id": f"build:{minute}", "startTime": at(minute), "environment": {"environmentVariables": variables}})


class Cleaning(AlwaysCase):
    def test_is_started_once_for_the_commit_of_the_run(self):
        self.actions += [action("beta", "service.eu-west-1", 2), action("beta", "smoke", 4, status="Failed")]
        self.end()
        (start,) = self.started()
        self.assertEqual((start["projectName"], start["sourceVersion"]), (PROJECT, FIX))
        self.assertEqual(start["environmentVariablesOverride"], [{"name": "pipec_run", "value": "run-1", "type": "PLAINTEXT"},
                                                                 {"name": "pipec_ref", "value": "", "type": "PLAINTEXT"}])
        # Again at the same moment: CodeBuild knows by the token; later: the build is found.
        self.end()
        self.assertEqual(len({one["idempotencyToken"] for one in self.started()}), 1)
        self.build_ran(5)
        self.assertIn("is being cleaned already", self.end())
        self.assertEqual(len(self.started()), 2)

    def test_it_knows_the_branch_as_the_run_did(self):
        source = action("pipec.source", "pipec.source", -1, "Source")
        source["output"] = {"outputVariables": {"BranchName": "feature/x"}}
        self.actions += [source, action("beta", "smoke", 4, status="Failed")]
        self.end()
        self.runs["run-1"]["variables"] = [{"name": "COMMIT", "resolvedValue": FIX}, {"name": "BRANCH", "resolvedValue": "hotfix/x"}]
        self.end()
        self.assertEqual([start["environmentVariablesOverride"][1]["value"] for start in self.started()], ["feature/x", "hotfix/x"])

    def test_is_not_started_for_a_stage_that_has_not_begun(self):
        for actions in ([], [action("beta.release", "pipec.guard.beta", 1)],
                        [action("beta.release", "pipec.guard.beta", 1), action("beta.release", "release", 2, "Approval", "Failed")],
                        [action("beta", "pipec.claim", 1, "Invoke", "Failed")],
                        [action("betatest", "smoke", 1), action("gamma", "service", 2)]):
            with self.subTest(actions=actions):
                self.actions = [action("build", "make", 0), *actions]
                self.assertIn("beta has not begun in run-1", self.end())
        self.assertEqual(self.started(), [])

    def test_is_started_when_a_later_part_of_the_stage_ended_the_run(self):
        self.actions += [action("beta", "service", 1), action("beta.look", "look", 2, "Approval", "Failed")]
        self.end()
        self.assertEqual(len(self.started()), 1)

    def test_is_not_started_when_the_run_got_there_itself(self):
        self.actions += [action("beta", "service", 1), action("beta", "teardown.to.tell", 3, status="Failed")]
        self.assertIn("has cleaned beta itself", self.end())
        # A later stage failed.
        self.actions += [action("gamma", "smoke", 5, status="Failed")]
        self.end()
        self.assertEqual(self.started(), [])

    def test_is_started_again_when_the_stage_was_tried_again(self):
        self.actions += [action("beta", "smoke", 1, status="Failed")]
        self.end()
        self.build_ran(2)
        self.actions += [action("beta", "smoke", 10, status="Failed")]
        self.end()
        self.assertEqual(len(self.started()), 2)
        self.assertEqual(len({one["idempotencyToken"] for one in self.started()}), 2)
        # After a rollback or a retry that had cleaned the stage, too.
        self.actions += [action("beta", "teardown.to.tell", 20), action("beta", "smoke", 30, status="Failed")]
        self.build_ran(11)
        self.end()
        self.assertEqual(len(self.started()), 3)

    def test_builds_of_other_runs_do_not_count(self):
        self.actions += [action("beta", "smoke", 1, status="Failed")]
        self.build_ran(5, run="run-2")
        self.end()
        self.assertEqual(len(self.started()), 1)


if __name__ == "__main__":
    unittest.main()
