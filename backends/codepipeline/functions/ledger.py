"""The ledger: what is live in each environment, which run may change it, which branch was deployed there.

Called by actions of the pipelines (Invoke/Lambda), by EventBridge when a run has ended, and once an hour.
Each decision is one conditional write, so that of two runs at most one passes. What became of a run is asked of
CodePipeline; nothing is concluded from the age of an entry.

Items: (environment, `state`) the live commit, its generation and the lock; (environment, `claim#BRANCH`) a
hotfix, which is `claimed`, then `deployed` or `failed`, also when its deployment was taken back; (environment,
`deployment#TIME#RUN`) the history; (`override#USER`, `ENVIRONMENT#COMMIT#GUARD`) one person's
consent that the commit may pass one guard, for a day.
"""

import json
import os
import re
import time
from datetime import datetime, timedelta, timezone

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])
PIPELINES = boto3.client("codepipeline")
ALIVE = ("InProgress", "Stopping")
# CodePipeline asks again about every half minute; a run that waited this long for another one gives up.
LONGEST_WAIT = timedelta(hours=2)
# A consent is for the emergency of its day; one from the future is none, but clocks differ.
CONSENT = timedelta(days=1)
CLOCKS = timedelta(minutes=5)
# How often a lock that was just freed is tried at once.
MOST_LOOKS = 5


class Refused(Exception):
    """The action fails; the message says why and what to do."""


class Wait(Exception):
    """Another run is not finished; CodePipeline asks again."""


def handler(event, _context):
    if "CodePipeline.job" in event:
        answer(event["CodePipeline.job"])
    elif "detail" in event:
        ended(event["detail"]["pipeline"], event["detail"]["execution-id"])
    else:
        remind()


def answer(job):
    """Runs what the action asks for and reports its result, whatever happens: an action without one would hang."""
    data = job["data"]
    since = data.get("continuationToken") or now().isoformat()
    try:
        request = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
        for step in request["do"]:
            STEPS[step](request)
    except Wait as wait:
        print(wait)
        if now() - datetime.fromisoformat(since) < LONGEST_WAIT:
            PIPELINES.put_job_success_result(jobId=job["id"], continuationToken=since)
        else:
            fail(job, f"gave up waiting: {wait}")
    except Refused as refusal:
        fail(job, str(refusal))
    except Exception as error:  # pylint: disable=broad-except
        fail(job, f"the ledger could not answer: {type(error).__name__}: {error}")
    else:
        PIPELINES.put_job_success_result(jobId=job["id"])


def fail(job, message):
    print(message)
    PIPELINES.put_job_failure_result(
        jobId=job["id"], failureDetails={"type": "JobFailed", "message": message[:5000]})


def claim(request):
    """H6, H9: the lock of the environment, provided that nothing changed since the guard looked, and for a hotfix
    the one deployment of its branch. A rollback is never held up."""
    run = execution(request["pipeline"], request["run"])
    rollback = run.get("executionType") == "ROLLBACK"
    overridden = {} if rollback else consents(request["environment"], request["commit"])
    if not rollback:
        revisions = [revision.get("revisionId") for revision in run.get("artifactRevisions", [])]
        if request["commit"] not in revisions:
            raise Refused(f"the guard looked at {request['commit']}, but this run is of {', '.join(map(str, revisions))}")
        check_approver(request, overridden)
    lock(request, None if rollback or "live" in overridden else int(request["generation"]))
    if request["route"] == "hotfix" and not rollback:
        try:
            claim_branch(request, overridden)
        except Exception:
            release(request)
            raise


def check_approver(request, overridden):
    """Who approved must not be who wrote the change. Both are compared where they name the same person: the session
    of an assumed role carries the user's name or address, which deploy.sh --check sees to."""
    people = approvers(request)
    if people:
        request["approver"] = ", ".join(sorted(people))
    if not request.get("separate") or "author" in overridden:
        return
    if request["authors"] == "*":
        raise Refused("the guard could not tell everybody who wrote the change (too many authors, an unusual address or "
                      "an unknown live commit), so not whether one of them approved it: deploy it in smaller steps, or "
                      "with the consent of two people (ledger.sh consent --guard author)")
    authors = {name for author in request["authors"].lower().split() for name in (author, author.split("@")[0])}
    for person in people:
        if person.rsplit("/", 1)[-1].lower() in authors:
            raise Refused(f"{person} approved a change of their own; somebody else must approve")


def approvers(request):
    pages = PIPELINES.get_paginator("list_action_executions").paginate(
        pipelineName=request["pipeline"], filter={"pipelineExecutionId": request["run"]})
    return {
        detail["updatedBy"]
        for page in pages for detail in page["actionExecutionDetails"]
        if detail["input"]["actionTypeId"]["category"] == "Approval" and detail["status"] == "Succeeded"
        and detail.get("updatedBy")
    }


