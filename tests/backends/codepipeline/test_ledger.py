"""The function of the ledger, with DynamoDB in memory: who may deploy, what is live, what became of hotfixes."""

import json
import unittest
from datetime import datetime, timedelta, timezone

from functions import FIX, LIVE, OLD, OTHER, FunctionCase

BRANCH = "hotfix/INC-42-null"
HOTFIX, TRUNK, BACKFILL = "pipec-shop-hotfix", "pipec-shop-trunk", "pipec-shop-backfill"
NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=timezone.utc)


class LedgerCase(FunctionCase):
    file = "ledger.py"
    has_table = True
    variables = {
        "PIPELINE": "shop", "REPOSITORY": "acme/shop", "COMPARE": "https://github.com/acme/shop/compare/main...",
        "ENVIRONMENTS": '["prod"]', "NOTIFY": "pipec-shop-notify", "BACKFILL": BACKFILL, "SOURCE_ACTION": "source",
        "BRANCHES": "hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*", "WITHIN": "86400", "LIMIT": "2", "PER": "2592000"}

    def setUp(self):
        super().setUp()
        self.now = NOW
        self.function.now = lambda: self.now
        self.approvals = []
        for result in ("PutJobSuccessResult", "PutJobFailureResult"):
            self.world.answer("codepipeline", result, {})
        self.world.answer("codepipeline", "ListActionExecutions", lambda _: {"actionExecutionDetails": self.approvals})
        self.world.answer("codepipeline", "StartPipelineExecution", {"pipelineExecutionId": "run-backfill"})
        self.world.answer("lambda", "Invoke", {})
        self.world.answer("ssm", "CreateOpsItem", {"OpsItemId": "oi-1"})
        self.put("prod", "state", live=LIVE, live_run="run-0", generation=7)

    def put(self, pk, sk, **attributes):
        self.table.put_item(Item={"pk": pk, "sk": sk, **attributes})

    def get(self, sk, pk="prod"):
        return self.table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})

    def state(self):
        return self.get("state")

    def claim_entry(self, branch=BRANCH):
        return self.get(f"claim#{branch}")

    def request(self, *steps, run="run-1", route="hotfix", **more):
        request = {"do": steps, "route": route, "environment": "prod", "run": run,
                   "pipeline": HOTFIX if route == "hotfix" else TRUNK, "commit": FIX if route == "hotfix" else OTHER,
                   "generation": "7", "base": LIVE, "authors": "ann@acme.example", "separate": False,
                   "committed": "1772625000"}
        if route == "hotfix":
            request.update(branch=BRANCH, incident="INC-42")
        return {**request, **more}

    def ask(self, *steps, token=None, **request):
        """The answer to an action: `passed`, `waiting`, or the message of its failure."""
        data = {"actionConfiguration": {"configuration": {"UserParameters": json.dumps(self.request(*steps, **request))}}}
        if token:
            data["continuationToken"] = token
        before = len(self.world.calls)
        self.printed = self.call({"CodePipeline.job": {"id": "11111111-2222-3333-4444-555555555555", "data": data}})
        answers = [(name, parameters) for _, name, parameters in self.world.calls[before:] if name.startswith("PutJob")]
        self.assertEqual(len(answers), 1, "an action must be answered once")
        name, parameters = answers[0]
        if name == "PutJobFailureResult":
            return parameters["failureDetails"]["message"]
        self.token = parameters.get("continuationToken")
        return "waiting" if self.token else "passed"

    def deploy(self, run="run-1", route="hotfix", commit=None, **more):
        """One deployment, from its claim to the end of its run."""
        commit = commit or (FIX if route == "hotfix" else OTHER)
        self.start(run, commit)
        more = {"commit": commit, "generation": str(self.state()["generation"]), **more}
        self.assertEqual(self.ask("claim", run=run, route=route, **more), "passed")
        self.assertEqual(self.ask("record", "release", run=run, route=route, **more), "passed")
        self.end(run, "Succeeded", HOTFIX if route == "hotfix" else TRUNK)

    def end(self, run, status, pipeline=HOTFIX):
        self.runs[run]["status"] = status
        return self.call({"detail": {"pipeline": pipeline, "execution-id": run}})

    def notices(self):
        return [json.loads(parameters["Payload"])["message"] for parameters in self.world.parameters("Invoke")]

    def consent(self, *people, commit=FIX, guards=("live", "claim"), role="AROAEXAMPLE", environment="prod", ago=timedelta()):
        for guard in guards:
            for person in people:
                self.put(f"override#{role}:{person}", f"{environment}#{commit}#{guard}", reason="the guard is wrong",
                         at=(self.now - ago).isoformat(timespec="seconds"))


