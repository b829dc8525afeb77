"""boto3's waiters and paginators at their ordinary job."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.sandbox.contract.conftest import CLUSTER, Shop, wait

pytestmark = pytest.mark.e2e


def test_services_stable_waits_for_a_good_deployment(make_shop: Callable[..., Shop], ecs: Any) -> None:
    shop = make_shop()
    deployment = shop.update("good-2")
    wait(ecs, "services_stable", services=[shop.name])
    (only,) = shop.described()["deployments"]
    assert only["id"] == deployment
    assert only["runningCount"] == 2


def test_services_stable_gives_up_on_one_that_nobody_ends(make_shop: Callable[..., Shop], ecs: Any) -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    shop = make_shop(deploymentConfiguration=off)
    shop.update("no-such")
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        wait(ecs, "services_stable", attempts=8, services=[shop.name])
    assert shop.described()["deployments"][0]["rolloutState"] == "IN_PROGRESS"


def test_services_stable_takes_a_rollback_for_a_success(make_shop: Callable[..., Shop], ecs: Any) -> None:
    """As on AWS: it asks for one deployment with all its tasks, not for the one that was begun."""
    shop = make_shop()
    before = shop.described()["deployments"][0]["id"]
    bad = shop.update("no-such")
    wait(ecs, "services_stable", services=[shop.name])
    (only,) = shop.described()["deployments"]
    assert only["id"] == before != bad


def test_services_inactive_waits_for_the_end_of_a_service(make_shop: Callable[..., Shop], ecs: Any) -> None:
    shop = make_shop()
    ecs.delete_service(cluster=CLUSTER, service=shop.name, force=True)
    assert shop.described()["status"] == "DRAINING"
    wait(ecs, "services_inactive", services=[shop.name])
    assert shop.described()["status"] == "INACTIVE"


def start(ecs: Any, network: dict[str, Any], definition: str) -> str:
    task = ecs.run_task(cluster=CLUSTER, taskDefinition=definition, networkConfiguration=network)["tasks"][0]
    return str(task["taskArn"])


def test_tasks_running_and_tasks_stopped(ecs: Any, network: dict[str, Any]) -> None:
    shop = Shop("alone", ecs)
    good = start(ecs, network, shop.register("good-1"))
    wait(ecs, "tasks_running", tasks=[good])
    ecs.stop_task(cluster=CLUSTER, task=good)
    wait(ecs, "tasks_stopped", tasks=[good])
    bad = start(ecs, network, shop.register("no-such"))
    with pytest.raises(WaiterError, match="Waiter encountered a terminal failure state"):
        wait(ecs, "tasks_running", tasks=[bad])
    wait(ecs, "tasks_stopped", tasks=[bad])
    (task,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[bad])["tasks"]
    assert task["stopCode"] == "TaskFailedToStart"


def test_paginators_give_everything_once(make_shop: Callable[..., Shop], ecs: Any) -> None:
    shop = make_shop()
    ecs.update_service(cluster=CLUSTER, service=shop.name, desiredCount=5)
    wait(ecs, "services_stable", services=[shop.name])
    pages = list(
        ecs.get_paginator("list_tasks").paginate(
            cluster=CLUSTER, serviceName=shop.name, PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["taskArns"]) for page in pages] == [2, 2, 1]
    assert len({arn for page in pages for arn in page["taskArns"]}) == 5
    services = ecs.get_paginator("list_services").paginate(cluster=CLUSTER, PaginationConfig={"PageSize": 1})
    arns = [arn for page in services for arn in page["serviceArns"]]
    assert len(arns) == len(set(arns))
    assert shop.described()["serviceArn"] in arns
    families = ecs.get_paginator("list_task_definitions").paginate(PaginationConfig={"PageSize": 1})
    assert any(shop.name in arn for page in families for arn in page["taskDefinitionArns"])
