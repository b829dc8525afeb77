"""Rules about deployments, the alarms that stop them, and how many tasks there are."""

from collections import Counter
from collections.abc import Mapping

from .. import checks
from ..complaints import Complaint
from ..dependent import Values, at_most, check, without_effect
from ..reading import Report, later

_NO_PAUSE = {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}
_LONGEST_FUNCTION = 1440


def check_percents(values: Values, report: Report) -> None:
    """Refuse percentages between which no deployment can move."""
    deployment = values["deployment"]
    if deployment is None:
        return
    inputs = {
        "desired_count": values["desired_count"],
        "minimum": deployment["minimum_healthy_percent"],
        "maximum": deployment["maximum_percent"],
    }
    check(deployment, "maximum_percent", "deployment.maximum_percent", report, checks.check_percents, **inputs)


def check_strategy(values: Values, report: Report) -> None:
    """Refuse to move requests where there are none."""
    deployment = values["deployment"]
    if deployment and deployment["strategy"] not in {"ROLLING", None} and values["load_balancer"] is None:
        what = f"is {deployment['strategy']}, which moves requests between two target groups, and there is none"
        report.add("deployment.strategy", Complaint(what, "give load_balancer, or write ROLLING", "DEP-26"))


def check_steps(args: Mapping[str, object], values: Values, report: Report) -> None:
    """Refuse steps of a strategy that is not used."""
    given, deployment = args.get("deployment"), values["deployment"]
    if not isinstance(given, Mapping) or deployment is None:
        return
    for key in ("canary", "linear"):
        if given.get(key) and deployment["strategy"] not in {key.upper(), None}:
            report.add(f"deployment.{key}", without_effect(f"deployment.strategy {key.upper()}"))


def check_hooks(values: Values, report: Report) -> None:
    """Refuse hooks that ECS would refuse."""
    for index, hook in enumerate((values["deployment"] or {}).get("lifecycle_hooks") or []):
        if hook is None:
            continue
        where = f"deployment.lifecycle_hooks[{index}]"
        if hook["target_type"] == "AWS_LAMBDA":
            if hook["hook_target_arn"] is None:
                report.add(f"{where}.hook_target_arn", Complaint("is missing", "give the ARN of the Lambda function"))
            fits = at_most("is {value}: a stage with a function lasts {limit} at most", "write at most {limit}")
            inputs = {"value": hook["timeout_in_minutes"], "limit": _LONGEST_FUNCTION}
            check(hook, "timeout_in_minutes", f"{where}.timeout_in_minutes", report, fits, **inputs)
        elif hook["target_type"] == "PAUSE":
            for key in ("hook_target_arn", "hook_details"):
                if hook[key] is not None:
                    report.add(f"{where}.{key}", without_effect("target_type AWS_LAMBDA"))
            inputs = {"stages": hook["lifecycle_stages"]}
            check(hook, "lifecycle_stages", f"{where}.lifecycle_stages", report, _pauses, **inputs)


def _pauses(stages: list[str]) -> Complaint | None:
    # CreateService refuses them, for the stages at which requests move.
    moving = sorted(_NO_PAUSE.intersection(stages))
    if not moving:
        return None
    return Complaint(f"has {', '.join(moving)}, where ECS does not pause", "take the stage before or after it")


def check_datapoints(values: Values, report: Report) -> None:
    """Refuse an alarm that wants more datapoints than it looks at."""
    alarms = values["deployment_alarms"]
    if alarms is None:
        return
    fits = at_most("is {value}, more than the {limit} that are looked at", "write at most {limit}", "DEP-06")
    inputs = {"value": alarms["datapoints_to_alarm"], "limit": alarms["evaluation_periods"]}
    check(alarms, "datapoints_to_alarm", "deployment_alarms.datapoints_to_alarm", report, fits, **inputs)