class ClaimOfABranch(LedgerCase):
    """H6."""

    def test_passes_and_keeps_who_and_what(self):
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "passed")
        entry = self.claim_entry()
        self.assertEqual((entry["state"], entry["run"], entry["commit"], entry["base"], entry["incident"], entry["repository"]),
                         ("claimed", "run-1", FIX, LIVE, "INC-42", "acme/shop"))
        self.assertEqual((self.state()["lock_run"], self.state()["live"]), ("run-1", LIVE))

    def test_the_same_run_passes_again(self):
        self.start("run-1", FIX)
        self.assertEqual([self.ask("claim"), self.ask("claim")], ["passed", "passed"])

    def test_the_same_run_passes_again_after_it_was_recorded(self):
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "passed")
        self.assertEqual(self.ask("record", "release"), "passed")
        self.assertEqual(self.ask("claim"), "passed")
        self.assertEqual(self.claim_entry()["state"], "deployed")

    def test_a_second_run_of_the_branch_is_refused(self):
        self.deploy()
        self.start("run-2", FIX)
        message = self.ask("claim", run="run-2", generation="8")
        self.assertEqual(message, f"{BRANCH} was deployed to prod by run run-1; a new incident needs a new branch")
        self.assertNotIn("lock_run", self.state())

    def test_a_branch_created_again_is_refused(self):
        self.deploy()
        self.deploy("run-2", "trunk", merged=OTHER)
        self.start("run-3", OLD)
        message = self.ask("claim", run="run-3", commit=OLD, generation="9", base=OTHER)
        self.assertEqual(message, f"{BRANCH} was deployed to prod by run run-1; a new incident needs a new branch")
        self.assertEqual(self.claim_entry()["commit"], FIX)

    def test_another_run_that_is_not_finished_keeps_its_claim(self):
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "passed")
        self.assertEqual(self.ask("release"), "passed")
        self.start("run-2", FIX)
        message = self.ask("claim", run="run-2")
        self.assertEqual(message, f"{BRANCH} is claimed by run run-1, which is not finished")
        self.assertNotIn("lock_run", self.state())

    def test_a_failed_deployment_may_be_tried_by_another_run(self):
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "passed")
        self.end("run-1", "Failed")
        self.assertEqual(self.claim_entry()["state"], "failed")
        self.start("run-2", FIX)
        self.assertEqual(self.ask("claim", run="run-2"), "passed")
        self.assertEqual((self.claim_entry()["state"], self.claim_entry()["run"]), ("claimed", "run-2"))

    def test_a_claim_whose_run_is_gone_is_resolved_by_the_platform_whatever_its_age(self):
        for status, expected in (("Failed", "passed"), ("Stopped", "passed"), (None, "passed"),
                                 ("Succeeded", f"{BRANCH} was deployed to prod by run run-1; a new incident needs a new branch"),
                                 ("InProgress", f"{BRANCH} is claimed by run run-1, which is not finished")):
            with self.subTest(status=status):
                self.put("prod", f"claim#{BRANCH}", state="claimed", run="run-1", pipeline=HOTFIX, branch=BRANCH, commit=FIX,
                         incident="INC-42", claimed_at="2020-01-01T00:00:00+00:00")
                self.runs.clear()
                if status:
                    self.start("run-1", FIX, status=status)
                self.start("run-2", FIX)
                self.assertEqual(self.ask("claim", run="run-2"), expected)
                self.ask("release", run="run-2")

    def test_a_name_of_another_form_is_refused(self):
        self.start("run-1", FIX)
        for branch in ("feature/INC-42-null", "hotfix/urgent", "hotfix/INC-42-null\n", "x/hotfix/INC-42-null"):
            with self.subTest(branch=branch):
                self.assertEqual(self.ask("claim", branch=branch), f"{branch} is not the name of a hotfix branch")
        self.assertNotIn("lock_run", self.state())

    def test_other_branches_do_not_matter(self):
        self.deploy()
        self.deploy("run-2", branch="hotfix/INC-43-more", commit=OTHER, incident="INC-43")
        self.assertEqual(self.claim_entry("hotfix/INC-43-more")["state"], "deployed")


