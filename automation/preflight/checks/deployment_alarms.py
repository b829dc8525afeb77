"""The alarms that watch the deployment are there, and none of them is in ALARM already.

ECS rolls a deployment back when one of its alarms goes off. Where one is in ALARM when a deployment begins, ECS
leaves the alarms out for that deployment, without a word.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

from collections.abc import Iterator

from automation.preflight.counts import deploys
from automation.preflight.model import Finding, not_done, refused, warned
from automation.preflight.plan import Hidden, Plan
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import items, text, texts
from diagnostics.model import Quote
from diagnostics.names import pasted, quoted

ID = "deployment-alarms"
TITLE = "the deployment's alarms exist, and none is in ALARM"
READS = "`DescribeAlarms`; the planned alarms"
FIX = "wait until the alarm is OK again, or mend what it tells of"

_MADE = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
_AT_ONCE = 100
"""Alarms that one DescribeAlarms takes (CloudWatch API reference)."""


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Ask CloudWatch for the state of each alarm of the deployment."""
    alarms = subject.inputs.get("alarms")
    if isinstance(alarms, Hidden):
        yield not_done(f"the deployment's alarms are {alarms.value}")
        return
    if not isinstance(alarms, dict) or alarms.get("enable") is False or not deploys(subject):
        return
    given = alarms.get("alarmNames")
    if isinstance(given, Hidden) or any(isinstance(each, Hidden) for each in items(given)):
        yield not_done("the name of an alarm is known only once the update has run")
    names = [each for each in texts(given) if each not in _made(subject.plan)][:_AT_ONCE]
    if not names:
        return
    answer = reads.ask("cloudwatch", "describe_alarms", AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = {each["AlarmName"]: each for key in ("MetricAlarms", "CompositeAlarms") for each in answer.get(key, [])}
    for name in names:
        alarm = found.get(name)
        if alarm is None:
            yield warned(
                f"the deployment's alarm {quoted(name)} does not exist",
                f"make it, or take it out of the service's alarms:\naws cloudwatch describe-alarms --alarm-names"
                f" {pasted(name)}",
                why="nothing watches the deployment by that name",
            )
        elif alarm.get("StateValue") == "ALARM":
            yield refused(
                f"the deployment's alarm {quoted(name)} is in ALARM already",
                "mend what it tells of and wait until it is OK, or take it out of the service's alarms:\n"
                f"aws cloudwatch describe-alarm-history --alarm-name {pasted(name)}",
                why="ECS leaves the alarms out of a deployment that begins while one is in ALARM",
                evidence=[Quote(f"alarm {name} StateReason", text(alarm.get("StateReason")))],
            )


def _made(plan: Plan) -> set[str]:
    """Return the names of the alarms that the update makes."""
    made = (each for type_ in _MADE for each in plan.of_type(type_) if each.operation == "create")
    return {text(each.inputs.get("name")) for each in made}
