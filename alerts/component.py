"""`DeploymentAlerts`: the explainer of an account and region, with everything that it needs."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output

from alerts import alarms, arguments, delivery, function, package
from alerts.arguments import DeploymentAlertsArgs
from alerts.policies import Place

TOKEN = "failwell:index:DeploymentAlerts"  # noqa: S105 - Pulumi's word for the name of a type


class DeploymentAlerts(pulumi.ComponentResource):
    """Explains the failed ECS deployments of an account and region, and tasks that die outside of one.

    It makes EventBridge rules, a queue with its dead-letter queue, a function with its role, log and table, and alarms
    about all of these. Raises `ArgumentError` before any is made.
    """

    function_name: Output[str]
    """The name of the function."""
    function_arn: Output[str]
    """The ARN of the function."""
    mapping_id: Output[str]
    """The id of the event source mapping that feeds it."""
    queue_url: Output[str]
    """The queue of events."""
    dead_letter_queue_url: Output[str]
    """The queue of what could not be delivered or handled."""
    watch_queue_url: Output[str | None]
    """The queue for `watch --fleet --queue`, where one is wanted."""
    rule_names: Output[list[str]]
    """The EventBridge rules."""
    table_name: Output[str]
    """The table of the stories."""
    log_group_name: Output[str]
    """The function's log."""
    alarm_names: Output[list[str]]
    """The alarms about the function and its queues."""
    alarm_topic_arn: Output[str]
    """The topic that these tell."""
    kms_key_arn: Output[str | None]
    """The key of the log and that topic."""
    package_sha256: Output[str]
    """The SHA-256 of the function's zip, in hexadecimal."""

    def __init__(self, name: str, args: DeploymentAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = arguments.read(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = _place(pulumi.InvokeOutputOptions(parent=self))
        packed = _pack(settings.alerts_name)
        key_arn = alarms.make_key(name, settings, place, child)
        made = delivery.make(name, settings, child)
        means = function.Means(packed.path, place, key_arn, made)
        fed = function.make(name, settings, means, child)
        topic_arn = alarms.make_topic(name, settings, place, key_arn, child)
        names = alarms.make(name, settings, topic_arn, (made.queue.name, made.dead_letters.name), child)
        outputs: dict[str, Any] = {
            "function_name": fed.function.name,
            "function_arn": fed.function.arn,
            "mapping_id": fed.mapping.uuid,
            "queue_url": made.queue.url,
            "dead_letter_queue_url": made.dead_letters.url,
            "watch_queue_url": made.watch_queue.url if made.watch_queue else None,
            "rule_names": made.rule_names,
            "table_name": fed.table.name,
            "log_group_name": fed.log_group.name,
            "alarm_names": names,
            "alarm_topic_arn": topic_arn,
            "kms_key_arn": key_arn,
            "package_sha256": packed.sha256,
        }
        for output, value in outputs.items():
            setattr(self, output, Output.from_input(value))
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _pack(name: str) -> package.Package:
    """Make the zip, beside `Pulumi.yaml`, where the engine reads it after the program has ended."""
    folder = Path(pulumi.get_root_directory() or Path.cwd()) / ".failwell"
    try:
        return package.build(folder / f"{name}.zip")
    except package.PackageError as problem:  # Pulumi prints its own errors without a traceback
        raise pulumi.RunError(str(problem)) from problem


def _place(invoke: pulumi.InvokeOutputOptions) -> Output[Place]:
    """Ask the component's own provider where it is; nothing about partition, region or account is assumed."""
    inputs = Output.all(
        partition=aws.get_partition_output(opts=invoke).partition,
        region=aws.get_region_output(opts=invoke).region,
        account=aws.get_caller_identity_output(opts=invoke).account_id,
    )
    return inputs.apply(lambda known: Place(**known))
