"""The program of the explainer: `Pulumi.yaml` in the folder above explains its settings."""

import sys
from pathlib import Path
from typing import Any

import pulumi

# The engine starts this file in a process of its own, which does not know where the rooms are.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from alerts import DeploymentAlerts

config = pulumi.Config()
TEXTS = (
    *("alerts_name", "webhook_secret_arn", "secret_kms_key_arn", "topic_arn", "topic_kms_key_arn", "environment_tag"),
    *("follow_ups", "alarm_topic_arn", "kms_key_arn", "log_level", "architecture", "permissions_boundary_arn"),
)
NUMBERS = ("hold_seconds", "log_retention_in_days", "memory_size", "timeout_seconds", "reserved_concurrency")

arguments: Any = {
    **{key: config.get(key) or None for key in TEXTS},
    **{key: config.require_int(key) for key in NUMBERS},
    "watch_queue": config.require_bool("watch_queue"),
    "alarm_emails": config.require_object("alarm_emails") or None,
    "tags": config.require_object("tags"),
}
alerts = DeploymentAlerts("alerts", arguments)

for output in (
    *(
        "function_name",
        "function_arn",
        "mapping_id",
        "queue_url",
        "dead_letter_queue_url",
        "watch_queue_url",
        "rule_names",
    ),
    *("table_name", "log_group_name", "alarm_names", "alarm_topic_arn", "package_sha256"),
):
    pulumi.export(output, getattr(alerts, output))
