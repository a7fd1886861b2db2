"""The claim, the ledger and its overrides, executed against real repositories."""
import subprocess

import sandbox
from sandbox import LedgerTest


class DeploysOnce(LedgerTest):
    """H6."""

    branch = "hotfix/INC-1-fix"

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)
        self.fix = self.hotfix(self.branch, self.first)

    def claim(self, run, commit=None):
        return self.step("claim.sh", "hotfix", commit or self.fix, self.branch, run=run)

    def run_is(self, run, status, conclusion=None):
        self.gh({f"GET repos/{sandbox.REPOSITORY}/actions/runs/{run}": {"status": status, "conclusion": conclusion}})

    def test_the_record_of_a_claim(self):
        self.passes(self.claim(run=1))
        [record] = self.records("claim")
        del record["at"]
        self.assertEqual(record, {"number": 1, "run": "1", "commit": self.fix, "branch": self.branch, "incident": "INC-1"})

    def test_the_same_run_may_claim_again(self):
        self.passes(self.claim(run=1))
        self.assertIn("holds claim 1", self.passes(self.claim(run=1)).text)
        self.assertEqual(len(self.records("claim")), 1)

    def test_a_second_run_is_refused_while_the_first_is_under_way(self):
        self.passes(self.claim(run=1))
        self.run_is(1, "in_progress")
        self.refuses(self.claim(run=2), "has not ended")

    def test_a_second_run_is_refused_after_a_deployment(self):
        self.deploy("hotfix", self.fix, self.branch, run=1)
        self.author.git("switch", "--quiet", self.branch)
        more = self.author.commit("app.txt", "fixed better\n")
        self.author.push(self.branch)
        self.refuses(self.claim(run=2, commit=more), "was deployed to prod by run 1")
        self.refuses(self.guard("hotfix", more, self.branch), "was deployed to prod by run 1")

    def test_a_branch_that_was_made_anew_finds_the_old_claim(self):
        self.deploy("hotfix", self.fix, self.branch, run=1)
        self.author.git("push", "--quiet", "origin", "--delete", self.branch)
        again = self.hotfix(self.branch, self.fix, "another fix\n")
        self.refuses(self.claim(run=2, commit=again), "needs a branch of a new name")

    def test_after_a_failure_the_branch_may_be_claimed_anew(self):
        self.deploy("hotfix", self.fix, self.branch, run=1, status="failure")
        self.passes(self.claim(run=2))
        self.assertEqual([r["number"] for r in self.records("claim")], [1, 2])

    def test_after_a_rollback_the_branch_may_be_claimed_anew(self):
        self.deploy("hotfix", self.fix, self.branch, run=1, status="failure", rollbacks="success")
        self.assertEqual(self.records("deployment/prod")[-1]["outcome"], "rolled_back")
        self.passes(self.claim(run=2))

    def test_an_open_claim_of_a_run_that_failed_is_free(self):
        self.passes(self.claim(run=1))
        self.run_is(1, "completed", "failure")
        self.passes(self.claim(run=2))

    def test_an_open_claim_of_a_run_that_succeeded_is_final(self):
        self.passes(self.claim(run=1))
        self.run_is(1, "completed", "success")
        self.refuses(self.claim(run=2), "was deployed")

    def test_an_open_claim_of_an_unknown_run_is_refused(self):
        self.passes(self.claim(run=1))
        self.refuses(self.claim(run=2), "knows nothing")

    def test_of_two_runs_at_the_same_time_one_gets_the_claim(self):
        self.gh({f"GET repos/{sandbox.REPOSITORY}/actions/runs/{run}": {"status": "in_progress"} for run in (1, 2)})
        self.checkout(self.fix)
        other = self.folder / "other"
        subprocess.run(["git", "clone", "--quiet", str(self.remote), str(other)], check=True)
        variables = self.environment() | {
            "ENVIRONMENT": "prod", "COMMIT": self.fix, "BRANCH": self.branch,
            "BRANCH_PATTERN": sandbox.PATTERN}
        runs = [
            subprocess.Popen(["bash", str(sandbox.SCRIPTS / "claim.sh")], cwd=cwd, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env=variables | {"RUN_ID": run, "PIPEC_STATE": str(self.folder / run)})
            for cwd, run in ((self.job, "1"), (other, "2"))]
        texts = [run.communicate()[0] for run in runs]
        self.assertEqual(sorted(run.returncode for run in runs), [0, 1], texts)
        self.assertEqual(len(self.records("claim")), 1)

    def test_a_name_that_is_taken_is_not_overwritten(self):
        script = '. "$SCRIPTS/ledger.sh"; ledger_create x/1 \'{"a":1}\'; ledger_create x/1 \'{"a":2}\' || echo "status $?"'
        self.checkout(self.fix)
        result = subprocess.run(["bash", "-c", script], cwd=self.job, text=True, capture_output=True,
                                env=self.environment() | {"SCRIPTS": str(sandbox.SCRIPTS)})
        self.assertEqual(result.stdout, "status 1\n", result.stderr)
        self.assertEqual(self.records("x"), [{"a": 1}])

    def test_a_ledger_that_cannot_be_written_fails(self):
        (self.remote / "hooks").mkdir(exist_ok=True)
        hook = self.remote / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
        self.refuses(self.claim(run=1), "could not be claimed")


