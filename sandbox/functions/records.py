"""What a function gets of a queue's messages, and which of them its answer says were not handled.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and, for the answer,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.events.pattern import PatternError, matches, parse_pattern


def record(message: Any, queue_arn: str) -> dict[str, Any]:
    """Return a moto message as a record of the event."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(int(message.sent_timestamp)),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(int(message.approximate_first_receive_timestamp)),
    }
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        attributes["MessageDeduplicationId"] = message.deduplication_id
    shown = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {name: _attribute(each) for name, each in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if message.message_attributes:
        shown["md5OfMessageAttributes"] = message.attribute_md5
    return shown


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": given.get("DataType")}
    if given.get("StringValue") is not None:
        shown["stringValue"] = given["StringValue"]
    if given.get("BinaryValue") is not None:
        value = given["BinaryValue"]
        shown["binaryValue"] = value if isinstance(value, str) else value.decode()
    return shown


def passes(shown: Mapping[str, Any], criteria: Mapping[str, Any] | None) -> bool:
    """Return whether a record passes a mapping's filters, of which one has to match; without any it does.

    Where a filter's pattern for `body` is of JSON, so has to be the body.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    filters = [str(each.get("Pattern") or "{}") for each in (criteria or {}).get("Filters") or []]
    return not filters or any(_fits(text, shown) for text in filters)


def _fits(text: str, shown: Mapping[str, Any]) -> bool:
    try:
        pattern = parse_pattern(text)
    except PatternError:
        return text.strip() == "{}"
    event = dict(shown)
    if isinstance(pattern.get("body"), dict):
        try:
            event["body"] = json.loads(str(shown["body"]))
        except ValueError:
            return False
        if not isinstance(event["body"], dict):
            return False
    return matches(pattern, event)


def failed(payload: str | None, identifiers: Sequence[str]) -> set[str]:
    """Return the messages of a batch that an answer with ReportBatchItemFailures does not count as handled.

    None where it names none; all of them where it cannot be understood, as documented.
    """
    every = set(identifiers)
    try:
        answer = json.loads(payload or "null")
    except ValueError:
        return every
    if answer is None or answer == {}:
        return set()
    items = answer.get("batchItemFailures", every) if isinstance(answer, dict) else every
    if items is None:
        return set()
    if not isinstance(items, list):
        return every
    named = _named(items)
    return every if named is None or not named <= every else named


def _named(items: Iterable[Any]) -> set[str] | None:
    named = set()
    for each in items:
        identifier = each.get("itemIdentifier") if isinstance(each, dict) else None
        if not isinstance(identifier, str) or not identifier:
            return None
        named.add(identifier)
    return named
