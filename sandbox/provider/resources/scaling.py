"""Application Auto Scaling: `aws:appautoscaling/target:Target`, `Policy` and `ScheduledAction`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sandbox.provider.plain import Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, number, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_TARGET: Mapping[str, Property] = {
    "resourceId": text(required=True, force_new=True),
    "scalableDimension": text(required=True, force_new=True),
    "serviceNamespace": text(required=True, force_new=True),
}
_PREDEFINED: Mapping[str, Property] = {"predefinedMetricType": text(required=True), "resourceLabel": text()}
_CUSTOMIZED: Mapping[str, Property] = {
    "dimensions": blocks({"name": text(required=True), "value": text(required=True)}),
    "metricName": text(),
    "namespace": text(),
    "statistic": text(),
    "unit": text(),
}
_TRACKING: Mapping[str, Property] = {
    "customizedMetricSpecification": block(_CUSTOMIZED),
    "disableScaleIn": flag(default=False),
    "predefinedMetricSpecification": block(_PREDEFINED),
    "scaleInCooldown": whole(),
    "scaleOutCooldown": whole(),
    "targetValue": number(required=True),
}
_STEPS: Mapping[str, Property] = {
    "adjustmentType": text(),
    "cooldown": whole(),
    "metricAggregationType": text(),
    "minAdjustmentMagnitude": whole(),
    "stepAdjustments": blocks(
        {
            "metricIntervalLowerBound": number(),
            "metricIntervalUpperBound": number(),
            "scalingAdjustment": whole(required=True),
        }
    ),
}


class _Scaling(Plain):
    service = "application-autoscaling"
    service_id = "Application Auto Scaling"
    gone = frozenset({"ObjectNotFoundException"})

    def _place(self, call: Call) -> dict[str, str]:
        """Return the target: the program's, the state's, or that of an import's `NAMESPACE/RESOURCE/DIMENSION`."""
        known = call.inputs or call.state
        if not known.get("resourceId"):
            namespace, _, rest = call.id.partition("/")
            resource, _, dimension = rest.rpartition("/")
            known = {"serviceNamespace": namespace, "resourceId": resource, "scalableDimension": dimension}
        return {key[0].upper() + key[1:]: known[key] for key in _TARGET}


class Target(_Scaling):
    """What may be scaled, and how far; its id is the resource's, `service/CLUSTER/SERVICE`."""

    type_name = "aws:appautoscaling/target:Target"
    label = "Application AutoScaling Target"
    properties: ClassVar[Properties] = {
        **_TARGET,
        "maxCapacity": whole(required=True),
        "minCapacity": whole(required=True),
        "roleArn": text(computed=True, member="RoleARN"),
        "suspendedState": block(
            {
                "dynamicScalingInSuspended": flag(default=False),
                "dynamicScalingOutSuspended": flag(default=False),
                "scheduledScalingSuspended": flag(default=False),
            },
            computed=True,
        ),
    }
    outputs = ("arn",)
    creates = "register_scalable_target"
    tagging = Tagging(
        "tag_resource",
        "untag_resource",
        "ResourceARN",
        pair=(),
        state="arn",
        listed="list_tags_for_resource",
    )

    def title(self, call: Call) -> str:
        """Errors name the resource."""
        return str(call.inputs["resourceId"])

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is the resource's."""
        del answer
        return str(call.inputs["resourceId"])

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the target of this resource and dimension."""
        place = self._place(call)
        found = self.client(call).describe_scalable_targets(
            ServiceNamespace=place["ServiceNamespace"],
            ResourceIds=[place["ResourceId"]],
            ScalableDimension=place["ScalableDimension"],
        )["ScalableTargets"]
        return found[0] if found else None

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its ARN is the scalable target's."""
        del call
        return {"arn": found["ScalableTargetARN"]}

    def update(self, call: Call) -> None:
        """Register it again."""
        self.client(call).register_scalable_target(**self.request(call))

    def delete(self, call: Call) -> None:
        """Deregister it, with its policies and actions."""
        if self.find(call) is not None:
            self.client(call).deregister_scalable_target(**self._place(call))


class Policy(_Scaling):
    """A scaling policy; its id is its name."""

    type_name = "aws:appautoscaling/policy:Policy"
    label = "Application Auto Scaling Scaling Policy"
    taggable = False
    name_limit = 255
    properties: ClassVar[Properties] = {
        **_TARGET,
        "name": text(computed=True, force_new=True, member="PolicyName"),
        "policyType": text(default="StepScaling"),
        "stepScalingPolicyConfiguration": block(_STEPS),
        "targetTrackingScalingPolicyConfiguration": block(_TRACKING),
    }
    outputs = ("alarmArns", "arn")
    creates = "put_scaling_policy"

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is the name."""
        del answer
        return str(call.inputs["name"])

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the policy of this name and target."""
        pages = self.client(call).get_paginator("describe_scaling_policies").paginate(**self._place(call))
        name = (call.inputs or call.state).get("name") or call.id
        return next((one for page in pages for one in page["ScalingPolicies"] if one["PolicyName"] == name), None)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its alarms are Application Auto Scaling's own."""
        del call
        return {"arn": found["PolicyARN"], "alarmArns": [alarm["AlarmARN"] for alarm in found.get("Alarms") or []]}

    def update(self, call: Call) -> None:
        """Put it again."""
        self.client(call).put_scaling_policy(**self.request(call))

    def delete(self, call: Call) -> None:
        """Delete it with its alarms."""
        if self.find(call) is not None:
            self.client(call).delete_scaling_policy(PolicyName=call.state["name"], **self._place(call))


class ScheduledAction(_Scaling):
    """A change of limits by the clock; its id is `NAME-NAMESPACE-RESOURCE`."""

    type_name = "aws:appautoscaling/scheduledAction:ScheduledAction"
    label = "Application Auto Scaling Scheduled Action"
    taggable = False
    name_limit = 255
    properties: ClassVar[Properties] = {
        **_TARGET,
        "endTime": text(),
        "name": text(computed=True, force_new=True, member="ScheduledActionName"),
        "scalableTargetAction": block({"maxCapacity": whole(), "minCapacity": whole()}, required=True),
        "schedule": text(required=True),
        "startTime": text(),
        "timezone": text(default="UTC"),
    }
    outputs = ("arn",)
    creates = "put_scheduled_action"

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is made of name and target."""
        del answer
        inputs = call.inputs
        return f"{inputs['name']}-{inputs['serviceNamespace']}-{inputs['resourceId']}"

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the action of this name and target."""
        name = (call.inputs or call.state).get("name")
        found = self.client(call).describe_scheduled_actions(ScheduledActionNames=[name], **self._place(call))
        return next(iter(found["ScheduledActions"]), None)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Times are told in the program's writing where they are the same."""
        del call
        times = {"startTime": found.get("StartTime"), "endTime": found.get("EndTime")}
        return {
            "arn": found["ScheduledActionARN"],
            **{key: value and _time(value) for key, value in times.items()},
        }

    def update(self, call: Call) -> None:
        """Put it again."""
        self.client(call).put_scheduled_action(**self.request(call))

    def delete(self, call: Call) -> None:
        """Delete it."""
        if self.find(call) is not None:
            self.client(call).delete_scheduled_action(ScheduledActionName=call.state["name"], **self._place(call))


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
