"""The guards, the claim and the ledger, executed against real repositories."""
import subprocess

import sandbox
from sandbox import LedgerTest


class StartsFromWhatRuns(LedgerTest):
    """H8."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)

    def test_a_branch_from_the_live_commit_passes(self):
        commit = self.hotfix("hotfix/INC-1-fix", self.first)
        result = self.passes(self.guard("hotfix", commit, "hotfix/INC-1-fix"))
        self.assertEqual(result.outputs, {"live": self.first, "proceed": "true"})

    def test_nothing_recorded_is_refused(self):
        commit = self.hotfix("hotfix/INC-1-fix", self.first)
        self.environment_name = "other"
        self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "setup.sh --live")

    def test_a_branch_that_is_not_based_on_the_live_commit_is_refused(self):
        self.author.branch("hotfix/INC-1-fix", f"{self.first}~1")
        commit = self.author.commit("app.txt", "fixed\n")
        self.author.push("hotfix/INC-1-fix")
        self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "not based on")

    def test_unrelated_history_is_refused(self):
        self.author.git("switch", "--quiet", "--orphan", "hotfix/INC-1-fix")
        commit = self.author.commit("app.txt", "one\n")
        self.author.push("hotfix/INC-1-fix")
        self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "not based on")

    def test_a_branch_from_the_tip_of_trunk_is_refused(self):
        unreleased = self.trunk("feature.txt", "unfinished\n")
        commit = self.hotfix("hotfix/INC-1-fix", unreleased)
        self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "brings unreleased commits")

    def test_merging_trunk_into_the_branch_is_refused(self):
        self.hotfix("hotfix/INC-1-fix", self.first)
        self.trunk("feature.txt", "unfinished\n")
        self.author.git("switch", "--quiet", "hotfix/INC-1-fix")
        self.author.git("merge", "--quiet", "--no-edit", "main")
        self.author.push("hotfix/INC-1-fix")
        commit = self.author.git("rev-parse", "HEAD")
        self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "brings unreleased commits")

    def test_a_branch_without_a_change_ends_green_with_nothing_to_deploy(self):
        self.author.branch("hotfix/INC-1-fix", self.first)
        self.author.push("hotfix/INC-1-fix")
        result = self.passes(self.guard("hotfix", self.first, "hotfix/INC-1-fix"))
        self.assertEqual(result.outputs["proceed"], "false")
        self.assertEqual(self.records("claim"), [])

    def test_a_change_that_was_taken_back_has_nothing_to_deploy(self):
        self.hotfix("hotfix/INC-1-fix", self.first)
        commit = self.author.commit("app.txt", "one\n")
        self.author.push("hotfix/INC-1-fix")
        self.assertEqual(self.passes(self.guard("hotfix", commit, "hotfix/INC-1-fix")).outputs["proceed"], "false")

    def test_a_branch_without_an_incident_is_refused(self):
        commit = self.hotfix("hotfix/fix", self.first)
        self.refuses(self.guard("hotfix", commit, "hotfix/fix"), "not the name of a hotfix branch")

    def test_only_the_first_record_may_be_without_a_deployment(self):
        forged = '{"number": 7, "outcome": "recorded", "commit": "%s"}' % self.trunk("feature.txt", "x\n")
        self.author.git("tag", "--annotate", "--message", forged, "pipec/checkout-service/deployment/prod/000007", "main")
        self.author.git("push", "--quiet", "origin", "--tags")
        commit = self.hotfix("hotfix/INC-1-fix", self.first)
        self.assertEqual(self.passes(self.guard("hotfix", commit, "hotfix/INC-1-fix")).outputs["live"], self.first)

    def test_a_tag_that_is_no_record_stops_nobody(self):
        self.author.git("tag", "--annotate", "--message", "hello", "pipec/checkout-service/deployment/prod/zzz", "main")
        self.author.git("push", "--quiet", "origin", "--tags")
        self.passes(self.guard("trunk", self.first))


class ComesFromItsOwnRef(LedgerTest):
    """The caller belongs to the branch: on a hotfix branch it can be edited to call the workflow of another route."""

    branch = "hotfix/INC-1-fix"

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)

    def tag(self, name, commit):
        self.author.git("tag", name, commit)
        self.author.git("push", "--quiet", "origin", name)
        return {"GITHUB_REF": f"refs/tags/{name}", "REFS": "refs/heads/main\nrefs/tags/v*"}

    def test_trunk_passes(self):
        self.passes(self.guard("trunk", self.trunk("feature.txt", "x\n")))

    def test_the_route_of_trunk_on_a_hotfix_branch_is_refused(self):
        self.author.branch(self.branch, self.first)
        commit = self.author.commit(".github/workflows/pipec-checkout-service.yml", "name: calls trunk\n")
        self.author.push(self.branch)
        self.refuses(self.guard("trunk", commit, self.branch), "does not deploy refs/heads/hotfix/INC-1-fix to prod")

    def test_a_hotfix_branch_at_a_commit_of_trunk_is_refused(self):
        self.refuses(self.guard("trunk", self.first, self.branch), "does not deploy refs/heads/hotfix/INC-1-fix to prod")

    def test_a_route_without_refs_is_refused(self):
        self.refuses(self.guard("trunk", self.first, REFS=""), "does not deploy refs/heads/main to prod")

    def test_a_longer_name_is_another_branch(self):
        self.refuses(self.guard("trunk", self.first, "main-2"), "does not deploy refs/heads/main-2 to prod")

    def test_a_tag_on_trunk_passes(self):
        self.passes(self.guard("release", self.first, "v1", **self.tag("v1", self.first)))

    def test_one_star_stops_at_a_slash(self):
        folder = {"GITHUB_REF": "refs/tags/v1/2", "REFS": "refs/heads/main\nrefs/tags/v*"}
        self.refuses(self.guard("release", self.first, "v1/2", **folder), "does not deploy refs/tags/v1/2 to prod")

    def test_two_stars_cross_slashes(self):
        folder = {"GITHUB_REF": "refs/tags/v1/2", "REFS": "refs/heads/main\nrefs/tags/v**"}
        self.passes(self.guard("release", self.first, "v1/2", **folder))

    def test_a_tag_that_is_not_on_trunk_is_refused(self):
        fix = self.hotfix(self.branch, self.first)
        self.refuses(self.guard("release", fix, "v1", **self.tag("v1", fix)), "is not on main")

    def test_a_tag_named_as_a_hotfix_branch_is_refused(self):
        fix = self.hotfix(self.branch, self.first)
        self.refuses(self.guard("hotfix", fix, self.branch, GITHUB_REF=f"refs/tags/{self.branch}"), "not the name of a hotfix branch")

    def test_a_backfill_is_of_a_hotfix_branch(self):
        self.refuses(self.guard("backfill", self.first), "not the name of a hotfix branch")
        fix = self.hotfix(self.branch, self.first)
        self.refuses(self.guard("backfill", fix, self.branch), "only what runs there")
        self.deploy("hotfix", fix, self.branch)
        self.passes(self.guard("backfill", fix, self.branch))

    def test_two_people_may_let_it_pass(self):
        fix = self.hotfix(self.branch, self.first)
        self.gh({f"GET repos/{sandbox.REPOSITORY}/actions/runs/9/approvals": [
            {"state": "approved", "user": {"login": "grace"}, "environments": [{"name": "prod-override"}]}]})
        self.passes(self.run_script("override.sh", ENVIRONMENT="prod", GUARD="source", COMMIT=fix, REASON="a broken trunk",
                                    ASKED_BY="ada", STARTED_BY="ada", APPROVAL_ENVIRONMENT="prod-override", RUN_ID="9"))
        self.passes(self.guard("trunk", fix, self.branch))


class IsNotUndone(LedgerTest):
    """H9."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)
        self.waiting = self.trunk("feature.txt", "released later\n")
        self.fix = self.hotfix("hotfix/INC-1-fix", self.first)

    def merge_by_squash(self, *, base="main"):
        self.author.git("switch", "--quiet", base)
        self.author.git("merge", "--quiet", "--squash", "hotfix/INC-1-fix")
        self.author.git("commit", "--quiet", "--message", "Fix (#7)")
        self.author.push(base)
        self.author.git("push", "--quiet", "origin", f"{self.fix}:refs/pull/7/head")
        return self.author.git("rev-parse", "HEAD")

    def test_a_trunk_run_that_waits_while_a_hotfix_goes_live_is_refused(self):
        before = self.passes(self.guard("trunk", self.waiting))
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        again = self.guard("trunk", self.waiting, CHECKED_LIVE=before.outputs["live"])
        self.refuses(again, "lacks the hotfix")

    def test_a_new_trunk_run_without_the_hotfix_is_refused(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.refuses(self.guard("trunk", self.trunk("more.txt", "more\n")), "lacks the hotfix")

    def test_a_second_hotfix_without_the_first_is_refused(self):
        second = self.hotfix("hotfix/INC-2-other", self.first, "other\n")
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.refuses(self.guard("hotfix", second, "hotfix/INC-2-other"), "not based on")

    def test_a_second_hotfix_based_on_the_first_passes(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.passes(self.guard("hotfix", self.hotfix("hotfix/INC-2-other", self.fix, "other\n"), "hotfix/INC-2-other"))

    def test_a_merge_commit_brings_the_hotfix_back(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.author.git("switch", "--quiet", "main")
        self.author.git("merge", "--quiet", "--no-edit", "hotfix/INC-1-fix")
        self.author.push("main")
        self.passes(self.guard("trunk", self.author.git("rev-parse", "HEAD")))

    def test_a_squash_merge_counts_once_it_is_recorded(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        merged = self.merge_by_squash()
        self.refuses(self.guard("trunk", merged), "lacks the hotfix")
        self.gh({f"GET repos/{sandbox.REPOSITORY}/pulls": [
            {"number": 7, "merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": merged}]})
        self.assertIn("Merged back", self.passes(self.step("merged.sh", "trunk", merged)).text)
        self.passes(self.guard("trunk", merged))
        self.passes(self.guard("trunk", self.trunk("more.txt", "more\n")))
        # What trunk was before the merge still lacks the hotfix, whatever is recorded.
        self.refuses(self.guard("trunk", self.waiting), "lacks the hotfix")
        self.passes(self.step("merged.sh", "trunk", merged))
        self.assertEqual(len(self.records("merged")), 1)

    def test_a_pull_request_that_did_not_hold_the_deployed_commit_does_not_count(self):
        merged = self.merge_by_squash()
        self.author.git("switch", "--quiet", "hotfix/INC-1-fix")
        later = self.author.commit("app.txt", "fixed better\n")
        self.author.push("hotfix/INC-1-fix")
        self.deploy("hotfix", later, "hotfix/INC-1-fix")
        self.gh({f"GET repos/{sandbox.REPOSITORY}/pulls": [
            {"number": 7, "merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": merged}]})
        self.assertIn("Not merged back", self.passes(self.step("merged.sh", "trunk", merged)).text)
        self.refuses(self.guard("trunk", merged), "lacks the hotfix")

    def test_a_pull_request_into_another_branch_does_not_count(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix")
        self.author.branch("develop", self.first)
        elsewhere = self.merge_by_squash(base="develop")
        self.gh({f"GET repos/{sandbox.REPOSITORY}/pulls": [
            {"number": 7, "merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": elsewhere}]})
        self.assertIn("Not merged back", self.passes(self.step("merged.sh", "trunk", self.waiting)).text)

    def test_a_failed_hotfix_binds_nobody(self):
        self.deploy("hotfix", self.fix, "hotfix/INC-1-fix", status="failure", rollbacks="success")
        self.passes(self.guard("trunk", self.waiting))

    def test_an_older_run_does_not_take_a_newer_one_back(self):
        older, newer = self.waiting, self.trunk("more.txt", "more\n")
        before = self.passes(self.guard("trunk", older)).outputs["live"]
        self.deploy("trunk", newer)
        self.refuses(self.guard("trunk", older, CHECKED_LIVE=before), "Start the run anew")

    def test_a_newer_run_follows_an_older_one(self):
        older, newer = self.waiting, self.trunk("more.txt", "more\n")
        before = self.passes(self.guard("trunk", newer)).outputs["live"]
        self.deploy("trunk", older)
        self.passes(self.guard("trunk", newer, CHECKED_LIVE=before))

    def test_a_hotfix_is_refused_when_anything_else_went_live(self):
        before = self.passes(self.guard("hotfix", self.fix, "hotfix/INC-1-fix")).outputs["live"]
        base = self.hotfix("hotfix/INC-2-base", self.first, "base\n")
        on_top = self.hotfix("hotfix/INC-3-top", base, "top\n")
        self.deploy("hotfix", base, "hotfix/INC-2-base")
        self.refuses(self.guard("hotfix", on_top, "hotfix/INC-3-top", CHECKED_LIVE=before), "Start the run anew")


class ControlsAreNotTheAuthors(LedgerTest):
    """H10."""

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)

    def refused(self, path, text):
        self.author.branch("hotfix/INC-1-fix", self.first)
        commit = self.author.commit(path, text)
        self.author.push("hotfix/INC-1-fix")
        result = self.refuses(self.guard("hotfix", commit, "hotfix/INC-1-fix"), "what controls the pipeline")
        self.assertIn(f"- {path}", result.text)

    def test_a_gate_deleted_in_the_pipe_file_is_refused(self):
        self.refused("checkout.pipe", "pipe 1\n# no gates\n")

    def test_a_changed_workflow_is_refused(self):
        self.refused(".github/workflows/pipec-checkout-service.yml", "name: mine\n")

    def test_a_new_workflow_is_refused(self):
        self.refused(".github/workflows/other.yml", "name: other\n")

    def test_an_imported_pipe_file_is_refused(self):
        self.refused("gates/shared.pipe", "pipe 1\n")

    def test_code_passes(self):
        commit = self.hotfix("hotfix/INC-1-fix", self.first)
        self.passes(self.guard("hotfix", commit, "hotfix/INC-1-fix"))


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


class EachGuardIsNeeded(LedgerTest):
    """What is refused passes when the one guard that refuses it is taken out: no test above passes by chance."""

    branch = "hotfix/INC-1-fix"

    def setUp(self):
        super().setUp()
        self.deploy("trunk", self.first)

    def lets_pass(self, check, reason, script, text, replacement=":"):
        self.refuses(check(), reason)
        self.without(script, text, replacement)
        return self.passes(check())

    def test_based_on_what_runs(self):
        self.author.branch(self.branch, f"{self.first}~1")
        commit = self.author.commit("app.txt", "fixed\n")
        self.author.push(self.branch)
        self.lets_pass(lambda: self.guard("hotfix", commit, self.branch), "not based on", "guard.sh", "\n  starts_from_live\n", "\n")

    def test_nothing_unreleased(self):
        commit = self.hotfix(self.branch, self.trunk("feature.txt", "unfinished\n"))
        self.lets_pass(lambda: self.guard("hotfix", commit, self.branch), "brings unreleased commits",
                       "guard.sh", 'if [ -n "$along" ]', "if false")

    def test_controls(self):
        self.author.branch(self.branch, self.first)
        commit = self.author.commit("checkout.pipe", "pipe 1\n# no gates\n")
        self.author.push(self.branch)
        self.lets_pass(lambda: self.guard("hotfix", commit, self.branch), "what controls the pipeline",
                       "guard.sh", "\n  leaves_controls_alone\n", "\n")

    def test_the_own_ref(self):
        fix = self.hotfix(self.branch, self.first)
        self.lets_pass(lambda: self.guard("trunk", fix, self.branch), "does not deploy", "guard.sh", "\ncomes_from_own_ref\n", "\n")

    def test_on_trunk(self):
        self.hotfix(self.branch, self.first)
        fix = self.author.git("rev-parse", "HEAD")
        self.lets_pass(lambda: self.guard("trunk", fix), "is not on main",
                       "guard.sh", '! is_ancestor "$COMMIT" "origin/$TRUNK"', "false")

    def test_hotfixes_are_kept(self):
        self.deploy("hotfix", self.hotfix(self.branch, self.first), self.branch)
        later = self.trunk("more.txt", "more\n")
        self.lets_pass(lambda: self.guard("trunk", later), "lacks the hotfix", "guard.sh", "\nkeeps_hotfixes\n", "\n")

    def test_what_was_approved_still_holds(self):
        older, newer = self.trunk("one.txt", "x\n"), self.trunk("two.txt", "x\n")
        before = self.passes(self.guard("trunk", older)).outputs["live"]
        self.deploy("trunk", newer)
        self.lets_pass(lambda: self.guard("trunk", older, CHECKED_LIVE=before), "Start the run anew",
                       "guard.sh", "\nlive_unchanged\n", "\n")

    def test_once(self):
        fix = self.hotfix(self.branch, self.first)
        self.deploy("hotfix", fix, self.branch, run=1)
        self.author.git("switch", "--quiet", self.branch)
        more = self.author.commit("app.txt", "fixed better\n")
        self.author.push(self.branch)
        self.lets_pass(lambda: self.guard("hotfix", more, self.branch), "needs a branch of a new name",
                       "guard.sh", "  claim_is_free >/dev/null")

    def test_without_a_change_nothing_goes_on(self):
        self.author.branch(self.branch, self.first)
        self.author.push(self.branch)
        check = lambda: self.passes(self.guard("hotfix", self.first, self.branch)).outputs["proceed"]
        self.assertEqual(check(), "false")
        self.without("guard.sh", 'git diff --quiet "$live" "$COMMIT"', "false")
        self.assertEqual(check(), "true")

    def test_the_claim_is_one_step(self):
        fix = self.hotfix(self.branch, self.first)
        claim = lambda run: self.step("claim.sh", "hotfix", fix, self.branch, run=run)
        self.passes(claim(1))
        # Two runs that looked at the same time: both believe that the first claim is free.
        self.without("claims.sh", 'if [ "$number" = 0 ]; then', "if true; then")
        self.refuses(claim(2), "could not be claimed")
        (self.scripts / "ledger.sh").write_text(
            (self.scripts / "ledger.sh").read_text().replace('--force-with-lease="$ref:"', "--force"))
        self.passes(claim(2))
        self.assertEqual([r["run"] for r in self.records("claim")], ["2"])


if __name__ == "__main__":
    sandbox.main()
