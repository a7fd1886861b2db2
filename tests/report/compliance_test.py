"""`pipec report`: its JSON by its schema, its HTML by a parser that forgives nothing, and what a report must say."""
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])
sys.path.insert(0, str(ROOT / "tests/support"))
import judges  # noqa: E402

SCHEMA = ROOT / "compiler/report/report.schema.json"
SAMPLES = sorted(path.relative_to(ROOT) for path in (ROOT / "samples").rglob("*.pipe"))
CHECKOUT = "samples/checkout/checkout.pipe"
EVIL = '<script>alert(1)</script> & "quotes" \\u2028 `<b>` | pipe'
HOSTILE = """pipe 1
import "./small.pipe" { small, team }

profile strict extends small {
  title  = "Strict <i>"
  origin = "ACME & <script>alert(2)</script>"
  stage build {
    title = "Build </table>"
    require check { code = "STRICT-01"  text = "<img src=x onerror=alert(3)>"  why = "w"  fix = "add `<b>`" }
    recommend clock { code = "STRICT-02"  text = "c"  why = "w"  fix = "f" }
  }
}
import "./small.pipe" { check, clock }

pipeline p: strict {
  description = "EVIL"
  source app { repository = github("acme/app") }
  stage build { action make: compile { run = "make <script>" } }
  waive STRICT-01 because "EVIL" { owner = team  until = 2027-01-31 }
}
"""
VOID = {"meta", "input"}


