"""The runner on a terminal: the status area and approvals, through a pseudo-terminal."""

import os
import pty
import re
import select
import struct
import termios
import time
import unittest
from fcntl import ioctl

from runs import PIPEC, Finished, RunTest, plan, script, stage

APPROVAL = {"id": "prod.release", "kind": "approval",
            "approval": {"confirm": "prod", "approvers": ["alice", "bob"], "within_seconds": 60}}
PROMPT = "to refuse: "


class Screen:
    """As much of a terminal as the runner uses."""

    def __init__(self):
        self.lines = [""]
        self.row = 0
        self.column = 0

    def feed(self, text):
        for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]|\x1b", text):
            if part.startswith("\x1b["):
                self.control(part[2:-1], part[-1])
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                self.column = 0
                if self.row == len(self.lines):
                    self.lines.append("")
            else:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[:self.column] + part + line[self.column + 1:]
                self.column += 1

    def control(self, argument, letter):
        if letter == "A":
            self.row -= int(argument)
            assert self.row >= 0
        elif letter == "J":
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        elif letter not in "mhl":
            raise AssertionError(f"unknown control sequence {argument}{letter}")

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")


class Terminal:
    """A run whose controlling terminal is a pseudo-terminal."""

    def __init__(self, test, content, *options, rows=24, columns=80, name="demo.plan.yaml", **variables):
        self.test = test
        self.raw = ""
        test.write(name, content)
        environment = test.environment(**variables)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(test.folder)
            os.execve(PIPEC, [PIPEC, "run", name, *options], environment)
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        test.addCleanup(os.close, self.master)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.raw:
            assert time.monotonic() < end and self.read(0.1), f"no {text!r} in {self.raw!r}"

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        while self.read(60):
            pass
        status = os.waitpid(self.pid, 0)[1]
        return Finished(os.waitstatus_to_exitcode(status), "", self.raw, self.test.folder)

    def screen(self):
        screen = Screen()
        screen.feed(self.raw)
        return screen.text()


class StatusAreaTest(RunTest):
    def test_shows_what_runs_and_is_cleaned_up(self):
        content = plan(stage("s", script("s.a", "echo working hard; sleep 1.5"), script("s.b", "sleep 0.2")))
        terminal = Terminal(self, content, "--jobs", "2", NO_COLOR="1")
        terminal.wait_for("working hard")
        self.assertIn("[0/2] 2 running", terminal.screen())
        result = terminal.finish()
        self.assertEqual(result.code, 0)
        lines = terminal.screen().splitlines()
        self.assertRegex(lines[0], r"^demo, route trunk: 2 elements; logs in \.pipec/runs/\S+$")
        self.assertRegex(lines[1], r"^s\.b: passed in 0\.\ds$")
        self.assertRegex(lines[2], r"^s\.a: passed in 1\.\ds$")
        self.assertRegex(lines[3], r"^passed in 1\.\ds: 2 elements$")
        self.assertEqual(len(lines), 4)

    def test_is_rewritten_at_most_ten_times_a_second(self):
        text = "end=$((SECONDS + 2)); while [ $SECONDS -lt $end ]; do echo $RANDOM; done"
        begin = time.monotonic()
        terminal = Terminal(self, plan(stage("s", script("s.a", text))))
        self.assertEqual(terminal.finish().code, 0)
        frames = terminal.raw.count("\x1b[?7l")
        self.assertGreaterEqual(frames, 5)
        self.assertLessEqual(frames, 10 * (time.monotonic() - begin) + 2)

    def test_fits_small_terminals(self):
        elements = [script(f"s.e{i}", "echo ääääääääääääääääääääääää; sleep 1") for i in range(8)]
        terminal = Terminal(self, plan(stage("s", *elements)), "--jobs", "8", rows=6, columns=30)
        terminal.wait_for("ääää")
        area = terminal.raw.rpartition("\x1b[?7l")[2].partition("\x1b[?7h")[0].splitlines()
        self.assertEqual(len(area), 4)
        self.assertTrue(all(len(line) < 30 for line in area), area)
        self.assertEqual(terminal.finish().code, 0)

    def test_scripts_do_not_control_the_terminal(self):
        text = "printf '\\033[2J\\033]0;title\\007shown\\n'; sleep 0.4; exit 1"
        terminal = Terminal(self, plan(stage("s", script("s.a", text))))
        self.assertEqual(terminal.finish().code, 3)
        self.assertNotIn("\x1b[2J", terminal.raw)
        self.assertNotIn("\x1b]0", terminal.raw)
        self.assertIn("shown", terminal.screen())

    def test_secrets_are_masked(self):
        text = 'for i in 1 2 3 4; do printf %s "${T:0:3}"; sleep 0.15; echo "${T:3}"; sleep 0.15; done'
        terminal = Terminal(self, plan(stage("s", script("s.a", text, secrets={"T": "MY_TOKEN"}))), MY_TOKEN="s3cr3t")
        self.assertEqual(terminal.finish().code, 0)
        self.assertIn("***", terminal.raw)
        self.assertNotIn("s3cr3t", terminal.raw)

    def test_color_unless_refused(self):
        content = plan(stage("s", script("s.a", "true")))
        for variables, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
            with self.subTest(variables):
                terminal = Terminal(self, content, **variables)
                terminal.finish()
                self.assertEqual("\x1b[32m" in terminal.raw, colored)

    def test_a_dumb_terminal_gets_no_control_sequences(self):
        terminal = Terminal(self, plan(stage("s", script("s.a", "true"))), TERM="dumb")
        self.assertEqual(terminal.finish().code, 0)
        self.assertIn("passed", terminal.raw)
        self.assertNotIn("\x1b", terminal.raw)

    def test_control_c(self):
        terminal = Terminal(self, plan(stage("s", script("s.a", "echo begun; sleep 100"))))
        terminal.wait_for("begun")
        terminal.type("\x03")
        result = terminal.finish()
        self.assertEqual((result.code, result.states()), (3, {"s.a": "interrupted"}))
        self.assertIn("interrupted: ending `s.a`", terminal.screen())


