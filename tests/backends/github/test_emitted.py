"""That what is emitted fits together: workflows, settings of GitHub and templates for AWS."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

import sandbox
from test_platform import live_environment

sys.path.insert(0, str(pathlib.Path(os.environ["PIPEC_SOURCE_DIR"]) / "tests/support"))
import judges  # noqa: E402

REPO = f"repos/{sandbox.REPOSITORY}"
SOURCES = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
ISSUER = "token.actions.githubusercontent.com"


class Template(yaml.SafeLoader):
    """Functions of CloudFormation become their arguments."""


Template.add_multi_constructor("!", lambda loader, tag, node: (
    loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True)))


class Emitted(sandbox.ScriptTest):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="pipec-")
        cls.addClassCleanup(temporary.cleanup)
        subprocess.run([os.environ["PIPEC"], "compile", SOURCES / "samples/checkout/checkout.pipe", "--root", SOURCES,
                        "--target", "github", "-o", temporary.name], check=True, capture_output=True)
        cls.emitted = pathlib.Path(temporary.name) / "github"
        cls.pipec = cls.emitted / ".github/pipec/checkout-service"
        cls.settings = json.loads((cls.pipec / "settings.json").read_text())
        cls.workflows = {file.name: yaml.safe_load(file.read_text()) for file in (cls.emitted / ".github/workflows").glob("*.yml")}
        cls.templates = {str(file.relative_to(cls.pipec / "aws")): yaml.load(file.read_text(), Template)
                         for file in (cls.pipec / "aws").rglob("*.yaml")}

    def jobs(self):
        for file, workflow in self.workflows.items():
            for job in workflow["jobs"].values():
                yield file, job

    def steps(self):
        for file, job in self.jobs():
            for step in job.get("steps", []):
                yield file, job, step

    def resources(self, kind):
        return [resource["Properties"] for template in self.templates.values() for resource in template["Resources"].values()
                if resource["Type"] == kind]

    def test_every_command_of_the_pipeline_knows_its_run(self):
        """By its environment, which nothing of a workflow writes again."""
        told = {"PIPEC_PIPELINE", "PIPEC_ROUTE", "PIPEC_RUN_ID", "PIPEC_COMMIT", "PIPEC_REF", "PIPEC_PULL_REQUEST"}
        checked = 0
        for file, job, step in self.steps():
            if "." not in step["name"].split(",")[0] or " " in step["name"].split(",")[0] or "WITHIN" in step.get("env", {}):
                continue
            self.assertLessEqual(told, set(self.workflows[file]["env"]), file)
            self.assertIn("PIPEC_ENVIRONMENT", job["env"], step["name"])
            self.assertFalse((told | {"PIPEC_ENVIRONMENT"}) & set(step.get("env", {})))
            checked += 1
        self.assertGreater(checked, 10)
        review = self.workflows["pipec-checkout-service-review.yml"]
        self.assertEqual(review["env"]["PIPEC_REF"], "${{ github.head_ref || github.ref_name }}")
        self.assertEqual(review["env"]["PIPEC_PULL_REQUEST"], "${{ github.event.pull_request.number }}")
        production = self.workflows["pipec-checkout-service-hotfix.yml"]["jobs"]["prod-service"]
        self.assertEqual(production["env"]["PIPEC_ENVIRONMENT"], "prod")

    def test_each_job_may_take_its_role_for_as_long_as_it_asks(self):
        roles = {role["RoleName"]: role for role in self.resources("AWS::IAM::Role")}
        taken = set()
        for file, job, step in self.steps():
            arn = step.get("with", {}).get("role-to-assume")
            if arn is None:
                continue
            role = roles[arn.rsplit("/", 1)[1]]
            taken.add(role["RoleName"])
            [statement] = role["AssumeRolePolicyDocument"]["Statement"]
            equal = statement["Condition"]["StringEquals"]
            self.assertIn("${SubjectPrefix}:environment:" + job["environment"]["name"], equal[f"{ISSUER}:sub"])
            self.assertIn(f"{sandbox.REPOSITORY}/.github/workflows/{file}@refs/heads/main", equal[f"{ISSUER}:job_workflow_ref"])
            self.assertLessEqual(int(step["with"]["role-duration-seconds"]), role["MaxSessionDuration"])
        trusted = {name for name, role in roles.items() if "MaxSessionDuration" in role}
        self.assertEqual(taken, trusted)
        self.assertEqual(len(taken), 8)

    def test_a_role_trusts_no_workflow_and_no_environment_that_does_not_take_it(self):
        takers = {}
        for file, job, step in self.steps():
            arn = step.get("with", {}).get("role-to-assume")
            if arn is not None:
                takers.setdefault(arn.rsplit("/", 1)[1], set()).add((file, job["environment"]["name"]))
        for role in self.resources("AWS::IAM::Role"):
            [statement] = role["AssumeRolePolicyDocument"]["Statement"]
            equal = statement["Condition"]["StringEquals"]
            if f"{ISSUER}:sub" not in equal:
                continue
            known = takers[role["RoleName"]]
            self.assertEqual({reference.split("@")[0].rsplit("/", 1)[1] for reference in equal[f"{ISSUER}:job_workflow_ref"]},
                             {file for file, _ in known})
            self.assertEqual({subject.rsplit(":", 1)[1] for subject in equal[f"{ISSUER}:sub"]}, {name for _, name in known})

    def test_deployments_name_what_codedeploy_has_in_every_region(self):
        regions = [name for name in self.templates if name.startswith("prod.") and name != "prod.yaml"]
        self.assertEqual(len(regions), 2)
        configs = {config["DeploymentConfigName"] for config in self.resources("AWS::CodeDeploy::DeploymentConfig")}
        groups = [group["DeploymentGroupName"] for group in self.resources("AWS::CodeDeploy::DeploymentGroup")]
        applications = [application["ApplicationName"] for application in self.resources("AWS::CodeDeploy::Application")]
        seen = 0
        for _, _, step in self.steps():
            env = step.get("env", {})
            if "DEPLOYMENT_GROUP" not in env:
                continue
            seen += 1
            self.assertEqual(groups.count(env["DEPLOYMENT_GROUP"]), len(regions))
            self.assertEqual(applications.count(env["APPLICATION"]), len(regions))
            self.assertIn(env["DEPLOYMENT_CONFIG"], configs | {"CodeDeployDefault.ECSAllAtOnce"})
        self.assertGreaterEqual(seen, 3)

    def test_cloudformation_has_the_role_that_change_sets_name(self):
        names = {role["RoleName"] for role in self.resources("AWS::IAM::Role")}
        given = {step["env"]["ROLE"].rsplit("/", 1)[1] for _, _, step in self.steps() if "ROLE" in step.get("env", {})}
        self.assertEqual(given, {"pipec-checkout-service-beta-stack", "pipec-checkout-service-gamma-stack"})
        self.assertLessEqual(given, names)

    def test_each_environment_and_secret_is_in_the_settings(self):
        named = {job["environment"]["name"] for _, job in self.jobs() if "environment" in job}
        self.assertEqual(named, {environment["name"] for environment in self.settings["environments"]})
        text = "".join((self.emitted / ".github/workflows" / file).read_text() for file in self.workflows)
        for secret in self.settings["secrets"]:
            self.assertIn(f"secrets.{secret}", text)

    def test_the_required_check_is_the_name_of_a_job(self):
        required = [check["context"] for ruleset in self.settings["rulesets"] for rule in ruleset["rules"]
                    for check in rule.get("parameters", {}).get("required_status_checks", [])]
        self.assertEqual(len(required), 1)
        self.assertIn(required[0], [job["name"] for _, job in self.jobs() if "uses" not in job])

    def platform(self, **changes):
        """GitHub as setup.sh would leave it."""
        world = {"GET orgs/acme/teams/payments-oncall": {"id": 42},
                 f"GET {REPO}": {"visibility": "private", "default_branch": "main"},
                 f"GET {REPO}/actions/permissions/workflow": self.settings["actions"],
                 f"GET {REPO}/actions/oidc/customization/sub": {"use_default": True},
                 f"GET {REPO}/actions/secrets/SLACK_WEBHOOK_URL": {"name": "SLACK_WEBHOOK_URL"},
                 f"GET {REPO}/git/matching-refs/tags/pipec/checkout-service/deployment/prod/": [{"ref": "x"}]}
        for environment in self.settings["environments"]:
            world |= live_environment(environment, **changes.get(environment["name"], {}))
        for place, key in ((REPO, "rulesets"), ("orgs/acme", "organization_rulesets")):
            rulesets = [dict(ruleset) for ruleset in self.settings[key]]
            for ruleset in rulesets:
                for _ in ruleset.pop("bypass_teams", []):
                    ruleset["bypass_actors"] = [{"actor_id": 42, "actor_type": "Team", "bypass_mode": "always"}]
            world[f"GET {place}/rulesets"] = [{"id": i, "name": r["name"]} for i, r in enumerate(rulesets, 1)]
            world |= {f"GET {place}/rulesets/{i}": r for i, r in enumerate(rulesets, 1)}
        return world

    def check(self, world):
        self.gh(world)
        result = self.run_script(str(self.pipec / "setup.sh"), "--check")
        return result.code, [check["check"] for check in json.loads(result.text)["checks"] if not check["ok"]]

    def test_setup_finds_what_it_asks_for(self):
        self.assertEqual(self.check(self.platform()), (0, []))
        self.assertEqual(self.check(self.platform(prod={"reviewers": []})), (1, ["environment prod"]))
        self.assertEqual(self.check(self.platform(beta={"branches": ["*"]})), (1, ["environment beta"]))

    def preflight(self, world):
        """What the runs of trunk and hotfix check, with the same settings."""
        self.gh(world)
        for name in ("trunk", "hotfix"):
            steps = [step["env"]["SETTINGS"] for file, _, step in self.steps()
                     if file == f"pipec-checkout-service-{name}.yml" and "SETTINGS" in step.get("env", {})]
            self.assertGreaterEqual(len(steps), 1)
            for settings in steps:
                yield self.run_script("settings.sh", SETTINGS=settings, ENVIRONMENT="prod", COMMIT="0" * 40)

    def test_preflight_agrees_with_setup(self):
        remote = self.folder / sandbox.REPOSITORY
        remote.parent.mkdir()
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
        author = sandbox.Author(self.folder / "author", remote)
        author.git("switch", "--quiet", "--orphan", "main")
        author.commit("app.txt", "one\n")
        author.push("main")
        for result in self.preflight(self.platform()):
            self.passes(result)
        for result in self.preflight(self.platform(prod={"can_admins_bypass": True})):
            self.refuses(result, "can_admins_bypass should be false, is true")

    def test_templates_are_accepted_by_the_judges(self):
        findings = judges.judge("judge-templates.mjs", "--allow", SOURCES / "tests/backends/github/allow_templates.json", self.pipec / "aws")
        self.assertEqual(findings, [])


if __name__ == "__main__":
    sandbox.main()
