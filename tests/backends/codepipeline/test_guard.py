"""What the guard refuses, what it passes, and what it says."""

import threading
import unittest
from datetime import timedelta

from guards import BRANCH, GuardCase
from scripts import wait_until


class Base(GuardCase):
    """H8: a hotfix is what runs, and the fix."""

    def test_a_branch_on_what_is_live_passes(self):
        commit = self.hotfix()
        self.assertEqual(self.passes(commit), "")
        self.assertEqual(self.exported, {
            "COMMIT": commit, "LIVE": self.live, "GENERATION": "7", "BRANCH": BRANCH, "INCIDENT": "INC-42", "DEPLOY": "yes",
            "AUTHORS": "ann@acme.example", "COMMITTED": "1772625600"})

    def test_a_branch_of_several_commits_passes(self):
        self.hotfix()
        self.commit("app.h", "more", author="Bob <bob@acme.example>")
        commit = self.commit("app.h", "better")
        self.push(BRANCH)
        self.passes(commit)
        self.assertEqual(self.exported["AUTHORS"], "ann@acme.example bob@acme.example")

    def test_nothing_recorded_is_refused(self):
        self.table.delete_item(Key={"pk": "prod", "sk": "state"})
        self.refused("(H8) nobody recorded what is live in prod; run: ledger.sh live", self.hotfix())

    def not_based(self):
        return f"(H8) {BRANCH} is not based on what runs in prod ({self.live}): make the fix on top of it"

    def test_a_branch_from_before_what_is_live_is_refused(self):
        self.start_branch(self.live)
        before = self.git("rev-parse", "HEAD")
        self.live = self.commit("app.c", "live now")
        self.push("released")
        self.put("prod", "state", live=self.live, generation=8)
        self.refused(self.not_based(), self.hotfix(at=before))

    def test_a_branch_without_a_common_commit_is_refused(self):
        self.git("switch", "--quiet", "--orphan", "elsewhere")
        commit = self.commit("app.c", "fixed")
        self.push(BRANCH)
        self.refused(self.not_based(), commit)

    def test_a_live_commit_that_the_repository_does_not_know_is_refused(self):
        self.live = "f" * 40
        self.put("prod", "state", live=self.live, generation=8)
        self.refused(self.not_based(), self.hotfix(at=self.unreleased))

    def test_a_branch_from_the_tip_of_trunk_drags_its_commits_along(self):
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", self.hotfix(at=self.unreleased))

    def test_a_branch_that_merged_trunk_drags_its_commits_along(self):
        self.hotfix("app.h")
        self.git("merge", "--quiet", "--no-edit", self.unreleased)
        commit = self.git("rev-parse", "HEAD")
        self.push(BRANCH)
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", commit)

    def test_trunk_itself_under_the_name_of_a_hotfix_is_refused(self):
        self.start_branch(self.unreleased)
        self.push(BRANCH)
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", self.unreleased)

    def test_a_fix_that_is_picked_from_trunk_passes(self):
        self.start_branch(self.unreleased)
        fix = self.commit("app.h", "fixed")
        self.push("main")
        self.start_branch(self.live)
        self.git("cherry-pick", fix)
        commit = self.git("rev-parse", "HEAD")
        self.push(BRANCH)
        self.passes(commit)
        self.assertEqual(self.exported["DEPLOY"], "yes")


class NothingToDeploy(GuardCase):
    def green(self, commit):
        self.assertIn(f"nothing to deploy: {BRANCH} does not differ from what runs in prod", self.passes(commit))
        self.assertEqual(self.exported["DEPLOY"], "no")
        # Actions that refer to a variable which was not exported would fail.
        self.assertTrue(all(self.exported.values()), self.exported)

    def test_a_new_branch_is_green(self):
        self.start_branch(self.live)
        self.push(BRANCH)
        self.green(self.live)

    def test_an_empty_commit_is_green(self):
        self.start_branch(self.live)
        commit = self.commit()
        self.push(BRANCH)
        self.green(commit)

    def test_a_change_that_was_taken_back_is_green(self):
        self.hotfix("app.h")
        self.git("revert", "--no-edit", "HEAD")
        commit = self.git("rev-parse", "HEAD")
        self.push(BRANCH)
        self.green(commit)

    def test_it_is_green_although_a_hotfix_is_open(self):
        self.deployed("hotfix/INC-1-x", self.unreleased)
        self.start_branch(self.live)
        self.push(BRANCH)
        self.green(self.live)