class ClaimOfAnEnvironment(LedgerCase):
    """H9: what the guard saw must still hold; one lock for each environment."""

    def test_a_waiting_trunk_run_is_refused_after_a_hotfix_went_live(self):
        self.start("run-1", OTHER)
        self.deploy("run-2")
        message = self.ask("claim", route="trunk")
        self.assertEqual(message, "what is live in prod changed since the guard looked at it (generation 7, now 8): "
                                  "start the run again")
        self.assertEqual(self.state()["live"], FIX)
        self.assertNotIn("lock_run", self.state())

    def test_a_hotfix_is_refused_after_trunk_went_live(self):
        self.deploy("run-2", "trunk")
        self.start("run-1", FIX)
        self.assertIn("(generation 7, now 8)", self.ask("claim"))
        self.assertEqual(self.claim_entry(), {})

    def test_a_run_is_refused_after_the_live_commit_was_corrected(self):
        self.put("prod", "state", live=OLD, live_run="arn:aws:iam::1:user/ann", generation=8)
        self.start("run-1", OTHER)
        self.assertIn("(generation 7, now 8)", self.ask("claim", route="trunk"))

    def test_a_first_deployment_is_refused_when_something_was_recorded_since(self):
        self.start("run-1", OTHER)
        self.assertIn("(generation 0, now 7)", self.ask("claim", route="trunk", generation="0"))

    def test_a_first_deployment_passes(self):
        self.table.delete_item(Key={"pk": "prod", "sk": "state"})
        self.start("run-1", OTHER)
        self.assertEqual(self.ask("claim", route="trunk", generation="0"), "passed")

    def test_a_run_of_another_commit_is_refused(self):
        self.start("run-1", OLD)
        self.assertEqual(self.ask("claim"), f"the guard looked at {FIX}, but this run is of {OLD}")
        self.assertEqual(self.claim_entry(), {})

    def test_waits_while_another_run_changes_the_environment(self):
        for status in ("InProgress", "Stopping"):
            with self.subTest(status=status):
                self.start("run-2", OTHER)
                self.assertEqual(self.ask("lock", run="run-2", route="trunk"), "passed")
                self.runs["run-2"]["status"] = status
                self.start("run-1", FIX)
                self.assertEqual(self.ask("claim"), "waiting")
                self.assertIn(f"run run-2 of {TRUNK} is changing prod", self.printed)
                self.assertEqual(self.claim_entry(), {})
        self.ask("release", run="run-2", route="trunk")
        self.assertEqual(self.ask("claim", token=self.token), "passed")

    def test_gives_up_waiting(self):
        self.start("run-2", OTHER)
        self.ask("lock", run="run-2", route="trunk")
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "waiting")
        self.now += timedelta(hours=1, minutes=59)
        self.assertEqual(self.ask("claim", token=self.token), "waiting")
        self.now += timedelta(minutes=1)
        self.assertEqual(self.ask("claim", token=self.token), f"gave up waiting: run run-2 of {TRUNK} is changing prod")

    def test_the_lock_of_a_run_that_is_over_is_freed(self):
        for status in ("Failed", "Stopped", "Superseded", "Cancelled", None):
            with self.subTest(status=status):
                self.start("run-2", OTHER)
                self.assertEqual(self.ask("lock", run="run-2", route="trunk"), "passed")
                self.runs.pop("run-2")
                if status:
                    self.start("run-2", OTHER, status=status)
                self.start("run-1", FIX)
                self.assertEqual(self.ask("claim"), "passed")
                self.assertEqual(self.state()["lock_run"], "run-1")
                self.end("run-1", "Failed")

    def test_a_run_that_changed_nothing_in_between_does_not_hold_it_up(self):
        self.start("run-2", OTHER)
        self.ask("claim", run="run-2", route="trunk")
        self.end("run-2", "Failed", TRUNK)
        self.start("run-1", FIX)
        self.assertEqual(self.ask("claim"), "passed")

    def test_of_two_claims_at_the_same_moment_one_waits(self):
        self.start("run-1", FIX)
        self.start("run-2", OTHER)
        write = self.function.TABLE.update_item
        raced = []

        def update_item(**arguments):
            if not raced:
                raced.append(True)
                self.assertEqual(self.ask("lock", run="run-2", route="trunk"), "passed")
            return write(**arguments)

        self.function.TABLE.update_item = update_item
        self.assertEqual(self.ask_alone("claim"), ["PutJobSuccessResult", "PutJobSuccessResult"])
        self.assertEqual(self.state()["lock_run"], "run-2")

    def ask_alone(self, *steps):
        data = {"actionConfiguration": {"configuration": {"UserParameters": json.dumps(self.request(*steps))}}}
        self.call({"CodePipeline.job": {"id": "11111111-2222-3333-4444-555555555555", "data": data}})
        return [name for name in self.world.operations() if name.startswith("PutJob")]


