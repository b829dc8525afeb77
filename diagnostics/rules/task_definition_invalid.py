"""ECS or the runtime refuses what the task definition says.

## What it looks for
A refused registration (`ClientException … RegisterTaskDefinition`, `No Fargate configuration exists for given values`,
`Invalid setting for container`, `is greater than for the task`), a definition that does not fit the launch type, or
what the runtime cannot do at the start: a device, a capability, a kernel parameter, a user that the image does not
have. Also what never reaches ECS: a key or type that the pipeline's SDK, Terraform or CloudFormation refuses, and
overrides of a task that do not fit.

## Why waiting cannot help
The definition is what it is.

## What to do
Correct what is named. On Fargate only certain pairs of `cpu` and `memory` exist, and `privileged`, devices, host ports
that differ and most Linux parameters do not:

    aws ecs register-task-definition --generate-cli-skeleton

## What it is not
- A definition that is deregistered: `task-definition-inactive`.
- Volumes, log drivers, roles, ports of the load balancer: rules of their own.
- Registrations that come too fast: `api-throttled`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
"""

import re
from itertools import islice

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, container_of, find, said_by_aws, tasks_of

ID = "task-definition-invalid"
VERDICT = Verdict.DOOMED

_REFUSED = r"(?:ClientException|InvalidParameter\w*+|ValidationException)"
_REGISTERING = (
    Wording.of("no fargate configuration exists"),
    Wording.of("invalid setting for container", r"invalid setting for container '?(?P<container>[\w-]+)?"),
    Wording.of("setting for container", r"(?<!\w)'?\w++'? setting for container '?(?P<container>[\w-]+)"),
    Wording.of("setting for task", r"invalid (?<!\w)'?\w++'? setting for task"),
    Wording.of("is greater than for the task"),
    Wording.of("the sum of all container"),
    # What the SDKs of a pipeline refuse before they ask ECS: botocore/validate.py, aws-sdk-js param_validator.js
    Wording.of("containerdefinitions", r"(?:parameter|type|key)[^\n]{0,60}containerDefinitions(?:\[\d+\]|\b)[^\n]*"),
    Wording.of("found in params", r"Unexpected key '\w+' found in params"),
    Wording.of(" in params", r"Missing required key '(?:family|containerDefinitions)' in params"),
    Wording.of("expected params.", r"Expected params\.(?:cpu|memory|family|volumes|\w*Compatibilities)[^\n]*"),
    Wording.of("serializationexception"),
    Wording.of("unrecognized collection type"),
    Wording.of("failed to register task definition", r"failed to register task definition[^\n]*: [^\n]+"),
    # What Terraform and CloudFormation refuse: service/ecs/task_definition_equivalency.go, the resource's schema
    Wording.of("container_definitions is invalid"),
    *Wording.any_of(
        (
            "expected network_mode",
            "expected requires_comp",
            "expected cpu_arch",
            "expected operating_sys",
            "expected ipc",
            "expected pid",
        ),
        r"expected (?:network_mode|requires_compatibilities|cpu_architecture|operating_system_family|(?:ipc|pid)_mode)"
        r"\b[^\n]{0,40} to be one of",
    ),
    Wording.of("#/containerdefinitions"),
    Wording.of(
        "into go struct field",
        r"cannot unmarshal \w+ into Go struct field (?:ContainerDefinition|KeyValuePair|PortMapping|MountPoint|Secret"
        r"|HealthCheck|LogConfiguration|Ulimit|ContainerDependency)\b[^\n]*",
    ),
    # aws-cdk-lib aws-ecs/lib/base and lib/container-definition.ts, when it puts the template together
    Wording.of("is not configured for compatibility with"),
    Wording.of("defined any ports", r"container \S+ hasn't defined any ports"),
    Wording.of("must be left out or equal to container port"),
    Wording.of("memorylimitmib", r"\bmemoryLimitMiB\b[^\n]{0,80}\bmemoryReservationMiB\b[^\n]{0,40}"),
    # amazon-ecs-deploy-task-definition
    Wording.of("invalid task definition file"),
    Wording.of("host ports and container ports in port mappings must match"),
    Wording.of("dependency container", r"dependency container[^\n]{0,300}(?:cannot|must)"),
    Wording.of("cyclic", r"cyclic[^\n]{0,40}dependenc"),
    Wording.of("container names must be unique"),
    # pulumi-awsx, awsx/ecs
    Wording.of(
        "] must be provided",
        r"(?:(?:exactly|only) one of|either) \[(?:container|taskDefinition)[^\n]{0,60}\] must be provided",
    ),
    Wording.of("unsupported operating system", r"unsupported operating system in task definition"),
    Wording.of("container.", r"\bcontainer\.(?:image|name|cpu|memory)\b[^\n]{0,60}(?:null|empty|blank|invalid|should)"),
    Wording.of("family", r"\bfamily (?:contains invalid|should not be|can ?not be|must)"),
    Wording.of("container list cannot be empty"),
    Wording.of("name should not be null or empty"),
    Wording.of("when networkmode", r"not supported[^\n]{0,40}when networkMode"),
    Wording.of("essential", r"at least one[^\n]{0,40}essential"),
    # amazon-ecs-render-task-definition, which looks for the container whose image it sets
    Wording.of("invalid task definition", r"invalid task definition(?: format)?: [^\n]+"),
    Wording.of(
        "registertaskdefinition",
        rf"RegisterTaskDefinition[^\n]{{0,300}}{_REFUSED}|{_REFUSED}[^\n]{{0,300}}RegisterTaskDefinition",
    ),
    Wording.of("create taskdefinition", r"Create TaskDefinition:[^\n]+"),
    Wording.of("creating ecs task definition", rf"creating ECS Task Definition[^\n]*{_REFUSED}"),
    # An exception that ECS throws for what a caller sent; on its own it is one of a registration, but of a call for a
    # service or a cluster it says nothing, nor does the code that CloudFormation puts behind a message.
    Wording.of(
        "clientexception",
        r"^(?!(?s:.{0,400})(?:ECS (?:Service|Cluster|Capacity)|(?:Create|Update)(?:Service|Cluster|Capacity)))"
        r"(?s:.*?)(?<!Error Code: )\bClientException\b(?! *$)[^\n]*",
    ),
)
_LAUNCHING = (
    Wording.of("task definition does not support launch_type"),
    Wording.of("fargate only supports"),
    Wording.of("using the fargate launch type do not support"),
    Wording.of("fargate requires", r"fargate requires (?:that|task definition)[^\n]*"),
    Wording.of("is not supported", r"(?:fargate|task definition|launch type)[^\n]{0,120}is not supported"),
    Wording.of("fargate", r"not supported (?:on|for|with|by)[^\n]{0,20}fargate"),
    Wording.of("fargate resource requirements", r"fargate resource requirements[^\n]{0,60}not valid"),
    Wording.of("incompatible", r"(?:task ?definition|launch type|compatibilities)[^\n]{0,120}\bincompatible\b"),
    Wording.of("incompatible", r"\bincompatible\b[^\n]{0,120}(?:task ?definition|launch type|compatibilities)"),
    Wording.of("does not support", r"(?:fargate|launch type)[^\n]{0,60}does not support[^\n]{0,80}"),
    *Wording.any_of(
        ("requires compatibilities", "requirescompatibilities"),
        r"requires ?compatibilities[^\n]{0,80}(?:validation|not|missing)",
    ),
    Wording.of("compatible with fargate", r"not (?:be )?compatible with fargate"),
    Wording.of("override", r"overrides?[^\n]{0,40}(?:container|task)[^\n]{0,60}(?:not (?:found|valid)|invalid)"),
    Wording.of("is not a container in the taskdefinition"),
    *Wording.any_of(
        ("health check", "healthcheck"),
        r"health ?check(?:'s)? (?:interval|timeout|retries|start ?period)[^\n]{0,80}(?:is invalid|must be|should be)",
    ),
    Wording.of("override", r"overrides? (?:argument |length )?(?:cannot be|must be)[^\n]*"),
    Wording.of("parameter overrides.containeroverrides"),
    Wording.of("cannot be used with launch type"),
    Wording.of("network mode", r"tasks can only have \w+ network mode"),
    Wording.of("placement", r"placement (?:strateg|constraint)\w* (?:is|are) not supported"),
)
_NVIDIA = (Wording.of("nvidia-container-cli: ", r"nvidia-container-cli: (?:device|requirement) error: [^\n]*"),)
"""NVIDIA's hook of runc, of what the container asks for and the instance does not have: libnvidia-container src/cli."""
_STARTING = (
    # Docker's daemon and runc: daemon/oci_linux.go, daemon/nvidia_linux.go, libcontainer/configs/validate
    Wording.of("gathering device information"),
    Wording.of("could not select device driver"),
    Wording.of("open /proc/sys/", r"open /proc/sys/[\w/.]+: (?:no such file|permission denied|read-only)[^\n]*"),
    Wording.of("unknown capability"),
    Wording.of("invalid capability"),
    Wording.of("sysctl", r"sysctl[^\n]{0,80}(?:not allowed|invalid|not supported|not whitelisted|not in a separate)"),
    Wording.of("does not support", r"(?:invalid option|windows) ?:?[^\n]{0,20}does not support \w+"),
    Wording.of("conflicting options"),
    Wording.of("minimum memory", r"minimum memory (?:limit|reservation)"),
    Wording.of("memory limit should be"),
    Wording.of("range of cpus is from"),
    *_NVIDIA,
    Wording.of("unknown runtime specified"),
    Wording.of("invalid container name", r"invalid container name"),
    Wording.of("setup user: no such file"),
    Wording.of(
        "mount callback failed",
        r"mount callback failed on [^\n]{0,120}?(?:/etc/(?:passwd|group)\b|no (?:users|groups) found)",
    ),
    Wording.of("unable to find ", r"unable to find (?:user|group) (?P<user>[^\s:]+)"),
    Wording.of("no matching entries in passwd file"),
    Wording.of("invalid isolation"),
    Wording.of("security-opt", r"(?:invalid|unknown)[^\n]{0,20}--security-opt"),
)
_CERTAIN = (
    # botocore/validate.py lists every parameter that there is
    Wording.of("must be one of: family"),
    Wording.of("unknown parameter in containerdefinitions", r"unknown parameter in containerDefinitions\S*"),
    Wording.of("private repository credentials are not"),
    Wording.of("is not a valid property of aws::ecs::taskdefinition"),
    # The name of a secret, not the secret, is what is refused
    Wording.of("secret name", r"secret names? must be unique"),
)
"""What is of the definition whatever else the sentence names."""
_WORDINGS = (*_CERTAIN, *_STARTING, *_LAUNCHING, *_REGISTERING)
_OTHER = re.compile(
    r"not authorized|AccessDenied|PassRole|\brole\b|platform version|firelens|log ?driver|load ?balancer|target ?group"
    r"|subnet|secret(?! names?\b)|throttl|rate exceeded|multiple times|volume|(?<!containerd-)mount(?! callback)"
    r"|inactive|quota|limit ?exceeded|ServerException|status ?code: 5\d\d"
    r"|capacity ?provider"
    r"|requested capabilities|too many concurrent|unable to describe|not found|not active|UnsupportedFeature"
    r"|(?:service|cluster)[^\n]{0,20}(?:not found|does not exist)|servicediscovery|service ?connect"
    r"|expired|security token|max(?:imum)? allowed length|\bcredentials\b|getaddrinfo|time-?out|timed out|socket"
    r"|no such host|dial tcp|missing region|account is (?:\w+ )?(?:blocked|suspended|closed)",
    re.IGNORECASE,
)
_MESSAGE = re.compile(
    r"(?:operation|TaskDefinition|Exception|response from daemon)(?: \(\w+\))?:\s+"
    r"(?P<message>(?!.*Exception:|An error occurred)[^\n]+)"
)
_NOISE = re.compile(
    r"\\n\\tstatus code.*|\s{0,9}status code: \d+.*|\s{0,9}\(Service: Amazon.*|\"? family=\S+$|, https response error.*"
)
_SAID = 160
_LOOKED_AT = 50
"""Sentences that are looked at more closely: a document may hold thousands that say the same."""


