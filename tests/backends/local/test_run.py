"""Plans run with real processes: order, failures, environment, output, selection."""

import datetime
import os
import pathlib
import subprocess
import unittest

from runs import PIPEC, Finished, RunTest, plan, script, stage

def overlap(a, b):
    return a["started"] < b["ended"] and b["started"] < a["ended"]


class OrderTest(RunTest):
    def test_elements_run_at_the_same_time(self):
        # Each waits for the other: one after the other they would never end.
        meet = "touch {0}; until [ -e {1} ]; do sleep 0.01; done"
        result = self.run_plan(plan(stage("s", script("s.a", meet.format("a", "b")), script("s.b", meet.format("b", "a")))),
                               "--jobs", "2")
        self.assertEqual(result.code, 0, result.err)
        self.assertTrue(overlap(result.element("s.a"), result.element("s.b")))

    def test_jobs_bound_what_runs_at_the_same_time(self):
        elements = [script(f"s.{i}", "mkdir running; sleep 0.1; rmdir running") for i in range(4)]
        self.assertEqual(self.run_plan(plan(stage("s", *elements)), "--jobs", "1").code, 0)

    def test_needs_and_stages_are_kept(self):
        result = self.run_plan(plan(
            stage("one", script("one.b", "echo b >> order", needs=["one.a"]), script("one.a", "sleep 0.2; echo a >> order")),
            stage("two", script("two.c", "echo c >> order"))), "--jobs", "8")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(self.read("order"), "a\nb\nc\n")

    def test_a_thousand_elements_hold_few_descriptors(self):
        elements = [{"id": f"s.e{i}", "kind": "gate", "simulation": {"block": "simulated_check", "what": {}}}
                    for i in range(1000)]
        elements += [script(f"s.s{i}", "true") for i in range(100)]
        self.write("demo.plan.yaml", plan(stage("s", *elements)))
        done = subprocess.run(["bash", "-c", f"ulimit -n 64; exec '{PIPEC}' run demo.plan.yaml --jobs 8"],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])


class FailureTest(RunTest):
    def test_nothing_new_starts_and_what_runs_finishes(self):
        result = self.run_plan(plan(
            stage("one",
                  script("one.fails", "until [ -e begun ]; do sleep 0.01; done; exit 7"),
                  script("one.runs", "touch begun; sleep 0.5; touch finished"),
                  script("one.later", "touch later", needs=["one.runs"])),
            stage("two", script("two.next", "touch next"))), "--jobs", "2")
        self.assertEqual(result.code, 3)
        self.assertEqual(result.states(), {"one.fails": "failed", "one.runs": "passed", "one.later": "not_run",
                                           "two.next": "not_run"})
        self.assertEqual(result.element("one.fails")["exit_code"], 7)
        self.assertEqual(result.record["state"], "failed")
        self.assertTrue((self.folder / "finished").exists())
        self.assertFalse((self.folder / "later").exists())
        self.assertIn("FAILED after", result.err)
        self.assertIn("`one.fails`; 1 passed, 2 not run", result.err)

    def test_the_last_lines_and_the_log_are_shown(self):
        result = self.run_plan(plan(stage("s", script("s.a", "seq 1 30; exit 1"))))
        lines = result.err.splitlines()
        shown = [line[6:] for line in lines if line.startswith("    | ")]
        self.assertEqual(shown, [str(i) for i in range(12, 31)] + ["pipec: exit code 1"])
        path = next(line for line in lines if line.startswith("    log: "))[9:]
        self.assertEqual((self.folder / path).read_text().splitlines()[0], "1")

    def test_keep_going_runs_what_does_not_depend_on_the_failure(self):
        stages = (stage("one", script("one.fails", "exit 1"), script("one.after", "true", needs=["one.fails"]),
                        script("one.other", "sleep 0.3"), script("one.rest", "true", needs=["one.other"])),
                  stage("two", script("two.next", "true")))
        result = self.run_plan(plan(*stages), "--keep-going")
        self.assertEqual(result.code, 3)
        self.assertEqual(result.states(), {"one.fails": "failed", "one.after": "not_run", "one.other": "passed",
                                           "one.rest": "passed", "two.next": "not_run"})

    def test_a_tolerated_failure_stops_nothing(self):
        result = self.run_plan(plan(stage("s", script("s.a", "exit 1", continue_on_failure=True),
                                          script("s.b", "true", needs=["s.a"]))))
        self.assertEqual(result.code, 0)
        self.assertEqual(result.states(), {"s.a": "failed", "s.b": "passed"})
        self.assertIn("s.a: failed, the run goes on,", result.err)

    def test_tries_and_backoff(self):
        count = "echo x >> tries; [ $(wc -l < tries) -ge 3 ]"
        result = self.run_plan(plan(stage("s", script("s.a", count, retries=2, backoff_seconds=1))))
        self.assertEqual(result.code, 0, result.err)
        element = result.element("s.a")
        self.assertEqual(element["tries"], 3)
        took = datetime.datetime.fromisoformat(element["ended"]) - datetime.datetime.fromisoformat(element["started"])
        self.assertGreaterEqual(took.total_seconds(), 2)

    def test_tries_come_to_an_end(self):
        result = self.run_plan(plan(stage("s", script("s.a", "echo x >> tries; exit 4", retries=2))))
        self.assertEqual(result.code, 3)
        self.assertEqual(self.read("tries"), "x\n" * 3)
        self.assertEqual(result.element("s.a")["exit_code"], 4)

    def test_a_signal_is_named(self):
        result = self.run_plan(plan(stage("s", script("s.a", "kill -SEGV $$"))))
        self.assertEqual(result.element("s.a")["signal"], 11)
        self.assertIn("signal 11 (Segmentation fault)", result.err)

    def test_a_missing_folder_is_told(self):
        result = self.run_plan(plan(stage("s", script("s.a", "true", working_directory="none"))))
        self.assertEqual(result.code, 3)
        self.assertIn("No such file or directory", result.log("s.a"))


