"""Plans run with real processes: artifacts, what must hold before something starts, deployments."""

import datetime
import os
import pathlib
import unittest

from runs import RunTest, plan, script, stage


class ArtifactTest(RunTest):
    BIN = [{"name": "bin", "type": "files", "paths": ["out/**"]}]

    def test_artifacts_are_put_back(self):
        result = self.run_plan(plan(
            stage("s", script("s.make", "mkdir -p out; echo made > out/x; echo y > out/y", produces=["bin"]),
                  script("s.spoil", "echo spoilt > out/x; rm out/y", needs=["s.make"]),
                  script("s.use", 'cat out/x out/y > used; echo "$P" >> used', needs=["s.spoil"], consumes=["bin"],
                         environment={"P": {"artifact": "bin", "attribute": "path"}})),
            artifacts=self.BIN))
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(self.read("used"), "made\ny\nout/**\n")
        self.assertEqual(result.log("s.use"), "pipec: put `out/x` of `bin` back\npipec: put `out/y` of `bin` back\n")
        self.assertEqual([a["path"] for a in result.element("s.make")["artifacts"]], ["out/x", "out/y"])
        # What was kept is needed no longer.
        self.assertFalse((result.folder / "artifacts").exists())

    def test_an_artifact_that_was_not_made(self):
        result = self.run_plan(plan(stage("s", script("s.make", "true", produces=["bin"])), artifacts=self.BIN))
        self.assertEqual(result.code, 3)
        self.assertIn("nothing for `bin`: no file matches `out/**`", result.err)

    def test_the_path_is_seen_from_the_scripts_folder(self):
        (self.folder / "sub").mkdir()
        self.write("bom.json", "{}")
        result = self.run_plan(plan(
            stage("s", script("s.a", 'cat "$P"', working_directory="sub", consumes=["bom"],
                              environment={"P": {"artifact": "bom", "attribute": "path"}})),
            artifacts=[{"name": "bom", "type": "sbom", "paths": ["bom.json"]}]))
        self.assertEqual(result.log("s.a"), "{}\n")

    def test_images_have_a_name_of_this_run(self):
        result = self.run_plan(plan(
            stage("s", script("s.make", 'echo "$I" > made', produces=["image"],
                              environment={"I": {"artifact": "image", "attribute": "uri"}}),
                  script("s.use", 'echo "$I $BASE" > used', needs=["s.make"], consumes=["image", "base"],
                         environment={"I": {"artifact": "image", "attribute": "uri"},
                                      "BASE": {"artifact": "base", "attribute": "uri"}})),
            artifacts=[{"name": "image", "type": "container", "repository": "acme/app"},
                       {"name": "base", "type": "container", "image": "debian@sha256:0"}]))
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(self.read("made"), f"localhost/acme/app:{result.folder.name}\n")
        self.assertEqual(self.read("used"), f"localhost/acme/app:{result.folder.name} debian@sha256:0\n")

    def test_an_image_of_a_stage_that_is_left_out(self):
        stages = (stage("one", script("one.make", "true", produces=["image"])),
                  stage("two", script("two.use", "true", consumes=["image"])))
        images = [{"name": "image", "type": "container", "repository": "app"}]
        result = self.run_plan(plan(*stages, artifacts=images), "--stage", "two")
        self.assertEqual(result.code, 3)
        self.assertIn("the image `image` is made by a stage that is left out, needed by `two.use`", result.err)

    def test_reports_are_kept_and_old_ones_are_not(self):
        self.write("old.xml", "old")
        os.utime(self.folder / "old.xml", (1, 1))
        (self.folder / "r").mkdir()
        reports = [{"format": "junit", "paths": ["r/*.xml", "old.xml", "none.xml"]}]
        result = self.run_plan(plan(stage("s", script("s.a", "echo new > r/new.xml; exit 1", reports=reports))))
        self.assertEqual([r["path"] for r in result.element("s.a")["reports"]], ["r/new.xml"])
        self.assertEqual((result.folder / "reports/s.a/r/new.xml").read_text(), "new\n")
        self.assertIn("pipec: the report `old.xml` is older than this run\n", result.log("s.a"))
        self.assertIn("pipec: there is no report `none.xml`\n", result.log("s.a"))
        self.assertEqual(result.element("s.a")["missing_reports"], ["old.xml", "none.xml"])
        self.assertIn("it has written no report `old.xml` or `none.xml`\n", result.err)

    def test_who_passes_without_its_report_says_so(self):
        reports = [{"format": "junit", "paths": ["unit.xml"]}]
        for quiet in [[], ["--quiet"]]:
            result = self.run_plan(plan(stage("s", script("s.a", "true", reports=reports))), *quiet)
            self.assertEqual(result.code, 0)
            self.assertRegex(result.err, r"(?m)^s\.a: passed in .*; it has written no report `unit\.xml`$")

    def test_reports_that_are_there_are_not_missed(self):
        reports = [{"format": "junit", "paths": ["unit.xml"]}]
        result = self.run_plan(plan(stage("s", script("s.a", "echo > unit.xml", reports=reports))))
        self.assertNotIn("report", result.err)
        self.assertNotIn("missing_reports", result.element("s.a"))


