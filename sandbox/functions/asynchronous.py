"""Asynchronous invocations: Lambda queues them, tries them again, and sends on what came of them.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: an error of the function is tried
again after one minute and then after two; where it is throttled it is tried again for up to six hours, with a back-off
of up to five minutes.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.callers.held import resource_policy
from sandbox.ecs.iam import lets_service
from sandbox.functions.service import Functions, Throttled
from sandbox.simulation import Simulation

_LOG = logging.getLogger("sandbox.functions")
_RETRIES, _AGE_SECONDS = 2, 6 * 3600
_WAITS = (60.0, 120.0)
_THROTTLED_WAIT, _LONGEST_THROTTLED_WAIT = 1.0, 300.0


@dataclass(frozen=True)
class _Asked:
    function: Any
    event: Any
    at: datetime
    attempts: int = 0
    throttled: int = 0


class Asynchronous:
    """Lambda's own queue of events.

    Args:
        simulation: its lock is held by whoever asks.
        functions: runs them.
    """

    def __init__(self, simulation: Simulation, functions: Functions) -> None:
        self.simulation = simulation
        self._functions = functions

    def accept(self, function: Any, event: Any) -> None:
        """Have a function (moto's) be invoked with an event soon."""
        self.simulation.schedule(0, partial(self._try, _Asked(function, event, self.simulation.now)))

    def _try(self, asked: _Asked) -> None:
        try:
            self._functions.begin(asked.function, asked.event, partial(self._ended, asked))
        except Throttled:
            wait = min(_LONGEST_THROTTLED_WAIT, _THROTTLED_WAIT * 2**asked.throttled)
            self._again(replace(asked, throttled=asked.throttled + 1), wait, "EventAgeExceeded")

    def _ended(self, asked: _Asked, document: Mapping[str, Any]) -> None:
        tried = replace(asked, attempts=asked.attempts + 1)
        if document["error"] is None:
            self._send_on(tried, "OnSuccess", "Success", document)
            return
        most = int(_setting(asked.function, "MaximumRetryAttempts", _RETRIES))
        if tried.attempts > most:
            self._send_on(tried, "OnFailure", "RetriesExhausted", document)
            return
        self._again(tried, _WAITS[min(tried.attempts, len(_WAITS)) - 1], "EventAgeExceeded", document)

    def _again(self, asked: _Asked, wait: float, too_old: str, document: Mapping[str, Any] | None = None) -> None:
        oldest = float(_setting(asked.function, "MaximumEventAgeInSeconds", _AGE_SECONDS))
        if self.simulation.now + timedelta(seconds=wait) > asked.at + timedelta(seconds=oldest):
            self._send_on(asked, "OnFailure", too_old, document)
            return
        self.simulation.schedule(wait, partial(self._try, asked))

    def _send_on(self, asked: _Asked, which: str, condition: str, document: Mapping[str, Any] | None) -> None:
        destinations = _setting(asked.function, "DestinationConfig", {}) or {}
        arn = (destinations.get(which) or {}).get("Destination")
        if not arn:
            return
        ended = document or {}
        record = {
            "version": "1.0",
            "timestamp": self.simulation.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": ended.get("request_id"),
                "functionArn": f"{asked.function.function_arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": asked.attempts,
            },
            "requestPayload": asked.event,
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                **({"functionError": "Unhandled"} if ended.get("error") else {}),
            },
            "responsePayload": ended.get("error") or json.loads(ended.get("payload") or "null"),
        }
        action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}.get(arn.split(":")[2])
        denied = self._functions.denied(asked.function.role, action, arn) if action else f"no such destination: {arn}"
        if denied:
            _LOG.warning("%s: its result goes nowhere: %s", asked.function.function_name, denied)
            return
        _send(arn, json.dumps(record))


def invoke_for_service(
    asynchronous: Asynchronous, service: str, arn: str, event: Any, source_arn: str, account: str
) -> str | None:
    """Have a service invoke a function; return why it may not, in AWS's words, None where it does.

    Raises:
        LookupError: there is no such function.
    """
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    _, _, _, region, owner, *_ = arn.split(":")
    try:
        function = lambda_backends[owner][region].get_function(arn)
    except UnknownFunctionException as error:
        raise LookupError(f"Function not found: {arn}") from error
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
    policy = resource_policy(function.function_arn)
    if policy is None or not lets_service(policy, service, "lambda:InvokeFunction", function.function_arn, context):
        return f"{service} is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
    asynchronous.accept(function, event)
    return None


def _setting(function: Any, name: str, default: Any) -> Any:
    configured = function.event_invoke_config[-1].response() if function.event_invoke_config else {}
    return configured.get(name, default)


def _send(arn: str, text: str) -> None:
    from moto.sns.models import sns_backends
    from moto.sqs.models import sqs_backends

    _, _, service, region, account, name = arn.split(":", 5)
    if service == "sns":
        sns_backends[account][region].publish(text, arn=arn)
    else:
        sqs_backends[account][region].send_message(name, text)