class ContractTest(RunTest):
    def value(self, text, **more):
        """What the script writes to `out`."""
        result = self.run_plan(plan(stage("s", script("s.a", text + " > out", **more))))
        self.assertEqual(result.code, 0, result.err)
        return self.read("out")

    def test_bash_stops_at_the_first_failure(self):
        for text in ("false; touch reached", "false | true; touch reached", "echo $unset; touch reached"):
            with self.subTest(text):
                self.assertEqual(self.run_plan(plan(stage("s", script("s.a", text)))).code, 3)
                self.assertFalse((self.folder / "reached").exists())

    def test_sh_is_sh(self):
        self.assertEqual(self.value("echo ${BASH_VERSION:-no}", shell="sh"), "no\n")
        self.assertNotEqual(self.value("echo ${BASH_VERSION:-no}"), "no\n")

    def test_standard_input_is_empty(self):
        self.assertEqual(self.value("wc -c"), "0\n")

    def test_there_is_no_terminal(self):
        self.assertEqual(self.run_plan(plan(stage("s", script("s.a", "! : < /dev/tty")))).code, 0)

    def test_the_locale_is_utf8(self):
        self.assertEqual(self.value("locale charmap"), "UTF-8\n")

    def test_the_folder_is_the_checkout(self):
        (self.folder / "sub").mkdir()
        self.assertEqual(self.value("pwd"), f"{self.folder.resolve()}\n")
        self.assertEqual(self.run_plan(plan(stage("s", script("s.a", "pwd > out", working_directory="sub")))).code, 0)
        self.assertEqual(self.read("sub/out"), f"{self.folder.resolve()}/sub\n")

    def test_the_root_may_be_another_folder(self):
        self.write("demo.plan.yaml", plan(stage("s", script("s.a", "pwd > out"))))
        subprocess.run([PIPEC, "run", self.folder / "demo.plan.yaml", "--root", self.folder], cwd="/", check=True,
                       capture_output=True)
        self.assertEqual(self.read("out"), f"{self.folder.resolve()}\n")
        self.assertTrue((self.folder / ".pipec").is_dir())

    def test_temporary_files_are_removed(self):
        folder = self.value('touch "$TMPDIR/x"; printf %s "$TMPDIR"')
        self.assertTrue(folder)
        self.assertFalse(os.path.exists(folder))

    def test_values_are_no_commands(self):
        nasty = "$(touch hacked) `touch hacked`; touch hacked\n'\"\\"
        self.assertEqual(self.value('printf %s "$VALUE"', environment={"VALUE": nasty}), nasty)
        self.assertFalse((self.folder / "hacked").exists())

    def test_a_command_knows_its_run(self):
        git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
        for command in (["init", "--quiet", "--initial-branch", "a$(id)"], ["commit", "--quiet", "--allow-empty", "-m", "one"]):
            subprocess.run([*git, *command], cwd=self.folder, check=True)
        commit = subprocess.run([*git, "rev-parse", "HEAD"], cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()
        told = " ".join(f'"$PIPEC_{name}"' for name in ("PIPELINE", "ROUTE", "ENVIRONMENT", "COMMIT", "REF", "PULL_REQUEST"))
        document = plan(stage("s", script("s.a", f"printf '%s|' {told} > told; echo \"$PIPEC_RUN_ID\" > run")),
                        stage("t", script("t.a", 'echo "$PIPEC_ENVIRONMENT" > place'), environment="dev"), environments=[{"name": "dev"}])
        for pack in ("false", "true"):
            if pack == "true":
                subprocess.run([*git, "pack-refs", "--all"], cwd=self.folder, check=True)
            result = self.run_plan(document, PIPEC_COMMIT="forged")
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(self.read("told"), f"demo|trunk||{commit}|a$(id)||")
            self.assertEqual(self.read("run").strip(), result.folder.name)
            self.assertEqual(self.read("place"), "dev\n")
        subprocess.run([*git, "switch", "--quiet", "--detach"], cwd=self.folder, check=True)
        self.run_plan(document)
        self.assertEqual(self.read("told"), f"demo|trunk||{commit}|||")

    def test_the_callers_shell_settings_do_not_matter(self):
        self.write("hook", "touch hooked\n")
        result = self.run_plan(plan(stage("s", script("s.a", "true"), script("s.b", "true", shell="sh"))),
                               BASH_ENV=str(self.folder / "hook"), ENV=str(self.folder / "hook"), SHELLOPTS="xtrace",
                               **{"BASH_FUNC_true%%": "() { touch hooked; }"})
        self.assertEqual(result.code, 0)
        self.assertFalse((self.folder / "hooked").exists())
        self.assertEqual(result.log("s.a"), "")

    def test_long_scripts_run(self):
        text = "# " + "x" * 300_000 + "\necho done > out"
        self.assertEqual(self.run_plan(plan(stage("s", script("s.a", text)))).code, 0)
        self.assertEqual(self.read("out"), "done\n")


class OutputTest(RunTest):
    def test_each_element_has_its_log(self):
        result = self.run_plan(plan(stage("s", script("s.a", "echo out; echo err >&2; printf end"), script("s.b", "echo b"))))
        self.assertEqual(result.log("s.a"), "out\nerr\nend\n")
        self.assertEqual(result.log("s.b"), "b\n")

    def test_plain_lines_without_a_terminal(self):
        result = self.run_plan(plan(stage("s", script("s.a", "printf '\\033[2Jcleared\\n'; exit 1"))))
        self.assertNotIn("\x1b", result.err)
        self.assertIn("s.a: started\n", result.err)
        self.assertIn("    | cleared\n", result.err)
        self.assertEqual(result.out, "")

    def test_quiet_tells_failures_only(self):
        self.assertEqual(self.run_plan(plan(stage("s", script("s.a", "true"))), "--quiet").err, "")
        self.assertIn("s.a: FAILED", self.run_plan(plan(stage("s", script("s.a", "false"))), "--quiet").err)

    def test_much_output_is_complete(self):
        result = self.run_plan(plan(stage("s", script("s.a", "seq 1 500000"))))
        self.assertEqual(result.code, 0)
        self.assertEqual(result.log("s.a"), "".join(f"{i}\n" for i in range(1, 500001)))

    def test_any_bytes_are_kept(self):
        result = self.run_plan(plan(stage("s", script("s.a", "printf 'a\\0b\\377\\n'; exit 1"))))
        self.assertEqual((result.folder / "s.a.log").read_bytes(), b"a\0b\xff\npipec: exit code 1\n")

    def test_a_line_without_end_does_not_fill_the_memory(self):
        result = self.run_plan(plan(stage("s", script("s.a", "head -c 5000000 /dev/zero | tr '\\0' x"))))
        self.assertEqual(result.code, 0)
        self.assertEqual(result.log("s.a").replace("\n", ""), "x" * 5_000_000)

    def test_the_folder_hides_itself_from_git(self):
        self.run_plan(plan(stage("s", script("s.a", "true"))))
        self.assertEqual(self.read(".pipec/.gitignore"), "*\n")

    def test_logs_may_go_elsewhere(self):
        result = self.run_plan(plan(stage("s", script("s.a", "echo x"))), "--logs", "elsewhere")
        self.assertEqual(result.code, 0)
        self.assertEqual([p.read_text() for p in (self.folder / "elsewhere").glob("*/s.a.log")], ["x\n"])
        self.assertFalse((self.folder / ".pipec").exists())

    def test_a_log_folder_that_cannot_be_made(self):
        self.write("file", "")
        result = self.run_plan(plan(stage("s", script("s.a", "touch ran"))), "--logs", "file/x")
        self.assertEqual(result.code, 4)
        self.assertIn("pipec: cannot make `", result.err)
        self.assertFalse((self.folder / "ran").exists())


class SecretTest(RunTest):
    def all_bytes(self):
        return b"".join(p.read_bytes() for p in (self.folder / ".pipec").rglob("*") if p.is_file())

    def test_secrets_are_masked_wherever_output_is_cut(self):
        text = """
printf 'whole %s\\n' "$TOKEN"
printf 'cut %s' "${TOKEN:0:3}"; sleep 0.3; printf '%s end\\n' "${TOKEN:3}"
for ((i = 0; i < ${#TOKEN}; i++)); do printf %s "${TOKEN:i:1}"; sleep 0.02; done
exit 1
"""
        result = self.run_plan(plan(stage("s", script("s.a", text, secrets={"TOKEN": "MY_TOKEN"}))), MY_TOKEN="s3cr3t-Value")
        self.assertEqual(result.log("s.a"), "whole ***\ncut *** end\n***\npipec: exit code 1\n")
        self.assertIn("    | whole ***\n", result.err)
        self.assertNotIn("s3cr3t-Value", result.err)
        self.assertNotIn(b"s3cr3t-Value", self.all_bytes())

    def test_secrets_of_other_elements_are_masked_too(self):
        result = self.run_plan(plan(stage("s", script("s.a", 'printf %s "$T" > handed', secrets={"T": "MY_TOKEN"}),
                                          script("s.b", "cat handed", needs=["s.a"]))), MY_TOKEN="s3cr3t")
        self.assertEqual(result.log("s.b"), "***\n")

    def test_secrets_reach_only_those_that_ask(self):
        result = self.run_plan(plan(stage("s", script("s.a", 'echo "${#T} ${MY_TOKEN-unset}"', secrets={"T": "MY_TOKEN"}),
                                          script("s.b", 'echo "${T-unset} ${MY_TOKEN-unset}"'))), MY_TOKEN="s3cr3t")
        self.assertEqual(result.log("s.a"), "6 unset\n")
        self.assertEqual(result.log("s.b"), "unset unset\n")

    def test_a_missing_secret_is_told_before_anything_runs(self):
        result = self.run_plan(plan(stage("s", script("s.a", "touch ran"), script("s.b", "true", secrets={"T": "NO_SUCH"}))))
        self.assertEqual(result.code, 3)
        self.assertEqual(result.err, "pipec: the secret `NO_SUCH` is not in the environment, needed by `s.b`\n"
                                     "pipec: nothing was run\n")
        self.assertFalse((self.folder / "ran").exists())
        self.assertFalse((self.folder / ".pipec").exists())


class SelectionTest(RunTest):
    PLAN = plan(stage("one", script("one.a", "echo one >> ran")), stage("two", script("two.a", "echo two >> ran")),
                stage("three", script("three.a", "echo three >> ran")))

    def test_stages(self):
        self.assertEqual(self.run_plan(self.PLAN, "--stage", "three", "--stage", "one").code, 0)
        self.assertEqual(self.read("ran"), "one\nthree\n")

    def test_unknown_names(self):
        self.assertEqual(self.run_plan(self.PLAN, "--stage", "four").err,
                         "pipec: there is no stage `four`; known are `one`, `two` and `three`\n")
        result = self.run_plan(self.PLAN, "--route", "review")
        self.assertEqual((result.code, result.err), (2, "pipec: there is no route `review`; known are `trunk`\n"))

    def test_a_dry_run_touches_nothing(self):
        result = self.run_plan(self.PLAN, "--dry-run", "--stage", "two")
        self.assertEqual(result.code, 0)
        self.assertEqual(result.out, "demo, route trunk\nstage two\n  two.a (action): echo two >> ran, within 1m\n")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["demo.plan.yaml"])

    def test_an_empty_route_passes(self):
        self.assertEqual(self.run_plan(plan()).code, 0)


