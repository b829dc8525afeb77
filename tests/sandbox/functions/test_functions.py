"""Functions as they are invoked directly: in a process of their own, with Lambda's event, context, words and log."""

from typing import Any

from tests.sandbox.functions.conftest import Chain

ECHO = """
import os
import json
import logging

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("called with", event)
    logging.getLogger().warning("careful")
    return {
        "event": event, "calls": calls, "pid": os.getpid(), "name": context.function_name, "id": context.aws_request_id,
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }
"""


def test_a_function_runs_in_a_process_that_is_kept_for_the_next_invocation(chain: Chain) -> None:
    name = chain.function(ECHO, Environment={"Variables": {"COLOUR": "blue"}}, Timeout=7)
    first, failed = chain.invoke(name, {"a": 1})
    second, _ = chain.invoke(name, {"a": 2})
    assert failed is None
    assert first["event"] == {"a": 1}
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert first["id"] != second["id"]
    assert first["arn"].endswith(f":function:{name}")
    assert 6000 < first["left"] <= 7000
    environment = first["environment"]
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_ENDPOINT_URL"] == chain.sandbox.endpoint
    assert environment["_HANDLER"] == "app.handler"
    log = chain.log(name)
    assert log[0].startswith("INIT_START")
    assert log[1] == f"START RequestId: {first['id']} Version: $LATEST"
    assert "called with {'a': 1}" in log
    assert any(line.startswith("[WARNING]\t") and line.endswith("\tcareful") for line in log)
    assert sum(line.startswith("REPORT RequestId:") for line in log) == 2
    assert sum("Init Duration" in line for line in log) == 1