def run(*arguments, folder=ROOT, status=(0,), **variables):
    done = subprocess.run([os.environ["PIPEC"], *map(str, arguments)], cwd=folder, capture_output=True, check=False,
                          env={"SOURCE_DATE_EPOCH": "1795219200", "PATH": os.environ["PATH"], **variables})
    if done.returncode not in status:
        raise RuntimeError(f"{done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


class Strict(html.parser.HTMLParser):
    """Every element is closed in its turn; collects tags, attributes and text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.links, self.text, self.headings = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        for name, value in attrs:
            assert not name.startswith("on") and value is not None, (tag, attrs)
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src"):
                self.links.append(value)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def parsed(text):
    parser = Strict()
    parser.feed(text)
    parser.close()
    assert not parser.open, parser.open
    return parser


class Compliance(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "small.pipe").write_text((ROOT / "tests/support/shared/small.pipe").read_text())
        evil = EVIL.replace("\\", "\\\\").replace('"', '\\"')
        (self.folder / "hostile.pipe").write_text(
            HOSTILE.replace("EVIL", evil).replace(
                "{ check, clock }", "{ check, clock, compile }"))

    def test_json_is_what_its_schema_says(self):
        written = []
        for number, sample in enumerate([*SAMPLES, "samples"]):
            path = self.folder / f"report{number}.json"
            run("report", sample, "--format", "json", "-o", path, status=(0, 1))
            written.append(path)
        self.assertEqual(judges.judge("judge-schema.mjs", SCHEMA, *written), [])
        broken = json.loads(written[1].read_text())
        broken["files"][0]["pipelines"][0]["counts"]["compliant"] = 100
        written[1].write_text(json.dumps(broken))
        self.assertNotEqual(judges.judge("judge-schema.mjs", SCHEMA, written[1]), [])

    def test_html_is_well_formed_and_needs_nothing_else(self):
        for sample in [*SAMPLES, "samples"]:
            with self.subTest(str(sample)):
                page = parsed(run("report", sample, "--format", "html", status=(0, 1)))
                self.assertNotIn("script", page.tags)
                self.assertEqual(len(page.ids), len(set(page.ids)))
                for link in page.links:
                    self.assertTrue(link.startswith("#"), link)
                    self.assertIn(link[1:], page.ids)
                self.assertEqual(page.headings[0], 1)
                for before, after in zip(page.headings, page.headings[1:]):
                    self.assertLessEqual(after, before + 1)

    def test_what_is_written_in_a_file_stays_text(self):
        text = run("report", "hostile.pipe", "--format", "html", "--commit", '"><script>x', folder=self.folder)
        page = parsed(text)
        for tag in ("script", "b", "i", "img"):
            self.assertNotIn(tag, page.tags)
        shown = "".join(page.text)
        self.assertIn("<script>alert(1)</script>", shown)
        self.assertIn('"><script>x', shown)
        self.assertIn("<img src=x onerror=alert(3)>", shown)
        markdown = run("report", "hostile.pipe", "--format", "markdown", folder=self.folder)
        outside_of_code = re.sub(r"`[^`]*`", "", markdown)
        self.assertNotRegex(outside_of_code, r"(?<!\\)<(?!\\)[a-z/]")

    def test_every_form_names_who_approved_a_waiver(self):
        text = HOSTILE.replace("{ check, clock }", "{ check, clock, compile }").replace("EVIL", "reason").replace(
            "{ owner = team ", "{ owner = team  approved_by = keepers ")
        text = text.replace("pipeline p: strict {", 'group keepers { local = users("kim") }\n\npipeline p: strict {\n  owner = team')
        (self.folder / "approved.pipe").write_text(text)

        def report(form, day="2026-11-21", status=(0,)):
            return run("report", "approved.pipe", "--format", form, "--today", day, folder=self.folder, status=status)

        for form, said in (("text", "approved by `keepers`"), ("markdown", "approved by `keepers`")):
            self.assertIn(said, report(form))
        self.assertIn("approved by keepers", re.sub(r"<[^>]*>", "", report("html")))
        (waived,) = [clause for stage in json.loads(report("json"))["files"][0]["pipelines"][0]["stages"]
                     for clause in stage["clauses"] if clause["grade"] == "waived"]
        self.assertEqual(waived["exemption"]["approved_by"], "keepers")
        # Too early for its last day: it lets nothing off.
        self.assertIn("P0740", report("text", "2026-10-01", status=(1,)))

    def test_no_page_gives_a_score(self):
        for form in ("text", "markdown", "html"):
            text = run("report", CHECKOUT, "--format", form)
            text = re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)
            self.assertNotRegex(text, r"(?i)complian(t|ce)")
            # The one share that is told is of security controls, with its counts, and not of what is kept.
            automation = re.findall(r"(\d+) of (\d+) \((\d+) %\)", text)
            self.assertEqual(len(automation), 1, automation)
            automated, asked_for, percent = map(int, automation[0])
            self.assertEqual(percent, automated * 100 // asked_for)
            self.assertEqual(len(re.findall(r"\d ?%", text)), 1)
            self.assertIn("What this report did not see", text)
            self.assertIn("A hotfix deviates from DPRA by construction", text)

    def test_counts_are_those_of_the_clauses(self):
        for sample in SAMPLES:
            for file in json.loads(run("report", sample, "--format", "json", status=(0, 1)))["files"]:
                for pipeline in file["pipelines"]:
                    clauses = [clause for stage in pipeline["stages"] for clause in stage["clauses"]]
                    for grade, count in pipeline["counts"].items():
                        self.assertEqual(count, sum(clause["grade"] == grade for clause in clauses))
                    for clause in clauses:
                        self.assertEqual(clause["grade"] == "waived", clause.get("exemption", {}).get("kind") == "waive"
                                         and clause["grade"] != "missing")

    def test_security_controls_are_counted_by_their_grades(self):
        pipeline = json.loads(run("report", CHECKOUT, "--format", "json"))["files"][0]["pipelines"][0]
        grades = {clause["code"]: clause["grade"] for stage in pipeline["stages"] for clause in stage["clauses"]}
        told = pipeline["security_control_automation"]
        self.assertEqual(told["asked_for"], len(told["automated"]) + len(told["not_automated"]))
        self.assertEqual(told["percent"], len(told["automated"]) * 100 // told["asked_for"])
        self.assertEqual({grades[code] for code in told["automated"]}, {"enforced"})
        self.assertTrue({grades[code] for code in told["not_automated"]} <= {"declared", "attested", "waived", "missing"})
        # What is about secrets, code, parts and bills of materials is among them; building is not.
        named = told["automated"] + told["not_automated"]
        for code in ("DPRA-APP-BUILD-04", "DPRA-APP-BUILD-05"):
            self.assertIn(code, named)
        self.assertNotIn("DPRA-APP-BUILD-01", named)

    def test_what_nothing_measures_is_asked(self):
        text = (ROOT / CHECKOUT).read_text()
        published = "publish = [lead_time, deploy_frequency, mtbf, mttr]"
        self.assertIn(published, text)

        def asked(publish):
            (self.folder / "checkout.pipe").write_text(text.replace(published, publish))
            done = run("report", "checkout.pipe", "--format", "json", folder=self.folder, status=(0, 1))
            return {one["statement"]: one for one in json.loads(done)["files"][0]["pipelines"][0]["questionnaire"]}

        all_published = asked(published)
        self.assertIn("Branches are merged within two days of being begun.", all_published)
        self.assertNotIn("metric", [key for one in all_published.values() for key in one])
        without = asked("publish = [lead_time, mtbf, mttr]")
        (statement,) = without.keys() - all_published.keys()
        self.assertEqual(without[statement]["metric"], "deploy_frequency")
        self.assertEqual(without[statement]["code"], "DPRA-APP-MEASURED-01")
        rate = asked("publish = [lead_time, deploy_frequency, mtbf, mttr, change_failure_rate]")
        self.assertEqual(len(all_published.keys() - rate.keys()), 1)

    def test_the_questionnaire_can_be_filled_in(self):
        text = run("report", CHECKOUT, "--format", "html")
        fields = re.findall(r'<input type="text" autocomplete="off" [^>]* aria-label="([^"]+)" aria-describedby="([^"]+)">', text)
        page = parsed(text)
        self.assertEqual(len(fields), text.count("<input"))
        self.assertGreaterEqual(len(fields), 6)
        for label, row in fields:
            self.assertTrue(label)
            self.assertIn(row, page.ids)
        markdown = run("report", CHECKOUT, "--format", "markdown")
        self.assertRegex(markdown, r"\| DPRA-APP-BATCH-01 \| Branches [^|]*\| +\| +\|")
        self.assertIn("[ ]  Branches", run("report", CHECKOUT))

    def test_a_folder_has_a_page_for_each_pipeline(self):
        many = self.folder / "many"
        many.mkdir()
        (many / "small.pipe").write_text((ROOT / "tests/support/shared/small.pipe").read_text())
        for number in range(51):
            # Names that differ in nothing, in their case only, and the name of the index itself.
            name = ("Shop", "shop", "index")[number % 3]
            (many / f"s{number}.pipe").write_text(
                'pipe 1\nimport "./small.pipe" { small }\n'
                f'pipeline {name}: small {{ source app {{ repository = github("acme/s{number}") }} '
                'stage build { action make: compile { run = "make" } } }\n')
        (many / "broken.pipe").write_text("pipe 1\npipeline broken: nothing { <script> }\n")
        run("report", many, "--format", "html", "-o", self.folder / "page.html", status=(2,))
        self.assertFalse((self.folder / "page.html").exists())
        run("report", many, "--format", "html", "-o", f"{self.folder}/pages/", status=(1,))
        pages = {path.name: parsed(path.read_text()) for path in (self.folder / "pages").iterdir()}
        self.assertEqual(len(pages), 52)
        self.assertEqual(len({name.lower() for name in pages}), 52)
        for name, page in pages.items():
            self.assertNotIn("script", page.tags)
            for link in page.links:
                target, _, part = link.partition("#")
                self.assertIn(target or name, pages)
                if part:
                    self.assertIn(part, pages[target or name].ids)
        self.assertEqual(set(pages["index.html"].links) - {"#report"} - {f"#{one}" for one in pages["index.html"].ids},
                         pages.keys() - {"index.html"})
        for name in pages.keys() - {"index.html"}:
            self.assertIn("index.html", pages[name].links)
        shown = "".join(pages["index.html"].text)
        self.assertIn("broken.pipe", shown)
        self.assertNotRegex(shown, r"\d ?%")
        # The rows add up.
        rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", (self.folder / "pages/index.html").read_text())
        figures = [[int(cell) for cell in re.findall(r"<td>(\d+)</td>", row)] for row in rows]
        self.assertEqual(len(rows), 52)
        for column in range(6):
            self.assertEqual(sum(row[column] for row in figures[:-1]), figures[-1][column])
        # A folder that is there needs no slash, and the same input gives the same bytes.
        before = {path.name: path.read_bytes() for path in (self.folder / "pages").iterdir()}
        run("report", many, "--format", "html", "-o", self.folder / "pages", status=(1,))
        self.assertEqual(before, {path.name: path.read_bytes() for path in (self.folder / "pages").iterdir()})

    def test_every_place_exists(self):
        def places(node):
            if isinstance(node, list):
                for part in node:
                    yield from places(part)
            elif isinstance(node, dict):
                if "file" in node and "line" in node:
                    yield node
                for part in node.values():
                    yield from places(part)

        seen = 0
        for sample in SAMPLES:
            for place in places(json.loads(run("report", sample, "--format", "json", status=(0, 1)))):
                lines = (ROOT / place["file"]).read_text().split("\n")
                self.assertLessEqual(place["column"], len(lines[place["line"] - 1]) + 1)
                seen += 1
        self.assertGreater(seen, 500)

    def test_the_commit_comes_from_who_knows_it(self):
        def commit(*more, **variables):
            return json.loads(run("report", CHECKOUT, "--format", "json", *more, **variables))["commit"]

        self.assertIsNone(commit())
        self.assertEqual(commit(GITHUB_SHA="aa"), "aa")
        self.assertEqual(commit(CODEBUILD_RESOLVED_SOURCE_VERSION="bb"), "bb")
        self.assertEqual(commit("--commit", "cc", GITHUB_SHA="aa"), "cc")

    def test_the_same_input_has_the_same_bytes(self):
        for form in ("text", "markdown", "html", "json"):
            alone = run("report", "samples", "--format", form, "--jobs", "1", status=(0, 1))
            self.assertEqual(run("report", "samples", "--format", form, "--jobs", "8", status=(0, 1)), alone)

    def test_a_minimum_of_evidence_is_held(self):
        for grade, status in (("attested", 0), ("declared", 0), ("enforced", 1)):
            run("report", CHECKOUT, "--min-evidence", f"DPRA-APP-BUILD-02={grade}", status=(status,))
        run("report", CHECKOUT, "--min-evidence", "DPRA-APP-BUILD-04=enforced")
        # Waived is no evidence, and neither is an author's word that there is nothing of the kind.
        run("report", "hostile.pipe", "--min-evidence", "STRICT-01=attested", folder=self.folder, status=(1,))
        run("report", CHECKOUT, "--min-evidence", "DPRA-APP-PROD-02=enforced", status=(1,))
        run("report", CHECKOUT, "--min-evidence", "DPRA-APP-PROD-99=enforced", status=(2,))
        run("report", CHECKOUT, "--min-evidence", "DPRA-APP-PROD-02=waived", status=(2,))


if __name__ == "__main__":
    unittest.main()