class RunbookTest(RunTest):
    RUNBOOK = """pipe 1
runbook restart {
  step "Log in" {
    run     = 'test "$WHO" = ann; echo "token $TOKEN"'
    env     = { WHO = "ann" }
    secrets = { TOKEN = secret("RUNBOOK_TOKEN") }
  }
  confirm "Is it down?"
  step "Restart!" { run = "%s"  timeout = 1s }
  step "Look" { run = "touch looked" }
}
"""

    def run_runbook(self, command, *options):
        self.write("demo.pipe", self.RUNBOOK % command)
        done = subprocess.run([PIPEC, "run", "demo.pipe", "--runbook", "restart", *options], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env=self.environment(RUNBOOK_TOKEN="s3cr3t-t0k3n"))
        return Finished(done.returncode, done.stdout, done.stderr, self.folder)

    def test_steps_run_in_order_with_logs_and_masked_secrets(self):
        result = self.run_runbook("touch restarted", "--confirm", "Is it down?")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(list(result.states().values()), ["passed"] * 4)
        self.assertIn("token ***", result.log("restart.1-log-in"))
        self.assertNotIn("s3cr3t", result.log("restart.1-log-in") + result.err)
        self.assertTrue((self.folder / "restarted").exists() and (self.folder / "looked").exists())

    def test_a_step_that_fails_ends_it(self):
        result = self.run_runbook("exit 1", "--confirm", "Is it down?")
        self.assertEqual(result.code, 3)
        self.assertFalse((self.folder / "looked").exists())

    def test_the_limit_of_a_step_is_real(self):
        result = self.run_runbook("sleep 100", "--confirm", "Is it down?")
        self.assertEqual((result.code, result.element("restart.3-restart")["state"]), (3, "timed_out"))

    def test_without_a_terminal_nothing_runs_unconfirmed(self):
        result = self.run_runbook("touch restarted")
        self.assertEqual(result.code, 2)
        self.assertIn('`--confirm "Is it down?"` confirms it', result.err)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["demo.pipe"])


