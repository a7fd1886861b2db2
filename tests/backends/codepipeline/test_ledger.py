"""The function of the ledger: what is live, what became of hotfixes, windows."""

import unittest
from datetime import datetime, timedelta

from functions import FIX, LIVE, OTHER
from ledgers import BRANCH, HOTFIX, TRUNK, BACKFILL, NOW, LedgerCase


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
