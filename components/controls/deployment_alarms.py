"""Controls over the alarms that roll back a deployment. No public catalogue has these."""

from collections.abc import Iterator

from .deployment import on
from .model import Control, Fault, Level, Resource, Stack, Unseen
from .types import ALARM, SERVICE

_DIPS = {"HealthyHostCount", "RunningTaskCount"}
"""Metrics that fall in every deployment, because tasks are replaced."""


def _watched_by_alarms(service: Resource, _stack: Stack) -> bool:
    return bool(service["loadBalancers"].items or service["alarms"]["alarmNames"].items)


def deployment_alarm(alarm: Resource, stack: Stack) -> bool:
    """Tell whether an alarm may roll back a deployment of one of the services."""
    return any(alarm["name"].text in service["alarms"]["alarmNames"].texts for service in stack.need(SERVICE))


def _alarms(service: Resource, _stack: Stack) -> Iterator[Fault]:
    alarms = service["alarms"]
    yield from on(alarms)
    if not alarms["alarmNames"].items:
        yield Fault("alarms.alarmNames", "names no alarm")


def _alarms_exist(service: Resource, stack: Stack) -> Iterator[Fault | Unseen]:
    made = {alarm["name"].text for alarm in stack.of(ALARM)}
    for name in service["alarms"]["alarmNames"].items:
        if name.text in made:
            continue
        yield Fault(name.path, f"there is no alarm `{name.text}`") if ALARM in stack.whole else Unseen(name.path)


def _quality(alarm: Resource, _stack: Stack) -> Iterator[Fault]:
    missing = alarm["treatMissingData"].text
    if missing not in {"notBreaching", "ignore"}:
        yield Fault("treatMissingData", f"is {missing or 'not set'}: silence could decide about a deployment")
    needed = alarm["datapointsToAlarm"].number or alarm["evaluationPeriods"].number or 1
    if alarm["metricName"].text in _DIPS and needed <= 1:
        yield Fault("metricName", f"is {alarm['metricName'].text}, which dips in every deployment, on one datapoint")


def _period(alarm: Resource) -> float | None:
    periods = [query["metric"]["period"].number or 0 for query in alarm["metricQueries"].items]
    return alarm["period"].number or max(periods, default=0) or None


def _window(alarm: Resource, stack: Stack) -> Iterator[Fault]:
    periods = alarm["evaluationPeriods"].number or 1
    if (alarm["datapointsToAlarm"].number or 0) > periods:
        yield Fault("datapointsToAlarm", f"is more than the {periods:g} periods that are looked at")
    for service in stack.of(SERVICE):
        # Where no bake time is given, ECS takes it from the alarms themselves, so that it fits.
        bake = service["deploymentConfiguration"]["bakeTimeInMinutes"].number
        seconds = (_period(alarm) or 60) * periods
        if bake is not None and alarm["name"].text in service["alarms"]["alarmNames"].texts and seconds > bake * 60:
            yield Fault("evaluationPeriods", f"look at {seconds:g} s, longer than the bake time of {bake:g} min")


CONTROLS = (
    Control(
        id="DEP-02",
        level=Level.MUST,
        requires="a service that answers requests has deployment alarms that roll back",
        reason="a revision may start, pass its health check and still answer badly",
        instead="alarms: {alarmNames: [NAME], enable: true, rollback: true}",
        types=(SERVICE,),
        judge=_alarms,
        applies=_watched_by_alarms,
    ),
    Control(
        id="DEP-03",
        level=Level.MUST,
        requires="every deployment alarm exists",
        reason="an alarm that does not exist cannot go off, and ECS does not say so",
        instead="make the alarm, or take its name out of alarms.alarmNames",
        types=(SERVICE,),
        judge=_alarms_exist,
    ),
    Control(
        id="DEP-05",
        level=Level.MUST,
        requires="deployment alarms measure how requests are answered, and say what silence means",
        reason="an alarm on what dips in every deployment rolls back good revisions",
        instead="treatMissingData: notBreaching, and a metric of errors or latency",
        types=(ALARM,),
        judge=_quality,
        applies=deployment_alarm,
    ),
    Control(
        id="DEP-06",
        level=Level.DEFAULT,
        requires="the window of a deployment alarm fits the bake time",
        reason="an alarm that needs longer than the bake time goes off when nothing is rolled back any more",
        instead="fewer evaluationPeriods, or a longer bakeTimeInMinutes",
        types=(ALARM,),
        judge=_window,
        applies=deployment_alarm,
    ),
)