class Rollback(LedgerCase):
    def test_is_never_held_up(self):
        self.deploy("run-2")
        self.start("run-1", executionType="ROLLBACK")
        self.assertEqual(self.ask("claim", route="trunk", commit=OLD), "passed")
        self.assertEqual(self.ask("record", "release", route="trunk", commit=OLD), "passed")
        self.assertEqual(self.metrics(self.printed), {"RolledBack": 1})
        self.assertEqual((self.state()["live"], self.state()["generation"]), (OLD, 9))
        self.assertEqual(self.claim_entry()["state"], "deployed")

    def test_does_not_wait_for_the_window(self):
        self.start("run-1", executionType="ROLLBACK")
        self.assertEqual(self.ask("window", open="Mon 03:00-03:01", zone="Europe/Berlin"), "passed")

    def test_waits_for_a_run_that_is_changing_the_environment(self):
        self.start("run-2", OTHER)
        self.ask("lock", run="run-2", route="trunk")
        self.start("run-1", executionType="ROLLBACK")
        self.assertEqual(self.ask("claim", route="trunk"), "waiting")


class AuthorAndApprover(LedgerCase):
    def approve(self, *people, status="Succeeded", category="Approval"):
        self.approvals += [{"input": {"actionTypeId": {"category": category}}, "status": status,
                            "updatedBy": f"arn:aws:sts::1:assumed-role/PaymentsOncall/{person}"} for person in people]

    def test_the_author_may_not_approve(self):
        self.start("run-1", FIX)
        for person in ("ann@acme.example", "ann", "ANN"):
            with self.subTest(person=person):
                self.approvals.clear()
                self.approve("bob", person)
                self.assertRegex(self.ask("claim", separate=True), f"/{person} approved a change of their own; somebody else")
        self.assertEqual(self.claim_entry(), {})

    def test_somebody_else_may_and_is_kept(self):
        self.start("run-1", FIX)
        self.approve("bob", "joann")
        self.assertEqual(self.ask("claim", separate=True), "passed")
        self.assertIn("PaymentsOncall/bob", self.claim_entry()["approver"])

    def test_only_approvals_that_were_given_count(self):
        self.start("run-1", FIX)
        self.approve("ann", status="Failed")
        self.approve("ann", category="Build")
        self.assertEqual(self.ask("claim", separate=True), "passed")

    def test_authors_that_cannot_be_told_are_refused(self):
        self.start("run-1", FIX)
        self.approve("bob")
        self.assertRegex(self.ask("claim", separate=True, authors="*"), "could not tell everybody who wrote the change")
        self.assertNotIn("lock_run", self.state())
        self.consent("ann", "bob")
        self.assertRegex(self.ask("claim", separate=True, authors="*"), "could not tell everybody who wrote the change")
        self.consent("ann", "bob", guards=["author"])
        self.assertEqual(self.ask("claim", separate=True, authors="*"), "passed")

    def test_where_they_need_not_differ_nothing_is_compared(self):
        for authors in ("ann@acme.example", "*"):
            with self.subTest(authors=authors):
                self.start("run-1", FIX)
                self.approve("ann")
                self.assertEqual(self.ask("claim", separate=False, authors=authors), "passed")


