"""`aws:cloudwatch/metricAlarm:MetricAlarm`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import (
    Problem,
    Properties,
    Property,
    block,
    blocks,
    flag,
    mapping,
    number,
    text,
    texts,
    whole,
)
from sandbox.provider.wire import Values

_METRIC: Mapping[str, Property] = {
    "metricName": text(required=True),
    "namespace": text(),
    "dimensions": mapping(),
    "period": whole(required=True),
    "stat": text(required=True),
    "unit": text(),
}
_QUERY: Mapping[str, Property] = {
    "id": text(required=True),
    "accountId": text(),
    "expression": text(),
    "label": text(),
    "period": whole(),
    "returnData": flag(default=False),
    "metric": block(_METRIC),
}
_MEMBERS = {
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "actionsEnabled": "ActionsEnabled",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "evaluationPeriods": "EvaluationPeriods",
    "extendedStatistic": "ExtendedStatistic",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "thresholdMetricId": "ThresholdMetricId",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}


class MetricAlarm(Resource):
    """An alarm on a metric or on an expression; its id is its name. Pulumi's plain `name` is AWS's AlarmName."""

    type_name = "aws:cloudwatch/metricAlarm:MetricAlarm"
    label = "CloudWatch Metric Alarm"
    service_id = "CloudWatch"
    name_limit = 255
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "actionsEnabled": flag(default=True),
        "alarmActions": texts(),
        "alarmDescription": text(),
        "comparisonOperator": text(required=True),
        "datapointsToAlarm": whole(),
        "dimensions": mapping(),
        "evaluateLowSampleCountPercentiles": text(computed=True),
        "evaluationPeriods": whole(),
        "extendedStatistic": text(),
        "insufficientDataActions": texts(),
        "metricName": text(),
        "metricQueries": blocks(_QUERY),
        "namespace": text(),
        "okActions": texts(),
        "period": whole(),
        "statistic": text(),
        "threshold": number(),
        "thresholdMetricId": text(),
        "treatMissingData": text(default="missing"),
        "unit": text(),
    }
    outputs = ("arn",)

    def verify(self, inputs: Values) -> list[Problem]:
        """An alarm watches one metric or a set of queries."""
        if inputs.get("metricName") is None and not inputs.get("metricQueries"):
            return [Problem("metricName", "one of `metricName,metricQueries` must be specified")]
        return []

    def create(self, call: Call) -> str:
        """Put the alarm."""
        self._put(call)
        return str(call.inputs["name"])

    def read(self, call: Call) -> Values | None:
        """Return the alarm."""
        cloudwatch = call.client("cloudwatch")
        found = cloudwatch.describe_alarms(AlarmNames=[call.id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not found:
            return None
        alarm = found[0]
        tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        state: Values = {key: alarm.get(member) for key, member in _MEMBERS.items()}
        return {
            **state,
            "arn": alarm["AlarmArn"],
            "name": call.id,
            "threshold": _plain_number(alarm.get("Threshold")) if not alarm.get("ThresholdMetricId") else None,
            "treatMissingData": alarm.get("TreatMissingData") or "missing",
            "dimensions": _dimensions_state(alarm.get("Dimensions")),
            "metricQueries": [_query_state(query) for query in alarm.get("Metrics") or []],
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, call: Call) -> None:
        """Put the alarm over the old one."""
        self._put(call)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        cloudwatch, arn = call.client("cloudwatch"), call.state["arn"]
        if remove:
            cloudwatch.untag_resource(ResourceARN=arn, TagKeys=remove)
        if put:
            tags = [{"Key": key, "Value": value} for key, value in put.items()]
            cloudwatch.tag_resource(ResourceARN=arn, Tags=tags)

    def delete(self, call: Call) -> None:
        """Delete the alarm."""
        call.client("cloudwatch").delete_alarms(AlarmNames=[call.id])

    def _put(self, call: Call) -> None:
        inputs = call.inputs
        request = {member: inputs[key] for key, member in _MEMBERS.items() if inputs.get(key) not in (None, [], "")}
        if dimensions := inputs.get("dimensions"):
            request["Dimensions"] = _dimensions(dimensions)
        if queries := inputs.get("metricQueries"):
            request["Metrics"] = [_query(query) for query in queries]
        if call.tags and not call.id:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in call.tags.items()]
        call.client("cloudwatch").put_metric_alarm(AlarmName=inputs["name"], **request)


def _dimensions(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def _dimensions_state(dimensions: Any) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in dimensions or []}


def _query(query: Values) -> dict[str, Any]:
    request: dict[str, Any] = {"Id": query["id"], "ReturnData": query["returnData"]}
    for key, member in (
        ("accountId", "AccountId"),
        ("expression", "Expression"),
        ("label", "Label"),
        ("period", "Period"),
    ):
        if query.get(key):
            request[member] = query[key]
    if metric := query.get("metric"):
        named = {"MetricName": metric["metricName"], "Namespace": metric.get("namespace")}
        named["Dimensions"] = _dimensions(metric.get("dimensions") or {})
        request["MetricStat"] = {
            "Metric": {key: value for key, value in named.items() if value is not None},
            "Period": metric["period"],
            "Stat": metric["stat"],
            **({"Unit": metric["unit"]} if metric.get("unit") else {}),
        }
    return request


def _query_state(query: Mapping[str, Any]) -> Values:
    state: Values = {
        "id": query["Id"],
        "accountId": query.get("AccountId"),
        "expression": query.get("Expression") or None,
        "label": query.get("Label") or None,
        "period": query.get("Period"),
        "returnData": bool(query.get("ReturnData")),
    }
    if stat := query.get("MetricStat"):
        metric = {
            "metricName": stat["Metric"].get("MetricName"),
            "namespace": stat["Metric"].get("Namespace"),
            "dimensions": _dimensions_state(stat["Metric"].get("Dimensions")),
            "period": stat.get("Period"),
            "stat": stat.get("Stat"),
            "unit": stat.get("Unit"),
        }
        state["metric"] = {key: value for key, value in metric.items() if value not in (None, {}, "")}
    return {key: value for key, value in state.items() if value is not None}


def _plain_number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
