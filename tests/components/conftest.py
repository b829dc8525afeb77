"""A deployment without an engine: the component's graph, as it would be sent to the provider."""

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor

with warnings.catch_warnings():
    # One module of pulumi_aws.ec2 announces at import that another one of its classes is deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_aws

    _LOADED = pulumi_aws.ec2.SecurityGroup  # the module is loaded when it is first looked into

ACCOUNT = "210987654321"
REGION = "us-gov-west-1"
PARTITION = "aws-us-gov"
PREFIX = f"arn:{PARTITION}"

WORKER = {
    "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/shop:1.4.2",
    "cluster_arn": f"{PREFIX}:ecs:{REGION}:{ACCOUNT}:cluster/blue",
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a", "subnet-0b"],
}
BALANCED: dict[str, Any] = {
    **WORKER,
    "load_balancer": {
        "listener_arn": f"{PREFIX}:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/web/50dc6c495c0c9188/0467ef3c",
        "load_balancer_security_group_id": "sg-0a1b",
        "listener_priority": 100,
        "path_patterns": ["/*"],
    },
}


def waived(*controls: str) -> list[dict[str, str]]:
    """Return waivers of controls, as a program writes them."""
    return [{"control": each, "reason": "the team said why", "expires": "2999-12-31"} for each in controls]


SECRET_ARN = f"{PREFIX}:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/database-Ab12Cd"
PARAMETER_ARN = f"{PREFIX}:ssm:{REGION}:{ACCOUNT}:parameter/shop/api-key"

_INVOKES = {
    "aws:index/getPartition:getPartition": {
        "partition": PARTITION,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:index/getRegion:getRegion": {"region": REGION},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": [f"{REGION}a", f"{REGION}b", f"{REGION}c"]},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:ec2/getVpc:getVpc": {"cidrBlock": "10.20.0.0/16"},
    "aws:ecr/getRepository:getRepository": {
        "imageTagMutability": "IMMUTABLE",
        "imageTagMutabilityExclusionFilters": [],
    },
}

_IDS = {"Vpc": "vpc", "Subnet": "subnet", "SecurityGroup": "sg"}
_ARNS = {
    "Cluster": f"{PREFIX}:ecs:{REGION}:{ACCOUNT}:cluster/{{name}}",
    "Listener": f"{PREFIX}:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/{{name}}/50dc6c495c0c9188/0467ef3c",
    "Repository": f"{PREFIX}:ecr:{REGION}:{ACCOUNT}:repository/{{name}}",
}
"""Identifiers in AWS's own form, for what one component makes and another one reads."""


@dataclass(frozen=True)
class Made:
    """A resource that was registered: its inputs in the provider's words, and its options."""

    type: str
    name: str
    inputs: dict[str, Any]
    options: Any


@dataclass
class Graph:
    """Everything that a program registered."""

    resources: list[Made] = field(default_factory=list)
    component: Any = None
    registered_outputs: dict[str, Any] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def all(self, kind: str) -> list[Made]:
        """Return the resources of a type, by its last part: `Role`."""
        return [made for made in self.resources if made.type.rpartition(":")[2] == kind]

    def one(self, kind: str, name: str = "") -> Made:
        """Return the only resource of a type, or the one whose name ends so."""
        found = [made for made in self.all(kind) if made.name.endswith(name)]
        assert len(found) == 1, f"{len(found)} of {kind} {name}"
        return found[0]

    @property
    def container(self) -> dict[str, Any]:
        """Return the container definition, parsed."""
        definitions: list[dict[str, Any]] = json.loads(self.one("TaskDefinition").inputs["containerDefinitions"])
        return definitions[0]

    @property
    def containers(self) -> dict[str, Any]:
        """Return the container definitions, parsed, by name."""
        definitions = json.loads(self.one("TaskDefinition").inputs["containerDefinitions"])
        return {definition["name"]: definition for definition in definitions}


