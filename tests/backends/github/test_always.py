"""What stands in `always`: which jobs of the emitted workflows run, whatever becomes of the others."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

SOURCES = pathlib.Path(os.environ["PIPEC_SOURCE_DIR"])


class Run:
    """A run by GitHub's rules for jobs: `if` without a function of the status also asks that all before have succeeded.
    `ends`: how jobs end that do not succeed; one that is `refused` fails before its first element."""

    def __init__(self, jobs, proceed=True, **ends):
        self.jobs, self.proceed, self.ends = jobs, proceed, ends
        self.results = {}
        waiting = list(jobs)
        while waiting:
            job = next(one for one in waiting if not set(self.needs(one)) & set(waiting))
            waiting.remove(job)
            self.results[job] = self.result(job)

    def needs(self, job):
        return self.jobs[job].get("needs", [])

    def all_before(self, job):
        for need in self.needs(job):
            yield need
            yield from self.all_before(need)

    def result(self, job):
        condition = self.jobs[job].get("if", "")
        succeeded = all(self.results[one] == "success" for one in self.all_before(job))
        if "always()" not in condition and not succeeded:
            return "skipped"
        expression = re.sub(r"needs\.([\w-]+)\.outputs\.([\w-]+)", lambda m: repr(self.output(job, m[1], m[2])), condition)
        expression = expression.replace("always()", "True").replace("&&", " and ").replace("||", " or ")
        if expression and not eval(expression):  # pylint: disable=eval-used
            return "skipped"
        return {"refused": "failure"}.get(self.ends.get(job.replace("-", "_")), self.ends.get(job.replace("-", "_"), "success"))

    def output(self, job, of, name):
        assert of in self.needs(job), f"{job} does not need {of}"
        if of == "preflight" and name.startswith("proceed"):
            return "true" if self.proceed else "false"
        begun = self.results[of] != "skipped" and self.ends.get(of.replace("-", "_")) != "refused"
        return "true" if name == "begun" and "begun" in self.jobs[of]["outputs"] and begun else ""

    def ran(self):
        return {job for job, result in self.results.items() if result != "skipped"}


class Always(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="pipec-") as folder:
            subprocess.run([os.environ["PIPEC"], "compile", SOURCES / "tests/support/shared/always.pipe", "--root", SOURCES,
                            "--target", "github", "-o", folder], check=True, capture_output=True)
            workflows = pathlib.Path(folder, "github/.github/workflows")
            cls.trunk, cls.hotfix, cls.backfill = (
                yaml.safe_load((workflows / f"pipec-clean-{route}.yml").read_text())["jobs"] for route in ("trunk", "hotfix", "backfill"))

    def ran(self, jobs, prefix, **how):
        return {job for job in Run(jobs, **how).ran() if job.startswith(prefix)}

    def test_everything_runs_when_nothing_fails(self):
        self.assertEqual(Run(self.trunk).ran(), set(self.trunk))

    def test_it_runs_after_a_failure_and_the_next_stage_does_not(self):
        run = Run(self.trunk, try_smoke="failure")
        self.assertLessEqual({"try-teardown", "try-tell", "try-gone"}, run.ran())
        self.assertEqual({job for job in run.ran() if job.startswith(("look-", "ship-"))}, set())

    def test_it_runs_after_a_cancelled_run(self):
        self.assertLessEqual({"try-teardown", "try-gone"}, self.ran(self.trunk, "try-", try_smoke="cancelled"))

    def test_one_of_it_does_not_keep_the_others_from_running_but_the_next_stage(self):
        run = Run(self.trunk, try_teardown="failure")
        self.assertIn("try-gone", run.ran())
        self.assertNotIn("look-load", run.ran())

    def test_a_failure_before_something_else_of_the_stage_counts(self):
        ran = self.ran(self.trunk, "build-", build_make="failure")
        self.assertEqual(ran, {"build-make", "build-lint", "build-tidy", "build-tidied"})
        self.assertEqual(self.ran(self.trunk, ("try-", "look-", "ship-"), build_make="failure"), set())

    def test_what_was_refused_leaves_nothing_to_clean_up(self):
        self.assertEqual(self.ran(self.trunk, "try-", try_up="refused"), {"try-up"})
        self.assertEqual(self.ran(self.trunk, "look-", look_may="failure"), {"look-may"})
        self.assertEqual(self.ran(self.trunk, "ship-", ship_service="refused"), {"ship-service"})
        self.assertIn("ship-unlock", self.ran(self.trunk, "ship-", ship_service="failure"))

    def test_it_waits_for_the_lock_of_its_environment_as_deployments_do(self):
        for stage, environment in {"try": "preview", "look": "beta", "ship": "prod"}.items():
            jobs = {name: job for name, job in self.trunk.items() if name.startswith(stage + "-")}
            cleaning = [job for job in jobs.values() if "always()" in job.get("if", "")]
            self.assertTrue(cleaning)
            for job in cleaning:
                self.assertEqual(job["concurrency"], {"group": f"pipec-clean-{environment}", "queue": "max", "cancel-in-progress": False})
                self.assertEqual(job["env"]["PIPEC_ENVIRONMENT"], environment)
        self.assertEqual(self.trunk["try-up"]["concurrency"], self.trunk["try-teardown"]["concurrency"])
        self.assertNotIn("concurrency", self.trunk["build-tidy"])

    def test_nothing_runs_when_there_is_nothing_to_deploy(self):
        self.assertLessEqual(Run(self.hotfix, proceed=False).ran(), {"preflight"})

    def test_nothing_runs_behind_a_preflight_that_fails(self):
        self.assertEqual(Run(self.trunk, preflight="failure").ran(), {"preflight", "notify-ended"})

    def test_a_backfill_is_recorded_only_when_everything_has_passed(self):
        self.assertIn("record-backfill", Run(self.backfill).ran())
        for job in set(self.backfill) - {"preflight", "record-backfill", "notify-ended"}:
            with self.subTest(job):
                self.assertNotIn("record-backfill", Run(self.backfill, **{job.replace("-", "_"): "failure"}).ran())

    def test_a_stage_says_that_it_has_begun_behind_what_may_refuse_it(self):
        names = [step["name"] for step in self.trunk["ship-service"]["steps"]]
        begun = names.index("Say that the stage has begun")
        self.assertLess(names.index("Check the guards again"), begun)
        self.assertLess(begun, names.index("ship.service"))
        self.assertNotIn("if", self.trunk["ship-service"]["steps"][begun])


if __name__ == "__main__":
    unittest.main()