class BreakGlass(LedgerCase):
    def test_two_people_let_a_refused_run_pass(self):
        self.deploy()
        self.start("run-2", FIX)
        self.consent("ann", "bob")
        self.assertEqual(self.ask("claim", run="run-2"), "passed")
        self.assertEqual((self.claim_entry()["run"], self.claim_entry()["overridden_by"]), ("run-2", ["ann", "bob"]))

    def test_one_person_does_not(self):
        self.deploy()
        self.start("run-2", FIX)
        for consents in (["ann"], ["ann", "Ann"]):
            with self.subTest(consents=consents):
                self.consent(*consents)
                self.assertIn("changed since the guard looked", self.ask("claim", run="run-2"))

    def test_the_same_person_in_two_roles_is_one(self):
        self.deploy()
        self.start("run-2", FIX)
        self.consent("ann", role="AROAONE")
        self.consent("ann", role="AROATWO")
        self.assertIn("changed since the guard looked", self.ask("claim", run="run-2"))

    def test_consent_is_for_one_commit_of_one_environment(self):
        self.deploy()
        self.start("run-2", FIX)
        self.consent("ann", "bob", commit=OTHER)
        self.consent("ann", "bob", environment="beta")
        self.assertIn("changed since the guard looked", self.ask("claim", run="run-2"))

    def test_consent_is_for_one_guard(self):
        self.deploy()
        self.start("run-2", FIX)
        self.consent("ann", "bob", guards=["live"])
        self.assertIn("a new incident needs a new branch", self.ask("claim", run="run-2"))
        self.consent("ann", guards=["claim"])
        self.consent("bob", guards=["base"])
        self.assertIn("a new incident needs a new branch", self.ask("claim", run="run-2"))
        self.consent("bob", guards=["claim"])
        self.assertEqual(self.ask("claim", run="run-2"), "passed")

    def test_consent_lasts_a_day(self):
        self.deploy()
        self.start("run-2", FIX)
        self.consent("bob")
        for ago in (timedelta(days=1, seconds=1), -timedelta(minutes=6)):
            with self.subTest(ago=ago):
                self.consent("ann", ago=ago)
                self.assertIn("changed since the guard looked", self.ask("claim", run="run-2"))
        self.put("override#AROAEXAMPLE:ann", f"prod#{FIX}#live", reason="without a time")
        self.assertIn("changed since the guard looked", self.ask("claim", run="run-2"))
        self.consent("ann", ago=timedelta(hours=23))
        self.assertEqual(self.ask("claim", run="run-2"), "passed")

    def test_a_run_in_progress_is_waited_for_nevertheless(self):
        self.start("run-2", OTHER)
        self.ask("lock", run="run-2", route="trunk")
        self.start("run-1", FIX)
        self.consent("ann", "bob")
        self.assertEqual(self.ask("claim"), "waiting")

    def test_a_name_of_another_form_is_refused_nevertheless(self):
        self.start("run-1", FIX)
        self.consent("ann", "bob")
        self.assertIn("is not the name of a hotfix branch", self.ask("claim", branch="feature/x"))


class Record(LedgerCase):
    def test_the_commit_is_live_from_then_on(self):
        self.deploy()
        state = self.state()
        self.assertEqual((state["live"], state["live_run"], state["generation"]), (FIX, "run-1", 8))
        self.assertNotIn("lock_run", state)
        history = [item for item in self.table.scan()["Items"] if item["sk"].startswith("deployment#")]
        self.assertEqual([(item["result"], item["route"], item["commit"], item["run"]) for item in history],
                         [("deployed", "hotfix", FIX, "run-1")])

    def test_without_the_lock_nothing_is_recorded(self):
        self.start("run-1", FIX)
        expected = "the lock of prod does not belong to run run-1: retry all actions of the stage"
        self.assertEqual(self.ask("record"), expected)
        self.start("run-2", OTHER)
        self.ask("lock", run="run-2", route="trunk")
        self.assertEqual(self.ask("record"), expected)
        self.assertEqual(self.state()["live"], LIVE)

    def test_twice_is_once(self):
        self.start("run-1", FIX)
        self.ask("claim")
        self.assertEqual([self.ask("record"), self.ask("record")], ["passed", "passed"])
        self.assertEqual(self.state()["generation"], 8)
        self.assertEqual(len(self.world.parameters("CreateOpsItem")), 1)
        self.assertEqual(len(self.world.parameters("StartPipelineExecution")), 1)

    def test_goes_on_where_it_was_interrupted(self):
        self.start("run-1", FIX)
        self.ask("claim")
        finish, self.function.finish_hotfix = self.function.finish_hotfix, None
        self.assertIn("the ledger could not answer: TypeError", self.ask("record"))
        self.assertEqual((self.state()["live"], self.claim_entry()["state"]), (FIX, "claimed"))
        self.function.finish_hotfix = finish
        self.assertEqual(self.ask("record"), "passed")
        self.assertEqual((self.claim_entry()["state"], self.state()["generation"]), ("deployed", 8))
        self.assertEqual(self.claim_entry()["due"], "2026-03-05T12:00:00+00:00")

    def test_measures(self):
        self.deploy_measured("run-1", {"Deployments": 1})
        self.end_measured("run-2", {"FailedDeployments": 1})
        self.now += timedelta(minutes=5)
        self.deploy_measured("run-3", {"Deployments": 1, "RestoreTime": 300})

    def deploy_measured(self, run, expected):
        self.start(run, OTHER)
        more = {"run": run, "route": "trunk", "generation": str(self.state()["generation"])}
        self.assertEqual(self.ask("claim", **more), "passed")
        self.ask("record", "release", **more)
        found = self.metrics(self.printed)
        self.assertGreater(found.pop("LeadTime"), 0)
        self.assertEqual(found, expected)

    def end_measured(self, run, expected):
        self.start(run, OTHER)
        self.ask("claim", run=run, route="trunk", generation=str(self.state()["generation"]))
        self.assertEqual(self.metrics(self.end(run, "Failed", TRUNK)), expected)
        self.assertEqual(self.metrics(self.end(run, "Failed", TRUNK)), {}, "the event came twice")