class _Mocks(pulumi.runtime.Mocks):
    def __init__(self, invokes: Mapping[str, Any]) -> None:
        self._invokes = {**_INVOKES, **invokes}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        arn = f"{PREFIX}:test:{args.name}"
        suffix = f"app/{args.name}/0a" if args.typ.endswith("LoadBalancer") else f"targetgroup/{args.name}/0a"
        made = {
            "arn": arn,
            "arnSuffix": suffix,
            "dnsName": f"{args.name}.example.test",
            "keyId": f"{args.name}-key",
            "name": args.name,
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{args.inputs.get('name', args.name)}",
            "revision": 7,
            "url": f"https://sqs.example.test/{args.name}",
            "zoneId": "Z0A1B",
        }
        kind = args.typ.rpartition(":")[2]
        if kind in _ARNS:
            made["arn"] = _ARNS[kind].format(name=args.inputs.get("name", args.name))
        identifier = f"{_IDS[kind]}-{args.name.replace('-', '')}" if kind in _IDS else f"{args.name}-id"
        return identifier, {**made, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return self._invokes[args.token]


class _Monitor(MockMonitor):
    """A monitor that also keeps what mocks do not see: the options of each resource."""

    def __init__(self, graph: Graph, invokes: Mapping[str, Any]) -> None:
        super().__init__(_Mocks(invokes))
        self.graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        answer = super().RegisterResource(request)
        self.graph.resources.append(
            Made(request.type, request.name, rpc.deserialize_properties(request.object), request)
        )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        outputs = rpc.deserialize_properties(request.outputs)
        if "failwell:index:" in request.urn:
            self.graph.registered_outputs = outputs
        else:
            self.graph.exports = outputs
        return super().RegisterResourceOutputs(request)


@pytest.fixture(autouse=True)
def _event_loops() -> Iterator[None]:
    """Give Pulumi's runtime a loop, and one thread for its calls; close both loops afterwards, which it never does."""
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(max_workers=1) as calls:
        loop.set_default_executor(calls)
        # Several resources wait for one output: when it fails, each of their futures does, and one is looked at.
        loop.set_exception_handler(lambda _loop, _context: None)
        asyncio.set_event_loop(loop)
        yield
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        calls.submit(_close_loop).result()
    _close_loop()


def _close_loop() -> None:
    """Close the event loop of this thread, if it has one."""
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        return
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def worker() -> dict[str, Any]:
    """Arguments of a service without a load balancer: only what is required."""
    return {**WORKER}


@pytest.fixture
def balanced() -> dict[str, Any]:
    """Arguments of a service behind a listener: only what is required, and a path."""
    return {**BALANCED, "load_balancer": {**BALANCED["load_balancer"]}}


@pytest.fixture
def secret_arn() -> str:
    return SECRET_ARN


@pytest.fixture
def parameter_arn() -> str:
    return PARAMETER_ARN


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Graph]:
    """Run a program against the recording monitor and return what it registered; what it writes goes to its folder."""

    def run_program(program: Callable[[], Any], invokes: Mapping[str, Any] | None = None) -> Graph:
        graph = Graph()
        monitor = _Monitor(graph, invokes or {})
        pulumi.runtime.set_mocks(monitor.mocks, project="shop", stack="dev", preview=False, monitor=monitor)
        pulumi.runtime.settings.SETTINGS.root_directory = str(tmp_path)

        def body() -> None:
            graph.component = program()

        pulumi.runtime.test(body)()
        return graph

    return run_program


@pytest.fixture
def deploy(run: Callable[..., Graph]) -> Callable[..., Graph]:
    """Make a `FargateService` from arguments, and changes to them."""

    def make(args: Mapping[str, Any] = BALANCED, /, *, name: str = "shop", **changes: Any) -> Graph:
        from components import FargateService

        return run(lambda: FargateService(name, {**args, **changes}))

    return make
