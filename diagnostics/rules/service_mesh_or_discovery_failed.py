"""
Service Connect, App Mesh or Cloud Map keeps the task from running.

## What it looks for
The container `ecs-service-connect` or Envoy that ends or never becomes healthy, a Service Connect namespace that does not
exist, a Cloud Map service or instance that cannot be registered, a service registry that does not fit the task
definition (`SRV` without a port).

## Why waiting cannot help
The namespace, the registry and the proxy's configuration are settings. A proxy that could not fetch its configuration
once may do so later, so one task is only suspect.

## What to do

    aws servicediscovery list-namespaces
    aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].[serviceRegistries,deployments[0].serviceConnectConfiguration]'

## What it is not
- The program's own container that fails.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

import re
from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, died_by_itself, log_passages
from diagnostics.said import Wording, exit_passage, find, said_by_aws

ID = "service-mesh-or-discovery-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of(
        "service connect",
        r"service connect[^\n]*(?:fail|error|not found|invalid|unhealthy|must|cannot|unable|missing|exit|unavailable)|(?:fail|error|unable|invalid)[^\n]*service connect",
    ),
    Wording.of("ecs-service-connect", r"ecs-service-connect[^\n]*"),
    Wording.of("namespace", r"namespace[^\n]{0,80}(?:not found|does not exist|notfound|not be found|invalid)"),
    Wording.of("namespacenotfound"),
    Wording.of(
        "servicediscovery",
        r"servicediscovery[^\n]*(?:fail|error|denied|not found|not authorized|does not|throttl|invalid)",
    ),
    Wording.of(
        "service discovery",
        r"service discovery[^\n]*(?:fail|error|unable|not found|invalid)|(?:fail\w*|unable)[^\n]{0,60}service discovery",
    ),
    Wording.of(
        "cloud map",
        r"cloud ?map[^\n]*(?:fail|error|unable|not found|invalid|denied)|(?:fail\w*|unable|error)[^\n]{0,80}cloud ?map",
    ),
    Wording.of("register instance", r"(?:fail\w*|unable)[^\n]{0,60}(?:de)?register instance"),
    Wording.of(
        "registry",
        r"service ?registr(?:y|ies)[^\n]{0,100}(?:not found|must|invalid|cannot|require|does not)|(?:SRV|containerName|containerPort)[^\n]{0,60}(?:registry|registries)",
    ),
    Wording.of("serviceregistries", r"serviceRegistries[^\n]{0,100}"),
    Wording.of("envoy", r"envoy[^\n]*(?:exit|fail|unhealthy|not ready|error|denied|could not|unable)"),
    Wording.of("appmesh", r"app ?mesh[^\n]*(?:fail|error|denied|not found|unhealthy|not authorized)"),
    Wording.of("app mesh", r"app mesh[^\n]*(?:fail|error|denied|not found|unhealthy|not authorized)"),
    Wording.of("virtual node", r"virtual ?node[^\n]*(?:not found|does not exist|denied|forbidden)"),
)
_LOGGED = (
    Wording.of(
        "envoy",
        r"(?:StreamAggregatedResources|gRPC config)[^\n]*(?:closed|fail|denied|unauthenticated|permission)|envoy[^\n]*(?:fatal|panic|critical|unable|fail)",
    ),
    Wording.of("grpc config", r"gRPC config (?:stream|for)[^\n]*(?:closed|rejected|fail)"),
    Wording.of("streamaggregatedresources"),
    Wording.of("relay", r"(?:agent|relay)[^\n]*169\.254\.\d+\.\d+[^\n]*(?:timeout|refused)"),
    Wording.of("169.254.170.2", r"dial tcp 169\.254\.170\.2:80[^\n]*(?:i/o timeout|refused)"),
    Wording.of("namespacenotfound"),
    Wording.of("unable to reach envoy"),
    Wording.of("listening on admin", r"envoy[^\n]*listening on admin[^\n]*fail"),
)
_PROXY = re.compile(r"ecs-service-connect|envoy|appmesh|app-mesh|consul|linkerd|istio|mesh", re.IGNORECASE)
_OTHER = re.compile(r"CannotPull|pull access|not found in registry|secret|log group", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the proxy or registry that keeps the tasks from running."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    passages = [each.passage for each in said] + [*_proxies(evidence)]
    if not passages:
        return None
    first = passages[0]
    namespace = re.search(
        r"namespace[^\n]{0,20}?[ '\"](?P<name>[\w.-]{2,60}|arn:\S+?)['\"]? ?(?:was |is |does )?not", first.text
    )
    mesh = (
        "the Service Connect proxy"
        if "service-connect" in first.source or "service connect" in first.lower
        else "service discovery or the mesh's proxy"
    )
    return Finding(
        what=f"the namespace {quoted(namespace['name'])} does not exist"
        if namespace
        else f"{mesh} keeps the task from running",
        why="the proxy and the registration belong to the task, and a task without them is stopped",
        fix="correct the namespace, the registry's port or the proxy's permissions; to look:\naws servicediscovery list-namespaces",
        evidence=tuple(passage.quote() for passage in passages[:2]),
        tasks=tuple(dict.fromkeys(passage.task.arn for passage in passages if passage.task)),
    )


def _proxies(evidence: Evidence) -> Iterator[Passage]:
    """Yield what proxies say that died or are unhealthy."""
    for task in (*evidence.failed_tasks, *evidence.running):
        for container in task.containers:
            sick = container.health_status.upper() == "UNHEALTHY"
            dead = container.exit_code not in (None, 0) and died_by_itself(task, container.name)
            if _PROXY.search(container.name) and dead:
                yield exit_passage(task, container)
            for log in evidence.logs_of(task) if sick or dead else ():
                if log.container in ("", container.name):
                    yield from (line for line in reversed(log_passages(task, log)) if find(line, _LOGGED))
