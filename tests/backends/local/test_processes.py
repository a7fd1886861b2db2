"""Whatever a script starts is ended with it: timeouts, interrupts, leftovers."""

import os
import signal
import subprocess
import time
import unittest

from runs import PIPEC, RunTest, is_alive, plan, script, stage, wait_until

# Starts a child in each of the ways in which processes get out of a group, and writes their numbers.
FAMILY = """
sleep 1000 & echo $! > child
bash -c 'sleep 1000 & echo $! > grandchild; wait' &
timeout 1000 bash -c 'echo $$ > own_group; sleep 1000' &
setsid bash -c 'echo $$ > own_session; sleep 1000' &
"""
MEMBERS = ("child", "grandchild", "own_group", "own_session")


class ProcessTest(RunTest):
    def family(self):
        return {name: self.pid_in(name) for name in MEMBERS}

    def assert_dead(self, pids):
        self.assertEqual([name for name, pid in pids.items() if is_alive(pid)], [])


class TimeoutTest(ProcessTest):
    def test_a_hanging_script_ends_with_all_its_children(self):
        result = self.run_plan(plan(stage("s", script("s.a", FAMILY + "wait", timeout_seconds=1))))
        self.assertEqual(result.code, 3)
        self.assertEqual(result.element("s.a")["state"], "timed_out")
        self.assertIn("s.a: FAILED after 1", result.err)
        self.assertIn("not done within 1s", result.err)
        self.assert_dead(self.family())

    def test_what_ignores_sigterm_is_killed_after_the_grace_period(self):
        text = "trap '' TERM; bash -c 'echo $$ > child; while :; do sleep 0.1; done'"
        begin = time.monotonic()
        result = self.run_plan(plan(stage("s", script("s.a", text, timeout_seconds=1))))
        took = time.monotonic() - begin
        self.assertEqual(result.element("s.a")["state"], "timed_out")
        self.assertGreaterEqual(took, 6)
        self.assertLess(took, 9)
        self.assert_dead({"child": self.pid_in("child")})

    def test_children_may_clean_up(self):
        text = "(trap 'sleep 1; touch cleaned; exit' TERM; touch ready; while :; do sleep 0.05; done) & wait"
        result = self.run_plan(plan(stage("s", script("s.a", text, timeout_seconds=1))))
        self.assertEqual(result.element("s.a")["state"], "timed_out")
        self.assertTrue((self.folder / "ready").exists())
        self.assertTrue((self.folder / "cleaned").exists())

    def test_the_timeout_is_of_one_try(self):
        text = "echo x >> tries; [ $(wc -l < tries) -ge 2 ] || sleep 100"
        result = self.run_plan(plan(stage("s", script("s.a", text, timeout_seconds=1, retries=1))))
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.element("s.a")["tries"], 2)


class LeftoverTest(ProcessTest):
    def test_what_a_script_leaves_running_ends_with_it(self):
        # The next element looks: it was not the end of the run that ended them. Only what has left the session too lives
        # as long as the run.
        look = "for f in child grandchild own_group; do if kill -0 $(cat $f); then exit 1; fi; done"
        wait = "until [ -s own_session ] && [ -s own_group ] && [ -s grandchild ]; do sleep 0.01; done"
        result = self.run_plan(plan(stage("s", script("s.a", FAMILY + wait), script("s.b", "sleep 0.2; " + look, needs=["s.a"]))))
        self.assertEqual(result.code, 0, result.err)
        self.assert_dead(self.family())

    def test_a_daemon_ends_with_the_run(self):
        text = "setsid bash -c '(echo $BASHPID > daemon; exec sleep 1000) >/dev/null 2>&1 &' && until [ -s daemon ]; do sleep 0.01; done"
        result = self.run_plan(plan(stage("s", script("s.a", text))))
        self.assertEqual(result.code, 0, result.err)
        self.assert_dead({"daemon": self.pid_in("daemon")})

    def test_processes_of_others_are_left_alone(self):
        self.write("demo.plan.yaml", plan(stage("s", script("s.a", "true"))))
        # The shell's child becomes a child of pipec.
        text = f"sleep 1000 & echo $! > other; exec '{PIPEC}' run demo.plan.yaml"
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False)
        self.assertEqual(done.returncode, 0)
        other = self.pid_in("other")
        self.assertTrue(is_alive(other))
        os.kill(other, signal.SIGKILL)


