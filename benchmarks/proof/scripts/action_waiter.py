"""Deploys a task definition and waits as the action aws-actions/amazon-ecs-deploy-task-definition does since 2.6.2.

    python action_waiter.py CLUSTER SERVICE TASK_DEFINITION SPEED

That is: UpdateService, the SDK's waiter for a stable service (from 15 s between looks, growing to 120 s, 30 minutes at
most), and then whether the deployment that was made is still there and has not failed. The action itself is
JavaScript that runs in a job of GitHub; this is its behaviour, as its README and changelog (#860) tell it.
"""

import random
import sys
import time

import boto3

LEAST, MOST, ALL = 15.0, 120.0, 30 * 60.0


def main() -> int:
    """Return the exit code."""
    cluster, service, definition, speed = *sys.argv[1:4], float(sys.argv[4])
    ecs = boto3.client("ecs")
    made = ecs.update_service(cluster=cluster, service=service, taskDefinition=definition)["service"]
    mine = made["deployments"][0]["id"]
    print("Deployment started. Watch this deployment's progress in the Amazon ECS console", flush=True)
    began, attempt = time.monotonic(), 0
    while True:
        (found,) = ecs.describe_services(cluster=cluster, services=[service])["services"]
        if len(found["deployments"]) == 1 and found["runningCount"] == found["desiredCount"]:
            break
        attempt += 1
        delay = random.uniform(LEAST, max(LEAST, min(MOST, LEAST * 2 ** (attempt - 1))))  # noqa: S311 - the SDK's jitter
        if (time.monotonic() - began) * speed + delay > ALL:
            print('::error::{"state":"TIMEOUT","reason":"Waiter has timed out"}')
            return 1
        time.sleep(delay / speed)
    standing = next((each for each in found["deployments"] if each["id"] == mine), None)
    if standing is None:
        print(f"::error::Deployment {mine} is not there any more: likely rolled back by the circuit breaker")
        return 1
    if standing["rolloutState"] == "FAILED":
        print(f"::error::{standing['rolloutStateReason']}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