class Controls(GuardCase):
    """H10: a hotfix does not change what controls its way."""

    def test_a_gate_that_is_deleted_from_the_source_is_refused(self):
        self.refused(f"(H10) {BRANCH} changes what controls the pipeline: deploy/shop.pipe", self.hotfix("deploy/shop.pipe", "pipe 1\n"))

    def test_a_changed_template_is_refused(self):
        name = "deploy/codepipeline/shop/pipelines.yaml"
        self.refused(f"(H10) {BRANCH} changes what controls the pipeline: {name}", self.hotfix(name, "Resources: {Gate: {}}"))

    def test_a_new_source_in_any_folder_is_refused(self):
        self.refused(f"(H10) {BRANCH} changes what controls the pipeline: gates.pipe", self.hotfix("gates.pipe", "pipe 1"))

    def test_a_deleted_or_renamed_source_is_refused(self):
        for command in (["rm", "--quiet", "deploy/shop.pipe"], ["mv", "deploy/shop.pipe", "deploy/shop.txt"]):
            with self.subTest(command=command[0]):
                self.start_branch(self.live)
                self.git(*command)
                commit = self.commit("app.c", "fixed")
                self.push(BRANCH)
                self.refused(f"(H10) {BRANCH} changes what controls the pipeline: deploy/shop.pipe", commit)

    def test_every_file_is_named(self):
        self.start_branch(self.live)
        self.write("deploy/shop.pipe", "pipe 2")
        commit = self.commit("deploy/codepipeline/shop/deploy.sh", "true")
        self.push(BRANCH)
        self.refused(f"(H10) {BRANCH} changes what controls the pipeline: deploy/codepipeline/shop/deploy.sh, deploy/shop.pipe", commit)

    def test_a_change_that_was_taken_back_passes(self):
        self.hotfix("deploy/shop.pipe", "pipe 2")
        self.write("deploy/shop.pipe", "pipe 1")
        commit = self.commit("app.c", "fixed")
        self.push(BRANCH)
        self.passes(commit)

    def test_files_that_only_look_alike_pass(self):
        self.start_branch(self.live)
        self.write("shop.piper", "x")
        commit = self.commit("codepipeline/other/deploy.sh", "true")
        self.push(BRANCH)
        self.passes(commit)

    def test_on_trunk_they_may_change(self):
        self.start_branch(self.unreleased)
        commit = self.commit("deploy/shop.pipe", "pipe 2")
        self.push("main")
        self.passes(commit, route="trunk")


class OpenHotfixes(GuardCase):
    """H9: what is deployed contains every hotfix of the environment."""

    def lacks(self, commit, branch, fix):
        return f"(H9) {commit} lacks the hotfix {branch} ({fix}): merge it; after a squash run: ledger.sh merged"

    def live_hotfix(self):
        fix = self.hotfix()
        self.deployed(BRANCH, fix)
        self.put("prod", "state", live=fix, generation=8)
        return fix

    def trunk(self, *commands):
        self.git("switch", "--quiet", "--force-create", "main", "origin/main")
        for command in commands:
            self.git(*command)
        self.push("main")
        return self.git("rev-parse", "HEAD")

    def test_trunk_without_it_is_refused(self):
        fix = self.live_hotfix()
        self.refused(self.lacks(self.unreleased, BRANCH, fix), self.unreleased, route="trunk")

    def test_a_later_commit_of_trunk_without_it_is_refused(self):
        fix = self.live_hotfix()
        self.trunk()
        later = self.commit("app.h", "later")
        self.push("main")
        self.refused(self.lacks(later, BRANCH, fix), later, route="trunk")

    def test_another_hotfix_without_it_is_refused(self):
        fix = self.live_hotfix()
        # Somebody took the first hotfix back by hand.
        self.put("prod", "state", live=self.live, generation=9)
        self.branch = "hotfix/INC-43-more"
        commit = self.hotfix("app.h")
        self.refused(self.lacks(commit, BRANCH, fix), commit)

    def test_a_commit_of_trunk_from_before_its_merge_is_refused(self):
        fix = self.live_hotfix()
        merge = self.trunk(["merge", "--quiet", "--no-edit", "-X", "theirs", fix])
        self.refused(self.lacks(self.unreleased, BRANCH, fix), self.unreleased, route="trunk")
        self.assertEqual(self.get("prod", f"claim#{BRANCH}")["merged"], fix)
        self.passes(merge, route="trunk")

    def test_trunk_with_it_passes_and_it_is_recorded_as_merged(self):
        fix = self.live_hotfix()
        merge = self.trunk(["merge", "--quiet", "--no-edit", "-X", "theirs", fix])
        self.passes(merge, route="trunk")
        self.assertEqual(self.get("prod", f"claim#{BRANCH}")["merged"], fix)
        self.assertEqual(self.exported["BRANCH"], "main")

    def test_after_a_squash_the_record_is_needed(self):
        fix = self.live_hotfix()
        squash = self.trunk(["merge", "--quiet", "--squash", "-X", "theirs", fix], ["commit", "--quiet", "--message", "squashed"])
        self.refused(self.lacks(squash, BRANCH, fix), squash, route="trunk")
        self.deployed(BRANCH, fix, merged=squash)
        self.refused(self.lacks(self.unreleased, BRANCH, fix), self.unreleased, route="trunk")
        self.passes(squash, route="trunk")

    def test_a_branch_that_is_gone_counts_nevertheless(self):
        fix = "f" * 40
        self.deployed("hotfix/INC-1-gone", fix)
        self.refused(self.lacks(self.unreleased, "hotfix/INC-1-gone", fix), self.unreleased, route="trunk")

    def test_a_hotfix_on_top_of_it_passes(self):
        fix = self.live_hotfix()
        self.branch = "hotfix/INC-43-more"
        self.passes(self.hotfix("app.h", at=fix))

    def test_hotfixes_that_are_not_live_do_not_count(self):
        fix = self.hotfix()
        for state in ("claimed", "failed"):
            with self.subTest(state=state):
                self.put("prod", f"claim#{BRANCH}", state=state, branch=BRANCH, commit=fix)
                self.passes(self.unreleased, route="trunk")

    def test_those_of_other_environments_do_not_count(self):
        self.put("beta", f"claim#{BRANCH}", state="deployed", branch=BRANCH, commit=self.hotfix())
        self.passes(self.unreleased, route="trunk")

    def test_a_commit_that_is_not_of_trunk_is_refused_on_its_route(self):
        commit = self.hotfix()
        self.refused(f"{commit} is not a commit of main", commit, route="trunk")