class InterruptTest(ProcessTest):
    def interrupted(self, content, ready, *signals, options=()):
        process = self.start(content, *options)
        wait_until(lambda: (self.folder / ready).exists())
        for number in signals:
            process.send_signal(number)
            time.sleep(0.3)
        return self.finish(process)

    def test_ends_what_runs_with_all_its_children(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                for name in MEMBERS:
                    (self.folder / name).unlink(missing_ok=True)
                content = plan(stage("s", script("s.a", FAMILY + "wait"), script("s.b", "touch b", needs=["s.a"])))
                process = self.start(content)
                family = self.family()
                process.send_signal(number)
                result = self.finish(process)
                self.assertEqual(result.code, 3)
                self.assertEqual(result.states(), {"s.a": "interrupted", "s.b": "not_run"})
                self.assertEqual(result.record["state"], "interrupted")
                self.assertIn("interrupted: ending `s.a`; once more ends it at once\n", result.err)
                self.assert_dead(family)
                self.assertFalse((self.folder / "b").exists())

    def test_the_second_one_kills(self):
        text = "trap '' TERM; touch ready; while :; do sleep 0.1; done"
        begin = time.monotonic()
        result = self.interrupted(plan(stage("s", script("s.a", text))), "ready", signal.SIGINT, signal.SIGINT)
        self.assertEqual((result.code, result.states()), (3, {"s.a": "interrupted"}))
        self.assertLess(time.monotonic() - begin, 4)

    def test_scripts_may_clean_up(self):
        text = "trap 'touch cleaned' EXIT; touch ready; sleep 100"
        self.interrupted(plan(stage("s", script("s.a", text))), "ready", signal.SIGINT)
        self.assertTrue((self.folder / "cleaned").exists())

    def test_no_further_try_follows(self):
        text = "echo x >> tries; touch ready; sleep 100"
        result = self.interrupted(plan(stage("s", script("s.a", text, retries=3))), "ready", signal.SIGINT)
        self.assertEqual(result.element("s.a")["state"], "interrupted")
        self.assertEqual(self.read("tries"), "x\n")

    def test_waiting_for_a_try_ends(self):
        text = "touch ready; exit 1"
        begin = time.monotonic()
        result = self.interrupted(plan(stage("s", script("s.a", text, retries=1, backoff_seconds=600))), "ready",
                                  signal.SIGINT)
        self.assertEqual((result.code, result.states()), (3, {"s.a": "interrupted"}))
        self.assertLess(time.monotonic() - begin, 10)

    def test_a_deployment_is_not_taken_back(self):
        content = plan(stage("dev", script("dev.d", "touch ready; sleep 100", kind="deploy", rollout={"undo": "touch undone"}),
                             environment="dev"), environments=[{"name": "dev"}])
        result = self.interrupted(content, "ready", signal.SIGINT, options=("--deploy", "dev"))
        self.assertEqual(result.element("dev.d")["state"], "interrupted")
        self.assertFalse((self.folder / "undone").exists())

    def test_the_record_is_there_while_it_runs(self):
        process = self.start(plan(stage("s", script("s.a", "touch ready; sleep 100"))))
        wait_until(lambda: (self.folder / "ready").exists())
        runs = self.folder / ".pipec/runs"
        wait_until(lambda: any('"running",' in p.read_text() and '"started"' in p.read_text().partition("elements")[2]
                               for p in runs.glob("*/run.json")))
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process).code, 3)


def always(element_id, text, **more):
    return script(element_id, text, always=True, **more)


