"""Service Connect, App Mesh or Cloud Map keeps the task from running.

## What it looks for
The container `ecs-service-connect` or Envoy that ends or never becomes healthy, a Service Connect namespace or name
that does not exist or is taken, a Cloud Map service or instance that cannot be registered, a service registry that
does not fit the task definition (`SRV` without a port, a port where none is wanted).

## Why waiting cannot help
The namespace, the registry and the proxy's configuration are settings. A proxy that could not fetch its configuration
once may do so later, so one task is only suspect; what ECS refuses when it is called is certain.

## What to do

    aws servicediscovery list-namespaces
    aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].serviceRegistries'

A registry with SRV records wants `containerName` and `containerPort` (or `port`), one with A records under `awsvpc`
none.

## What it is not
- The program's own container that fails.
- A network namespace of the kernel: `eni-provisioning-failed`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html
"""

import re
from collections.abc import Iterator
from itertools import islice

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, died_by_itself, log_passages
from diagnostics.said import Wording, exit_passage, find, said_by_aws

ID = "service-mesh-or-discovery-failed"
VERDICT = Verdict.SUSPECT

_BAD = (
    r"(?:fail|error|not ?found|not be found|does not exist|invalid|unhealthy|must|cannot|unable|missing|exit"
    r"|unavailable|not authorized|denied|already (?:in use|used|exists)|is (?:already )?used|not support|require)"
)
_WORDINGS = (
    # With an underscore where Terraform names its argument
    *Wording.any_of(
        ("service connect", "service_connect"),
        rf"service[ _]connect[^\n]{{0,300}}{_BAD}|{_BAD}[^\n]{{0,300}}service[ _]connect",
    ),
    Wording.of("ecs-service-connect"),
    Wording.of("serviceconnect", rf"serviceConnect\w*+[^\n]{{0,300}}{_BAD}"),
    Wording.of("sc service is already used"),
    Wording.of("discoveryname", rf"discoveryName[^\n]{{0,300}}{_BAD}"),
    Wording.of("namespacenotfound"),
    *(
        Wording.of(end, rf"namespace[^\n]{{0,80}}?{end}")
        for end in ("not found", "not be found", "does not exist", "is invalid")
    ),
    Wording.of("servicediscovery", rf"servicediscovery[^\n]{{0,300}}{_BAD}|{_BAD}[^\n]{{0,300}}servicediscovery"),
    Wording.of("service discovery", rf"service discovery[^\n]{{0,300}}{_BAD}|{_BAD}[^\n]{{0,60}}service discovery"),
    *Wording.any_of(("cloud map", "cloudmap"), rf"cloud ?map[^\n]{{0,300}}{_BAD}|{_BAD}[^\n]{{0,80}}cloud ?map"),
    Wording.of("contains registered instances"),
    Wording.of("service discovery instance provisioning"),
    # aws-cdk-lib aws-servicediscovery/lib/service.ts and aws-ecs/lib/base/base-service.ts
    Wording.of(
        "namespace", r"\b(?:cannot|only|must)\b[^\n]{0,120}?\b(?:HTTP|public DNS|private DNS|DNS) namespaces?\b"
    ),
    Wording.of("port mapping", r"\bport mapping '[^'\n]{1,60}' does not exist on the task definition"),
    Wording.of("register instance", r"(?:fail\w*+|unable)[^\n]{0,60}register instance"),
    Wording.of("service registry", rf"service registry[^\n]{{0,100}}{_BAD}|{_BAD}[^\n]{{0,100}}service registry"),
    Wording.of("service registries", rf"service registries[^\n]{{0,100}}{_BAD}|{_BAD}[^\n]{{0,100}}service registries"),
    Wording.of("serviceregistries"),
    Wording.of("srv", r"\bSRV\b[^\n]{0,100}(?:containerName|containerPort|port)"),
    Wording.of("'containername' and 'containerport'"),
    Wording.of("appmesh", rf"appmesh[^\n]{{0,300}}{_BAD}"),
    Wording.of("app mesh", rf"app mesh[^\n]{{0,300}}{_BAD}"),
    Wording.of("virtual node", r"virtual node[^\n]{0,300}(?:not found|does not exist|denied|forbidden)"),
    Wording.of("envoy", r"\benvoy (?:container|proxy|is|has|did|exited|failed)[^\n]*"),
)
_LOGGED = (
    Wording.of("config stream", r"(?:gRPC|AggregatedResources)[^\n]{0,80}config stream[^\n]{0,300}closed"),
    Wording.of("streamaggregatedresources", r"StreamAggregatedResources[^\n]{0,300}(?:closed|fail|denied|unauthori)"),
    Wording.of("envoy readiness check failed"),
    Wording.of("unable to reach envoy"),
    Wording.of("[appnet agent]", r"\[AppNet Agent\][^\n]{0,300}(?:fail|error|exit|unable|timed out)"),
    Wording.of("envoy", r"\bEnvoy\b[^\n]{0,300}(?:exited|terminated|failed to start|is not ready|unhealthy)"),
    Wording.of("169.254.170.2", r"dial tcp 169\.254\.170\.2:80[^\n]{0,300}(?:i/o timeout|refused)"),
    Wording.of("namespacenotfound"),
    Wording.of("error initializing configuration", r"error initializing configuration[^\n]*"),
)
"""Envoy's xDS client and the agent beside it. Sources: envoyproxy/envoy source/extensions/config_subscription/grpc,
aws/amazon-ecs-service-connect-agent."""
_PROXY = re.compile(r"ecs-service-connect|envoy|app-?mesh|consul-dataplane|consul-connect|linkerd|istio", re.IGNORECASE)
_NAME = re.compile(r"\((?:service|deployment|cluster|task|taskSet) [^)\s,]*\)?|\bservice/\S+", re.IGNORECASE)
"""A service may have any name; it says nothing."""
_LOOKED_AT = 50
"""Sentences that are looked at more closely: a document may hold thousands that say the same."""
_OTHER = re.compile(
    r"CannotPull|pull access|not found in registry|secret|log group|throttl|rate exceeded"
    r"|(?:network|net|pid|mount|user|ipc|uts|container) ?namespace|failed container health checks",
    re.IGNORECASE,
)
_NAMESPACE = re.compile(
    r"namespace[^\n]{0,20}?[ '\"](?P<name>arn:[^\s'\"]+|[\w.-]{2,60})['\"]? (?:was |is |does |could )?not",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the proxy or registry that keeps the tasks from running."""
    passages = [*_said(evidence), *_proxies(evidence)]
    if not passages:
        return None
    first = passages[0]
    refused = first.source.startswith("error")
    return Finding(
        what=_what(first),
        why="the proxy and the registration belong to the task, and a task without them is stopped",
        fix="correct the namespace, the registry's port or the proxy's permissions; to look:\n"
        "aws servicediscovery list-namespaces",
        evidence=tuple(passage.quote() for passage in passages[:2]),
        tasks=tuple(dict.fromkeys(each.task.arn for each in passages if each.task and each.task.stopped)),
        verdict=Verdict.DOOMED if refused else None,
    )


def _said(evidence: Evidence) -> Iterator[Passage]:
    for said in islice(said_by_aws(evidence, _WORDINGS), _LOOKED_AT):
        anonymous = Passage(said.passage.source, _NAME.sub(" ", said.passage.text))
        if not _OTHER.search(anonymous.text) and find(anonymous, _WORDINGS):
            yield said.passage


def _what(first: Passage) -> str:
    namespace = _NAMESPACE.search(first.text)
    if namespace:
        return f"the namespace {quoted(namespace['name'])} does not exist"
    if first.has("already used", "already in use"):
        return "the name that the service wants in its Service Connect namespace is taken"
    if first.source.startswith("error") and first.has("registr", "containerport", "servicediscovery"):
        return f"the service's registry does not fit its task definition: {quoted(first.text[:200])}"
    if "service-connect" in first.source or first.has("service connect", "service-connect", "appnet"):
        return "the Service Connect proxy keeps the task from running"
    return "service discovery or the mesh's proxy keeps the task from running"


def _proxies(evidence: Evidence) -> Iterator[Passage]:
    """Yield what shows that a proxy died or is unhealthy: what it says of it, else its exit code or its health."""
    for task in (*evidence.failed_tasks, *evidence.running):
        for container in task.containers:
            sick = container.health_status.upper() == "UNHEALTHY"
            # Where no exit code is shown, the log decides.
            dead = task.stopped and container.exit_code != 0 and died_by_itself(task, container.name)
            for log in evidence.logs_of(task) if sick or dead else ():
                if log.container in ("", container.name):
                    yield from (line for line in reversed(log_passages(task, log)) if find(line, _LOGGED))
            if _PROXY.search(container.name) and dead and container.exit_code is not None:
                yield exit_passage(task, container)
            elif _PROXY.search(container.name) and sick:
                source = f"task {task.short_id} container {container.name} healthStatus"
                yield Passage(source, container.health_status, evidence.captured_at, task)