class InputTest(RunTest):
    PIPE = """pipe 1
capability work: action { title = "Work"  timeout = 1m }
profile small { title = "Small"  origin = "test"  stage build { title = "Build" } }
pipeline p: small {
  source app { repository = github("acme/app") }
  stage build { action a: work { run = %s } }
}
"""

    def pipec(self, *arguments):
        done = subprocess.run([PIPEC, "run", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def test_a_pipe_file_is_compiled_and_run(self):
        self.write("p.pipe", self.PIPE % '"touch ran"')
        code, err = self.pipec("p.pipe")
        self.assertEqual(code, 0, err)
        self.assertTrue((self.folder / "ran").exists())

    def test_a_pipe_file_with_mistakes_is_not_run(self):
        self.write("p.pipe", self.PIPE % "3")
        code, err = self.pipec("p.pipe")
        self.assertEqual(code, 1)
        self.assertIn("p.pipe:6:", err)

    def test_several_pipelines(self):
        one = self.PIPE % '"true"'
        self.write("p.pipe", one + one.partition("pipeline p")[1].replace(" p", " q") + one.partition("pipeline p")[2])
        code, err = self.pipec("p.pipe")
        self.assertEqual((code, err), (2, "pipec: the file declares several pipelines; compile it and run the plan of one "
                                          "of them\n"))

    def test_a_broken_plan(self):
        self.write("p.plan.yaml", "version: 1\npipeline: p\nroutes: [{}]\n")
        self.assertEqual(self.pipec("p.plan.yaml"),
                         (1, "pipec: `p.plan.yaml` is not a plan that can be run: plan.routes[0]: `name` is missing\n"))

    def test_no_file(self):
        self.assertEqual(self.pipec("p.plan.yaml"), (4, "pipec: cannot read `p.plan.yaml`: no such file\n"))
        self.assertEqual(self.pipec()[0], 2)

    def test_two_routes(self):
        self.write("p.pipe", self.PIPE % '"true"')
        self.assertEqual(self.pipec("p.pipe", "--route", "a", "--route", "b"), (2, "pipec: one route at a time\n"))

    def test_the_record_is_no_secret_path(self):
        self.write("p.pipe", self.PIPE % '"true"')
        self.pipec("p.pipe")
        record = next((self.folder / ".pipec/runs").glob("*/run.json")).read_text()
        self.assertNotIn(str(pathlib.Path(self.folder).resolve()), record)


if __name__ == "__main__":
    unittest.main()