def lock(request, generation=None):
    """One lock for each environment, for the runs of all routes. `generation`: only while that is what is live."""
    environment, run = request["environment"], request["run"]
    condition = Attr("lock_run").not_exists() | Attr("lock_run").eq(run)
    if generation is not None:
        unchanged = Attr("generation").eq(generation) if generation else Attr("generation").not_exists()
        condition = condition & (unchanged | Attr("live_run").eq(run))
    held = {"lock_run": run, "lock_pipeline": request["pipeline"], "locked_at": text(now())}
    for _ in range(MOST_LOOKS):
        if update(state_key(environment), held, condition):
            return
        state = get(state_key(environment))
        current, holder = int(state.get("generation", 0)), state.get("lock_run")
        if generation not in (None, current) and state.get("live_run") != run:
            raise Refused(f"what is live in {environment} changed since the guard looked at it (generation {generation}, "
                          f"now {current}): start the run again")
        if holder not in (None, run):
            if status_of(state["lock_pipeline"], holder) in ALIVE:
                raise Wait(f"run {holder} of {state['lock_pipeline']} is changing {environment}")
            ended(state["lock_pipeline"], holder)
    raise Wait(f"other runs take the lock of {environment} and give it back all the time")


def claim_branch(request, overridden):
    """A branch is deployed to an environment once. The same run passes again; a failed deployment may be repeated."""
    run, branch, environment = request["run"], request["branch"], request["environment"]
    if not re.fullmatch(os.environ["BRANCHES"], branch):
        raise Refused(f"{branch} is not the name of a hotfix branch")
    key = claim_key(environment, branch)
    free = (Attr("pk").not_exists() | Attr("state").eq("failed")
            | (Attr("run").eq(run) & Attr("state").eq("claimed")))
    entry = {"state": "claimed", "run": run, "pipeline": request["pipeline"], "branch": branch,
             "commit": request["commit"], "base": request["base"], "incident": request["incident"],
             "repository": os.environ["REPOSITORY"], "claimed_at": text(now()),
             "approver": request.get("approver", "unknown"), "overridden_by": sorted({name for names in overridden.values() for name in names})}
    if update(key, entry, None if "claim" in overridden else free):
        return
    known = get(key)
    if known["run"] == run:
        return
    if known["state"] == "claimed":
        status = status_of(known["pipeline"], known["run"])
        if status in ALIVE:
            raise Refused(f"{branch} is claimed by run {known['run']}, which is not finished")
        resolve(environment, known, status)
        claim_branch(request, overridden)
        return
    raise Refused(f"{branch} was deployed to {environment} by run {known['run']}; a new incident needs a new branch")


def record(request):
    """The deployment succeeded: its commit is what is live from now on. May be called again, and goes on then."""
    environment, run, commit = request["environment"], request["run"], request["commit"]
    key = state_key(environment)
    state = get(key)
    rollback = execution(request["pipeline"], run).get("executionType") == "ROLLBACK"
    if (state.get("live"), state.get("live_run")) != (commit, run):
        changed = {"live": commit, "live_run": run, "live_at": text(now()), "generation": int(state.get("generation", 0)) + 1}
        if not update(key, changed, Attr("lock_run").eq(run), remove=["failed_at"]):
            raise Refused(f"the lock of {environment} does not belong to run {run}: retry all actions of the stage")
        remember(environment, run, "rolled_back" if rollback else "deployed", request["route"], commit)
        measure(request, state, rollback)
    if request["route"] == "hotfix" and not rollback:
        finish_hotfix(request)


def finish_hotfix(request):
    """What follows a hotfix must not make its deployment fail; each step that fails is reported."""
    branch, environment = request["branch"], request["environment"]
    within = int(os.environ["WITHIN"])
    changed = {"state": "deployed", "deployed_at": text(now())}
    if within:
        changed["due"] = text(now() + timedelta(seconds=within))
    if not update(claim_key(environment, branch), changed, Attr("run").eq(request["run"]) & Attr("state").eq("claimed")):
        return
    for step in (start_backfill, count_hotfixes, open_review):
        try:
            step(request)
        except Exception as error:  # pylint: disable=broad-except
            notify(f"{step.__name__.replace('_', ' ')} failed for {branch}: {error}")


def start_backfill(request):
    if os.environ["BACKFILL"]:
        started = PIPELINES.start_pipeline_execution(
            name=os.environ["BACKFILL"],
            sourceRevisions=[{"actionName": os.environ["SOURCE_ACTION"], "revisionType": "COMMIT_ID",
                              "revisionValue": request["commit"]}])
        update(claim_key(request["environment"], request["branch"]),
               {"backfill_run": started["pipelineExecutionId"]}, Attr("run").eq(request["run"]))
    notify(f"{request['branch']} is live in {request['environment']}. Merge it back: {os.environ['COMPARE']}"
           f"{request['branch']}")


