"""Event patterns: what they match, and which EventBridge does not take."""

import json
from typing import Any

import pytest

from sandbox.events.pattern import PatternError, matches, parse_pattern

STOPPED: dict[str, Any] = {
    "source": "aws.ecs",
    "detail-type": "ECS Task State Change",
    "detail": {
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "group": "service:shop",
        "cpu": 256,
        "startedAt": None,
        "tags": [],
        "containers": [
            {"name": "app", "exitCode": 1, "lastStatus": "STOPPED"},
            {"name": "sidecar", "lastStatus": "RUNNING"},
        ],
        "address": "10.0.1.7",
        "lists": [["a", "b"], ["c"]],
        "": "empty",
    },
}


@pytest.mark.parametrize(
    ("detail", "matched"),
    [
        ({"lastStatus": ["STOPPED"]}, True),
        ({"lastStatus": ["RUNNING", "STOPPED"], "stopCode": ["EssentialContainerExited"]}, True),
        ({"lastStatus": ["RUNNING"], "stopCode": ["EssentialContainerExited"]}, False),
        ({"lastStatus": ["stopped"]}, False),
        ({"lastStatus": [{"equals-ignore-case": "stopped"}]}, True),
        ({"group": [{"prefix": "service:"}]}, True),
        ({"group": [{"prefix": {"equals-ignore-case": "SERVICE:"}}]}, True),
        ({"group": [{"suffix": "shop"}]}, True),
        ({"group": [{"suffix": {"equals-ignore-case": "SHOP"}}]}, True),
        ({"group": [{"prefix": "family:"}]}, False),
        ({"stopCode": [{"anything-but": ["UserInitiated", "ServiceSchedulerInitiated"]}]}, True),
        ({"stopCode": [{"anything-but": "EssentialContainerExited"}]}, False),
        ({"group": [{"anything-but": {"prefix": "service:"}}]}, False),
        ({"group": [{"anything-but": {"prefix": ["a", "b"]}}]}, True),
        ({"group": [{"anything-but": {"equals-ignore-case": ["SERVICE:SHOP"]}}]}, False),
        ({"group": [{"anything-but": {"wildcard": "service:*"}}]}, False),
        ({"absent": [{"anything-but": "x"}]}, False),
        ({"group": [{"wildcard": "serv*:s*p"}]}, True),
        ({"group": [{"wildcard": "service"}]}, False),
        ({"cpu": [256]}, True),
        ({"cpu": ["256"]}, False),
        ({"cpu": [256.0]}, False),
        ({"cpu": [{"numeric": [">", 0, "<=", 256]}]}, True),
        ({"cpu": [{"numeric": ["<", 256]}]}, False),
        ({"group": [{"numeric": [">", 0]}]}, False),
        ({"startedAt": [None]}, True),
        ({"stopCode": [None]}, False),
        ({"stopCode": [{"exists": True}]}, True),
        ({"stopCode": [{"exists": False}]}, False),
        ({"stoppedBy": [{"exists": False}]}, True),
        ({"tags": [{"exists": False}]}, True),
        ({"stoppedBy": ["me", {"exists": False}]}, True),
        ({"inner": {"deeper": [{"exists": False}]}}, True),
        ({"inner": {"deeper": ["x"]}}, False),
        ({"containers": {"exitCode": [{"numeric": [">", 0]}]}}, True),
        ({"containers": {"exitCode": [1], "name": ["app"]}}, True),
        ({"containers": {"exitCode": [1], "name": ["sidecar"]}}, False),
        ({"containers": {"exitCode": [{"exists": False}], "name": ["sidecar"]}}, False),
        ({"containers": {"reason": [{"exists": False}]}}, True),
        ({"lists": ["c"]}, True),
        ({"address": [{"cidr": "10.0.0.0/16"}]}, True),
        ({"address": [{"cidr": "10.1.0.0/16"}]}, False),
        ({"$or": [{"cpu": [1]}, {"group": ["service:shop"]}]}, True),
        ({"$or": [{"cpu": [1]}, {"group": ["service:other"]}], "lastStatus": ["STOPPED"]}, False),
        ({"": ["empty"]}, True),
    ],
)
def test_a_pattern_matches_as_eventbridge_does(detail: dict[str, Any], matched: bool) -> None:
    pattern = parse_pattern(json.dumps({"source": ["aws.ecs"], "detail": detail}))
    assert matches(pattern, STOPPED) is matched
    assert not matches(pattern, {**STOPPED, "source": "aws.ec2"})


@pytest.mark.parametrize("wildcard", [r"a\*b", r"a\\b*"])
def test_a_star_and_a_backslash_can_be_meant(wildcard: str) -> None:
    text = wildcard.replace("\\*", "*").replace("\\\\", "\\")
    assert matches({"x": [{"wildcard": wildcard}]}, {"x": text})
    assert not matches({"x": [{"wildcard": wildcard}]}, {"x": "aXXb"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"source": "aws.ecs"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": [["aws.ecs"]]}', "Match value must be"),
        ('{"source": [{"prefixx": "a"}]}', "Unrecognized match type prefixx"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"source": [{"exists": "yes"}]}', "must be either true or false"),
        ('{"source": [{"numeric": [">"]}]}', "Too many elements"),
        ('{"source": [{"numeric": ["!", 1]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"numeric": [">", "1"]}]}', "must be numeric"),
        ('{"source": [{"anything-but": {"exists": true}}]}', "Unsupported anything-but"),
        ('{"source": [{"anything-but": []}]}', "Value of anything-but"),
        ('{"source": [{"cidr": "10"}]}', "Malformed CIDR"),
    ],
)
def test_a_pattern_that_eventbridge_does_not_take_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        parse_pattern(text)