class ApprovalTest(RunTest):
    PLAN = plan(stage("prod", APPROVAL, script("prod.after", "touch after", needs=["prod.release"])))

    def answered(self, typed):
        terminal = Terminal(self, self.PLAN, NO_COLOR="1")
        terminal.wait_for(PROMPT)
        terminal.type(typed)
        return terminal, terminal.finish()

    def test_typing_the_name_approves(self):
        terminal, result = self.answered("prod\n")
        self.assertEqual(result.code, 0, terminal.raw)
        self.assertIn("prod.release waits for an approval by `alice` or `bob`.", terminal.screen())
        self.assertIn("Type `prod` to approve", terminal.screen())
        approval = result.element("prod.release")["approval"]
        self.assertEqual((approval["how"], approval["self_asserted"]), ("terminal", True))
        self.assertTrue((self.folder / "after").exists())

    def test_anything_else_refuses(self):
        for typed in ("yes\n", "\n", "prod \n", "\x04"):
            with self.subTest(typed):
                terminal, result = self.answered(typed)
                self.assertEqual(result.code, 3, terminal.raw)
                self.assertEqual(result.states(), {"prod.release": "failed", "prod.after": "not_run"})
                self.assertIn("refused on the terminal", terminal.screen())

    def test_what_was_typed_before_the_question_does_not_count(self):
        content = plan(stage("build", script("build.a", "touch started; sleep 1")), *self.PLAN["routes"][0]["stages"])
        terminal = Terminal(self, content)
        terminal.wait_for("build.a")
        terminal.type("prod\n")
        terminal.wait_for(PROMPT)
        time.sleep(0.5)
        terminal.type("no\n")
        self.assertEqual(terminal.finish().code, 3)

    def test_the_time_for_it_ends(self):
        approval = {"id": "prod.release", "kind": "approval", "approval": {"confirm": "prod", "within_seconds": 1}}
        terminal = Terminal(self, plan(stage("prod", approval)))
        self.assertEqual(terminal.finish().code, 3)
        self.assertIn("nobody approved within 1s", terminal.screen())

    def test_one_question_after_the_other(self):
        elements = [{"id": f"s.{name}", "kind": "approval", "approval": {"confirm": name, "within_seconds": 60}}
                    for name in ("one", "two")]
        terminal = Terminal(self, plan(stage("s", *elements)))
        terminal.wait_for("Type `one`")
        self.assertNotIn("Type `two`", terminal.raw)
        terminal.type("one\n")
        terminal.wait_for("Type `two`")
        terminal.type("two\n")
        self.assertEqual(terminal.finish().code, 0)

    def test_others_go_on_while_somebody_thinks(self):
        content = plan(stage("s", APPROVAL, script("s.a", "sleep 0.5; touch done")))
        terminal = Terminal(self, content)
        terminal.wait_for(PROMPT)
        end = time.monotonic() + 10
        while not (self.folder / "done").exists():
            self.assertLess(time.monotonic(), end)
            terminal.read(0.05)
        # Nothing is drawn over the question.
        self.assertTrue(terminal.raw.endswith(PROMPT), terminal.raw[-200:])
        terminal.type("prod\n")
        self.assertEqual(terminal.finish().code, 0)

    def test_control_c_while_asked(self):
        terminal = Terminal(self, self.PLAN)
        terminal.wait_for(PROMPT)
        terminal.type("\x03")
        result = terminal.finish()
        self.assertEqual((result.code, result.states()), (3, {"prod.release": "interrupted", "prod.after": "not_run"}))


class RunbookTest(RunTest):
    RUNBOOK = """pipe 1
runbook restart {
  link "https://wiki.example.com/restart"
  step "Look" { run = "touch looked" }
  confirm "Is it down?"
  step "Restart" { run = "touch restarted" }
}
"""

    def answered(self, typed):
        terminal = Terminal(self, self.RUNBOOK, "--runbook", "restart", name="demo.pipe", NO_COLOR="1")
        terminal.wait_for("anything else to stop: ")
        self.assertTrue((self.folder / "looked").exists())
        self.assertFalse((self.folder / "restarted").exists())
        terminal.type(typed)
        return terminal, terminal.finish()

    def test_a_question_is_confirmed(self):
        terminal, result = self.answered("yes\n")
        self.assertEqual(result.code, 0, terminal.raw)
        self.assertIn("https://wiki.example.com/restart", terminal.raw)
        self.assertIn("Is it down?\r\nType `yes` to go on", terminal.raw)
        self.assertTrue((self.folder / "restarted").exists())

    def test_anything_else_ends_it(self):
        for typed in ("no\n", "\n", "\x04"):
            with self.subTest(typed):
                terminal, result = self.answered(typed)
                self.assertEqual(result.code, 3, terminal.raw)
                self.assertFalse((self.folder / "restarted").exists())


if __name__ == "__main__":
    unittest.main()
