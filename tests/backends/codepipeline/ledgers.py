"""The function of the ledger, with DynamoDB in memory."""

import json
from datetime import datetime, timedelta, timezone

from functions import FIX, LIVE, OTHER, FunctionCase

BRANCH = "hotfix/INC-42-null"
HOTFIX, TRUNK, BACKFILL = "pipec-shop-hotfix", "pipec-shop-trunk", "pipec-shop-backfill"
NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=timezone.utc)


class LedgerCase(FunctionCase):
    file = "ledger.py"
    has_table = True
    variables = {
        "PIPELINE": "shop", "REPOSITORY": "acme/shop", "COMPARE": "https://github.com/acme/shop/compare/main...",
        "ENVIRONMENTS": '["prod"]', "NOTIFY": "pipec-shop-notify", "BACKFILL": BACKFILL, "SOURCE_ACTION": "source",
        "BRANCHES": "hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*", "WITHIN": "86400", "LIMIT": "2", "PER": "2592000"}

    def setUp(self):
        super().setUp()
        self.now = NOW
        self.function.now = lambda: self.now
        self.approvals = []
        for result in ("PutJobSuccessResult", "PutJobFailureResult"):
            self.world.answer("codepipeline", result, {})
        self.world.answer("codepipeline", "ListActionExecutions", lambda _: {"actionExecutionDetails": self.approvals})
        self.world.answer("codepipeline", "StartPipelineExecution", {"pipelineExecutionId": "run-backfill"})
        self.world.answer("lambda", "Invoke", {})
        self.world.answer("ssm", "CreateOpsItem", {"OpsItemId": "oi-1"})
        self.put("prod", "state", live=LIVE, live_run="run-0", generation=7)

    def put(self, pk, sk, **attributes):
        self.table.put_item(Item={"pk": pk, "sk": sk, **attributes})

    def get(self, sk, pk="prod"):
        return self.table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})

    def state(self):
        return self.get("state")

    def claim_entry(self, branch=BRANCH):
        return self.get(f"claim#{branch}")

    def request(self, *steps, run="run-1", route="hotfix", **more):
        request = {"do": steps, "route": route, "environment": "prod", "run": run,
                   "pipeline": HOTFIX if route == "hotfix" else TRUNK, "commit": FIX if route == "hotfix" else OTHER,
                   "generation": "7", "base": LIVE, "authors": "ann@acme.example", "separate": False,
                   "committed": "1772625000"}
        if route == "hotfix":
            request.update(branch=BRANCH, incident="INC-42")
        return {**request, **more}

    def ask(self, *steps, token=None, **request):
        """The answer to an action: `passed`, `waiting`, or the message of its failure."""
        data = {"actionConfiguration": {"configuration": {"UserParameters": json.dumps(self.request(*steps, **request))}}}
        if token:
            data["continuationToken"] = token
        before = len(self.world.calls)
        self.printed = self.call({"CodePipeline.job": {"id": "11111111-2222-3333-4444-555555555555", "data": data}})
        answers = [(name, parameters) for _, name, parameters in self.world.calls[before:] if name.startswith("PutJob")]
        self.assertEqual(len(answers), 1, "an action must be answered once")
        name, parameters = answers[0]
        if name == "PutJobFailureResult":
            return parameters["failureDetails"]["message"]
        self.token = parameters.get("continuationToken")
        return "waiting" if self.token else "passed"

    def deploy(self, run="run-1", route="hotfix", commit=None, **more):
        """One deployment, from its claim to the end of its run."""
        commit = commit or (FIX if route == "hotfix" else OTHER)
        self.start(run, commit)
        more = {"commit": commit, "generation": str(self.state()["generation"]), **more}
        self.assertEqual(self.ask("claim", run=run, route=route, **more), "passed")
        self.assertEqual(self.ask("record", "release", run=run, route=route, **more), "passed")
        self.end(run, "Succeeded", HOTFIX if route == "hotfix" else TRUNK)

    def end(self, run, status, pipeline=HOTFIX):
        self.runs[run]["status"] = status
        return self.call({"detail": {"pipeline": pipeline, "execution-id": run}})

    def notices(self):
        return [json.loads(parameters["Payload"])["message"] for parameters in self.world.parameters("Invoke")]

    def consent(self, *people, commit=FIX, guards=("live", "claim"), role="AROAEXAMPLE", environment="prod", ago=timedelta()):
        for guard in guards:
            for person in people:
                self.put(f"override#{role}:{person}", f"{environment}#{commit}#{guard}", reason="the guard is wrong",
                         at=(self.now - ago).isoformat(timespec="seconds"))
