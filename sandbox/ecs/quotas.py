"""Service Quotas' answers about Fargate's vCPUs, from what the sandbox holds tasks against.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from sandbox.ecs.admission import Fargate

_NAMES = {
    "L-3032A538": "Fargate On-Demand vCPU resource count",
    "L-36FBB829": "Fargate Spot vCPU resource count",
}
_WITHOUT = 1_000_000.0
"""What is answered where nobody has set a quota: tasks are held against none."""
_get_service_quota = ServiceQuotasBackend.get_service_quota


def install(fargate: Fargate) -> None:
    """Have moto's Service Quotas answer for Fargate, in this process."""

    def get_service_quota(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
        if service_code != "fargate" or quota_code not in _NAMES:
            known: dict[str, Any] = _get_service_quota(backend, service_code, quota_code)
            return known
        vcpus = fargate.quota(backend.account_id, backend.region_name)
        return {
            "ServiceCode": service_code,
            "ServiceName": "AWS Fargate",
            "QuotaArn": f"arn:aws:servicequotas:{backend.region_name}:{backend.account_id}:fargate/{quota_code}",
            "QuotaCode": quota_code,
            "QuotaName": _NAMES[quota_code],
            "Value": _WITHOUT if vcpus is None else float(vcpus),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }

    ServiceQuotasBackend.get_service_quota = get_service_quota