class Records(LedgerTest):
    def test_a_deployment_makes_its_commit_the_live_one(self):
        self.assertEqual(self.deploy("trunk", self.first).outputs["outcome"], "deployed")
        [record] = self.records("deployment/prod")
        del record["at"]
        self.assertEqual(record, {
            "number": 1, "outcome": "deployed", "commit": self.first, "route": "trunk", "branch": "main", "claim": 0,
            "incident": "", "run": str(self.run_number), "attempt": "1", "actor": "ada"})
        self.assertEqual(self.passes(self.guard("trunk", self.first)).outputs["live"], self.first)

    def test_after_a_failure_the_live_commit_stays(self):
        self.deploy("trunk", self.first)
        second = self.trunk("feature.txt", "x\n")
        for status, rollbacks, outcome in (("failure", "", "failed"), ("failure", "failure", "failed"),
                                           ("failure", "success failure", "failed"), ("cancelled", "success", "rolled_back"),
                                           ("failure", "success success", "rolled_back")):
            result = self.deploy("trunk", second, status=status, rollbacks=rollbacks)
            self.assertEqual(result.outputs["outcome"], outcome, (status, rollbacks))
        self.assertEqual(self.passes(self.guard("trunk", second)).outputs["live"], self.first)
        self.assertEqual([r["number"] for r in self.records("deployment/prod")], [1, 2, 3, 4, 5, 6])

    def test_nothing_is_recorded_when_nothing_was_begun(self):
        self.passes(self.step("record.sh", "trunk", self.first, JOB_STATUS="failure", ROLLBACKS=""))
        self.assertEqual(self.records("deployment"), [])

    def test_a_claim_without_a_deployment_is_recorded_as_failed(self):
        self.deploy("trunk", self.first)
        fix = self.hotfix("hotfix/INC-1-fix", self.first)
        self.step("claim.sh", "hotfix", fix, "hotfix/INC-1-fix", run=5)
        (self.folder / "state/begun").unlink(missing_ok=True)
        result = self.step("record.sh", "hotfix", fix, "hotfix/INC-1-fix", run=5, JOB_STATUS="failure", ROLLBACKS="success")
        self.assertEqual(self.passes(result).outputs["outcome"], "failed")

    def test_the_ledger_does_not_tag_commits(self):
        self.deploy("trunk", self.first)
        kinds = subprocess.run(["git", "for-each-ref", "--format=%(*objecttype)", "refs/tags/pipec"], cwd=self.remote,
                               check=True, text=True, capture_output=True).stdout.split()
        self.assertEqual(set(kinds), {"blob"})


