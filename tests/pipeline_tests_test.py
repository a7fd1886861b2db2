"""`pipec test` on a disk: its reports, its exit statuses, and that emitted triggers start what it says."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

PIPEC = os.environ["PIPEC"]
ROOT = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
SMALL = (ROOT / "tests/support/shared/small.pipe").read_text(encoding="utf-8")

PIPELINE = """pipe 1
import "./small.pipe" { small, team }

pipeline shop: small {
  source app { repository = github("acme/shop") }
  target github { plan = enterprise  visibility = private  account = "111111111111"  region = eu-west-1 }
  target codepipeline { account = "111111111111"  region = eu-west-1 }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build {
    action make: compile { run = "make"  outputs = { binary = files("out/**") }  typical = 1m }
    gate unit: check { run = "make unit"  inputs = [binary]  typical = 1m }
  }
  stage ship in prod {
    approval release
    deploy service: deliver { run = "./deploy.sh"  inputs = [binary]  rollback = on_failure  undo = "./back.sh"  typical = 1m }
  }
  route trunk { branches = ["main", "release/**"] }
  route work { branches = ["work/*", "drafts"]  stages = [build] }
  route tagged { tags = ["v1.*", "nightly/**"]  stages = [build] }
  route review { pull_requests = ["main", "release/**"]  stages = [build] }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("(INC|SEC)-[0-9]{1,4}")
    budget   = typical(30m)
    skip unit because "the backfill runs it"
    backfill = { into = ["main"]  within = 24h }
  }
}
"""

BRANCHES = ["main", "mainly", "master", "release", "release/", "release/1", "release/1/2", "work/a", "work/a/b", "work",
            "drafts", "drafts/x", "hotfix/INC-1-x", "hotfix/SEC-1234-a.b_c", "hotfix/INC-12345-x", "hotfix/INC-1",
            "hotfix/inc-1-x", "hotfix/INC-1-a/b", "hotfix/x", "feature/x", "x/main", "v1.2"]
TAGS = ["v1.2", "v1.", "v1", "v1.2/3", "nightly/1", "nightly/1/2", "nightly", "main"]


def pipec(*arguments, **options):
    return subprocess.run([PIPEC, *arguments], capture_output=True, text=True, check=False, **options)


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.write("small.pipe", SMALL)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)


class Reports(Folder):
    TITLE = 'a <quick> & "good" build\u00e4, \ufffe 100%'

    def setUp(self):
        super().setUp()
        escaped = self.TITLE.replace('"', '\\"')
        self.file = self.write("shop.pipe", PIPELINE + f'''
test "{escaped}" {{ given branch = "main"  expect typical_path.local <= 1s }}
test "it is built" {{ given branch = "main"  expect actions = make }}
''')

    def test_junit_is_well_formed_and_complete(self):
        result = pipec("test", self.file, "--format", "junit")
        self.assertEqual(result.returncode, 1, result.stderr)
        suites = xml.fromstring(result.stdout)
        self.assertEqual((suites.tag, suites.get("tests"), suites.get("failures"), suites.get("errors")),
                         ("testsuites", "2", "1", "0"))
        (suite,) = suites
        self.assertEqual((suite.tag, suite.get("name"), suite.get("tests"), suite.get("failures")),
                         ("testsuite", self.file, "2", "1"))
        failed, passed = suite
        self.assertEqual(failed.get("name"), self.TITLE.replace("\ufffe", "\ufffd"))
        self.assertEqual(failed.get("classname"), self.file)
        (failure,) = failed
        self.assertEqual((failure.tag, failure.get("type")), ("failure", "P0800"))
        self.assertIn("expected at most 1s", failure.get("message"))
        self.assertIn("^^^", failure.text)
        self.assertEqual((passed.get("name"), len(passed)), ("it is built", 0))

    def test_a_report_is_written_beside_the_text(self):
        report = self.folder / "out/tests.xml"
        result = pipec("test", self.file, "--format", "junit", "-o", str(report))
        self.assertEqual(result.returncode, 1)
        self.assertIn("2 tests in 1 file: 1 failed", result.stdout)
        self.assertEqual(xml.parse(report).getroot().get("tests"), "2")

    def test_a_report_that_cannot_be_written_is_an_error(self):
        result = pipec("test", self.file, "--format", "json", "-o", self.file + "/tests.json")
        self.assertEqual(result.returncode, 4, result.stderr)

    def test_a_broken_file_is_an_error_of_a_case(self):
        broken = self.write("broken.pipe", PIPELINE.replace("compile", "compil") + 'test "x" { expect findings = [] }\n')
        result = pipec("test", broken, "--format", "junit")
        self.assertEqual(result.returncode, 1)
        (suite,) = xml.fromstring(result.stdout)
        self.assertEqual((suite.get("tests"), suite.get("errors")), ("1", "1"))
        self.assertEqual(suite[0][0].tag, "error")
        self.assertIn("error[P0200]", result.stderr)

    def test_json_is_the_same_result(self):
        result = pipec("test", self.file, "--format", "json")
        document = json.loads(result.stdout)
        self.assertEqual((document["version"], document["tests"], document["failed"]), (1, 2, 1))
        (file,) = document["files"]
        self.assertEqual([test["status"] for test in file["tests"]], ["failed", "ok"])
        self.assertEqual(file["tests"][0]["failures"][0]["line"], file["tests"][0]["line"])


class Inputs(Folder):
    def test_a_folder_is_searched(self):
        self.write("shop.pipe", PIPELINE)
        good = 'pipe 1\nimport "../shop.pipe" { shop }\ntest "it is built" { given branch = "main"  expect actions = make }\n'
        self.write("deep/down_test.pipe", good)
        self.write("deep/.hidden/test.pipe", good.replace("actions = make", "actions = []"))
        self.write("deep/broken_without_tests.pipe", "pipe 1\nlet x: int = nothing\n")
        (self.folder / "deep/around").symlink_to(self.folder)
        result = pipec("test", str(self.folder))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("1 test in 1 file: all hold", result.stdout)
        self.assertIn(str(self.folder / "deep/down_test.pipe"), result.stdout)

    def test_standard_input_is_a_file(self):
        text = PIPELINE + 'test "it is built" { given branch = "main"  expect actions = make }\n'
        result = pipec("test", "-", input=text, cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("<stdin>", result.stdout)

    def test_nothing_to_run_is_not_success(self):
        self.write("shop.pipe", PIPELINE)
        self.assertEqual(pipec("test", str(self.folder)).returncode, 1)
        self.assertEqual(pipec("test", str(self.folder / "gone.pipe")).returncode, 4)
        self.assertEqual(pipec("test").returncode, 2)


class Triggers(Folder):
    """What is emitted is read here by the rules of its platform, and must start what the tests say is started."""

    def routes_by_tests(self, given, names):
        tests = [f'test "{i}" {{ given {given} = "{name}"  expect route = ROUTE }}' for i, name in enumerate(names)]
        found = dict.fromkeys(names, "none")
        for route in ("trunk", "work", "tagged", "review", "hotfix"):
            file = self.write("shop.pipe", PIPELINE + "\n".join(tests).replace("ROUTE", route) + "\n")
            document = json.loads(pipec("test", file, "--format", "json").stdout)
            for name, test in zip(names, document["files"][0]["tests"], strict=True):
                if test["status"] == "ok":
                    self.assertEqual(found[name], "none")
                    found[name] = route
        return found

    def compiled(self, target):
        file = self.write("shop.pipe", PIPELINE)
        result = pipec("compile", file, "--target", target, "-o", str(self.folder / "out"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / "out" / target

    @staticmethod
    def of_github(condition, event, ref="", base=""):
        """A condition of a job, with the operators and functions that it has, as Python."""
        values = {"github.event_name": event, "github.ref": ref, "github.base_ref": base, "github.event.schedule": ""}
        expression = condition
        for name, value in values.items():
            expression = re.sub(re.escape(name) + r"(?![\w.])", repr(value), expression)
        expression = expression.replace("&&", " and ").replace("||", " or ")
        functions = {"startsWith": lambda text, start: text.startswith(start)}
        return eval(expression, {"__builtins__": {}}, functions)  # pylint: disable=eval-used

    @staticmethod
    def matches(pattern, name):
        """Filter patterns of GitHub and globs of CodePipeline, of which only these signs are emitted."""
        parts = re.split(r"(\*\*|\*)", pattern)
        expression = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
        return re.fullmatch(expression, name) is not None

    def test_github(self):
        import yaml  # pylint: disable=import-outside-toplevel

        out = self.compiled("github")
        caller = yaml.safe_load((out / ".github/workflows/pipec-shop.yml").read_text(encoding="utf-8"))
        on = caller.get("on", caller.get(True))
        guard = "\n".join(path.read_text(encoding="utf-8") for path in (out / ".github/workflows").glob("*.yml"))
        branch_pattern = re.search(r"BRANCH_PATTERN: [\"']?(.*?)[\"']?\n", guard).group(1)

        def started(event, filters, name, **context):
            if not any(self.matches(pattern, name) for pattern in filters):
                return "none"
            jobs = [job for job, body in caller["jobs"].items()
                    if "uses" in body and self.of_github(body["if"], event, **context)]
            self.assertLessEqual(len(jobs), 1, name)
            if jobs == ["hotfix"]:
                bash = subprocess.run(["bash", "-c", '[[ $1 =~ $2 ]]', "bash", name, branch_pattern], check=False)
                return "hotfix" if bash.returncode == 0 else "none"
            return jobs[0] if jobs else "none"

        for name, route in self.routes_by_tests("branch", BRANCHES).items():
            self.assertEqual(started("push", on["push"]["branches"], name, ref="refs/heads/" + name), route, name)
        for name, route in self.routes_by_tests("tag", TAGS).items():
            self.assertEqual(started("push", on["push"]["tags"], name, ref="refs/tags/" + name), route, name)
        for name, route in self.routes_by_tests("pull_request", BRANCHES).items():
            self.assertEqual(started("pull_request", on["pull_request"]["branches"], name, base=name), route, name)

    def test_codepipeline(self):
        out = self.compiled("codepipeline")
        text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.yaml")))
        triggers = self.triggers_of(out)
        guard = re.search(r"hotfix/\(.*\)-\[A-Za-z0-9\._-\]\*", text).group(0)

        def started(kind, key, name):
            routes = [route for route, trigger in triggers.items()
                      if any(self.matches(pattern, name)
                             for event in trigger.get(kind, []) for pattern in event.get(key, {}).get("Includes", []))]
            self.assertLessEqual(len(routes), 1, name)
            if routes == ["hotfix"]:
                return "hotfix" if re.fullmatch(guard, name) else "none"
            return routes[0] if routes else "none"

        for name, route in self.routes_by_tests("branch", BRANCHES).items():
            self.assertEqual(started("Push", "Branches", name), route, name)
        for name, route in self.routes_by_tests("tag", TAGS).items():
            self.assertEqual(started("Push", "Tags", name), route, name)
        for name, route in self.routes_by_tests("pull_request", BRANCHES).items():
            self.assertEqual(started("PullRequest", "Branches", name), route, name)

    @staticmethod
    def triggers_of(out):
        import yaml  # pylint: disable=import-outside-toplevel

        class Loader(yaml.SafeLoader):
            """The short forms of intrinsic functions are of no interest here."""

        Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)
        found = {}
        for path in sorted(out.rglob("*.yaml")):
            template = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
            for resource in (template.get("Resources") or {}).values():
                if resource["Type"] != "AWS::CodePipeline::Pipeline":
                    continue
                for trigger in resource["Properties"].get("Triggers", []):
                    found[resource["Metadata"]["pipec"]["route"]] = trigger["GitConfiguration"]
        return found


if __name__ == "__main__":
    unittest.main()