def count_hotfixes(request):
    limit, per = int(os.environ["LIMIT"]), int(os.environ["PER"])
    first = text(now() - timedelta(seconds=per))
    recent = [entry for entry in claims(request["environment"]) if entry.get("deployed_at", "") >= first]
    if limit and len(recent) > limit:
        notify(f"{len(recent)} hotfixes of {request['environment']} in {per // 86400} days, {limit} are normal: the "
               "regular way is too slow, or is being avoided. Review it.")


def open_review(request):
    timeline = ("Deploy started", "Issue detected", "Rollback initiated", "Service recovered",
                "Root cause identified", "Hotfix deployed")
    gaps = ("Could a test have caught this?", "Could canary analysis have caught this?",
            "Could a security scan have caught this?", "Was rollback fast enough?", "Did monitoring detect the issue?")
    improvements = ("Add test:", "Tighten canary threshold:", "Add monitoring:", "Update runbook:")
    lines = [f"Incident: {request['incident']}", f"Branch: {request['branch']}", f"Commit: {request['commit']}", ""]
    lines += ["Timeline"] + [f"- {item}: {text(now()) if item == timeline[-1] else ''}" for item in timeline]
    lines += ["", "Pipeline gaps"] + [f"- [ ] {item}" for item in gaps]
    lines += ["", "Pipeline improvements"] + [f"{n}. {item}" for n, item in enumerate(improvements, 1)]
    boto3.client("ssm").create_ops_item(
        Title=f"Post-incident pipeline review: {request['incident']}", Description="\n".join(lines), Source="pipec",
        OperationalData={"incident": {"Value": request["incident"], "Type": "SearchableString"}})


def release(request):
    """False when the lock is not the run's."""
    return update(state_key(request["environment"]), {}, Attr("lock_run").eq(request["run"]),
                  remove=["lock_run", "lock_pipeline", "locked_at"])


def window(request):
    """A rollback need not wait for office hours."""
    if execution(request["pipeline"], request["run"]).get("executionType") == "ROLLBACK":
        return
    local = now().astimezone(zone(request["zone"]))
    if not is_open(request["open"], local):
        raise Refused(f"{local:%a %H:%M} {request['zone']} is outside of the window {request['open']}")


def is_open(opening, local):
    """`Mon-Fri 08:00-16:00`, `Sat,Sun 22:00-04:00`: the days on which it opens; it may close on the next day."""
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    days, hours = opening.split(" ")
    opens = set()
    for part in days.split(","):
        first, last = (names.index(day) for day in (part.split("-") * 2)[:2])
        opens.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    minute, today = local.hour * 60 + local.minute, local.weekday()
    if begin < end:
        return today in opens and begin <= minute < end
    return (today in opens and minute >= begin) or ((today - 1) % 7 in opens and minute < end)


def zone(name):
    try:
        from zoneinfo import ZoneInfo  # pylint: disable=import-outside-toplevel
        return ZoneInfo(name)
    except Exception as error:  # pylint: disable=broad-except
        # Where the system has no time zones, those that come with boto3 are used.
        from dateutil.zoneinfo import get_zonefile_instance  # pylint: disable=import-outside-toplevel
        found = get_zonefile_instance().get(name)
        if found is None:
            raise Refused(f"the time zone {name} is unknown") from error
        return found


def ended(pipeline, run):
    """Frees what a run that is over still holds. The event of a run that was started again is out of date."""
    status = status_of(pipeline, run)
    if status in ALIVE:
        return
    for environment in json.loads(os.environ["ENVIRONMENTS"]):
        key = state_key(environment)
        state = get(key)
        freed = release({"environment": environment, "run": run})
        if freed and state.get("live_run") != run and status != "Succeeded":
            update(key, {"failed_at": state.get("failed_at", text(now()))}, None)
            remember(environment, run, "failed", pipeline, "")
            emit(environment, {"FailedDeployments": 1})
        for entry in claims(environment):
            if entry["run"] == run and entry["state"] == "claimed":
                resolve(environment, entry, status)
            if entry.get("backfill_run") == run and status == "Succeeded":
                update(claim_key(environment, entry["branch"]), {"backfilled": text(now())}, None)


def resolve(environment, entry, status):
    """A claim without a result whose run is over: what CodePipeline says became of the run."""
    if status == "Succeeded":
        finish_hotfix({**entry, "environment": environment})
    else:
        update(claim_key(environment, entry["branch"]), {"state": "failed"},
               Attr("run").eq(entry["run"]) & Attr("state").eq("claimed"))