def check_scaling(values: Values, report: Report) -> None:
    """Refuse ranges that are none, that reach zero unasked, or do not hold the first number of tasks."""
    scaling = values["autoscaling"]
    if scaling is None:
        if values["allow_scale_to_zero"]:
            report.add("allow_scale_to_zero", without_effect("autoscaling"))
        return
    _check_range(scaling, "autoscaling", values, report)
    within = at_most("is {value}, over autoscaling.max_capacity {limit}", "write at most {limit}")
    above = at_most("is {limit}, under autoscaling.min_capacity {value}", "write at least {value}")
    if not any(problem.path.startswith("autoscaling.") for problem in report.problems):
        desired, low, high = values["desired_count"], scaling["min_capacity"], scaling["max_capacity"]
        check(values, "desired_count", "desired_count", report, within, value=desired, limit=high)
        check(values, "desired_count", "desired_count", report, above, value=low, limit=desired)
    names: Counter[str] = Counter()
    for index, action in enumerate(scaling["scheduled_actions"] or []):
        if action is None:
            continue
        where = f"autoscaling.scheduled_actions[{index}]"
        _check_range(action, where, values, report)
        if action["min_capacity"] is None and action["max_capacity"] is None:
            already = any(problem.path.startswith(where) for problem in report.problems)
            what = Complaint("changes nothing", "give min_capacity, max_capacity or both")
            report.add(where, None if already else what)
        names[action["name"]] += 1
        if names[action["name"]] > 1:
            report.add(f"{where}.name", Complaint(f"is `{action['name']}`, which another action has", "take another"))


def _check_range(group: Values, path: str, values: Values, report: Report) -> None:
    low, high = group["min_capacity"], group["max_capacity"]
    order = at_most("is {value}, over max_capacity {limit}", "write at most {limit}, or raise max_capacity")
    check(group, "min_capacity", f"{path}.min_capacity", report, order, value=low, limit=high)
    if values["allow_scale_to_zero"]:
        return

    def some(count: int) -> Complaint | None:
        if count >= 1:
            return None
        what = "is 0: with no task at all every deployment succeeds, and nothing is proven"
        return Complaint(what, "write 1 or more, or set allow_scale_to_zero", "DEP-20")

    for key in ("min_capacity", "max_capacity"):
        check(group, key, f"{path}.{key}", report, some, count=group[key])


def check_requests_per_target(values: Values, report: Report) -> None:
    """Refuse to scale by requests where there are none, or where their target group changes with each deployment."""
    if not values["autoscaling"] or values["autoscaling"]["requests_per_target"] is None:
        return
    if values["load_balancer"] is None:
        report.add("autoscaling.requests_per_target", without_effect("load_balancer"))
    elif values["deployment"] and values["deployment"]["strategy"] != "ROLLING":
        what = f"counts the requests of one target group, and {values['deployment']['strategy']} moves them to another"
        report.add("autoscaling.requests_per_target", Complaint(what, "scale by cpu_target", "DEP-26"))


def check_capacity(values: Values, report: Report) -> None:
    """Refuse a strategy that ECS refuses: two bases, no weight, a provider twice."""
    strategies = [strategy for strategy in values["capacity_provider_strategies"] or [] if strategy is not None]
    if not strategies or any(later(strategy[key]) for strategy in strategies for key in ("base", "weight")):
        return
    path = "capacity_provider_strategies"
    if len({strategy["capacity_provider"] for strategy in strategies}) < len(strategies):
        report.add(path, Complaint("names a capacity provider twice", "write one entry for each"))
    elif sum(bool(strategy["base"]) for strategy in strategies) > 1:
        report.add(path, Complaint("has two bases, and ECS takes one", "write base 0 for the other"))
    elif not any(strategy["weight"] for strategy in strategies):
        report.add(
            path, Complaint("has no weight over 0, so that no task could start", "write weight 1 for one of them")
        )


RULES = (
    check_percents,
    check_strategy,
    check_hooks,
    check_datapoints,
    check_scaling,
    check_requests_per_target,
    check_capacity,
)