class EndOfARun(LedgerCase):
    def test_a_failed_deployment_leaves_what_is_live_and_frees_the_lock(self):
        self.start("run-1", FIX)
        self.ask("claim")
        self.end("run-1", "Failed")
        state = self.state()
        self.assertEqual((state["live"], state["generation"], state["failed_at"]), (LIVE, 7, "2026-03-04T12:00:00+00:00"))
        self.assertNotIn("lock_run", state)

    def test_an_event_of_a_run_that_was_started_again_is_out_of_date(self):
        self.start("run-1", FIX)
        self.ask("claim")
        self.call({"detail": {"pipeline": HOTFIX, "execution-id": "run-1"}})
        self.assertEqual((self.state()["lock_run"], self.claim_entry()["state"]), ("run-1", "claimed"))

    def test_a_run_without_the_lock_changes_nothing(self):
        self.start("run-1", FIX)
        self.ask("claim")
        self.start("run-2", OTHER)
        self.assertEqual(self.metrics(self.end("run-2", "Failed", TRUNK)), {})
        self.assertEqual((self.state()["lock_run"], self.claim_entry()["state"]), ("run-1", "claimed"))

    def test_a_backfill_that_passed_is_kept(self):
        self.deploy()
        self.assertEqual(self.claim_entry()["backfill_run"], "run-backfill")
        self.start("run-backfill", FIX)
        self.end("run-backfill", "Failed", BACKFILL)
        self.assertNotIn("backfilled", self.claim_entry())
        self.end("run-backfill", "Succeeded", BACKFILL)
        self.assertEqual(self.claim_entry()["backfilled"], "2026-03-04T12:00:00+00:00")


class AfterAHotfix(LedgerCase):
    def test_what_it_skipped_is_run_on_its_commit(self):
        self.deploy()
        self.assertEqual(self.world.parameters("StartPipelineExecution")[0]["name"], BACKFILL)
        self.assertEqual(self.world.parameters("StartPipelineExecution")[0]["sourceRevisions"],
                         [{"actionName": "source", "revisionType": "COMMIT_ID", "revisionValue": FIX}])
        self.assertIn(f"{BRANCH} is live in prod. Merge it back: https://github.com/acme/shop/compare/main...{BRANCH}", self.notices())

    def test_a_review_is_opened(self):
        self.deploy()
        review = self.world.parameters("CreateOpsItem")[0]
        self.assertEqual(review["Title"], "Post-incident pipeline review: INC-42")
        for line in ("- Hotfix deployed: 2026-03-04T12:00:00+00:00", "- [ ] Was rollback fast enough?", "4. Update runbook:"):
            self.assertIn(line, review["Description"])

    def test_trunk_has_none_of_it(self):
        self.deploy(route="trunk")
        self.assertEqual(self.world.operations("ssm", "lambda"), [])

    def test_too_many_are_told(self):
        for number, days in enumerate((0, 20, 29)):
            self.now = NOW + timedelta(days=days)
            self.deploy(f"run-{number}", branch=f"hotfix/INC-{number}-x", incident=f"INC-{number}")
            told = [notice for notice in self.notices() if "the regular way is too slow" in notice]
            self.assertEqual(len(told), int(number == 2))
        self.assertIn("3 hotfixes of prod in 30 days, 2 are normal", told[0])

    def test_old_ones_do_not_count(self):
        for number, days in enumerate((0, 20, 31)):
            self.now = NOW + timedelta(days=days)
            self.deploy(f"run-{number}", branch=f"hotfix/INC-{number}-x", incident=f"INC-{number}")
        self.assertFalse([notice for notice in self.notices() if "the regular way is too slow" in notice])

    def test_a_failure_afterwards_is_told_and_does_not_fail_the_deployment(self):
        def broken(_):
            raise RuntimeError("out of order")
        self.world.answer("ssm", "CreateOpsItem", broken)
        self.deploy()
        self.assertIn(f"open review failed for {BRANCH}: out of order", self.notices())
        self.assertEqual(self.claim_entry()["state"], "deployed")


