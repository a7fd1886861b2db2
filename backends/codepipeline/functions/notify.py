"""Tells people what happens to the runs of the pipeline: by the topic, and by the channels of the pipeline.

Called by EventBridge for runs and approvals, for changes of the pipelines' controls, and by the ledger.
"""

import json
import os
import urllib.request

import boto3

# What a channel is asked to tell, by the state of the run.
KINDS = {"STARTED": "started", "SUCCEEDED": "succeeded", "FAILED": "failed", "STOPPED": "failed"}


def handler(event, _context):
    if "message" in event:
        tell(event["message"], lambda channel: True)
    elif event["source"] == "aws.codepipeline" and "detail-type" in event and "eventName" not in event["detail"]:
        run(event["detail"])
    else:
        detail = event["detail"]
        who = detail.get("userIdentity", {}).get("arn", "somebody")
        tell(f"{who} called {detail['eventName']}: {json.dumps(detail.get('requestParameters'))}", lambda channel: True)


def run(detail):
    pipeline, execution = detail["pipeline"], detail["execution-id"]
    if "action" in detail:
        kind = "waiting"
        text = f"{pipeline} waits for the approval {detail['action']} of {detail['stage']}"
    else:
        kind = KINDS[detail["state"]]
        if kind == "succeeded" and is_rollback(pipeline, execution):
            kind = "rolled_back"
        text = f"{pipeline}: {kind.replace('_', ' ')}"
    note = json.loads(os.environ["NOTES"]).get(pipeline, "")
    link = f"https://{os.environ['AWS_REGION']}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{pipeline}"
    text = "\n".join(filter(None, [text, note, f"{link}/executions/{execution}/timeline"]))
    tell(text, lambda channel: channel["pipeline"] in ("", pipeline) and kind in channel["on"])


def is_rollback(pipeline, execution):
    answer = boto3.client("codepipeline").get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
    return answer["pipelineExecution"].get("executionType") == "ROLLBACK"


def tell(text, wanted):
    """Every channel is tried; a failure is raised at the end, so that the event is delivered again. What went wrong
    is told by its type only: messages of errors name the address that was called, which is a secret."""
    failed = []
    seen = set()
    for channel in json.loads(os.environ["CHANNELS"]):
        place = (channel["kind"], channel["to"])
        if not wanted(channel) or place in seen:
            continue
        seen.add(place)
        try:
            SENDERS[channel["kind"]](channel["to"], text)
        except Exception as error:  # pylint: disable=broad-except
            print(f"{channel['kind']} failed: {type(error).__name__}")
            failed.append(channel["kind"])
    if failed:
        raise RuntimeError(f"not told: {', '.join(failed)}")


def publish(topic, text):
    boto3.client("sns").publish(TopicArn=topic, Subject=text.splitlines()[0][:100], Message=text)


def post(secret, text):
    webhook = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    body = json.dumps({"text": text}).encode()
    message = urllib.request.Request(webhook, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(message, timeout=10) as answer:
        answer.read()


SENDERS = {"sns": publish, "slack": post}