class OutcomesAreKnown(LedgerTest):
    """A deployment that began and whose outcome could not be recorded is not forgotten."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)
        self.second = self.trunk("feature.txt", "x\n")
        self.passes(self.step("record.sh begin", "trunk", self.second, run=7))

    def run_is(self, status, conclusion=None):
        self.gh({f"GET repos/{sandbox.REPOSITORY}/actions/runs/7": {"status": status, "conclusion": conclusion}})

    def test_it_is_refused_until_one_succeeds(self):
        self.run_is("completed", "failure")
        self.refuses(self.guard("trunk", self.second), "how it ended was not recorded")
        self.without("guard.sh", "\noutcomes_are_known\n", "\n")
        self.deploy("trunk", self.second)
        self.scripts = sandbox.SCRIPTS
        self.passes(self.guard("trunk", self.second))

    def test_a_run_of_which_nothing_is_known_is_refused(self):
        self.refuses(self.guard("trunk", self.second), "how it ended was not recorded")

    def test_a_run_that_goes_on_is_waited_for_at_the_lock(self):
        self.run_is("in_progress")
        before = self.passes(self.guard("trunk", self.second)).outputs["live"]
        self.refuses(self.guard("trunk", self.second, CHECKED_LIVE=before), "how it ended was not recorded")
        self.passes(self.guard("trunk", self.second, run=7, CHECKED_LIVE=before))
        self.refuses(self.guard("trunk", self.second, run=7, attempt="2", CHECKED_LIVE=before), "how it ended was not recorded")

    def test_one_that_ended_before_its_first_step_is_recorded(self):
        (self.folder / "state/begun").unlink()
        ended = self.step("record.sh", "trunk", self.second, run=7, JOB_STATUS="failure", ROLLBACKS="success")
        self.assertEqual(self.passes(ended).outputs["outcome"], "failed")
        self.passes(self.guard("trunk", self.second))


class Overrides(LedgerTest):
    """Two people let one commit pass one guard."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)
        self.author.branch("hotfix/INC-1-fix", f"{self.first}~1")
        self.unbased = self.author.commit("app.txt", "fixed\n")
        self.author.push("hotfix/INC-1-fix")

    def override(self, approvals, guard="base", reason="the ledger is wrong", asked_by="ada", **variables):
        self.gh({f"GET repos/{sandbox.REPOSITORY}/actions/runs/9/approvals": [
            {"state": state, "user": {"login": user}, "environments": [{"name": environment}]}
            for state, user, environment in approvals]})
        return self.run_script("override.sh", **({
            "ENVIRONMENT": "prod", "GUARD": guard, "COMMIT": self.unbased, "REASON": reason, "ASKED_BY": asked_by,
            "STARTED_BY": asked_by, "APPROVAL_ENVIRONMENT": "prod-override", "RUN_ID": "9"} | variables))

    def test_two_people(self):
        self.refuses(self.guard("hotfix", self.unbased, "hotfix/INC-1-fix"), "not based on")
        self.passes(self.override([("approved", "grace", "prod-override")]))
        [record] = self.records("override")
        self.assertEqual((record["asked_by"], record["given_by"], record["reason"]), ("ada", "grace", "the ledger is wrong"))
        result = self.passes(self.guard("hotfix", self.unbased, "hotfix/INC-1-fix"))
        self.assertIn("Overridden by ada and grace: the ledger is wrong", result.text)

    def test_one_person_twice_is_refused(self):
        self.refuses(self.override([("approved", "ada", "prod-override")]), "Nobody but ada")

    def test_who_started_the_run_again_does_not_count(self):
        self.refuses(self.override([("approved", "grace", "prod-override")], STARTED_BY="grace"), "Nobody but ada")

    def test_an_approval_of_something_else_does_not_count(self):
        self.refuses(self.override([("approved", "grace", "prod")]), "Nobody but ada")
        self.refuses(self.override([("rejected", "grace", "prod-override")]), "Nobody but ada")

    def test_a_reason_is_needed(self):
        self.refuses(self.override([("approved", "grace", "prod-override")], reason=" "), "needs a reason")

    def test_a_guard_must_exist(self):
        self.refuses(self.override([("approved", "grace", "prod-override")], guard="x/../y"), "no guard of that name")

    def test_it_holds_for_one_guard_and_one_commit(self):
        self.passes(self.override([("approved", "grace", "prod-override")], guard="hotfixes"))
        self.refuses(self.guard("hotfix", self.unbased, "hotfix/INC-1-fix"), "not based on")
        self.passes(self.override([("approved", "grace", "prod-override")], guard="base"))
        self.author.git("switch", "--quiet", "hotfix/INC-1-fix")
        other = self.author.commit("app.txt", "something else\n")
        self.author.push("hotfix/INC-1-fix")
        self.refuses(self.guard("hotfix", other, "hotfix/INC-1-fix"), "not based on")

    def test_a_record_of_one_name_is_not_believed(self):
        self.author.git("tag", "--annotate", "--message", '{"asked_by": "ada", "given_by": "ada", "reason": "x"}',
                        f"pipec/checkout-service/override/prod/base/{self.unbased}", "main")
        self.author.git("push", "--quiet", "origin", "--tags")
        self.refuses(self.guard("hotfix", self.unbased, "hotfix/INC-1-fix"), "not based on")

    def test_a_second_claim(self):
        fix = self.hotfix("hotfix/INC-2-fix", self.first)
        self.deploy("hotfix", fix, "hotfix/INC-2-fix", run=1)
        self.refuses(self.step("claim.sh", "hotfix", fix, "hotfix/INC-2-fix", run=2), "was deployed")
        self.passes(self.override([("approved", "grace", "prod-override")], guard="claim", COMMIT=fix))
        self.passes(self.step("claim.sh", "hotfix", fix, "hotfix/INC-2-fix", run=2))
        self.assertEqual([r["number"] for r in self.records("claim")], [1, 2])


if __name__ == "__main__":
    sandbox.main()
