"""The function that tells people: what, by which channel, and what it never tells."""

import json
import unittest
import urllib.request
from unittest import mock

from aws import Failure
from functions import FunctionCase

TOPIC, OTHER_TOPIC = "arn:aws:sns:eu-west-1:444444444444:notices", "arn:aws:sns:eu-west-1:444444444444:other"
HOTFIX, TRUNK = "pipec-shop-hotfix", "pipec-shop-trunk"
WEBHOOK = "https://hooks.example/secret-path"
EVERYTHING = ["started", "waiting", "succeeded", "failed", "rolled_back"]


class NotifyCase(FunctionCase):
    file = "notify.py"
    variables = {
        "NOTES": json.dumps({HOTFIX: "Left out: lint (style does not cause outages)"}),
        "CHANNELS": json.dumps([
            {"kind": "sns", "to": TOPIC, "pipeline": "", "on": ["failed", "rolled_back"]},
            {"kind": "slack", "to": "SLACK", "pipeline": HOTFIX, "on": EVERYTHING}])}

    def setUp(self):
        super().setUp()
        self.posts = []
        self.post_fails = False
        self.patch(mock.patch.object(urllib.request, "urlopen", self.urlopen))
        self.world.answer("sns", "Publish", {})
        self.world.answer("secretsmanager", "GetSecretValue", {"SecretString": WEBHOOK})
        self.start("run-1")

    def urlopen(self, request, timeout):
        self.assertEqual(timeout, 10)
        if self.post_fails:
            raise OSError(f"cannot reach {request.full_url}")
        self.posts.append((request.full_url, json.loads(request.data)["text"]))
        return mock.MagicMock()

    def published(self):
        return [parameters["Message"] for parameters in self.world.parameters("Publish")]

    def run_event(self, pipeline, state=None, **detail):
        detail = {"pipeline": pipeline, "execution-id": "run-1", **detail}
        return self.call({"source": "aws.codepipeline", "detail-type": "CodePipeline", "detail": {**detail, **({"state": state} if state else {})}})


class Runs(NotifyCase):
    def test_of_trunk_are_told_when_the_channel_wants_to_know(self):
        for state in ("STARTED", "SUCCEEDED"):
            self.run_event(TRUNK, state)
        self.assertEqual((self.published(), self.posts), ([], []))
        for state in ("FAILED", "STOPPED"):
            self.run_event(TRUNK, state)
        link = f"https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{TRUNK}/executions/run-1/timeline"
        self.assertEqual(self.published(), [f"{TRUNK}: failed\n{link}"] * 2)
        self.assertEqual(self.world.parameters("Publish")[0]["Subject"], f"{TRUNK}: failed")

    def test_of_a_hotfix_are_told_from_start_to_end_with_what_it_left_out(self):
        self.run_event(HOTFIX, "STARTED")
        self.run_event(HOTFIX, "STARTED", action="release", stage="prod.release")
        self.run_event(HOTFIX, "SUCCEEDED")
        self.assertEqual([text.splitlines()[0] for _, text in self.posts], [
            f"{HOTFIX}: started", f"{HOTFIX} waits for the approval release of prod.release", f"{HOTFIX}: succeeded"])
        self.assertTrue(all("Left out: lint (style does not cause outages)" in text for _, text in self.posts))
        self.assertEqual({url for url, _ in self.posts}, {WEBHOOK})

    def test_a_rollback_that_succeeded_is_told_as_one(self):
        self.start("run-1", executionType="ROLLBACK")
        self.run_event(TRUNK, "SUCCEEDED")
        self.assertEqual([text.splitlines()[0] for text in self.published()], [f"{TRUNK}: rolled back"])


class Others(NotifyCase):
    def test_a_message_of_the_ledger_goes_to_every_channel(self):
        self.call({"message": "3 hotfixes in 30 days"})
        self.assertEqual((self.published(), self.posts), (["3 hotfixes in 30 days"], [(WEBHOOK, "3 hotfixes in 30 days")]))

    def test_who_goes_round_the_gates_is_told_to_every_channel(self):
        self.call({"source": "aws.codepipeline", "detail-type": "AWS API Call via CloudTrail", "detail": {
            "eventName": "OverrideStageCondition", "userIdentity": {"arn": "arn:aws:iam::1:user/eve"},
            "requestParameters": {"pipelineName": HOTFIX}}})
        told = 'arn:aws:iam::1:user/eve called OverrideStageCondition: {"pipelineName": "pipec-shop-hotfix"}'
        self.assertEqual((self.published(), self.posts), ([told], [(WEBHOOK, told)]))

    def test_a_channel_that_fails_does_not_silence_the_others_and_the_event_comes_again(self):
        def broken(_):
            raise Failure("InternalError")
        self.world.answer("sns", "Publish", broken)
        with self.assertRaisesRegex(RuntimeError, "not told: sns"):
            self.call({"message": "x"})
        self.assertEqual(self.posts, [(WEBHOOK, "x")])

    def test_the_address_of_a_channel_does_not_reach_the_log(self):
        self.post_fails = True
        with self.assertRaises(Exception) as raised, mock.patch("builtins.print") as log:
            self.call({"message": "x"})
        self.assertEqual(log.call_args_list, [mock.call("slack failed: OSError")])
        # Lambda writes the exception to the log.
        self.assertNotIn("secret-path", f"{raised.exception!r} {raised.exception.__context__!r} {raised.exception.__cause__!r}")

    def test_a_place_is_told_once(self):
        twice = [{"kind": "sns", "to": TOPIC, "pipeline": "", "on": EVERYTHING}, {"kind": "sns", "to": TOPIC, "pipeline": HOTFIX, "on": EVERYTHING},
                 {"kind": "sns", "to": OTHER_TOPIC, "pipeline": HOTFIX, "on": EVERYTHING}]
        with mock.patch.dict("os.environ", CHANNELS=json.dumps(twice)):
            self.run_event(HOTFIX, "FAILED")
        self.assertEqual([parameters["TopicArn"] for parameters in self.world.parameters("Publish")], [TOPIC, OTHER_TOPIC])


if __name__ == "__main__":
    unittest.main()
