"""The scripts that see to what a hotfix owes, against a stand-in for GitHub's API."""
import http.server
import json
import threading
import time

import sandbox
from sandbox import REPO, LedgerTest, ScriptTest


class Debts(LedgerTest):
    """The deadlines of hotfixes."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)
        self.fix = self.hotfix("hotfix/INC-1-fix", self.first)
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.world = {f"GET {REPO}/issues": [], f"POST {REPO}/issues": {"number": 5}}

    def monitor(self, within=86400, limit=0, monitor="", strict="true", commit=None):
        self.gh(self.world)
        return self.step("monitor.sh", "trunk", commit or self.first, WITHIN=within, LIMIT=limit, PER=30 * 86400, MONITOR=monitor,
                         PERIOD=14400, STRICT=strict, REPORT_LABEL="pipec")

    def opened(self):
        return [c["fields"]["title"] for c in self.gh_calls(f"POST {REPO}/issues")]

    def test_within_the_deadline(self):
        text = self.passes(self.monitor()).text
        self.assertIn("its backfill has not passed and it is not merged back", text)
        self.assertEqual(self.opened(), [])

    def test_overdue(self):
        self.refuses(self.monitor(within=-1), "Overdue hotfix")
        self.assertEqual(self.opened(), ["Overdue hotfix: hotfix/INC-1-fix"])

    def test_overdue_never_stops_a_hotfix(self):
        self.passes(self.monitor(within=-1, strict="false"))
        self.assertEqual(self.opened(), ["Overdue hotfix: hotfix/INC-1-fix"])

    def test_one_issue_is_enough(self):
        self.world[f"GET {REPO}/issues"] = [{"title": "Overdue hotfix: hotfix/INC-1-fix", "number": 4}]
        self.refuses(self.monitor(within=-1), "Issue 4")
        self.assertEqual(self.opened(), [])

    def test_paid(self):
        self.passes(self.step("record_backfill.sh", "backfill", self.fix, "hotfix/INC-1-fix", run=3))
        self.refuses(self.monitor(within=-1), "it is not merged back.")
        self.author.git("switch", "--quiet", "main")
        self.author.git("merge", "--quiet", "--no-ff", "--no-edit", "hotfix/INC-1-fix")
        self.author.push("main")
        self.passes(self.monitor(within=-1))

    def test_a_backfill_of_an_earlier_commit_pays_nothing(self):
        self.passes(self.step("record_backfill.sh", "backfill", self.first, "hotfix/INC-1-fix", run=3))
        self.refuses(self.monitor(within=-1), "its backfill has not passed")

    def test_frequency_warns_and_opens_a_review(self):
        self.passes(self.monitor(limit=1))
        self.assertEqual(self.opened(), [])
        second = self.hotfix("hotfix/INC-2-fix", self.fix, "more\n")
        self.deploy("hotfix", second, "hotfix/INC-2-fix")
        self.assertIn("::warning", self.passes(self.monitor(limit=1)).text)
        self.assertEqual(self.opened(), ["Too many hotfixes of checkout-service"])

    def watched(self, state="active", hours_ago=1, created_hours_ago=1000):
        def ago(hours):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600))
        runs = [] if hours_ago is None else [{"created_at": ago(hours_ago)}]
        self.world |= {f"GET {REPO}/actions/workflows/monitor.yml": {"state": state, "created_at": ago(created_hours_ago)},
                       f"GET {REPO}/actions/workflows/monitor.yml/runs": {"workflow_runs": runs}}
        return self.monitor(monitor="monitor.yml")

    def test_the_monitor_is_watched(self):
        self.passes(self.watched())
        self.passes(self.watched(hours_ago=None, created_hours_ago=1))
        self.refuses(self.watched(state="disabled_inactivity"), "is disabled_inactivity")
        self.refuses(self.watched(hours_ago=9), "two periods")
        self.refuses(self.watched(hours_ago=None, created_hours_ago=9), "two periods")

    def test_metrics(self):
        self.passes(self.step("metrics.sh", "trunk", self.first, DAYS=30))
        found = json.loads((self.job / "metrics.json").read_text())
        self.assertEqual((found["deployments"], found["hotfixes"], found["failed"], found["rolled_back"]), (1, 1, 0, 0))
        self.assertLess(found["lead_time_seconds"], 600)
        self.assertIsNone(found["mttr_seconds"])
        self.assertEqual(found["change_failure_rate"], 0)
        self.assertIn("| deployments | 1 |", (self.folder / "summary").read_text())

    def test_metrics_count_failures_apart(self):
        third = self.hotfix("hotfix/INC-3-fix", self.fix, "broken\n")
        self.deploy("hotfix", third, "hotfix/INC-3-fix", status="failure", rollbacks="success")
        self.deploy("hotfix", third, "hotfix/INC-3-fix", status="failure")
        self.passes(self.step("metrics.sh", "trunk", self.first, DAYS=30))
        found = json.loads((self.job / "metrics.json").read_text())
        self.assertEqual((found["deployments"], found["hotfixes"], found["failed"], found["rolled_back"]), (1, 1, 1, 1))
        self.assertIsNotNone(found["mtbf_seconds"])
        self.assertEqual(found["change_failure_rate"], 0.5)


class FollowUp(LedgerTest):
    def back_merge(self, world, into="main"):
        self.gh(world)
        return self.run_script("back_merge.sh", BRANCH="hotfix/INC-1-fix", INTO=into, HOURS=24, REPORT_LABEL="pipec")

    def world(self, **changes):
        return {f"GET {REPO}/pulls": [], f"GET {REPO}/compare/main...hotfix/INC-1-fix": {"ahead_by": 1},
                f"POST {REPO}/pulls": {"number": 8}, f"GET {REPO}/pulls/8": {"mergeable": True},
                f"GET {REPO}/issues": [], f"POST {REPO}/issues": {"number": 5}} | changes

    def test_a_pull_request_is_opened(self):
        self.assertIn("pull request 8 was opened", self.passes(self.back_merge(self.world())).text)
        self.assertEqual(self.gh_calls(f"POST {REPO}/issues"), [])

    def test_there_is_one_already(self):
        self.passes(self.back_merge(self.world(**{f"GET {REPO}/pulls": [{"number": 3}]})))
        self.assertEqual(self.gh_calls("POST"), [])

    def test_nothing_to_merge(self):
        self.passes(self.back_merge(self.world(**{f"GET {REPO}/compare/main...hotfix/INC-1-fix": {"ahead_by": 0}})))
        self.assertEqual(self.gh_calls("POST"), [])

    def test_a_conflict_opens_an_issue(self):
        self.passes(self.back_merge(self.world(**{f"GET {REPO}/pulls/8": {"sequence": [{"mergeable": None}, {"mergeable": False}]}})))
        self.assertIn("conflicts", self.gh_calls(f"POST {REPO}/issues")[0]["fields"]["body"])

    def test_where_actions_may_not_open_one_a_person_is_asked(self):
        world = self.world()
        del world[f"POST {REPO}/pulls"]
        self.passes(self.back_merge(world))
        self.assertIn("compare/main...hotfix/INC-1-fix", self.gh_calls(f"POST {REPO}/issues")[0]["fields"]["body"])

    def test_several_branches(self):
        world = self.world(**{f"GET {REPO}/compare/develop...hotfix/INC-1-fix": {"ahead_by": 0}})
        text = self.passes(self.back_merge(world, into="main\ndevelop")).text
        self.assertIn("main: pull request 8", text)
        self.assertIn("develop: there is nothing", text)

    def test_the_backfill_is_dispatched_on_the_branch(self):
        self.gh({f"POST {REPO}/actions/workflows/pipec.yml/dispatches": {}})
        self.passes(self.run_script("start_backfill.sh", WORKFLOW="pipec.yml", BRANCH="hotfix/INC-1-fix"))
        self.assertEqual(self.gh_calls()[0]["fields"], {"ref": "hotfix/INC-1-fix"})

    def test_the_review_has_every_field(self):
        self.deploy("trunk", self.first)
        fix = self.hotfix("hotfix/INC-1-fix", self.first)
        self.deploy("hotfix", fix, "hotfix/INC-1-fix", run=77)
        self.gh({f"GET {REPO}/issues": [], f"POST {REPO}/issues": {"number": 5},
                 f"GET {REPO}/actions/runs/77": {"run_started_at": "2026-11-21T09:00:00Z"}})
        self.passes(self.run_script("review.sh", ENVIRONMENT="prod", BRANCH="hotfix/INC-1-fix",
                                    BRANCH_PATTERN="^hotfix/(INC-[0-9]+)-[^/]*$", COMMIT=fix, RUN_ID="77",
                                    CHANGES="build.lint skipped: style", REPORT_LABEL="pipec"))
        [call] = self.gh_calls(f"POST {REPO}/issues")
        self.assertEqual(call["fields"]["title"], "Review of INC-1 (hotfix/INC-1-fix)")
        body = call["fields"]["body"]
        for field in ("Incident ID\n\nINC-1", "Deploy started: 2026-11-21T09:00:00Z", "Issue detected", "Rollback initiated",
                      "Service recovered", "Root cause identified", "Hotfix deployed: 20", "Could a test have caught this?",
                      "Could canary analysis have caught this?", "Could a security scan have caught this?",
                      "Was rollback fast enough?", "Did monitoring detect the issue?", "Add test:", "Tighten canary threshold:",
                      "Add monitoring:", "Update runbook:", "build.lint skipped: style"):
            self.assertIn(field, body)


class MakeWay(ScriptTest):
    def make_way(self, jobs):
        world = {f"GET {REPO}/actions/workflows/pipec.yml/runs": {"workflow_runs": [
            {"id": i, "status": "waiting"} for i in range(1, len(jobs) + 1)] + [{"id": 90, "status": "completed"}]}}
        for i, job in enumerate(jobs, 1):
            world[f"GET {REPO}/actions/runs/{i}/jobs"] = {"jobs": job}
            world[f"POST {REPO}/actions/runs/{i}/cancel"] = {}
        self.gh(world)
        self.passes(self.run_script("make_way.sh", WORKFLOW="pipec.yml", JOB="prod.release, prod.service", RUN_ID="50"))
        return [c["call"].split("/")[-2] for c in self.gh_calls("POST")]

    def test_only_what_waits_at_the_environment_is_cancelled(self):
        name = "trunk / prod.release, prod.service"
        self.assertEqual(self.make_way([
            [{"name": name, "status": "waiting"}],
            [{"name": name, "status": "pending"}],
            [{"name": name, "status": "in_progress"}],
            [{"name": name, "status": "completed"}],
            [{"name": "trunk / build.compile", "status": "queued"}],
        ]), ["1", "2"])


class Notify(ScriptTest):
    def setUp(self):
        super().setUp()
        received = self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("localhost", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.webhook = f"http://localhost:{self.server.server_port}/secret"

    def notify(self, event, events="started waiting succeeded failed rolled_back", needs=None, outcome="", webhook=None, changes=""):
        return self.passes(self.run_script(
            "notify.sh", WEBHOOK=self.webhook if webhook is None else webhook, EVENT=event, EVENTS=events,
            NEEDS=json.dumps({k: {"result": v} for k, v in (needs or {}).items()}), OUTCOME=outcome, ROUTE="hotfix",
            BRANCH='hotfix/INC-1-"$(id)"', COMMIT="abc", ACTOR="ada", CHANGES=changes, RUN_ID="7"))

    def test_events(self):
        self.notify("started", changes="build.lint skipped: style")
        self.notify("waiting")
        self.notify("ended", needs={"build": "success", "other": "skipped"}, outcome="deployed")
        self.notify("ended", needs={"build": "failure"})
        self.notify("ended", needs={"build": "failure"}, outcome="rolled_back")
        self.assertEqual([next(w for w in ("started", "waits", "succeeded", "failed", "rolled back") if w in m["text"])
                          for m in self.received], ["started", "waits", "succeeded", "failed", "rolled back"])
        self.assertIn('hotfix/INC-1-"$(id)"', self.received[0]["text"])
        self.assertIn("build.lint skipped: style", self.received[0]["text"])

    def test_only_what_was_asked_for(self):
        self.notify("ended", events="failed", needs={"build": "success"})
        self.assertEqual(self.received, [])

    def test_the_address_is_not_shown(self):
        self.assertNotIn("secret", self.notify("started").text)

    def test_a_channel_that_is_down_stops_nothing(self):
        self.server.shutdown()
        self.server.server_close()
        self.assertIn("::warning", self.notify("started").text)

    def test_no_webhook_is_a_warning(self):
        self.assertIn("no webhook", self.notify("started", webhook="").text)


if __name__ == "__main__":
    sandbox.main()
