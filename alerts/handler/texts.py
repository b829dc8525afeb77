"""An alert as a mail and as a chat notification, for an SNS topic. Pure.

The subject of a mail: ASCII, no line breaks, fewer than 100 characters, beginning with a letter, number or punctuation
mark: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. The notification for chat:
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from alerts.handler.message import clipped, title

_SUBJECT_MAX = 99
_CHAT_MAX = 7000
_TEXT_MAX = 20_000
"""A message of SNS has at most 256 KiB, all its forms together."""


def to_subject(document: Mapping[str, Any]) -> str:
    """Return the subject of a mail."""
    ascii_only = title(document).encode("ascii", "replace").decode()
    plain = "".join(each if each.isprintable() else " " for each in ascii_only).strip()
    return plain if len(plain) <= _SUBJECT_MAX else plain[: _SUBJECT_MAX - 3] + "..."


def to_text(document: Mapping[str, Any]) -> str:
    """Return the whole alert as plain text."""
    return "\n".join(_lines(document)) + "\n"


def to_publish(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what `Publish` takes: a text for most, and for https the notification that chat applications show."""
    text = clipped(to_text(document), _TEXT_MAX)
    chat = {
        "version": "1.0",
        "source": "custom",
        "id": f"{document['id']}#{document['version']}",
        "content": {
            "textType": "client-markdown",
            "title": clipped(title(document), 250),
            "description": clipped(text, _CHAT_MAX),
        },
        "metadata": {"threadId": document["id"], "summary": clipped(document["what"], 500)},
    }
    return {
        "Subject": to_subject(document),
        "Message": json.dumps({"default": text, "https": json.dumps(chat, ensure_ascii=False)}, ensure_ascii=False),
        "MessageStructure": "json",
    }


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield title(document)
    if document["sample"]:
        yield "This is a sample that `alerts test` sent: nothing failed."
    yield ""
    yield document["what"]
    for name, key in (("why", "why"), ("what to do", "fix"), ("", "changed"), ("deployed by", "deployed_by")):
        if document[key]:
            yield f"{name}: {document[key]}" if name else document[key]
    yield ""
    if document["services_total"] == 1:
        yield f"service {document['service']} in cluster {document['cluster']}"
    yield f"environment {document['environment'] or 'unknown'}, account {document['account']}, {document['region']}"
    yield f"state: {document['state'].replace('-', ' ')}"
    yield f"cause: {document['cause'] or 'not known'}; seen at {document['at']}"
    for each in document["evidence"]:
        yield f"  {each['source']}: {each['quote']}"
    if document["log"]:
        yield ""
        yield from (f"  | {line}" for line in document["log"])
    if document["services_total"] > 1:
        yield ""
        yield from (f"  - {each['service']} in {each['cluster']}" for each in document["services"])
        left = document["services_total"] - len(document["services"])
        if left:
            yield f"  … and {left} more"
    yield ""
    yield from (f"note: {note}" for note in document["notes"])
    yield from (f"{each['name']}: {each['url']}" for each in document["links"])
