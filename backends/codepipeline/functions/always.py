"""Cleans up after a run that ended early: starts the build of a stage's `always`, unless the run got there itself.

Called by EventBridge when a run of the pipeline has failed, was stopped, canceled or superseded; events come at least
once. A stage that has not begun leaves nothing behind; an approval alone, or a step of pipec, begins nothing. A stage
that was tried again needs cleaning again, so what counts is whether anything began after it was last cleaned.
"""

import hashlib

import boto3

PIPELINES = boto3.client("codepipeline")
BUILDS = boto3.client("codebuild")
SOURCE = "_source"


def handler(event, _context):
    begun, cleaned = actions_of(event)
    if begun is None:
        print(f"{event['stage']} has not begun in {event['run']}")
    elif cleaned is not None and cleaned["startTime"] >= begun["startTime"]:
        print(f"{event['run']} has cleaned {event['stage']} itself")
    elif was_started(event, begun["startTime"]):
        print(f"{event['stage']} of {event['run']} is being cleaned already")
    else:
        start(event, begun)


def actions_of(event):
    """The latest action with which the stage was begun, and the latest one that cleaned it."""
    begun = cleaned = None
    pages = PIPELINES.get_paginator("list_action_executions").paginate(
        pipelineName=event["pipeline"], filter={"pipelineExecutionId": event["run"]})
    for page in pages:
        for action in page["actionExecutionDetails"]:
            # Approvals divide a stage into parts: `beta`, `beta.release`, `beta.2`.
            if action["stageName"].split(".")[0] != event["stage"] or action["actionName"].startswith("pipec."):
                continue
            if action["actionName"] == event["action"]:
                cleaned = later(cleaned, action)
            elif action["input"]["actionTypeId"]["category"] != "Approval":
                begun = later(begun, action)
    return begun, cleaned


def later(one, other):
    return other if one is None or other["startTime"] > one["startTime"] else one


def was_started(event, since):
    builds = BUILDS.list_builds_for_project(projectName=event["project"], sortOrder="DESCENDING")["ids"]
    if not builds:
        return False
    wanted = {"name": "pipec_run", "value": event["run"]}
    for build in BUILDS.batch_get_builds(ids=builds)["builds"]:
        variables = [{"name": v["name"], "value": v["value"]} for v in build["environment"]["environmentVariables"]]
        if wanted in variables and build["startTime"] >= since:
            return True
    return False


def ref_of(event, run):
    """The branch of the run, as its own builds know it: a variable of the pipeline, or one of its source."""
    for variable in run.get("variables", []):
        if variable["name"] == "BRANCH":
            return variable["resolvedValue"]
    pages = PIPELINES.get_paginator("list_action_executions").paginate(
        pipelineName=event["pipeline"], filter={"pipelineExecutionId": event["run"]})
    for page in pages:
        for action in page["actionExecutionDetails"]:
            if action["actionName"] == "pipec.source":
                return action.get("output", {}).get("outputVariables", {}).get("BranchName", "")
    return ""


def start(event, begun):
    run = PIPELINES.get_pipeline_execution(pipelineName=event["pipeline"], pipelineExecutionId=event["run"])
    revisions = {r["name"]: r["revisionId"] for r in run["pipelineExecution"]["artifactRevisions"]}
    # Two events at the same moment: CodeBuild takes a token once within five minutes.
    token = hashlib.sha256(f"{event['project']} {begun['actionExecutionId']}".encode()).hexdigest()
    build = BUILDS.start_build(
        projectName=event["project"], sourceVersion=revisions[SOURCE], idempotencyToken=token,
        environmentVariablesOverride=[{"name": "pipec_run", "value": event["run"], "type": "PLAINTEXT"},
                                      {"name": "pipec_ref", "value": ref_of(event, run["pipelineExecution"]), "type": "PLAINTEXT"}])
    print(f"{event['stage']} of {event['run']}: {build['build']['id']}")