class AlwaysTest(ProcessTest):
    """What always runs, with real processes that fail, hang and are killed."""

    def test_runs_after_a_failure_in_order_and_hides_nothing(self):
        result = self.run_plan(plan(
            stage("one", script("one.a", "exit 7"), script("one.b", "touch b", needs=["one.a"]),
                  always("one.c", "echo c >> order; exit 3", needs=["one.b"]),
                  always("one.d", "echo d >> order", needs=["one.c"])),
            stage("two", script("two.e", "touch e"), always("two.f", "touch f", needs=["two.e"]))))
        self.assertEqual(result.code, 3)
        self.assertEqual(result.states(), {"one.a": "failed", "one.b": "not_run", "one.c": "failed", "one.d": "passed",
                                           "two.e": "not_run", "two.f": "not_run"})
        self.assertEqual(self.read("order"), "c\nd\n")
        self.assertIn("FAILED", result.err)
        self.assertIn("`one.a` and `one.c`", result.err)

    def test_waits_for_what_still_runs(self):
        result = self.run_plan(plan(stage(
            "s", script("s.fails", "until [ -e begun ]; do sleep 0.01; done; exit 1"),
            script("s.runs", "touch begun; sleep 0.5; touch finished"),
            always("s.clean", "[ -e finished ]", needs=["s.fails", "s.runs"]))), "--jobs", "4")
        self.assertEqual(result.states(), {"s.fails": "failed", "s.runs": "passed", "s.clean": "passed"})

    def test_fails_the_stage_when_it_fails(self):
        result = self.run_plan(plan(stage("s", script("s.a", "true"), always("s.clean", "exit 1", needs=["s.a"])),
                                    stage("t", script("t.b", "touch b"))))
        self.assertEqual((result.code, result.states()), (3, {"s.a": "passed", "s.clean": "failed", "t.b": "not_run"}))

    def test_runs_after_a_timeout_and_has_one(self):
        result = self.run_plan(plan(stage(
            "s", script("s.a", FAMILY + "wait", timeout_seconds=1),
            always("s.stuck", "sleep 1000", timeout_seconds=1, needs=["s.a"]),
            always("s.clean", "touch cleaned", needs=["s.stuck"]))))
        self.assertEqual(result.states(), {"s.a": "timed_out", "s.stuck": "timed_out", "s.clean": "passed"})
        self.assert_dead(self.family())

    def test_is_not_run_when_only_an_approval_was_asked_for(self):
        approval = {"id": "s.ok", "kind": "approval", "approval": {"confirm": "s", "within_seconds": 60}}
        content = plan(stage("s", approval, script("s.a", "exit 1", needs=["s.ok"]), always("s.clean", "touch cleaned", needs=["s.a"])))
        self.assertEqual(self.run_plan(content).code, 2)
        self.assertFalse((self.folder / "cleaned").exists())
        self.assertEqual(self.run_plan(content, "--approve", "ok").states(), {"s.ok": "passed", "s.a": "failed", "s.clean": "passed"})

    def test_runs_after_an_interrupt(self):
        process = self.start(plan(stage("s", script("s.a", FAMILY + "wait"), script("s.b", "touch b", needs=["s.a"]),
                                        always("s.clean", "sleep 0.5; touch cleaned", needs=["s.b"]))))
        family = self.family()
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual((result.code, result.states()), (3, {"s.a": "interrupted", "s.b": "not_run", "s.clean": "passed"}))
        self.assertEqual(result.record["state"], "interrupted")
        self.assertIn("interrupted: ending `s.a`, what always runs goes on; once more ends everything at once\n", result.err)
        self.assert_dead(family)
        self.assertTrue((self.folder / "cleaned").exists())

    def test_goes_on_when_it_is_interrupted_itself(self):
        process = self.start(plan(stage("s", script("s.a", "true"),
                                        always("s.clean", "touch ready; sleep 0.7; touch cleaned", needs=["s.a"]))))
        wait_until(lambda: (self.folder / "ready").exists())
        process.send_signal(signal.SIGTERM)
        result = self.finish(process)
        self.assertEqual((result.code, result.states()), (3, {"s.a": "passed", "s.clean": "passed"}))
        self.assertIn("interrupted: what always runs goes on; once more ends everything at once\n", result.err)

    def test_a_second_interrupt_ends_it_with_all_its_children(self):
        process = self.start(plan(stage("s", script("s.a", "touch ready; sleep 1000"),
                                        always("s.stuck", "trap '' TERM; " + FAMILY + "wait; wait", retries=3, needs=["s.a"]),
                                        always("s.never", "touch never", needs=["s.stuck"]))))
        wait_until(lambda: (self.folder / "ready").exists())
        process.send_signal(signal.SIGINT)
        family = self.family()
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertLess(time.monotonic() - begin, 4)
        self.assertEqual((result.code, result.states()), (3, {"s.a": "interrupted", "s.stuck": "interrupted", "s.never": "not_run"}))
        self.assert_dead(family)
        self.assertFalse((self.folder / "never").exists())


if __name__ == "__main__":
    unittest.main()
