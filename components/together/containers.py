"""Rules about the containers of a task."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from .. import fargate, images
from ..complaints import Complaint
from ..container import APP, volume_name
from ..dependent import Values, at_most, check, without_effect
from ..reading import Report, later


def containers_of(values: Values) -> Iterator[tuple[str, str, Values]]:
    """Give each container's path in front of its arguments, name and values."""
    yield "", APP, values
    for index, sidecar in enumerate(values["sidecars"] or []):
        if sidecar is not None:
            yield f"sidecars[{index}].", sidecar["name"], sidecar


def check_size(values: Values, report: Report) -> None:
    """Refuse sizes that Fargate does not have, and sidecars that do not fit into the task."""
    check(values, "memory", "memory", report, fargate.check_size, cpu=values["cpu"], memory=values["memory"])
    for path, _name, sidecar in list(containers_of(values))[1:]:
        for key in ("cpu", "memory"):
            fits = at_most("is {value}, and the task has {limit}", "write at most {limit}", "TSK-13")
            check(sidecar, key, f"{path}{key}", report, fits, value=sidecar[key], limit=values[key])


def check_variables(values: Values, report: Report) -> None:
    """Refuse variables that are both plain and secret."""

    def distinct(environment: Mapping[str, object], secrets: Mapping[str, object]) -> Complaint | None:
        both = sorted(environment.keys() & secrets.keys())
        if not both:
            return None
        return Complaint(f"has {', '.join(both)}, which environment has too", "keep each variable in one of them")

    for path, _name, group in containers_of(values):
        environment, secrets = group["environment"], group["secrets"]
        if later(environment) or later(secrets):
            check(group, "secrets", f"{path}secrets", report, distinct, environment=environment, secrets=secrets)
        elif environment is not None and secrets is not None:
            report.add(f"{path}secrets", distinct(environment, secrets))
    if values["secrets_kms_key_arn"] and not any(group["secrets"] for _path, _name, group in containers_of(values)):
        report.add("secrets_kms_key_arn", without_effect("secrets"))


def check_health_checks(values: Values, report: Report) -> None:
    """Refuse a run of a health check that may last longer than the time to the next one."""
    shorter = at_most("is {value}, over the interval of {limit}", "write less than the interval of {limit}")
    for path, _name, group in containers_of(values):
        if found := group["health_check"]:
            inputs = {"value": found["timeout"], "limit": found["interval"]}
            check(found, "timeout", f"{path}health_check.timeout", report, shorter, **inputs)


def check_ulimits(values: Values, report: Report) -> None:
    """Refuse a limit to begin with that is over the one to raise it to."""
    below = at_most("is {value}, over the hard limit of {limit}", "write at most {limit}")
    for path, _name, group in containers_of(values):
        for index, limit in enumerate(group["ulimits"] or []):
            if limit is not None:
                inputs = {"value": limit["soft_limit"], "limit": limit["hard_limit"]}
                check(limit, "soft_limit", f"{path}ulimits[{index}].soft_limit", report, below, **inputs)


def check_names(values: Values, report: Report) -> None:
    """Refuse two containers of one name, and two that listen on one port: they share the task's address."""
    names: set[str] = set()
    ports: dict[int, str] = {}
    for path, name, group in containers_of(values):
        if name is not None and name in names:
            report.add(f"{path}name", Complaint(f"is `{name}`, which another container has", "take another name"))
        names.add(name)
        port = group["container_port"]
        if isinstance(port, int):
            if port in ports:
                what = f"is {port}, which container `{ports[port]}` has: both have the task's address"
                report.add(f"{path}container_port", Complaint(what, "take another port"))
            ports.setdefault(port, name)