class CellTest(RunTest):
    def test_cells_have_checkouts_of_their_own(self):
        # Both are at work before either writes the file that both write.
        meet = 'touch "../$CELL"; until [ -e ../a ] && [ -e ../b ]; do sleep 0.01; done\n'
        text = meet + 'cat source >out; printf "%s" "$CELL" >>out; cp out report.xml; pwd >where'
        cells = [script(f"s.make@{cell}", text, isolated=True, produces=[f"bin@{cell}"], environment={"CELL": cell},
                        reports=[{"format": "junit", "paths": ["report.xml"]}]) for cell in "ab"]
        artifacts = [{"name": f"bin@{cell}", "type": "files", "paths": ["out", "where"], "folder": f"bin/{cell}"} for cell in "ab"]
        self.write("source", "from the checkout: ")
        result = self.run_plan(plan(
            stage("s", *cells),
            stage("t", script("t.use", "cat bin/*/out >all", consumes=["bin@a", "bin@b"])), artifacts=artifacts), "--jobs", "2")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(self.read("all"), "from the checkout: afrom the checkout: b")
        for cell in "ab":
            self.assertEqual((result.folder / f"reports/s.make@{cell}/report.xml").read_text(), f"from the checkout: {cell}")
            self.assertFalse(pathlib.Path(self.read(f"bin/{cell}/where").strip()).exists())
        self.assertFalse((self.folder / "out").exists())
        self.assertFalse((result.folder / "checkouts").exists())

    def test_a_cell_finds_what_it_consumes(self):
        self.write("file", "made")
        use = script("s.use@a", "cat file; rm file", isolated=True, consumes=["file"], needs=["s.make"])
        result = self.run_plan(plan(stage("s", script("s.make", "true", produces=["file"]), use),
                                    artifacts=[{"name": "file", "type": "files", "paths": ["file"]}]))
        self.assertEqual((result.code, result.log("s.use@a"), self.read("file")), (0, "made\n", "made"), result.err)

    def test_the_checkout_of_a_cell_that_fails_is_removed(self):
        result = self.run_plan(plan(stage("s", script("s.a@1", "exit 1", isolated=True))))
        self.assertEqual(result.code, 3)
        self.assertFalse((result.folder / "checkouts").exists())