def remind():
    """Once a day for each hotfix that is overdue: it must be merged back, and what it skipped must have passed."""
    today = text(now())[:10]
    for environment in json.loads(os.environ["ENVIRONMENTS"]):
        for entry in claims(environment):
            open_ends = [] if entry.get("merged") else ["merged back"]
            open_ends += ["backfilled"] if os.environ["BACKFILL"] and not entry.get("backfilled") else []
            due = entry.get("due", "")
            if entry["state"] != "deployed" or not due or due > text(now()) or not open_ends:
                continue
            if update(claim_key(environment, entry["branch"]), {"reminded": today}, Attr("reminded").ne(today)):
                notify(f"{entry['branch']} has been live in {environment} since {entry['deployed_at']} and should have "
                       f"been {' and '.join(open_ends)} by {due}")


def consents(environment, commit):
    """By guard, the names of those who agreed within the last day that this commit may pass it; guards with fewer than
    two are left out. The table lets people write under their own user id only. What follows the colon is the session,
    which names the person whichever role was assumed: deploy.sh --check sees to it that nobody chooses it."""
    prefix = f"{environment}#{commit}#"
    condition = Attr("sk").begins_with(prefix) & Attr("pk").begins_with("override#")
    people = {}
    for item in all_of(TABLE.scan, FilterExpression=condition):
        if text(now() - CONSENT) <= item.get("at", "") <= text(now() + CLOCKS):
            person = item["pk"].split("#", 1)[1].rsplit(":", 1)[-1].lower()
            people.setdefault(item["sk"].removeprefix(prefix), set()).add(person)
    return {guard: sorted(names) for guard, names in people.items() if len(names) >= 2}


def measure(request, state, rollback):
    values = {"RolledBack": 1} if rollback else {"Deployments": 1}
    if request.get("committed", "").isdigit() and not rollback:
        values["LeadTime"] = int(time.time()) - int(request["committed"])
    if state.get("failed_at"):
        values["RestoreTime"] = int((now() - datetime.fromisoformat(state["failed_at"])).total_seconds())
    emit(request["environment"], values)


def emit(environment, values):
    """Metrics by the log, in CloudWatch's embedded metric format."""
    metrics = [{"Name": name, "Unit": "Seconds" if name.endswith("Time") else "Count"} for name in values]
    print(json.dumps({
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
            {"Namespace": "pipec", "Dimensions": [["Pipeline", "Environment"]], "Metrics": metrics}]},
        "Pipeline": os.environ["PIPELINE"], "Environment": environment, **values}))


def remember(environment, run, result, route, commit):
    TABLE.put_item(Item={"pk": environment, "sk": f"deployment#{text(now())}#{run}", "result": result, "route": route,
                         "commit": commit, "run": run})


def notify(message):
    boto3.client("lambda").invoke(FunctionName=os.environ["NOTIFY"], InvocationType="Event",
                                  Payload=json.dumps({"message": message}))


def execution(pipeline, run):
    return PIPELINES.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=run)["pipelineExecution"]


def status_of(pipeline, run):
    try:
        return execution(pipeline, run)["status"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PipelineNotFoundException", "PipelineExecutionNotFoundException"):
            return "Gone"
        raise


def claims(environment):
    return all_of(TABLE.query, KeyConditionExpression=Key("pk").eq(environment) & Key("sk").begins_with("claim#"))


def all_of(read, **arguments):
    """The items of every page."""
    page = read(ConsistentRead=True, **arguments)
    items = page["Items"]
    while "LastEvaluatedKey" in page:
        page = read(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"], **arguments)
        items += page["Items"]
    return items


def update(key, values, condition, remove=()):
    """One conditional write. False when the condition does not hold."""
    names = {f"#{name}": name for name in [*values, *remove]}
    sets = ", ".join(f"#{name} = :{name}" for name in values)
    removes = ", ".join(f"#{name}" for name in remove)
    arguments = {"Key": key, "ExpressionAttributeNames": names,
                 "UpdateExpression": (f"SET {sets} " if sets else "") + (f"REMOVE {removes}" if removes else "")}
    if values:
        arguments["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    if condition is not None:
        arguments["ConditionExpression"] = condition
    try:
        TABLE.update_item(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def get(key):
    return TABLE.get_item(Key=key, ConsistentRead=True).get("Item", {})


def state_key(environment):
    return {"pk": environment, "sk": "state"}


def claim_key(environment, branch):
    return {"pk": environment, "sk": f"claim#{branch}"}


def now():
    return datetime.now(timezone.utc)


def text(moment):
    return moment.isoformat(timespec="seconds")


STEPS = {"claim": claim, "lock": lock, "record": record, "release": release, "window": window}
