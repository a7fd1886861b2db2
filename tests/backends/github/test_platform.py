"""The scripts that set GitHub up and check it, against a stand-in for its API."""
import json
import shutil

import sandbox
from sandbox import REPO, LedgerTest, ScriptTest


def environment(name, reviewers=(), self_review=False, bypass=False, branches=("main",), tags=()):
    return {"name": name, "reviewers": [f"Team:{r}" for r in reviewers], "prevent_self_review": self_review,
            "can_admins_bypass": bypass, "branches": sorted(branches), "tags": sorted(tags)}


PROD = environment("prod", ["payments-oncall"], True, False, ["main", "hotfix/*", "hotfix/**/*"])
BETA = environment("beta")


def live_environment(wanted, **changes):
    """What GitHub answers for an environment that is as wanted, but for the changes."""
    rules = wanted | changes
    protection = [{"type": "branch_policy"}]
    if rules["reviewers"]:
        protection.append({"type": "required_reviewers", "prevent_self_review": rules["prevent_self_review"], "reviewers": [
            {"type": r.split(":")[0], "reviewer": {"slug": r.split(":")[1], "id": 1}} for r in rules["reviewers"]]})
    name = rules["name"]
    answer = {"name": name, "protection_rules": protection, "can_admins_bypass": rules["can_admins_bypass"]}
    if changes.get("hidden"):
        del answer["can_admins_bypass"]
    policies = [{"id": i, "name": b, "type": "branch"} for i, b in enumerate(rules["branches"])]
    policies += [{"id": 100 + i, "name": t, "type": "tag"} for i, t in enumerate(rules["tags"])]
    return {f"GET {REPO}/environments/{name}": answer,
            f"GET {REPO}/environments/{name}/deployment-branch-policies": {"branch_policies": policies}}


class Settings(LedgerTest):
    """Preflight."""

    def check(self, world, wanted=(PROD, BETA)):
        self.gh(world)
        return self.run_script("settings.sh", SETTINGS=json.dumps(wanted), ENVIRONMENT="prod", COMMIT=self.first)

    def test_as_compiled(self):
        self.passes(self.check(live_environment(PROD) | live_environment(BETA, can_admins_bypass=True)))

    def test_an_environment_that_does_not_exist(self):
        self.refuses(self.check(live_environment(PROD)), "Environment beta:\n- it does not exist")

    def test_differences(self):
        for changes, said in (
            ({"reviewers": []}, 'reviewers should be ["Team:payments-oncall"], is []'),
            ({"reviewers": ["Team:payments-oncall", "User:ada"]}, "reviewers should be"),
            ({"reviewers": ["Team:everybody"]}, "reviewers should be"),
            ({"prevent_self_review": False}, "prevent_self_review should be true, is false"),
            ({"can_admins_bypass": True}, "can_admins_bypass should be false, is true"),
            ({"hidden": True}, "can_admins_bypass should be false, is true"),
            ({"branches": ["main", "*"]}, "branches should be"),
            ({"branches": []}, "branches should be"),
            ({"tags": ["v*"]}, "tags should be"),
        ):
            with self.subTest(changes):
                self.refuses(self.check(live_environment(PROD, **changes) | live_environment(BETA)), said)

    def test_settings_that_cannot_be_read_are_refused(self):
        self.gh({})
        self.refuses(self.run_script("settings.sh", SETTINGS="not json", ENVIRONMENT="prod", COMMIT=self.first), "")

    def test_two_people_may_pass_it(self):
        self.gh({f"GET {REPO}/actions/runs/9/approvals": [
            {"state": "approved", "user": {"login": "grace"}, "environments": [{"name": "prod-override"}]}]})
        self.passes(self.run_script("override.sh", ENVIRONMENT="prod", GUARD="settings", COMMIT=self.first, REASON="API is down",
                                    ASKED_BY="ada", STARTED_BY="ada", APPROVAL_ENVIRONMENT="prod-override", RUN_ID="9"))
        self.assertIn("Overridden by ada and grace", self.passes(self.check({})).text)