class Names(GuardCase):
    def test_other_names_are_refused(self):
        commit = self.hotfix()
        for branch in ("main", "hotfix/urgent", "feature/hotfix/INC-42-x", "hotfix/INC-42-x/y", "hotfix/INC-42-$(id)",
                       'hotfix/INC-42-"', "hotfix/INC-42-x\nINC-1"):
            with self.subTest(branch=branch):
                self.branch = branch
                self.refused("the branch does not have the name of a hotfix branch (hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*)", commit)

    def test_whatever_the_pattern_allows_the_alphabet_is_fixed(self):
        commit = self.hotfix()
        self.branch = 'hotfix/"},"x'
        self.refused("the branch does not have the name of a hotfix branch (hotfix/(.*))", commit, BRANCHES="hotfix/(.*)")

    def test_nobody_can_consent_to_them(self):
        commit = self.hotfix()
        self.consent(commit, "ann", "bob")
        self.branch = "hotfix/urgent"
        self.refused("the branch does not have the name of a hotfix branch (hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*)", commit)

    def test_the_name_may_be_a_variable_of_the_run(self):
        commit = self.hotfix()
        self.variables(commit)
        self.passes(commit, BRANCH_FROM="variables")
        self.assertEqual((self.exported["BRANCH"], self.exported["INCIDENT"]), (BRANCH, "INC-42"))

    def test_the_source_must_be_the_commit_of_the_event(self):
        first = self.hotfix()
        second = self.commit("app.h", "later")
        self.push(BRANCH)
        self.variables(first)
        self.refused(f"the event named {first}, the source is {second}", second, BRANCH_FROM="variables")

    def test_a_run_started_by_hand_is_refused(self):
        commit = self.hotfix()
        self.execution["variables"] = [{"name": "BRANCH", "resolvedValue": "-"}, {"name": "COMMIT", "resolvedValue": "-"}]
        self.refused(f"the event named -, the source is {commit}", commit, BRANCH_FROM="variables")

    def variables(self, commit):
        self.execution["variables"] = [{"name": "BRANCH", "resolvedValue": BRANCH}, {"name": "COMMIT", "resolvedValue": commit}]

    def test_the_checkout_must_be_the_commit_of_the_run(self):
        commit = self.hotfix()
        self.consent(commit, "ann", "bob")
        self.refused(f"the checkout is {self.live}, the run is of {commit}", commit, checkout=self.live)

    def authors(self, commit, **more):
        self.passes(commit, **more)
        return self.exported["AUTHORS"]

    def test_addresses_that_json_could_be_made_of_are_not_passed_on(self):
        for address in ('eve"@acme.example', "eve bob@acme.example", ""):
            with self.subTest(address=address):
                self.assertEqual(self.authors(self.hotfix(text=address, author=f"Eve <{address}>")), "*")

    def test_no_author_of_many_is_left_out(self):
        self.hotfix(text="one", author="A1 <a1@acme.example>")
        for number in range(2, 15):
            commit = self.commit("app.c", f"{number}", author=f"A{number} <a{number}@acme.example>")
        self.push(BRANCH)
        self.assertEqual(len(self.authors(commit).split(" ")), 14)
        for number in range(15, 30):
            commit = self.commit("app.c", f"{number}", author=f"A{number} <a{number}@acme.example>")
        self.push(BRANCH)
        self.assertEqual(self.authors(commit), "*")

    def test_without_a_live_commit_everybody_is_an_author(self):
        self.table.delete_item(Key={"pk": "prod", "sk": "state"})
        self.assertEqual(self.authors(self.unreleased, route="trunk"), "ann@acme.example")
        self.put("prod", "state", live="f" * 40, generation=8)
        self.assertEqual(self.authors(self.unreleased, route="trunk"), "*")

    def test_the_live_commit_again_has_no_new_author(self):
        self.assertEqual(self.authors(self.live, route="trunk"), "-")


