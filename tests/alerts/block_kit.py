"""Slack's documented rules of messages, as a checker: what breaks one is listed.

Sources: https://docs.slack.dev/reference/block-kit/blocks (50 blocks; header 150; section text 3000, 10 fields of 2000;
context 10 elements), https://docs.slack.dev/reference/block-kit/composition-objects/text-object (text 1 to 3000),
https://docs.slack.dev/messaging/formatting-message-text (escaping, links, mentions),
https://docs.slack.dev/reference/methods/chat.postMessage (text 40,000).
"""

import re
from collections.abc import Iterator
from typing import Any

_BLOCKS = {"header", "section", "context", "divider"}
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")
_LINK = re.compile(r"<(https://[^<>|\s]{1,3000})\|([^<>|\n]+)>")


def breaches(message: dict[str, Any]) -> list[str]:
    """Return what Slack would refuse, or show otherwise than it is meant; empty for a good message."""
    return list(_breaches(message))


def _breaches(message: dict[str, Any]) -> Iterator[str]:
    if not message.get("text"):
        yield "no text for notifications"
    yield from _text_breaches("text", message.get("text", ""), 40_000, formatted=True)
    blocks = message.get("blocks", [])
    if not 1 <= len(blocks) <= 50:
        yield f"{len(blocks)} blocks"
    for number, block in enumerate(blocks):
        where = f"blocks[{number}]"
        if block.get("type") not in _BLOCKS:
            yield f"{where}: type {block.get('type')!r}"
            continue
        yield from getattr(_Rules, block["type"])(where, block)


class _Rules:
    @staticmethod
    def header(where: str, block: dict[str, Any]) -> Iterator[str]:
        if block["text"].get("type") != "plain_text":
            yield f"{where}: a header is plain_text"
        yield from _text_breaches(where, block["text"].get("text", ""), 150, formatted=False)

    @staticmethod
    def section(where: str, block: dict[str, Any]) -> Iterator[str]:
        if not ("text" in block or block.get("fields")):
            yield f"{where}: neither text nor fields"
        if "text" in block:
            yield from _object_breaches(where, block["text"], 3000)
        if len(block.get("fields", [])) > 10:
            yield f"{where}: {len(block['fields'])} fields"
        for each in block.get("fields", []):
            yield from _object_breaches(where, each, 2000)

    @staticmethod
    def context(where: str, block: dict[str, Any]) -> Iterator[str]:
        if not 1 <= len(block.get("elements", [])) <= 10:
            yield f"{where}: {len(block.get('elements', []))} elements"
        for each in block["elements"]:
            yield from _object_breaches(where, each, 3000)

    @staticmethod
    def divider(where: str, block: dict[str, Any]) -> Iterator[str]:
        if set(block) - {"type", "block_id"}:
            yield f"{where}: a divider has no more than a type"


def _object_breaches(where: str, text: dict[str, Any], limit: int) -> Iterator[str]:
    if text.get("type") not in {"mrkdwn", "plain_text"}:
        yield f"{where}: text of type {text.get('type')!r}"
    yield from _text_breaches(where, text.get("text", ""), limit, formatted=text.get("type") == "mrkdwn")


def _text_breaches(where: str, text: str, limit: int, *, formatted: bool) -> Iterator[str]:
    if not 1 <= len(text) <= limit:
        yield f"{where}: {len(text)} characters, 1 to {limit} are allowed"
    if not formatted:
        return
    if _ENTITY.search(text):
        yield f"{where}: an & that is not escaped"
    rest = _LINK.sub("", text)
    if "<" in rest or ">" in rest:
        yield f"{where}: a < or > that is neither escaped nor a link: {rest[:80]!r}"
    if text.count("```") % 2:
        yield f"{where}: a code block that is not closed"
