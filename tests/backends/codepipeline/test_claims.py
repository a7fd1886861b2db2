"""The function of the ledger: who may deploy, and who may pass a guard."""

import json
import unittest
from datetime import timedelta

from functions import FIX, LIVE, OLD, OTHER
from ledgers import BRANCH, HOTFIX, TRUNK, LedgerCase


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


if __name__ == "__main__":
    unittest.main()