def check_dependencies(values: Values, report: Report) -> None:
    """Refuse dependencies on what is not there, cannot be reached, or depends on itself."""
    known = {name: group for _path, name, group in containers_of(values)}
    edges: dict[str, set[str]] = {name: set() for name in known}
    for path, name, group in containers_of(values):
        for index, dependency in enumerate(group["depends_on"] or []):
            if dependency is None or dependency["container_name"] is None:
                continue
            other = dependency["container_name"]
            where = f"{path}depends_on[{index}]"
            if other not in known:
                instead = (
                    f"write one of {', '.join(sorted(known.keys() - {name}))}" if len(known) > 1 else "add a sidecar"
                )
                report.add(f"{where}.container_name", Complaint(f"is `{other}`, which is no container", instead))
                continue
            edges[name].add(other)
            report.add(f"{where}.condition", _condition(other, known[other], dependency["condition"]))
    for name, others in edges.items():
        if _reaches(edges, name, name):
            what = f"depends on itself through {', '.join(sorted(others))}: neither would ever start"
            where = next(path for path, other, _group in containers_of(values) if other == name)
            report.add(f"{where}depends_on", Complaint(what, "remove one of the dependencies"))
            break


def _condition(name: str, group: Values, condition: str | None) -> Complaint | None:
    if condition == "HEALTHY" and not group["health_check"]:
        return Complaint(f"is HEALTHY, and `{name}` has no health check", "give it a health_check, or write START")
    if condition in {"COMPLETE", "SUCCESS"} and group.get("essential", True) is True:
        what = f"is {condition}, and `{name}` is essential: the task ends when it does"
        return Complaint(what, f"set essential of `{name}` to false, or write START")
    return None


def _reaches(edges: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for other in edges.get(todo.pop(), ()):
            if other == goal:
                return True
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return False


def check_volumes(values: Values, report: Report) -> None:
    """Refuse two directories on one volume, and two volumes in one directory."""
    names: Counter[str] = Counter()
    mounted: dict[str, set[str]] = {}
    for path, name, group in containers_of(values):
        paths = [entry for entry in group["writable_paths"] or [] if entry is not None]
        own = Counter(volume_name(name, entry) for entry in paths)
        for volume, count in own.items():
            if count > 1:
                what = f"has {count} paths for one volume, `{volume}`"
                instead = "give each directory once, or a directory above them"
                report.add(f"{path}writable_paths", Complaint(what, instead, "TSK-12"))
        names.update(own.keys())
        mounted[name] = set(paths)
    for index, volume in enumerate(values["efs_volumes"] or []):
        if volume is None:
            continue
        where = f"efs_volumes[{index}]"
        names[volume["name"]] += 1
        if names[volume["name"]] > 1:
            report.add(f"{where}.name", Complaint(f"is `{volume['name']}`, which another volume has", "take another"))
        container = volume["container_name"]
        if container not in mounted:
            what, instead = f"is `{container}`, which is no container", f"write one of {', '.join(sorted(mounted))}"
            report.add(f"{where}.container_name", Complaint(what, instead))
        elif volume["container_path"] in mounted[container]:
            what = f"is `{volume['container_path']}`, where another volume is mounted"
            report.add(f"{where}.container_path", Complaint(what, "take another directory", "TSK-12"))
        else:
            mounted[container].add(volume["container_path"])


def check_repository(values: Values, report: Report) -> None:
    """Refuse a repository that is not the one that the image names."""

    def same(image: str, arn: str) -> Complaint | None:
        parsed = images.parse(image)
        named = parsed.ecr_repository if parsed else None
        given = images.repository(arn)
        if named is None or given is None or named == given:
            return None
        return Complaint(
            f"is `{arn}`, but image is in `{named.name}` of {named.account} in {named.region}",
            "leave image_repository_arn out, or name the image's own repository",
            "DEP-15",
        )

    inputs = {"image": values["image"], "arn": values["image_repository_arn"]}
    check(values, "image", "image_repository_arn", report, same, **inputs)


def check_tags(values: Values, report: Report) -> None:
    """Refuse tags of which nobody here can say whether they stay."""
    for path, name, group in containers_of(values):
        where = f"{path}image"
        known = name == APP and values["image_repository_arn"] is not None
        provable = partial(images.check_provable, in_known_repository=known)
        if not any(problem.path == where for problem in report.problems):
            check(group, "image", where, report, provable, reference=group["image"])


RULES = (
    check_tags,
    check_size,
    check_variables,
    check_health_checks,
    check_ulimits,
    check_names,
    check_dependencies,
    check_volumes,
    check_repository,
)
