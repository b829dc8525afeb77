"""What the component costs a program: importing it, and making the graph of the example's service without an engine.

    python -m benchmarks.component

Each of five processes imports `components` and registers a service with mocks; the best one counts, because others on
the machine only ever add. CPU time is the honest figure on a machine that is shared.
"""

import json
import resource
import subprocess
import sys
import time
import warnings
from typing import Any

RUNS = 5
MOST_SECONDS = 1.0
MOST_MIB = 120

_ARGUMENTS = {
    "image": "210987654321.dkr.ecr.eu-west-1.amazonaws.com/shop:1",
    "cluster_arn": "arn:aws:ecs:eu-west-1:210987654321:cluster/blue",
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a", "subnet-0b"],
    "load_balancer": {
        "listener_arn": "arn:aws:elasticloadbalancing:eu-west-1:210987654321:listener/app/web/50dc6c49/0467ef3c",
        "load_balancer_security_group_id": "sg-0a1b",
        "listener_priority": 100,
        "path_patterns": ["/*"],
    },
}
_INVOKES: dict[str, dict[str, Any]] = {
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-west-1"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "210987654321"},
    "aws:ec2/getVpc:getVpc": {"cidrBlock": "10.20.0.0/16"},
    "aws:ecr/getRepository:getRepository": {"imageTagMutability": "IMMUTABLE"},
}


def main() -> None:
    """Measure, print, and exit with 1 if a limit is passed."""
    measured = [_measure() for _ in range(RUNS)]
    best = {figure: min(run[figure] for run in measured) for figure in measured[0]}
    print(f"resources        {best['resources']}")
    print(f"seconds          {best['seconds']:.2f} (CPU {best['cpu']:.2f}), limit {MOST_SECONDS} s")
    print(f"resident memory  {best['mib']} MiB, limit {MOST_MIB} MiB")
    sys.exit(best["cpu"] > MOST_SECONDS or best["mib"] > MOST_MIB)


def _measure() -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.component", "--once"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    measured: dict[str, Any] = json.loads(printed)
    return measured


def _once() -> None:
    began = time.perf_counter()
    warnings.simplefilter("ignore")
    import pulumi

    from components import FargateService

    registered: list[str] = []

    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            registered.append(args.typ)
            made = {"arn": f"arn:aws:test:{args.name}", "arnSuffix": "targetgroup/a/0a", "revision": 1}
            return f"{args.name}-id", {**made, **args.inputs}

        def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
            return _INVOKES[args.token]

    pulumi.runtime.set_mocks(Mocks(), project="shop", stack="dev", preview=False)
    pulumi.runtime.test(lambda: FargateService("shop", _ARGUMENTS))()  # type: ignore[arg-type, no-untyped-call]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss // 1024,
        "resources": len(registered),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    _once() if "--once" in sys.argv else main()