class AnotherRun(GuardCase):
    def lock(self, run):
        self.put("prod", "state", live=self.live, generation=7, lock_run=run, lock_pipeline="pipec-shop-trunk")

    def test_that_does_not_end_is_refused_at_last(self):
        self.lock("run-2")
        self.refused("run run-2 holds the lock of prod; stop it or wait for it, then start again", self.hotfix())

    def test_is_waited_for(self):
        commit = self.hotfix()
        self.lock("run-2")

        def deploy():
            wait_until(lambda: self.world.operations("dynamodb").count("GetItem") > 1)
            self.put("prod", "state", live=self.unreleased, generation=8)

        thread = threading.Thread(target=deploy)
        thread.start()
        done = self.guard(commit, WAIT_SECONDS="60")
        thread.join()
        # What counts is what is live afterwards.
        self.assertIn("run run-2 is changing prod", done.output)
        self.assertIn(f"(H8) {BRANCH} is not based on what runs in prod ({self.unreleased})", done.output)

    def test_its_own_lock_does_not_matter(self):
        self.lock("run-1")
        self.passes(self.hotfix())

    def test_a_rollback_is_never_held_up(self):
        self.deployed("hotfix/INC-1-x", "f" * 40)
        self.lock("run-2")
        self.execution["executionType"] = "ROLLBACK"
        output = self.passes(self.unreleased, route="trunk")
        self.assertIn("passed (a rollback is never held up): (H9)", output)


class BreakGlass(GuardCase):
    def test_two_people_let_each_guard_pass(self):
        unbased = self.hotfix(at=self.unreleased)
        self.consent(unbased, "ann", "bob")
        self.assertIn(f"passed (with the consent of ann and bob): (H8) {BRANCH} brings 1", self.passes(unbased))
        controls = self.hotfix("deploy/shop.pipe", "pipe 2")
        self.consent(controls, "ann", "bob")
        self.assertIn("passed (with the consent of ann and bob): (H10)", self.passes(controls))
        self.deployed("hotfix/INC-1-x", controls)
        self.consent(self.unreleased, "bob", "eve")
        self.assertIn("passed (with the consent of bob and eve): (H9)", self.passes(self.unreleased, route="trunk"))

    def test_one_person_does_not(self):
        commit = self.hotfix(at=self.unreleased)
        self.consent(commit, "ann")
        self.consent(commit, "Ann", role="AROAOTHER")
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", commit)

    def test_consent_is_for_one_guard(self):
        commit = self.hotfix(at=self.unreleased)
        self.consent(commit, "ann", "bob", guards=["controls", "hotfixes", "live", "claim"])
        self.consent(commit, "ann", guards=["base"])
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", commit)
        self.consent(commit, "eve", guards=["base"])
        self.passes(commit)

    def test_consent_lasts_a_day(self):
        commit = self.hotfix(at=self.unreleased)
        self.consent(commit, "bob")
        for ago in (timedelta(days=1, minutes=1), -timedelta(minutes=20)):
            self.consent(commit, "ann", ago=ago)
            self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", commit)
        self.consent(commit, "ann", ago=timedelta(hours=23))
        self.passes(commit)

    def test_consent_to_another_commit_does_not(self):
        commit = self.hotfix(at=self.unreleased)
        self.consent(self.live, "ann", "bob")
        self.refused(f"(H8) {BRANCH} brings 1 other commits of main along", commit)


if __name__ == "__main__":
    unittest.main()
