"""ledger.sh: what people enter, with DynamoDB in memory."""

import json
import shutil
import unittest

from scripts import SCRIPTS, ScriptCase

FIRST, SECOND = "1" * 40, "2" * 40
BRANCH = "hotfix/INC-42-null"
ANN = "arn:aws:sts::444444444444:assumed-role/PaymentsOncall/ann"


class LedgerScript(ScriptCase):
    has_table = True

    def setUp(self):
        super().setUp()
        shutil.copy(SCRIPTS / "ledger.sh", self.folder)
        plan = {"ledger": self.table.name, "region": "eu-central-1", "environments": ["beta", "prod"]}
        (self.folder / "deployment.json").write_text(json.dumps(plan), encoding="utf-8")
        self.world.answer("sts", "GetCallerIdentity", {"Arn": ANN, "UserId": "AROAEXAMPLE:ann"})

    def ledger(self, *arguments):
        return self.bash('exec bash "$@"', self.folder / "ledger.sh", *arguments)

    def enters(self, *arguments):
        done = self.ledger(*arguments)
        self.assertEqual(done.returncode, 0, done.output)
        return done.output

    def refuses(self, code, message, *arguments):
        done = self.ledger(*arguments)
        self.assertEqual(done.returncode, code, done.output)
        self.assertIn(message, done.output)

    def test_live_is_recorded_once_by_name(self):
        self.assertIn(f"{ANN} confirms: {FIRST} is what runs in prod now.", self.enters("live", "--environment", "prod", "--commit", FIRST))
        state = self.get("prod", "state")
        self.assertEqual((state["live"], state["live_by"], state["generation"]), (FIRST, ANN, 1))
        message = "refused: the ledger knows another commit already, or a run is in progress; see: ledger.sh show"
        self.refuses(1, message, "live", "--environment", "prod", "--commit", SECOND)
        self.assertEqual(self.get("prod", "state")["live"], FIRST)

    def test_live_is_corrected_by_who_knows_what_it_was(self):
        self.put("prod", "state", live=FIRST, generation=7)
        message = "refused: the ledger knows another commit already"
        self.refuses(1, message, "live", "--environment", "prod", "--commit", FIRST, "--instead-of", SECOND)
        self.enters("live", "--environment", "prod", "--commit", SECOND, "--instead-of", FIRST)
        state = self.get("prod", "state")
        # What a guard saw before is out of date.
        self.assertEqual((state["live"], state["generation"]), (SECOND, 8))

    def test_live_is_not_corrected_while_a_run_changes_it(self):
        self.put("prod", "state", live=FIRST, generation=7, lock_run="run-1")
        message = "refused: the ledger knows another commit already, or a run is in progress"
        self.refuses(1, message, "live", "--environment", "prod", "--commit", SECOND, "--instead-of", FIRST)
        self.assertEqual(self.get("prod", "state")["live"], FIRST)

    def test_merged_is_recorded_of_a_deployed_hotfix(self):
        self.put("prod", f"claim#{BRANCH}", state="deployed", branch=BRANCH)
        self.enters("merged", "--environment", "prod", "--branch", BRANCH, "--commit", SECOND)
        entry = self.get("prod", f"claim#{BRANCH}")
        self.assertEqual((entry["merged"], entry["merged_by"], entry["state"]), (SECOND, ANN, "deployed"))

    def test_merged_is_refused_of_any_other(self):
        message = "refused: no hotfix of that name is deployed to prod; see: ledger.sh show"
        for state in ("claimed", "failed", None):
            with self.subTest(state=state):
                if state:
                    self.put("prod", f"claim#{BRANCH}", state=state)
                self.refuses(1, message, "merged", "--environment", "prod", "--branch", BRANCH, "--commit", SECOND)
                self.assertNotIn("merged", self.get("prod", f"claim#{BRANCH}"))
                self.table.delete_item(Key={"pk": "prod", "sk": f"claim#{BRANCH}"})

    def test_consent_is_under_the_name_of_the_credentials_with_a_reason(self):
        reason = "the live commit is wrong; \"quoted\" $(id) `id`"
        output = self.enters("consent", "--environment", "prod", "--commit", FIRST, "--guard", "base", "--reason", reason)
        self.assertIn("A second person must do the same", output)
        entry = self.get("override#AROAEXAMPLE:ann", f"prod#{FIRST}#base")
        self.assertRegex(entry["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")
        self.assertEqual((entry["reason"], entry["by"]), (reason, ANN))

    def test_consent_without_a_reason_is_refused(self):
        self.refuses(2, "--reason is missing", "consent", "--environment", "prod", "--commit", FIRST, "--guard", "base")
        self.assertEqual(self.table.scan()["Items"], [])

    def test_consent_is_to_one_guard_that_there_is(self):
        arguments = ["consent", "--environment", "prod", "--commit", FIRST, "--reason", "x"]
        self.refuses(2, "--guard is missing", *arguments)
        for guard in ("all", "*", "base#claim", "Base"):
            self.refuses(2, "GUARD: base", *arguments, "--guard", guard)
        self.assertEqual(self.table.scan()["Items"], [])

    def test_a_commit_is_given_in_full(self):
        for commit in ("abc", "main", FIRST[:39], FIRST + "0", FIRST.replace("1", "G"), f"{FIRST}\n"):
            for what in (["live"], ["consent", "--reason", "x"], ["merged", "--branch", BRANCH]):
                with self.subTest(commit=commit, what=what[0]):
                    message = "--commit takes the full id of a commit, 40 hexadecimal digits"
                    self.refuses(2, message, *what, "--environment", "prod", "--commit", commit)
        self.assertEqual(self.table.scan()["Items"], [])

    def test_an_environment_that_is_not_guarded_is_refused(self):
        self.refuses(2, "there is no environment `gamma`; known are beta, prod", "live", "--environment", "gamma", "--commit", FIRST)

    def test_show(self):
        self.put("prod", "state", live=FIRST, generation=7)
        self.put("prod", f"claim#{BRANCH}", state="claimed", overridden_by=["ann", "bob"])
        self.put("beta", "state", live=SECOND)
        self.assertEqual(json.loads(self.enters("show", "--environment", "prod")), [
            {"pk": "prod", "sk": f"claim#{BRANCH}", "state": "claimed", "overridden_by": ["ann", "bob"]},
            {"pk": "prod", "sk": "state", "live": FIRST, "generation": "7"}])

    def test_wrong_use(self):
        for arguments in ([], ["sing", "--environment", "prod"], ["live", "--environment"], ["live", "--loud", "x"]):
            with self.subTest(arguments=arguments):
                self.refuses(2, "ledger.sh consent --environment NAME", *arguments)

    def test_it_goes_to_the_region_of_the_pipeline(self):
        self.enters("show", "--environment", "prod")
        self.assertEqual({parameters.get("region") for parameters in self.world.parameters("GetCallerIdentity")}, {"eu-central-1"})


if __name__ == "__main__":
    unittest.main()
