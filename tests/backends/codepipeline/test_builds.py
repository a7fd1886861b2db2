"""Builds of builds.pipe, executed as CodeBuild would: failures, attempts, time limits, values, digests, the way back."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from aws import Failure
from scripts import SCRIPTS, ScriptCase, wait_until
from templates import Emitted

DIGEST = "sha256:" + "d" * 64
RUN = "99999999-8888-7777-6666-555555555555"
DOCKER = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"]) / "tests/support/docker"
REPOSITORY = "444444444444.dkr.ecr.eu-central-1.amazonaws.com/acme/builds"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


class BuildCase(ScriptCase):
    """`checkout` is the folder in which the build starts; `tools` comes first on the PATH."""

    @classmethod
    def setUpClass(cls):
        cls.emitted = Emitted(["tests/backends/codepipeline/builds.pipe"])

    def setUp(self):
        super().setUp()
        self.checkout, self.tools = self.folder / "checkout", self.folder / "tools"
        self.checkout.mkdir()
        self.tools.mkdir()
        self.tool("docker", f'echo "$*" >>{self.folder}/docker; cat >/dev/null')
        self.world.answer("ecr", "get-login-password", "password\n")

    def tool(self, name, text):
        path = self.tools / name
        path.write_text("#!/bin/bash\n" + text, encoding="utf-8")
        path.chmod(0o755)

    def action(self, name):
        for stage in self.emitted.pipelines["pipec-builds-trunk"]["Stages"]:
            for action in stage["Actions"]:
                if action["Name"] == name:
                    return action
        raise KeyError(name)

    def build(self, name, **variables):
        """Runs the build of an action; `variables` are what CodePipeline would put in the place of `#{…}`."""
        action = self.action(name)
        project = self.emitted.project(action)
        spec = self.emitted.pipelines_template.buildspec(project)
        self.assertEqual(spec["env"]["shell"], "bash")
        environment = {**self.environment, "CODEBUILD_BUILD_ID": "pipec-builds:11111111-2222-3333-4444-555555555555"}
        environment["PATH"] = f"{self.tools}:{environment['PATH']}"
        environment.update({entry["Name"]: entry["Value"] for entry in project["Environment"].get("EnvironmentVariables", [])})
        environment.update({entry["name"]: entry["value"]
                            for entry in json.loads(action["Configuration"].get("EnvironmentVariables", "[]"))})
        environment.update({"pipec_run": RUN, "pipec_ref": "main", **variables})
        self.assertNotIn("#{", json.dumps(environment))
        script = "\n".join(spec["phases"]["build"]["commands"]).replace("/tmp/pipec", str(self.folder / "pipec"))
        exports = "".join(f'\nprintf "%s=%s\\n" {name} "${name}" >>../exported' for name in spec["env"].get("exported-variables", []))
        done = subprocess.run(["bash", "-c", script + exports + "\ntrue"], cwd=self.checkout, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
        return done.returncode, done.stdout

    def text(self, name):
        path = self.checkout / name
        return path.read_text(encoding="utf-8") if path.exists() else None


class Commands(BuildCase):
    def test_a_command_is_tried_as_often_as_it_may(self):
        code, output = self.build("again")
        self.assertEqual((code, self.text("tries")), (0, "try\n" * 3), output)
        self.assertIn("failed with 1, 2 attempts left", output)

    def test_and_not_more_often(self):
        code, _ = self.build("again", ENOUGH="9")
        self.assertEqual((code, self.text("tries")), (1, "try\n" * 3))

    def test_a_failure_in_a_pipe_fails(self):
        self.assertEqual(self.build("pipes")[0], 1)

    def test_a_variable_that_is_not_set_fails(self):
        code, output = self.build("unset")
        self.assertNotEqual(code, 0)
        self.assertIn("NOT_SET: unbound variable", output)

    def test_nothing_follows_a_failure(self):
        code, output = self.build("lines")
        self.assertEqual(code, 1)
        self.assertNotIn("went on", output)

    def test_what_does_not_block_says_so(self):
        self.assertEqual(self.build("mild"), (0, "make.mild failed; the pipeline goes on\n"))

    def test_a_time_limit_ends_the_whole_group(self):
        self.assertEqual(self.build("slow")[0], 124)
        wait_until(lambda: not is_alive(int(self.text("child"))))

    def test_a_time_limit_ends_what_does_not_listen(self):
        self.assertEqual(self.build("deaf")[0], 137)
        wait_until(lambda: not is_alive(int(self.text("child"))))

    def test_values_are_text_whatever_they_look_like(self):
        (self.checkout / "sub folder").mkdir()
        self.assertEqual(self.build("values")[0], 0)
        self.assertEqual(self.text("sub folder/values"),
                         "it's \"$(touch /tmp/pipec-injected)\" `id` $HOME|one\ntwo|" + str(self.checkout / "sub folder") + "\n")
        self.assertFalse(os.path.exists("/tmp/pipec-injected"))

    def test_a_command_knows_its_run(self):
        branch = "a$(touch ../injected)`id`;'\""
        code, output = self.build("told", CODEBUILD_RESOLVED_SOURCE_VERSION="c" * 40, pipec_ref=branch)
        self.assertEqual((code, self.text("told")), (0, f"builds|trunk||{RUN}|{'c' * 40}|{branch}||"), output)
        self.assertFalse((self.folder / "injected").exists())
        configuration = json.loads(self.action("told")["Configuration"]["EnvironmentVariables"])
        self.assertIn({"name": "pipec_ref", "value": "#{@source.BranchName}"}, [{key: one[key] for key in ("name", "value")} for one in configuration])

    def test_a_script_may_hold_the_delimiter(self):
        self.assertEqual((self.build("delimiter")[0], self.text("text")), (0, "inner\nafter\n"))


class Always(BuildCase):
    """What stands in `always` of a stage: one build, of which nothing keeps anything else from running."""

    NAME = "first.to.last"
    ALL = "first\nwithout-tool\nmild-end\nit's last\n"

    def test_everything_runs_whatever_fails_and_the_build_fails(self):
        self.tool("curl", "exit 22")
        code, output = self.build(self.NAME)
        self.assertEqual((code, self.text("cleaned")), (1, self.ALL), output)
        self.assertIn("failed: make.first make.stuck make.without-tool\n", output)

    def test_a_tool_with_another_digest_is_not_run(self):
        (self.checkout / "fine").touch()
        self.tool("curl", 'while [ "$1" != --output ]; do shift; done; echo other >"$2"')
        code, output = self.build(self.NAME)
        self.assertEqual((code, self.text("cleaned")), (1, self.ALL), output)
        self.assertIn("failed: make.without-tool\n", output)
        self.assertFalse((self.folder / "pipec/bin/looker").exists())

    def test_it_succeeds_when_nothing_that_counts_fails(self):
        (self.checkout / "fine").touch()
        self.tool("curl", 'while [ "$1" != --output ]; do shift; done; echo looker >"$2"')
        self.tool("sha256sum", "cat >/dev/null")
        code, output = self.build(self.NAME)
        self.assertEqual((code, self.text("cleaned")), (0, self.ALL), output)

    def test_the_same_commands_run_after_a_failure(self):
        projects = self.emitted.pipelines_template.of_type("AWS::CodeBuild::Project")
        of_pipeline = self.emitted.project(self.action(self.NAME))
        after = projects["TrunkMakeAlways"]
        self.assertEqual((after["Source"]["BuildSpec"], after["Environment"], after["TimeoutInMinutes"]),
                         (of_pipeline["Source"]["BuildSpec"], of_pipeline["Environment"], of_pipeline["TimeoutInMinutes"]))
        self.assertEqual((after["Source"]["Type"], after["Source"]["Location"]), ("GITHUB", "https://github.com/acme/builds.git"))


class Cells(BuildCase):
    """Elements that a matrix or `per_region` has made several of."""

    def test_each_has_its_values(self):
        code, output = self.build("variants@1_26")
        self.assertEqual((code, self.text("out/made")), (0, "1.26 release"), output)

    def test_their_files_are_put_back_side_by_side(self):
        folders = {}
        for cell in ("1_25", "1_26"):
            folder = self.folder / cell
            (folder / "out").mkdir(parents=True)
            (folder / "out/made").write_text(f"{cell} ", encoding="utf-8")
            folders[f"CODEBUILD_SRC_DIR_variants_40{cell.replace('_', '_5F')}"] = str(folder)
        code, output = self.build("consumer", **folders)
        self.assertEqual((code, self.text("read")), (0, "1_25 1_26 "), output)
        self.assertEqual(self.text("variants/1_25/out/made"), "1_25 ")
        self.assertIsNone(self.text("out/made"))

    def test_the_region_is_that_of_the_cell_and_not_of_the_build(self):
        for region in ("eu-central-1", "us-east-1"):
            code, output = self.build(f"everywhere@{region}")
            self.assertEqual((code, self.text("region")), (0, region + "\n"), output)
            profile = (self.folder / f"pipec/ship.everywhere@{region}.aws").read_text(encoding="utf-8")
            self.assertIn(f"region = {region}\n", profile)

    def test_the_role_of_a_cell_reaches_its_region_only(self):
        roles = self.emitted.templates["workload-live-eu-central-1"].of_type("AWS::IAM::Role")
        for region in ("eu-central-1", "us-east-1"):
            role = next(r for r in roles.values() if r["RoleName"].endswith(f"everywhere@{region}"))
            resources = [s["Resource"] for p in role["Policies"] for s in p["PolicyDocument"]["Statement"]]
            self.assertIn(region, str(resources))
            self.assertEqual(str(resources).count("canary:journey"), 1)


class Services(BuildCase):
    """Containers beside a command, with a stand-in for docker that listens on ports of this machine."""

    def setUp(self):
        super().setUp()
        self.state = self.folder / "docker-state"
        self.state.mkdir()
        shutil.copy(DOCKER, self.tools / "docker")
        self.environment |= {"DOCKER_STATE": str(self.state), "PIPEC_SERVICE_SECONDS": "2"}

    def container(self, name):
        return json.loads((self.state / name).read_text(encoding="utf-8"))

    def test_a_command_finds_them_and_they_are_removed(self):
        code, output = self.build("beside", PIPEC_SERVICE_DB_POSTGRES_PASSWORD="hidden")
        self.assertEqual(code, 0, output)
        db, cache = self.container("removed-c0ffee0"), self.container("removed-c0ffee1")
        self.assertEqual(self.text("found"), f"127.0.0.1:{db['port']} 127.0.0.1:{cache['port']} ")
        self.assertEqual(db["environment"], {"POSTGRES_DB": "it's \"$(touch /tmp/pipec-injected)\"", "POSTGRES_PASSWORD": "hidden"})
        self.assertEqual(cache["environment"], {})
        self.assertNotIn("hidden", self.text("environment"))
        self.assertFalse(os.path.exists("/tmp/pipec-injected"))
        calls = (self.state / "calls").read_text(encoding="utf-8")
        self.assertNotIn("hidden", calls + output)
        self.assertIn("--publish 127.0.0.1::5432", calls)

    def test_they_are_removed_when_the_command_fails(self):
        (self.checkout / "broken").touch()
        code, _ = self.build("beside", PIPEC_SERVICE_DB_POSTGRES_PASSWORD="hidden")
        self.assertEqual((code, len(list(self.state.glob("removed-*")))), (1, 2))

    def test_without_an_answer_the_command_does_not_start(self):
        code, output = self.build("unready")
        self.assertEqual((code, self.text("reached"), len(list(self.state.glob("removed-*")))), (1, None, 1), output)
        self.assertIn("service db: its port does not answer after 2 seconds", output)

    def test_the_build_may_run_containers_and_reads_the_secret(self):
        project = self.emitted.project(self.action("beside"))
        self.assertTrue(project["Environment"]["PrivilegedMode"])
        secrets = self.emitted.pipelines_template.buildspec(project)["env"]["secrets-manager"]
        self.assertEqual(secrets, {"PIPEC_SERVICE_DB_POSTGRES_PASSWORD": "db/password"})


class Images(BuildCase):
    def setUp(self):
        super().setUp()
        self.tool("git", 'test "$*" = "rev-parse HEAD" && echo ' + "c" * 40)
        self.digest = DIGEST
        self.world.answer("ecr", "DescribeImages", lambda _: {"imageDetails": [{"imageDigest": self.digest}]})

    def test_the_digest_of_what_was_pushed_is_handed_on(self):
        code, output = self.build("image")
        self.assertEqual(code, 0, output)
        tag = "c" * 40 + "-11111111"
        self.assertEqual((self.folder / "docker").read_text(encoding="utf-8").splitlines(), [
            "login --username AWS --password-stdin 444444444444.dkr.ecr.eu-central-1.amazonaws.com", f"push {REPOSITORY}:{tag}"])
        asked = self.world.parameters("DescribeImages")[0]
        self.assertEqual((asked["repositoryName"], asked["imageIds"], asked["region"]),
                         ("acme/builds", [{"imageTag": tag}], "eu-central-1"))
        self.assertEqual((self.folder / "exported").read_text(encoding="utf-8"), f"pipec_digest_image={DIGEST}\n")

    def test_without_a_digest_nothing_is_handed_on(self):
        for digest in (None, "latest", "sha256:short"):
            with self.subTest(digest=digest):
                self.digest = digest
                self.assertNotEqual(self.build("image")[0], 0)
                self.assertFalse((self.folder / "exported").exists())

    def test_an_image_that_was_not_pushed_is_not_asked_for(self):
        self.tool("docker", "cat >/dev/null; test \"$1\" != push")
        self.assertEqual(self.build("image")[0], 1)
        self.assertEqual(self.world.parameters("DescribeImages"), [])

    def test_what_is_checked_is_that_digest(self):
        code, output = self.build("scan", pipec_digest_image=DIGEST)
        self.assertEqual((code, self.text("scanned")), (0, f"{REPOSITORY}@{DIGEST}|{DIGEST}|"), output)


class Deployments(BuildCase):
    def build(self, name, **variables):
        return super().build(name, **{"pipec_digest_image": DIGEST, **variables})

    def setUp(self):
        super().setUp()
        self.states = {"errors": ["OK"], "latency": ["OK"]}
        self.lock = {"lock_run": {"S": RUN}}
        self.world.answer("dynamodb", "GetItem", lambda _: {"Item": self.lock} if self.lock is not None else {})
        self.world.answer("cloudwatch", "DescribeAlarms", lambda parameters: {"MetricAlarms": [
            {"AlarmName": name, "StateValue": self.states[name].pop(0) if len(self.states[name]) > 1 else self.states[name][0]}
            for name in parameters["AlarmNames"]]})

    def test_each_region_is_deployed_to_with_its_role(self):
        for region, bake in (("eu-central-1", "0"), ("us-east-1", "0")):
            code, output = self.build(f"files.{region}", pipec_bake=bake)
            self.assertEqual(code, 0, output)
        self.assertEqual((self.text("went"), self.text("back")), ("eu-central-1\nus-east-1\n", None))
        profile = (self.folder / "pipec/ship.files.aws").read_text(encoding="utf-8")
        for line in ("role_arn = arn:aws:iam::222222222222:role/", "credential_source = EcsContainer", "region = us-east-1",
                     "role_session_name = 11111111-2222-3333-4444-555555555555"):
            self.assertIn(line, profile)

    def test_without_the_lock_nothing_is_deployed(self):
        """As when only the failed actions of a stage are retried: the claim was not asked again."""
        for lock, reason in (({"lock_run": {"S": "run-2"}}, "run run-2 holds the lock of live"),
                             ({"live": {"S": "c" * 40}}, "this run does not hold the lock of live"),
                             (None, "this run does not hold the lock of live")):
            with self.subTest(lock=lock):
                self.lock = lock
                code, output = self.build("files.eu-central-1")
                self.assertEqual((code, self.text("went"), self.text("back")), (1, None, None), output)
                self.assertIn(f"refused: {reason}\nretry all actions of the stage", output)

    def test_a_ledger_that_does_not_answer_is_no_lock(self):
        def fail(_):
            raise Failure("InternalServerError")
        self.world.answer("dynamodb", "GetItem", fail)
        code, output = self.build("files.eu-central-1")
        self.assertEqual((code, self.text("went")), (1, None))
        self.assertIn("refused: the ledger does not say who holds the lock of live", output)

    def test_the_lock_is_asked_for_as_the_build_itself(self):
        self.assertEqual(self.build("files.us-east-1")[0], 0)
        asked = self.world.parameters("GetItem")
        self.assertEqual(len(asked), 1)
        self.assertEqual((asked[0]["TableName"], asked[0]["Key"], asked[0]["ConsistentRead"]),
                         ("pipec-builds-ledger", {"pk": {"S": "live"}, "sk": {"S": "state"}}, True))
        self.assertNotIn("config", asked[0])

    def test_the_way_back_needs_no_lock(self):
        """The lock goes while the deployment runs; what it did is taken back nevertheless."""
        def once(_):
            self.world.answer("dynamodb", "GetItem", {"Item": {"lock_run": {"S": "run-2"}}})
            return {"Item": self.lock}
        self.world.answer("dynamodb", "GetItem", once)
        (self.checkout / "broken").touch()
        code, output = self.build("files.us-east-1")
        self.assertEqual((code, self.text("went"), self.text("back")), (1, "us-east-1\n", "us-east-1\n"), output)

    def test_an_action_that_may_write_needs_the_lock(self):
        self.assertEqual((self.build("migrate")[0], self.text("migrated")), (0, "yes\n"))
        (self.checkout / "migrated").unlink()
        self.lock = None
        self.assertEqual((self.build("migrate")[0], self.text("migrated")), (1, None))

    def test_what_only_looks_needs_no_lock(self):
        self.lock = None
        self.assertEqual(self.build("look")[0], 0)
        self.assertEqual(self.world.parameters("GetItem"), [])

    def test_what_fails_is_taken_back(self):
        (self.checkout / "broken").touch()
        code, _ = self.build("files.us-east-1")
        self.assertEqual((code, self.text("went"), self.text("back")), (1, "us-east-1\n", "us-east-1\n"))

    def test_an_alarm_during_the_bake_time_takes_it_back(self):
        self.states["latency"] = ["OK", "OK", "ALARM"]
        code, output = self.build("files.eu-central-1", pipec_bake="60")
        self.assertEqual((code, self.text("back")), (1, "eu-central-1\n"), output)
        self.assertIn("in alarm: latency", output)
        self.assertTrue(all(call["config"].endswith("/ship.files.aws") for call in self.world.parameters("DescribeAlarms")))

    def test_an_alarm_that_is_on_already_does_not_stop_what_may_end_it(self):
        self.states["errors"] = ["ALARM"]
        code, output = self.build("files.us-east-1")
        self.assertEqual((code, self.text("went"), self.text("back")), (0, "us-east-1\n", None), output)
        self.assertIn("on before the deployment, so not watched: errors", output)

    def test_an_alarm_that_does_not_exist_is_found_before_anything_changes(self):
        self.world.answer("cloudwatch", "DescribeAlarms", {"MetricAlarms": []})
        code, output = self.build("files.us-east-1")
        self.assertEqual((code, self.text("went"), self.text("back")), (1, None, None))
        self.assertIn("not all of these alarms exist: errors latency", output)


class Tools(ScriptCase):
    """A program from elsewhere is used only when it is the one that was asked for."""

    def setUp(self):
        super().setUp()
        self.content = "#!/bin/sh\necho it runs\n"
        (self.folder / "demo").write_text(self.content, encoding="utf-8")
        subprocess.run(["tar", "-czf", "demo.tar.gz", "demo"], cwd=self.folder, check=True)
        shutil.make_archive(str(self.folder / "demo"), "zip", self.folder, "demo")
        (self.folder / "pipec/bin").mkdir(parents=True)

    def get(self, file, *member, digest=None):
        if digest is None:
            digest = subprocess.run(["sha256sum", file], cwd=self.folder, check=True, capture_output=True, text=True).stdout.split()[0]
        script = (SCRIPTS / "build/tool.sh").read_text(encoding="utf-8").replace("/tmp/pipec", str(self.folder / "pipec"))
        return self.bash(script + '\nset -euo pipefail; tool "$@"; "$1"', "demo", f"file://{self.folder}/{file}", digest, *member)

    def test_plain_and_archived_programs(self):
        cases = [("demo",), ("demo.tar.gz", "demo")] + ([("demo.zip", "demo")] if shutil.which("unzip") else [])
        for case in cases:
            with self.subTest(case=case):
                self.assertEqual(self.get(*case).output, "it runs\n")

    def test_another_digest_is_refused(self):
        done = self.get("demo.tar.gz", "demo", digest="0" * 64)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("it runs", done.output)
        self.assertEqual(os.listdir(self.folder / "pipec/bin"), [])

    def test_a_program_that_is_not_there_is_refused(self):
        self.assertNotEqual(self.get("absent", digest="0" * 64).returncode, 0)


if __name__ == "__main__":
    unittest.main()