class PreconditionTest(RunTest):
    def test_a_missing_program_is_told_before_anything_runs(self):
        needs = [{"name": "no-such-program", "version": "1.2"}]
        result = self.run_plan(plan(stage("s", script("s.a", "touch ran"), script("s.b", "true", programs=needs),
                                          script("s.c", "true", programs=needs))))
        self.assertEqual(result.code, 3)
        self.assertEqual(result.err, "pipec: `no-such-program` is not on the PATH, needed by `s.b` and `s.c`\n"
                                     "pipec: nothing was run\n")
        self.assertFalse((self.folder / "ran").exists())

    def test_a_program_of_a_simulated_deployment_is_not_missed(self):
        deploy = script("dev.d", "ship", kind="deploy", programs=[{"name": "no-such-program"}], rollout={})
        document = plan(stage("dev", deploy, environment="dev"), environments=[{"name": "dev"}])
        self.assertEqual(self.run_plan(document).code, 0)
        self.assertEqual(self.run_plan(document, "--deploy", "dev").code, 3)

    def test_a_zone_that_is_not_installed(self):
        gate = {"id": "s.w", "kind": "gate", "window": {"open": "Mon-Sun 00:00-24:00", "zone": "Europe/Atlantis"}}
        result = self.run_plan(plan(stage("s", gate)))
        self.assertEqual(result.code, 3)
        self.assertIn("the time zone `Europe/Atlantis` is not installed", result.err)


class WindowTest(RunTest):
    DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

    def gate(self, window, zone="UTC"):
        return plan(stage("s", {"id": "s.w", "kind": "gate", "window": {"open": window, "zone": zone}},
                          script("s.a", "touch ran", needs=["s.w"])))

    def test_open(self):
        self.assertEqual(self.run_plan(self.gate("Mon-Sun 00:00-24:00", "Europe/Berlin")).code, 0)

    def test_closed(self):
        # In three days: whatever the time is while the test runs.
        day = self.DAYS[(datetime.datetime.now(datetime.timezone.utc).weekday() + 3) % 7]
        result = self.run_plan(self.gate(f"{day} 12:00-13:00"))
        self.assertEqual(result.code, 3)
        self.assertRegex(result.err, rf"the window `{day} 12:00-13:00` is closed: it is ... ..:.. in UTC, "
                                     rf"it opens {day} 12:00")
        self.assertFalse((self.folder / "ran").exists())


class ApprovalTest(RunTest):
    PLAN = plan(stage("build", script("build.a", "touch built")),
                stage("prod", {"id": "prod.release", "kind": "approval",
                               "approval": {"confirm": "prod", "approvers": ["alice"], "within_seconds": 60}},
                      script("prod.after", "touch after", needs=["prod.release"])))

    def test_without_a_terminal_nothing_runs(self):
        result = self.run_plan(self.PLAN)
        self.assertEqual(result.code, 2)
        self.assertEqual(result.err, "pipec: `prod.release` needs an approval, and there is no terminal to ask on; "
                                     "`--approve prod.release` gives it\n")
        self.assertFalse((self.folder / "built").exists())

    def test_given_by_option(self):
        for place in ("prod.release", "release"):
            with self.subTest(place):
                result = self.run_plan(self.PLAN, "--approve", place)
                self.assertEqual(result.code, 0, result.err)
                approval = result.element("prod.release")["approval"]
                self.assertEqual((approval["how"], approval["self_asserted"]), ("--approve", True))
                self.assertTrue(approval["by"])
                self.assertIn("(self-asserted)", result.err)

    def test_an_unknown_place(self):
        result = self.run_plan(self.PLAN, "--approve", "prod.relase")
        self.assertEqual(result.code, 2)
        self.assertEqual(result.err, "pipec: there is no approval `prod.relase`; known are `prod.release`\n")


