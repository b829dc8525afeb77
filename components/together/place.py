"""Rules about where things are: what the service uses directly has to be in its own region."""

from functools import partial

from .. import names
from ..complaints import Complaint
from ..dependent import Values, check
from ..reading import Report

_OF_THE_BALANCER = ("listener_arn", "certificate_arn")
"""A service's load balancer is in its region, and a load balancer's certificate too (CreateListener of ELB's API)."""


def check_region(values: Values, report: Report) -> None:
    """Refuse a cluster, listener or certificate of another region."""
    balancer = values["load_balancer"] or {}
    arns = {"cluster_arn": values["cluster_arn"]}
    arns |= {f"load_balancer.{key}": balancer.get(key) for key in _OF_THE_BALANCER}
    for path, arn in arns.items():
        check(values, "region", "region", report, partial(_same, path), region=values["region"], arn=arn)


def _same(path: str, region: str, arn: str) -> Complaint | None:
    if names.region_of(arn) == region:
        return None
    return Complaint(f"is {region}, and {path} is in {names.region_of(arn)}", "write one region, or leave region out")


RULES = (check_region,)
