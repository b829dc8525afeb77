"""What the components cost a program: importing them, and making the example's graph without an engine.

    python -m benchmarks.component

Five processes run the example with what a platform hands over, for which the limits are, and five run it from
nothing, whose network needs `pulumi_aws.ec2`. The best of five counts, because others on the machine only ever add; CPU
time is the honest figure there, and what a bare `import pulumi` costs at that moment tells how fast the machine is.
"""

import importlib
import json
import runpy
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

RUNS = 5
MOST_SECONDS = 1.0
MOST_MIB = 120

_ROOT = Path(__file__).resolve().parents[1]
_GIVEN = {
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a", "subnet-0b"],
    "cluster_arn": "arn:aws:ecs:eu-west-1:210987654321:cluster/blue",
    "listener_arn": "arn:aws:elasticloadbalancing:eu-west-1:210987654321:listener/app/web/50dc6c49/0467ef3c",
    "load_balancer_security_group_id": "sg-0a1b",
}
_INVOKES: dict[str, dict[str, Any]] = {
    "aws:index/getPartition:getPartition": {
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:index/getRegion:getRegion": {"region": "eu-west-1"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "210987654321"},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["eu-west-1a", "eu-west-1b"]},
    "aws:ec2/getVpc:getVpc": {"cidrBlock": "10.20.0.0/16"},
    "aws:ecr/getRepository:getRepository": {"imageTagMutability": "IMMUTABLE"},
}
_IDENTIFIERS = {"Vpc": "vpc-0a", "Subnet": "subnet-0a", "SecurityGroup": "sg-0a"}
_ARNS = {"Listener": _GIVEN["listener_arn"], "Cluster": "arn:aws:ecs:eu-west-1:210987654321:cluster/shop"}


def main() -> None:
    """Measure, print, and exit with 1 if a limit is passed."""
    passed = False
    for kind in ("pulumi", "given", "nothing"):
        measured = [_measure(kind) for _ in range(RUNS)]
        best = {figure: min(run[figure] for run in measured) for figure in ("seconds", "cpu", "mib", "resources")}
        spent = f"{best['seconds']:.2f} s, CPU {best['cpu']:.2f} s, {best['mib']} MiB"
        print(f"{kind}: {best['resources']} resources, {spent}")
        passed |= kind == "given" and (best["cpu"] > MOST_SECONDS or best["mib"] > MOST_MIB)
    print(f"limits for given: CPU {MOST_SECONDS} s, {MOST_MIB} MiB")
    sys.exit(passed)


def _measure(kind: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.component", kind]
    printed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    measured: dict[str, Any] = json.loads(printed)
    return measured


def _settings(kind: str) -> dict[str, str]:
    """Return the example's configuration as the engine hands it over."""
    import yaml

    declared = yaml.safe_load((_ROOT / "Pulumi.yaml").read_text())["config"]
    settings = {key: each["default"] for key, each in declared.items() if "default" in each} | {"image": "shop:good-1"}
    settings |= _GIVEN if kind == "given" else {}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}


def _once(kind: str) -> None:
    settings = _settings(kind)
    began, before = time.perf_counter(), time.process_time()
    warnings.simplefilter("ignore")
    import pulumi

    registered: list[str] = []

    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            registered.append(args.typ)
            what = args.typ.rpartition(":")[2]
            made = {"arn": _ARNS.get(what, f"arn:aws:test:{args.name}"), "arnSuffix": "targetgroup/a/0a", "revision": 1}
            return _IDENTIFIERS.get(what, f"{args.name}-id"), {**made, **args.inputs}

        def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
            return _INVOKES[args.token]

    pulumi.runtime.set_mocks(Mocks(), project="shop", stack="dev", preview=False)
    pulumi.runtime.set_all_config({f"shop:{key}": value for key, value in settings.items()})
    run = pulumi.runtime.test(lambda: runpy.run_path(str(_ROOT / "__main__.py")))  # type: ignore[no-untyped-call]
    run()
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - before,
        "mib": _peak(),
        "resources": len(registered),
        "packages": [name for name in vars(sys.modules["pulumi_aws"]) if f"pulumi_aws.{name}._inputs" in sys.modules],
    }
    print(json.dumps(figures))


def _peak() -> int:
    """Return the most memory that this process had, in MiB; `getrusage` would count the parent's before the exec."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


def _bare() -> None:
    """Measure `import pulumi` alone."""
    began, before = time.perf_counter(), time.process_time()
    importlib.import_module("pulumi")
    spent = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - before}
    print(json.dumps(spent | {"mib": _peak(), "resources": 0}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _bare() if sys.argv[1] == "pulumi" else _once(sys.argv[1])
    else:
        main()