class DeploymentTest(RunTest):
    def deployment(self, text, approvers=(), **rollout):
        return plan(stage("dev", script("dev.d", text, kind="deploy", rollout=rollout), environment="dev"),
                    environments=[{"name": "dev", "approvers": list(approvers)}, {"name": "other"}])

    def test_simulated_unless_named(self):
        result = self.run_plan(self.deployment("touch deployed"))
        self.assertEqual(result.code, 0)
        self.assertFalse((self.folder / "deployed").exists())
        self.assertTrue(result.element("dev.d")["simulated"])
        self.assertIn("dev.d: simulated\n", result.err)
        self.assertIn("touch deployed", result.log("dev.d"))

    def test_run_when_named(self):
        result = self.run_plan(self.deployment("touch deployed"), "--deploy", "dev")
        self.assertEqual(result.code, 0, result.err)
        self.assertTrue((self.folder / "deployed").exists())
        self.assertNotIn("simulated", result.element("dev.d"))

    def test_refused_where_others_approve(self):
        result = self.run_plan(self.deployment("touch deployed", approvers=["alice"]), "--deploy", "dev", "--approve", "x")
        self.assertEqual(result.code, 2)
        self.assertIn("nothing is deployed to `dev` from here: its deployments need the approval of others", result.err)
        self.assertFalse((self.folder / "deployed").exists())

    def test_an_action_changes_nothing_where_people_must_approve(self):
        document = plan(stage("ship", script("ship.migrate", "touch migrated"), script("ship.look", "touch looked", kind="gate"), environment="prod"),
                        stage("try", script("try.seed", "touch seeded"), environment="dev"),
                        environments=[{"name": "prod", "approvers": ["ann"]}, {"name": "dev"}])
        result = self.run_plan(document)
        self.assertEqual(result.code, 0, result.err)
        self.assertTrue(result.element("ship.migrate")["simulated"])
        self.assertIn("only the real pipeline runs in `prod`", result.log("ship.migrate"))
        self.assertFalse((self.folder / "migrated").exists())
        self.assertTrue((self.folder / "looked").exists())
        self.assertTrue((self.folder / "seeded").exists())

    def test_unknown_and_unused_environments(self):
        self.assertIn("there is no environment `prod`; known are `dev` and `other`",
                      self.run_plan(self.deployment("true"), "--deploy", "prod").err)
        result = self.run_plan(self.deployment("true"), "--deploy", "other")
        self.assertEqual((result.code, result.err), (2, "pipec: nothing that is run deploys to `other` by a command\n"))

    def test_waves_follow_one_another(self):
        text = 'echo "$AWS_REGION $(date +%s%N)" >> times; sleep 0.3'
        result = self.run_plan(self.deployment(text, waves=[["r1"], ["r2", "r3"]], wave_bake_seconds=1), "--deploy", "dev")
        self.assertEqual(result.code, 0, result.err)
        times = dict(line.split() for line in self.read("times").splitlines())
        self.assertGreaterEqual(int(times["r2"]) - int(times["r1"]), 1_300_000_000)
        self.assertLess(abs(int(times["r3"]) - int(times["r2"])), 300_000_000)

    def test_a_failure_takes_back_what_was_begun(self):
        result = self.run_plan(self.deployment('echo "up $AWS_REGION" >> did; [ "$AWS_REGION" = r1 ]',
                                               waves=[["r1"], ["r2"], ["r3"]], undo='echo "down $AWS_REGION" >> did'),
                               "--deploy", "dev")
        self.assertEqual(result.code, 3)
        self.assertEqual(sorted(self.read("did").splitlines()), ["down r1", "down r2", "up r1", "up r2"])
        self.assertIs(result.element("dev.d")["taken_back"], True)
        self.assertIn("FAILED after", result.err)
        self.assertIn("; taken back", result.err)

    def test_taking_back_may_fail(self):
        result = self.run_plan(self.deployment("exit 1", undo="exit 2"), "--deploy", "dev")
        self.assertIs(result.element("dev.d")["taken_back"], False)
        self.assertEqual(result.element("dev.d")["exit_code"], 1)
        self.assertIn("could NOT be taken back", result.err)

    def test_lines_name_their_region(self):
        result = self.run_plan(self.deployment("echo x; echo y", waves=[["r1", "r2"]]), "--deploy", "dev")
        self.assertEqual(sorted(result.log("dev.d").splitlines()), ["[r1] x", "[r1] y", "[r2] x", "[r2] y"])


if __name__ == "__main__":
    unittest.main()
