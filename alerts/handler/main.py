"""The function's entry point: `handler(event, context)`, with what it needs made once from the environment.

Of Powertools it uses the logger, the batch processor and the cache of secrets. Its idempotency is not used: it answers
a repeated call with the first one's result, and a story is told several times over, in order, by whoever comes; so the
table's own conditional writes are the idempotency (`alerts.handler.items`, `alerts.handler.delivering`).
"""

import os
import time
from functools import cache
from typing import Any, cast

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config

from alerts.handler.batches import Function
from alerts.handler.delivering import Courier
from alerts.handler.handling import Explainer
from alerts.handler.look import Looker
from alerts.handler.pacing import PacedReads
from alerts.handler.sending import Destination, SendError
from alerts.handler.settings import FollowUps, Settings
from alerts.handler.table import Table
from alerts.handler.tags import Tags
from alerts.handler.topic import Topic
from alerts.handler.webhook import Webhook, http
from diagnostics.aws import Reader
from diagnostics.clock import RealClock
from diagnostics.reads import FleetReads, SessionSettings

_SECRET_KEPT_SECONDS = 300
_CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})

logger = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "failwell-alerts"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle one batch of the queue, and return which messages must come again (`ReportBatchItemFailures`)."""
    function = _function()
    failures = function.handle(event.get("Records", []))

    def end(record: SQSRecord) -> None:
        if failure := failures.get(record.message_id):
            raise failure

    # That all of a batch comes again is no error of the function: the queue counts how often, and its alarms ring.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False, logger=function.quiet)
    answer = process_partial_response(event=event, record_handler=end, processor=processor, context=context)
    return dict(answer)


@cache
def _function() -> Function:
    """Make the function's parts once for all its invocations; a wrong environment fails the first of them."""
    settings = Settings.of(os.environ)
    clock = RealClock()
    reader = PacedReads(Reader(SessionSettings()), settings.concurrency, time.monotonic, time.sleep)
    table = Table(boto3.client("dynamodb", config=_CONFIG), settings.table)
    courier = Courier(
        table,
        _destinations(settings),
        clock.now,
        logger,
        follow_ups=settings.follow_ups is FollowUps.ENDS,
        hold_seconds=settings.hold_seconds,
    )
    tags = Tags(reader.ask, clock.now)
    explainer = Explainer(
        table, Looker(cast("FleetReads", reader), clock), courier, tags, clock, logger, settings.environment_tag
    )
    return Function(explainer, boto3.client("sqs", config=_CONFIG), logger)


def _destinations(settings: Settings) -> list[Destination]:
    found: list[Destination] = []
    if settings.webhook_secret:
        provider = SecretsProvider(boto3_client=boto3.client("secretsmanager", config=_CONFIG))

        def read_secret(fresh: bool) -> str:  # noqa: FBT001 - read past the cache
            try:
                value = provider.get(settings.webhook_secret, max_age=_SECRET_KEPT_SECONDS, force_fetch=fresh)
            except GetParameterError as error:  # whose text may quote what was asked for
                raise SendError("the webhook's secret cannot be read") from error
            return str(value)

        found.append(Webhook(read_secret, http()))
    if settings.topic:
        found.append(Topic(boto3.client("sns", config=_CONFIG), settings.topic))
    return found