class Setup(ScriptTest):
    RULESET = {"name": "pipec checkout-service: trunk", "target": "branch", "enforcement": "active", "bypass_actors": [],
               "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
               "rules": [{"type": "deletion"}, {"type": "non_fast_forward"},
                         {"type": "required_status_checks", "parameters": {"required_status_checks": [
                             {"context": "pipec / gate", "integration_id": 15368}]}}]}
    CREATION = {"name": "pipec checkout-service: hotfix", "target": "branch", "enforcement": "active", "bypass_actors": [],
                "bypass_teams": ["payments-oncall"], "rules": [{"type": "creation"}],
                "conditions": {"ref_name": {"include": ["refs/heads/hotfix/*"], "exclude": []}}}
    TAGS = {"name": "pipec checkout-service: ledger", "target": "tag", "enforcement": "active", "rules": [{"type": "creation"}],
            "bypass_actors": [{"actor_id": 15368, "actor_type": "Integration", "bypass_mode": "always"}],
            "conditions": {"ref_name": {"include": ["refs/tags/pipec/**/*"], "exclude": []}}}

    def setUp(self):
        super().setUp()
        self.settings = {
            "pipeline": "checkout-service", "repository": sandbox.REPOSITORY, "server": "github.com", "trunk": "main",
            "visibility": "private", "environments": [PROD, BETA], "live": ["prod"], "rulesets": [self.RULESET, self.CREATION],
            "organization_rulesets": [self.TAGS],
            "actions": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
            "secrets": ["SLACK_WEBHOOK_URL"]}
        self.write(self.settings)

    def write(self, settings):
        folder = self.folder / "emitted"
        folder.mkdir(exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(settings))
        for name in ("setup.sh", "environment.jq"):
            shutil.copy(sandbox.SCRIPTS / name, folder / name)

    def test_a_ruleset_of_the_organisation_is_never_sent_without_its_team(self):
        self.write(self.settings | {"rulesets": [self.RULESET], "environments": [BETA], "organization_rulesets": [self.CREATION]})
        world = self.fresh()
        del world["GET orgs/acme/teams/payments-oncall"]
        self.gh(world)
        self.assertIn("By hand: an owner of acme", self.passes(self.setup_script()).text)
        self.assertEqual(self.gh_calls("POST orgs/acme/rulesets"), [])

    def setup_script(self, *arguments):
        return self.run_script(str(self.folder / "emitted/setup.sh"), *arguments)

    def fresh(self):
        return {
            "GET orgs/acme/teams/payments-oncall": {"id": 42},
            f"GET {REPO}": {"id": 7, "owner": {"id": 3}, "visibility": "private", "default_branch": "main"},
            f"GET {REPO}/rulesets": [], "GET orgs/acme/rulesets": [],
            f"GET {REPO}/actions/oidc/customization/sub": {"use_default": True},
            f"PUT {REPO}/environments/prod": {}, f"PUT {REPO}/environments/beta": {},
            f"POST {REPO}/environments/prod/deployment-branch-policies": {},
            f"POST {REPO}/environments/beta/deployment-branch-policies": {},
            f"POST {REPO}/rulesets": {}, "POST orgs/acme/rulesets": {},
            f"PUT {REPO}/actions/permissions/workflow": {},
        }

    def configured(self, **changes):
        creation = {k: v for k, v in self.CREATION.items() if k != "bypass_teams"} | {
            "bypass_actors": [{"actor_id": 42, "actor_type": "Team", "bypass_mode": "always"}]}
        # GitHub adds fields and keeps no order.
        trunk = self.RULESET | {"id": 1, "source": sandbox.REPOSITORY, "rules": self.RULESET["rules"][::-1]}
        return self.fresh() | live_environment(PROD, **changes) | live_environment(BETA) | {
            f"GET {REPO}/rulesets": [{"id": 1, "name": self.RULESET["name"]}, {"id": 2, "name": creation["name"]}],
            f"GET {REPO}/rulesets/1": trunk, f"GET {REPO}/rulesets/2": creation | {"id": 2},
            "GET orgs/acme/rulesets": [{"id": 5, "name": self.TAGS["name"]}], "GET orgs/acme/rulesets/5": self.TAGS,
            f"GET {REPO}/actions/permissions/workflow": self.settings["actions"],
            f"GET {REPO}/actions/secrets/SLACK_WEBHOOK_URL": {"name": "SLACK_WEBHOOK_URL"},
            f"GET {REPO}/git/matching-refs/tags/pipec/checkout-service/deployment/prod/": [{"ref": "x"}],
        }

    def test_set(self):
        self.gh(self.fresh())
        text = self.passes(self.setup_script()).text
        [prod] = [c["body"] for c in self.gh_calls(f"PUT {REPO}/environments/prod")]
        self.assertEqual(prod, {"wait_timer": 0, "prevent_self_review": True, "reviewers": [{"type": "Team", "id": 42}],
                                "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}})
        policies = [c["body"] for c in self.gh_calls(f"POST {REPO}/environments/prod/")]
        self.assertEqual(policies, [{"name": n, "type": "branch"} for n in PROD["branches"]])
        rulesets = [c["body"] for c in self.gh_calls(f"POST {REPO}/rulesets")]
        self.assertEqual(rulesets[0], self.RULESET)
        self.assertEqual(rulesets[1]["bypass_actors"], [{"actor_id": 42, "actor_type": "Team", "bypass_mode": "always"}])
        self.assertNotIn("bypass_teams", rulesets[1])
        self.assertEqual(len(self.gh_calls("POST orgs/acme/rulesets")), 1)
        self.assertIn("Allow administrators to bypass", text)
        self.assertIn("gh secret set SLACK_WEBHOOK_URL", text)
        self.assertIn("RepositoryId=7 SubjectPrefix=repo:acme/checkout-service", text)

    def test_set_again_updates_in_place(self):
        world = self.configured()
        world |= {f"PUT {REPO}/rulesets/{i}": {} for i in (1, 2)} | {"PUT orgs/acme/rulesets/5": {}}
        self.gh(world)
        self.passes(self.setup_script())
        self.assertEqual(self.gh_calls("POST"), [])
        self.assertEqual(self.gh_calls("DELETE"), [])

    def test_a_branch_that_is_too_many_is_removed(self):
        world = self.configured(branches=[*PROD["branches"], "feature/*"])
        world |= {f"PUT {REPO}/rulesets/{i}": {} for i in (1, 2)} | {"PUT orgs/acme/rulesets/5": {}}
        world[f"DELETE {REPO}/environments/prod/deployment-branch-policies/3"] = {}
        self.gh(world)
        self.passes(self.setup_script())
        self.assertEqual(len(self.gh_calls("DELETE")), 1)

    def test_a_dry_run_changes_nothing(self):
        self.gh(self.fresh())
        text = self.passes(self.setup_script("--dry-run")).text
        self.assertIn(f"PUT {REPO}/environments/prod {{", text)
        self.assertEqual([c for c in self.gh_calls() if not c["call"].startswith("GET")], [])

    def test_who_is_no_owner_of_the_organisation_is_told_what_to_do(self):
        world = self.fresh()
        del world["POST orgs/acme/rulesets"]
        self.gh(world)
        self.assertIn("By hand: an owner of acme", self.passes(self.setup_script()).text)

    def test_a_missing_team_stops_it(self):
        world = self.fresh()
        del world["GET orgs/acme/teams/payments-oncall"]
        self.gh(world)
        self.refuses(self.setup_script(), "no team payments-oncall")

    def test_an_immutable_subject(self):
        world = self.fresh()
        world[f"GET {REPO}/actions/oidc/customization/sub"] = {"use_default": True, "use_immutable_subject": True}
        self.gh(world)
        self.assertIn("SubjectPrefix=repo:acme@3/checkout-service@7", self.passes(self.setup_script()).text)

    def check(self, world):
        self.gh(world)
        result = self.setup_script("--check")
        return result, {c["check"]: c for c in json.loads(result.text)["checks"]}

    def test_check(self):
        result, checks = self.check(self.configured())
        self.assertEqual([name for name, c in checks.items() if not c["ok"]], [], result.text)
        self.assertEqual(result.code, 0)
        self.assertEqual(len(checks), 11)

    def test_check_finds_what_differs(self):
        without_checks = self.RULESET | {"rules": self.RULESET["rules"][:2]}
        for name, change in (
            ("environment prod", live_environment(PROD, can_admins_bypass=True)),
            ("environment beta", {f"GET {REPO}/environments/beta": None}),
            (f"ruleset {self.RULESET['name']}", {f"GET {REPO}/rulesets/1": without_checks}),
            (f"ruleset {self.RULESET['name']}", {f"GET {REPO}/rulesets/1": self.RULESET | {"enforcement": "disabled"}}),
            (f"ruleset {self.RULESET['name']}", {f"GET {REPO}/rulesets/1": self.RULESET | {"bypass_actors": [{"actor_id": 1}]}}),
            (f"ruleset {self.TAGS['name']}", {"GET orgs/acme/rulesets": []}),
            ("rights of workflows", {f"GET {REPO}/actions/permissions/workflow": {"default_workflow_permissions": "write"}}),
            ("visibility", {f"GET {REPO}": {"visibility": "public", "default_branch": "main"}}),
            ("subject of identities", {f"GET {REPO}/actions/oidc/customization/sub": {"use_default": False}}),
            ("subject of identities", {f"GET {REPO}/actions/oidc/customization/sub": None}),
            ("secret SLACK_WEBHOOK_URL", {f"GET {REPO}/actions/secrets/SLACK_WEBHOOK_URL": None}),
            ("live commit of prod", {f"GET {REPO}/git/matching-refs/tags/pipec/checkout-service/deployment/prod/": []}),
        ):
            with self.subTest(name):
                result, checks = self.check(self.configured() | change)
                self.assertEqual([n for n, c in checks.items() if not c["ok"]], [name])
                self.assertEqual(result.code, 1)

    def live_world(self):
        return self.fresh() | {f"GET {REPO}/commits/v1": {"sha": "c" * 40}, f"POST {REPO}/git/blobs": {"sha": "b" * 40},
                               f"POST {REPO}/git/tags": {"sha": "d" * 40}, f"POST {REPO}/git/refs": {}}

    def test_the_live_commit_is_confirmed_by_a_person(self):
        self.gh(self.live_world())
        self.passes(self.setup_script("--live", "prod", "v1", "--confirmed-by", "Ada Lovelace"))
        [tag] = [c["body"] for c in self.gh_calls(f"POST {REPO}/git/tags")]
        record = json.loads(tag["message"])
        self.assertEqual((record["outcome"], record["commit"], record["confirmed_by"], record["number"]),
                         ("recorded", "c" * 40, "Ada Lovelace", 1))
        self.assertEqual((tag["type"], tag["object"]), ("blob", "b" * 40))
        [reference] = [c["body"] for c in self.gh_calls(f"POST {REPO}/git/refs")]
        self.assertEqual(reference, {"ref": "refs/tags/pipec/checkout-service/deployment/prod/000001", "sha": "d" * 40})

    def test_the_live_commit_is_recorded_once(self):
        self.gh(self.live_world() | {f"GET {REPO}/git/ref/tags/pipec/checkout-service/deployment/prod/000001": {"ref": "x"}})
        self.refuses(self.setup_script("--live", "prod", "v1", "--confirmed-by", "Ada"), "recorded already")
        self.assertEqual(self.gh_calls("POST"), [])

    def test_nobody_confirms_nothing_is_recorded(self):
        self.gh(self.live_world())
        self.refuses(self.setup_script("--live", "prod", "v1"), "--confirmed-by NAME")
        self.refuses(self.setup_script("--live", "beta", "v1", "--confirmed-by", "Ada"), "not an environment of production")
        self.assertEqual(self.gh_calls("POST"), [])


class LiveCommitOfSetup(LedgerTest):
    """What setup records is what the guard reads."""

    def test_the_guard_reads_it(self):
        record = {"number": 1, "outcome": "recorded", "commit": self.first, "route": "setup", "branch": "", "confirmed_by": "Ada"}
        self.author.git("tag", "--annotate", "--message", json.dumps(record), "pipec/checkout-service/deployment/prod/000001", "main")
        self.author.git("push", "--quiet", "origin", "--tags")
        fix = self.hotfix("hotfix/INC-1-fix", self.first)
        self.assertEqual(self.passes(self.guard("hotfix", fix, "hotfix/INC-1-fix")).outputs["live"], self.first)


class Gate(LedgerTest):
    def gate(self, needs, wanted, branch="feature/x", commit="none"):
        return self.run_script("gate.sh", NEEDS=json.dumps({k: {"result": v} for k, v in needs.items()}), WANTED=wanted,
                               HEAD_BRANCH=branch, HEAD_COMMIT=commit, HOTFIX_PREFIX="hotfix/")

    def test_results(self):
        self.passes(self.gate({"review": "success"}, "review=true"))
        self.passes(self.gate({"review": "success", "docs": "skipped"}, "review=true\ndocs=false"))
        for result in ("failure", "cancelled", "skipped"):
            self.refuses(self.gate({"review": result}, "review=true"), result)
        self.refuses(self.gate({"review": "failure"}, "review=false"), "failure")
        self.refuses(self.gate({}, "review=true"), "null")

    def test_a_hotfix_needs_its_backfill(self):
        fix = self.hotfix("hotfix/INC-1-fix", self.first)
        self.refuses(self.gate({"review": "success"}, "review=true", "hotfix/INC-1-fix", fix), "backfill of hotfix/INC-1-fix has not passed")
        self.passes(self.step("record_backfill.sh", "backfill", fix, "hotfix/INC-1-fix", run=3))
        self.passes(self.gate({"review": "success"}, "review=true", "hotfix/INC-1-fix", fix))
        self.refuses(self.gate({"review": "success"}, "review=true", "hotfix/INC-1-fix", self.first), "has not passed")
        self.refuses(self.gate({"review": "success"}, "review=true", "hotfix/INC-2-fix", fix), "has not passed")


if __name__ == "__main__":
    sandbox.main()
