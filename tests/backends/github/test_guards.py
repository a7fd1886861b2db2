"""The guards, executed against real repositories."""
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