class Reminders(LedgerCase):
    def remind(self, after):
        self.now = NOW + after
        before = len(self.notices())
        self.call({"source": "aws.events"})
        return self.notices()[before:]

    def setUp(self):
        super().setUp()
        self.deploy()

    def test_in_time_nobody_is_reminded(self):
        self.assertEqual(self.remind(timedelta(hours=23)), [])

    def test_an_overdue_hotfix_is_told_once_a_day(self):
        told = self.remind(timedelta(hours=25))
        self.assertEqual(told, [f"{BRANCH} has been live in prod since 2026-03-04T12:00:00+00:00 and should have been merged back "
                                "and backfilled by 2026-03-05T12:00:00+00:00"])
        self.assertEqual(self.remind(timedelta(hours=26)), [])
        self.assertEqual(len(self.remind(timedelta(hours=49))), 1)

    def test_each_duty_ends_on_its_own(self):
        self.update(merged=OTHER)
        self.assertIn("should have been backfilled by", self.remind(timedelta(hours=25))[0])
        self.update(backfilled="2026-03-06T00:00:00+00:00")
        self.assertEqual(self.remind(timedelta(hours=49)), [])

    def update(self, **attributes):
        self.table.put_item(Item={**self.claim_entry(), **attributes})


class Window(LedgerCase):
    def ask_at(self, moment, opening="Mon-Fri 08:00-16:00", zone="Europe/Berlin"):
        self.now = datetime.fromisoformat(moment + "+00:00")
        return self.ask("window", open=opening, zone=zone)

    def setUp(self):
        super().setUp()
        self.start("run-1", OTHER)

    def test_hours_are_those_of_the_zone_in_summer_and_winter(self):
        self.assertEqual(self.ask_at("2026-03-04T07:00"), "passed")
        self.assertEqual(self.ask_at("2026-03-04T06:59"),
                         "Wed 07:59 Europe/Berlin is outside of the window Mon-Fri 08:00-16:00")
        self.assertEqual(self.ask_at("2026-07-01T06:00"), "passed")
        self.assertIn("outside", self.ask_at("2026-07-01T14:00"))

    def test_days(self):
        self.assertIn("Sat 10:00 Europe/Berlin is outside", self.ask_at("2026-03-07T09:00"))
        self.assertEqual(self.ask_at("2026-03-07T09:00", "Sat,Sun 08:00-16:00"), "passed")
        self.assertEqual(self.ask_at("2026-03-08T09:00", "Fri-Mon 08:00-16:00"), "passed")
        self.assertIn("outside", self.ask_at("2026-03-04T09:00", "Fri-Mon 08:00-16:00"))

    def test_it_may_close_on_the_next_day(self):
        opening = "Fri 22:00-04:00"
        self.assertEqual(self.ask_at("2026-03-06T22:00", opening), "passed")
        self.assertEqual(self.ask_at("2026-03-07T02:59", opening), "passed")
        self.assertIn("outside", self.ask_at("2026-03-07T03:00", opening))
        self.assertIn("outside", self.ask_at("2026-03-06T02:00", opening))

    def test_an_unknown_zone_is_refused(self):
        self.assertEqual(self.ask_at("2026-03-04T09:00", zone="Mars/Olympus"), "the time zone Mars/Olympus is unknown")


class Answers(LedgerCase):
    def test_an_action_never_hangs(self):
        def broken(_):
            raise RuntimeError("no answer")
        self.world.answer("codepipeline", "GetPipelineExecution", broken)
        self.assertEqual(self.ask("claim"), "the ledger could not answer: RuntimeError: no answer")

    def test_an_unknown_step_fails(self):
        self.assertIn("the ledger could not answer: KeyError", self.ask("sing"))



if __name__ == "__main__":
    unittest.main()
