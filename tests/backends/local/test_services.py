"""Services beside scripts, with a stand-in for docker: they are found, and removed whatever becomes of the script."""

import json
import os
import shutil
import signal
import subprocess
import unittest

from runs import SOURCE, RunTest, is_alive, plan, script, stage, wait_until

DIGEST = "@sha256:" + "0123456789abcdef" * 4


def service(name="db", image="ready", **more):
    return {"name": name, "prefix": name.upper(), "image": image + DIGEST, "port": 5432, **more}


class ServiceTest(RunTest):
    def setUp(self):
        super().setUp()
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.state = self.folder / "docker-state"
        self.state.mkdir()
        shutil.copy(SOURCE / "tests/support/docker", self.tools)

    def environment(self, **more):
        base = super().environment()
        return base | {"PATH": f"{self.tools}:{base['PATH']}", "DOCKER_STATE": str(self.state), "PIPEC_SERVICE_SECONDS": "2", **more}

    def container(self, name):
        return json.loads((self.state / name).read_text())

    def left(self):
        return [path.name for path in self.state.glob("c0ffee*")]

    def removed(self):
        return len(list(self.state.glob("removed-*")))


class RunningTest(ServiceTest):
    def test_a_script_finds_its_services(self):
        text = 'exec 3<>"/dev/tcp/$DB_HOST/$DB_PORT" 4<>"/dev/tcp/$CACHE_HOST/$CACHE_PORT"; echo "$DB_PORT $CACHE_PORT" >ports'
        services = [service(environment={"POSTGRES_DB": "it's $HOME"}, secrets={"POSTGRES_PASSWORD": "PASSWORD"}),
                    service("cache", "talks")]
        result = self.run_plan(plan(stage("s", script("s.a", text, services=services))), PASSWORD="hidden-password")
        self.assertEqual(result.code, 0, result.err)
        db, cache = self.container("removed-c0ffee0"), self.container("removed-c0ffee1")
        self.assertEqual(self.read("ports"), f"{db['port']} {cache['port']}\n")
        self.assertEqual(db["environment"], {"POSTGRES_DB": "it's $HOME", "POSTGRES_PASSWORD": "hidden-password"})
        self.assertEqual(self.left(), [])
        for path in [*result.folder.rglob("*"), self.state / "calls"]:
            if path.is_file():
                self.assertNotIn(b"hidden-password", path.read_bytes(), path)

    def test_it_waits_until_somebody_listens(self):
        text = 'exec 3<>"/dev/tcp/$DB_HOST/$DB_PORT"; status=0; read -r -t 0.2 -u 3 _ || status=$?; [ "$status" -gt 128 ]'
        self.assertEqual(self.run_plan(plan(stage("s", script("s.a", text, services=[service(image="late")])))).code, 0)

    def test_elements_at_the_same_time_have_their_own(self):
        meet = 'echo "$DB_PORT" >{0}; until [ -e {1} ]; do sleep 0.01; done; ! cmp -s {0} {1}'
        result = self.run_plan(plan(stage("s", script("s.a", meet.format("a", "b"), services=[service()]),
                                          script("s.b", meet.format("b", "a"), services=[service()]))), "--jobs", "2")
        self.assertEqual((result.code, self.left()), (0, []), result.err)

    def test_one_start_serves_all_tries(self):
        text = 'echo "$DB_PORT" >>ports; [ "$(wc -l <ports)" -ge 2 ]'
        result = self.run_plan(plan(stage("s", script("s.a", text, services=[service()], retries=1))))
        self.assertEqual((result.code, self.removed(), len(set(self.read("ports").split()))), (0, 1, 1))

    def test_they_are_removed_when_the_script_fails(self):
        result = self.run_plan(plan(stage("s", script("s.a", "exit 7", services=[service()]))))
        self.assertEqual((result.code, result.element("s.a")["exit_code"], self.left(), self.removed()), (3, 7, [], 1))

    def test_they_are_removed_when_the_time_is_over(self):
        result = self.run_plan(plan(stage("s", script("s.a", "sleep 60", services=[service()], timeout_seconds=1))))
        self.assertEqual((result.code, self.left(), self.removed()), (3, [], 1))


class FailingTest(ServiceTest):
    def run_with(self, image):
        result = self.run_plan(plan(stage("s", script("s.a", "touch reached", services=[service(image=image)]))))
        self.assertEqual((result.code, self.left()), (3, []))
        self.assertFalse((self.folder / "reached").exists())
        self.assertEqual(result.element("s.a")["reason"], "its services did not start")
        return result.log("s.a")

    def test_nobody_listens(self):
        self.assertIn("service db: its port does not answer after 2 seconds", self.run_with("never"))

    def test_the_container_ends(self):
        self.assertIn("service db: its container has ended", self.run_with("dead"))

    def test_the_image_is_not_there(self):
        self.assertIn("service db: cannot fetch absent", self.run_with("absent"))

    def test_the_first_is_removed_when_the_second_does_not_start(self):
        services = [service(), service("cache", "dead")]
        result = self.run_plan(plan(stage("s", script("s.a", "true", services=services))))
        self.assertEqual((result.code, self.left(), self.removed()), (3, [], 2))

    def test_without_docker_nothing_runs(self):
        # A PATH on which there is all but docker.
        programs = self.folder / "programs"
        programs.mkdir()
        for name in ("bash", "touch"):
            os.symlink(shutil.which(name), programs / name)
        result = self.run_plan(plan(stage("s", script("s.a", "touch ran"), script("s.b", "true", services=[service()]))),
                               PATH=str(programs))
        self.assertEqual(result.code, 3, result.err)
        self.assertIn("`docker` is not on the PATH, needed by `s.b`", result.err)
        self.assertFalse((self.folder / "ran").exists())

    def test_a_missing_secret_is_told_before_anything_runs(self):
        result = self.run_plan(plan(stage("s", script("s.a", "true", services=[service(secrets={"X": "NOT_THERE"})]))))
        self.assertIn("the secret `NOT_THERE` is not in the environment, needed by `s.a`", result.err)
        self.assertEqual(self.left(), [])


class InterruptTest(ServiceTest):
    def interrupt(self, text, times):
        process = self.start(plan(stage("s", script("s.a", text, services=[service()]))))
        pid = self.pid_in("pid")
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual((result.code, self.left(), self.removed()), (3, [], 1), result.err)
        self.assertFalse(is_alive(pid))

    def test_once(self):
        self.interrupt("echo $$ >pid; sleep 60", 1)

    def test_twice_and_the_script_does_not_listen(self):
        self.interrupt("trap '' TERM INT; echo $$ >pid; while :; do sleep 1; done", 2)

    def test_while_a_service_starts(self):
        process = self.start(plan(stage("s", script("s.a", "true", services=[service(image="never")]))), PIPEC_SERVICE_SECONDS="60")
        wait_until(lambda: list(self.state.glob("*.pid")))
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual((result.code, self.left()), (3, []), result.err)


@unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
class ShellcheckTest(unittest.TestCase):
    def test_no_findings(self):
        scripts = [*SOURCE.glob("backends/common/scripts/*.sh"), *SOURCE.glob("backends/local/runner/scripts/*.sh")]
        self.assertGreaterEqual(len(scripts), 3)
        done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