def match(evidence: Evidence) -> Finding | None:
    """Return what of the task definition is refused."""
    looked_at = islice(said_by_aws(evidence, _WORDINGS), _LOOKED_AT)
    said = [each for each in looked_at if find(each.passage, _CERTAIN) or not _OTHER.search(each.passage.text)]
    if not said:
        return None
    if find(said[0].passage, _NVIDIA):
        return _of_the_gpu(said)
    container = said[0].group("container") or container_of(said[0])
    named = f" for the container {quoted(container)}" if container else ""
    return Finding(
        what=f"the task definition is refused{named}: {quoted(_message(said[0].passage.text))}",
        why="the definition is what it is, and each try with it is refused alike",
        fix="correct what is named in the task definition; on Fargate only certain pairs of `cpu` and `memory` exist,"
        " and neither devices nor privileged containers; to see what can be set:\n"
        "aws ecs register-task-definition --generate-cli-skeleton",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _of_the_gpu(said: list[Said]) -> Finding:
    return Finding(
        what=f"the instance has not the GPU or the driver that the container asks for: {quoted(said[0].found[0])}",
        why="what the container asks for is in its image and its definition, and each instance of that kind lacks it",
        fix="run the task on instances whose NVIDIA driver suits the image's CUDA (the GPU-optimized AMI of ECS, up to"
        " date), or build the image on an older CUDA; ask for devices that the instance type has",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _message(text: str) -> str:
    """Return AWS's own sentence, without what clients put around it."""
    found = _MESSAGE.search(text)
    words = _NOISE.sub("", " ".join((found["message"] if found else text).split())).rstrip(" .\"'")
    return words if len(words) <= _SAID else f"{words[:_SAID]}…"
