"""An alert as Slack's Block Kit, within its limits. Pure.

Limits: 50 blocks a message, 3000 characters a section's text, 2000 a field and 10 of them, 150 a header, 10 elements a
context: https://docs.slack.dev/reference/block-kit/blocks. Escaping: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from alerts.handler.message import clipped, title

_SECTION, _FIELD, _HEADER, _FALLBACK = 3000, 2000, 150, 3000
_SERVICES_SHOWN = 25
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")
_SIGNS = {"failed": ":red_circle:", "rolled-back": ":large_yellow_circle:", "recovered": ":large_green_circle:"}


def to_slack(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message as a webhook and `chat.postMessage` take it: blocks, and a text for notifications."""
    return {
        "text": mrkdwn(f"{title(document)}: {document['what']}", _FALLBACK),
        "blocks": list(_blocks(document)),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "header", "text": {"type": "plain_text", "text": clipped(title(document), _HEADER), "emoji": True}}
    if document["sample"]:
        yield _section("*This is a sample* that `alerts test` sent: nothing failed.")
    yield _section(f"{_SIGNS[document['state']]} {mrkdwn(document['what'], _SECTION - 30)}")
    yield {"type": "section", "fields": list(_fields(document))}
    if document["why"]:
        yield _section(f"*Why:* {mrkdwn(document['why'], _SECTION - 20)}")
    if document["fix"]:
        yield _section(f"*What to do:* {mrkdwn(document['fix'], _SECTION - 30)}")
    said = [f"{each['source']}: {each['quote']}" for each in document["evidence"]]
    if said:
        yield _section(_code("\n".join(said)))
    if document["log"]:
        yield _section(f"*Log:*\n{_code(chr(10).join(document['log']))}")
    if document["changed"]:
        yield _section(f"*What changed:* {mrkdwn(document['changed'], _SECTION - 30)}")
    if document["services_total"] > 1:
        yield _section(_services(document))
    yield {"type": "context", "elements": [{"type": "mrkdwn", "text": _context(document)}]}


def _fields(document: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if document["services_total"] == 1:
        url = next((each["url"] for each in document["links"] if each["name"] == "service"), "")
        yield _field("Service", _link(url, document["service"]))
        yield _field("Cluster", mrkdwn(document["cluster"], 300))
        if document["deployment"]:
            yield _field("Deployment", mrkdwn(document["deployment"], 300))
    yield _field("Environment", mrkdwn(document["environment"] or "unknown", 300))
    yield _field("Account", f"{document['account']} · {document['region']}")
    yield _field("State", document["state"].replace("-", " "))
    if document["services_total"] == 1 and document["deployed_by"]:
        yield _field("Deployed by", mrkdwn(document["deployed_by"], 300))
    if document["cause"]:
        yield _field("Cause", f"`{document['cause']}`")


def _field(name: str, value: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": f"*{name}*\n{value}"}


def _services(document: Mapping[str, Any]) -> str:
    """Return the services by name, as many as there is room for, and how many more there are."""
    total, ended = document["services_total"], document["services_ended"]
    lines = [f"*{total} services*" + (f", {ended} of them well again" if ended else "")]
    for each in document["services"][:_SERVICES_SHOWN]:
        where = f" in {mrkdwn(each['cluster'], 80)}" + (
            f" ({mrkdwn(each['environment'], 40)})" * bool(each["environment"])
        )
        line = f"• {_link(each['url'], each['service'])}{where}"
        if sum(map(len, lines)) + len(lines) + len(line) > _SECTION - 60:
            break
        lines.append(line)
    left = total - (len(lines) - 1)
    return "\n".join([*lines, *([f"… and {left} more"] if left else [])])


def _context(document: Mapping[str, Any]) -> str:
    links = " · ".join(_link(each["url"], each["name"]) for each in document["links"] if each["name"] != "service")
    notes = "\n".join(mrkdwn(note, 300) for note in document["notes"])
    if len(links) > _FIELD:
        links = ""
    parts = [document["at"].replace("T", " ").replace("+00:00", " UTC"), links]
    head = " · ".join(part for part in parts if part)
    return head if len(head) + len(notes) >= _SECTION - 10 else "\n".join(part for part in (head, notes) if part)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _code(text: str) -> str:
    return f"```{mrkdwn(text, _SECTION - 30)}```"


def _link(url: str, text: str) -> str:
    shown = mrkdwn(" ".join(text.replace("|", "/").split()) or "-", 150)
    return (
        f"<{escaped(quote(url, safe=_IN_URLS))}|{shown}>"
        if url.startswith("https://") and len(url) < _FIELD // 2
        else shown
    )


_IN_URLS = "%:/?#[]@!$&'()*+,;=-._~"


def mrkdwn(text: str, limit: int) -> str:
    """Return text escaped for Slack, no longer than `limit`: a mention or a link in it is shown, and is none."""
    whole = escaped(text.replace("```", "'''"))
    if len(whole) <= limit:
        return whole
    return _CUT_ENTITY.sub("", whole[: limit - 1]) + "…"


def escaped(text: str) -> str:
    """Return text with the three characters escaped that Slack gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
