"""
An alarm of the deployment went off.

## What it looks for
`triggeredAlarmNames` of the service deployment, a reason or event that says that an alarm was detected, or a deployment
alarm in the state ALARM whose change came after the deployment began.

## Why waiting cannot help
ECS fails the deployment when one of its alarms goes off, during it and in the bake time, and rolls back where that is
enabled. An alarm that was in ALARM before the deployment began does not count.

## What to do
Look what the alarm measures, and at the logs of the time when it went off:

    aws cloudwatch describe-alarms --alarm-names NAME --query 'MetricAlarms[].[MetricName,Threshold,StateReason]'

## What it is not
- A task that fails: then its death or its health checks are the cause, and the alarm is what follows.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

from diagnostics.evidence import Alarm, Evidence
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws

ID = "deployment-alarm-triggered"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of(
        "alarm", r"alarms?(?:\(s\))?[^\n]{0,40}(?:detected|activated|triggered|in alarm state|went (?:in)?to alarm)"
    ),
    Wording.of("alarm", r"(?:detected|activated|triggered|because of|due to)[^\n]{0,60}\balarms?\b"),
    Wording.of("alarm", r"roll(?:ed|ing)? ?back[^\n]{0,120}\balarms?\b"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the alarm that ended the deployment."""
    whole = evidence.service_deployment
    names = whole.triggered_alarms if whole else ()
    quotes = [Quote("service deployment alarms.triggeredAlarmNames", ", ".join(names))] if names else []
    quotes += [said.passage.quote() for said in said_by_aws(evidence, _WORDINGS)][:1]
    gone_off = [alarm for alarm in evidence.alarms if _went_off(evidence, alarm)]
    if not quotes and not gone_off:
        return None
    alarms = gone_off or [alarm for alarm in evidence.alarms if alarm.name in names]
    named = tuple(dict.fromkeys((*names, *(alarm.name for alarm in alarms))))
    quotes += [Quote(f"alarm {alarm.name} stateReason", alarm.state_reason) for alarm in alarms if alarm.state_reason]
    return Finding(
        what=f"the deployment's alarm {' and '.join(map(quoted, named))} went off"
        if named
        else "an alarm of the deployment went off",
        why="ECS fails a deployment when one of its alarms goes off",
        fix="correct what the alarm measures, or the alarm:\naws cloudwatch describe-alarms "
        f"--alarm-names {' '.join(map(pasted, named)) or 'NAME'} --query 'MetricAlarms[].[MetricName,Threshold,StateReason]'",
        evidence=tuple(quotes[:3]),
        # One that is only seen in ALARM may be back to OK before ECS looks at it.
        verdict=None if names or len(quotes) > len(alarms) else Verdict.SUSPECT,
    )


def _went_off(evidence: Evidence, alarm: Alarm) -> bool:
    began = evidence.deployment_created_at
    watched = evidence.service.deployment_configuration.alarm_names if evidence.service else ()
    if alarm.state != "ALARM" or alarm.name not in watched:
        return False
    return began is not None and alarm.state_updated_at is not None and alarm.state_updated_at > began
