"""What a rule's target gets of an event: all of it, a part, a constant, or a template filled from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\['([^']*)'\]")
_NOTHING = object()


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule: tuple[str, str], ingested: str) -> str:
    """Return the text that a target gets.

    Args:
        target: as PutTargets was given it.
        event: the whole event.
        rule: the rule's name and ARN.
        ingested: when EventBridge got the event, in ISO form.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = _look(str(target["InputPath"]), event)
        return json.dumps(None if found is _NOTHING else found)
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    paths = transformer.get("InputPathsMap") or {}
    values = {name: _look(path, event) for name, path in paths.items()}
    values |= {
        "aws.events.rule-name": rule[0],
        "aws.events.rule-arn": rule[1],
        "aws.events.event": {key: each for key, each in event.items() if key != "detail"},
        "aws.events.event.json": dict(event),
        "aws.events.event.ingestion-time": ingested,
    }
    return _fill(str(transformer["InputTemplate"]), values)


def _look(path: str, event: Mapping[str, Any]) -> Any:
    """Return what is at a JSON path of dots and indexes, which are all that EventBridge takes."""
    found: Any = event
    for key, index, quoted in _STEP.findall(path.removeprefix("$")):
        if index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        elif not index and isinstance(found, Mapping) and (key or quoted) in found:
            found = found[key or quoted]
        else:
            return _NOTHING
    return found


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill in the variables: within quotes as text, elsewhere as JSON; one without a value leaves nothing there."""
    filled, end, quoted = [], 0, False
    for found in _VARIABLE.finditer(template):
        between = template[end : found.start()]
        filled.append(between)
        end = found.end()
        if len(re.findall(r'(?<!\\)"', between)) % 2:
            quoted = not quoted
        if found[1] not in values:
            filled.append(found[0])
            continue
        value = values[found[1]]
        if value is _NOTHING:
            continue
        if quoted:
            text = value if isinstance(value, str) else json.dumps(value)
            filled.append(json.dumps(text)[1:-1] if isinstance(value, str) else text.replace('"', '\\"'))
        else:
            filled.append(json.dumps(value))
    return "".join([*filled, template[end:]])
