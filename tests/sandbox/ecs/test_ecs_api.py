from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/execution"


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def container(**settings: Any) -> list[dict[str, Any]]:
    return [{"name": "app", "image": "nginx:1.29", **settings}]


NO_PAIR = (
    "No Fargate configuration exists for given values: 256 CPU, 4096 memory. "
    "See the Amazon ECS documentation for the valid values."
)
TASK_DEFINITIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no such pair": (
        {"cpu": "256", "memory": "4096"},
        NO_PAIR,
    ),
    "no cpu": ({"cpu": None}, "Fargate requires that 'cpu' be defined at the task level."),
    "no memory": ({"memory": None}, "Fargate requires that 'memory' be defined at the task level."),
    "bridge": ({"networkMode": "bridge"}, "Fargate only supports network mode"),
    "nothing essential": (
        {"containerDefinitions": container(essential=False)},
        "at least one container must be essential",
    ),
    "no container": ({"containerDefinitions": []}, "Container list cannot be empty."),
    "mount of no volume": (
        {"containerDefinitions": container(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}])},
        "Unknown volume 'data'.",
    ),
    "ECR without role": (
        {"executionRoleArn": None},
        "Fargate requires task definition to have execution role ARN to support ECR images.",
    ),
    "logs without role": (
        {
            "executionRoleArn": None,
            "containerDefinitions": container(
                logConfiguration={
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p"},
                }
            ),
        },
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    ),
    "secrets without role": (
        {
            "executionRoleArn": None,
            "containerDefinitions": container(secrets=[{"name": "A", "valueFrom": "arn:aws:ssm:r:1:parameter/a"}]),
        },
        "you must also specify a value for 'executionRoleArn'",
    ),
}


@pytest.mark.parametrize("name", TASK_DEFINITIONS)
def test_a_task_definition_that_fargate_cannot_run_is_refused(world: Any, name: str) -> None:
    settings, said = TASK_DEFINITIONS[name]
    given = {
        "family": "shop",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": ROLE,
        "containerDefinitions": container(image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:good-1"),
    } | settings
    given = {key: value for key, value in given.items() if value is not None}
    code, message = refused(world.ecs.register_task_definition, **given)
    assert code == "ClientException"
    assert said in message


def test_sizes_with_units_are_stored_as_numbers(world: Any) -> None:
    arn = world.register("good-1", cpu="1 vCPU", memory="2 GB")
    definition = world.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert (definition["cpu"], definition["memory"]) == ("1024", "2048")


SERVICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no cluster": ({"cluster": "other"}, "ClusterNotFoundException", "Cluster not found."),
    "no task definition": ({"taskDefinition": "other:1"}, "ClientException", "TaskDefinition not found."),
    "no network": (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}},
        "InvalidParameterException",
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    "no target group": (
        {"loadBalancers": [{"targetGroupArn": "arn:none", "containerName": "app", "containerPort": 5001}]},
        "InvalidParameterException",
        "One or more target groups not found",
    ),
    "no such container": (
        {"loadBalancers": [{"targetGroupArn": "arn:none", "containerName": "web", "containerPort": 5001}]},
        "InvalidParameterException",
        "The container web does not exist in the task definition.",
    ),
    "no such port": (
        {"loadBalancers": [{"targetGroupArn": "arn:none", "containerName": "app", "containerPort": 80}]},
        "InvalidParameterException",
        "The container app did not have a container port 80 defined.",
    ),
    "blocked percentages": (
        {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}},
        "InvalidParameterException",
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    ),
    "maximum below 100": (
        {"deploymentConfiguration": {"maximumPercent": 50, "minimumHealthyPercent": 0}},
        "InvalidParameterException",
        "maximumPercent 50",
    ),
    "no bake time": (
        {"deploymentConfiguration": {"strategy": "BLUE_GREEN"}},
        "InvalidParameterException",
        "bakeTimeInMinutes is required",
    ),
    "another controller": (
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        "UnsupportedFeatureException",
        "deployment controller ECS only",
    ),
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_aws_refuses_is_refused(world: Any, name: str) -> None:
    settings, code, said = SERVICES[name]
    given = {"definition": world.register("good-1")} | settings
    given["definition"] = given.pop("taskDefinition", given["definition"])
    got, message = refused(world.create, **given)
    assert got == code
    assert said in message
    assert world.ecs.list_services(cluster="main")["serviceArns"] == []


def test_a_name_that_is_taken_is_refused(world: Any) -> None:
    definition = world.register("good-1")
    world.create(definition)
    code, message = refused(world.create, definition=definition)
    assert (code, message) == ("InvalidParameterException", "Creation of service was not idempotent.")


def test_a_target_group_that_no_listener_uses_is_refused(world: Any) -> None:
    group = world.target_group(listener=False)
    _, message = refused(world.create, definition=world.register("good-1"), target_group=group)
    assert message == f"The target group with targetGroupArn {group} does not have an associated load balancer."


def test_an_inactive_revision_is_refused_for_new_deployments_only(world: Any) -> None:
    old, new = world.register("good-1"), world.register("good-2")
    world.create(old)
    world.ecs.deregister_task_definition(taskDefinition=new)
    code, message = refused(world.update, taskDefinition=new)
    assert (code, message) == ("ClientException", "TaskDefinition is inactive")
    world.ecs.deregister_task_definition(taskDefinition=old)
    world.update(desiredCount=2)
    world.until(lambda: world.service()["runningCount"] == 2, within=200)


def test_a_deleted_service_cannot_be_updated(world: Any) -> None:
    world.create(world.register("good-1"))
    world.ecs.delete_service(cluster="main", service="shop", force=True)
    assert refused(world.update, desiredCount=1)[0] == "ServiceNotActiveException"


def test_a_cluster_with_services_cannot_be_deleted(world: Any) -> None:
    world.create(world.register("good-1"))
    assert refused(world.ecs.delete_cluster, cluster="main")[0] == "ClusterContainsServicesException"


def test_what_there_is_not_is_a_failure_named_missing(world: Any) -> None:
    services = world.ecs.describe_services(cluster="main", services=["nope"])
    assert services["failures"][0]["reason"] == "MISSING"
    tasks = world.ecs.describe_tasks(cluster="main", tasks=["0" * 32])
    assert tasks["failures"][0]["reason"] == "MISSING"
    arn = "arn:aws:ecs:eu-west-1:123456789012:service-revision/a/b/1"
    assert world.ecs.describe_service_revisions(serviceRevisionArns=[arn])["failures"][0]["reason"] == "MISSING"


def test_more_than_ten_services_at_once_are_refused(world: Any) -> None:
    names = [f"s{number}" for number in range(11)]
    code, _ = refused(world.ecs.describe_services, cluster="main", services=names)
    assert code == "InvalidParameterException"


def test_tasks_are_listed_by_service_family_and_deployment(world: Any) -> None:
    world.create(world.register("good-1"), desiredCount=2)
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    definition = world.register("good-1", family="job")
    ran = world.ecs.run_task(
        cluster="main", taskDefinition=definition, networkConfiguration=network, startedBy="me", count=3
    )
    alone = {task["taskArn"] for task in ran["tasks"]}
    world.until(lambda: world.service()["runningCount"] == 2, within=200)

    def listed(**filters: Any) -> set[str]:
        return set(world.ecs.list_tasks(cluster="main", **filters)["taskArns"])

    ours = listed(serviceName="shop")
    assert len(ours) == 2
    assert listed() == ours | alone
    assert listed(family="job") == listed(startedBy="me") == alone
    assert listed(startedBy=world.primary()["id"]) == ours
    assert refused(world.ecs.list_tasks, cluster="main", startedBy="me", family="job")[0] == "InvalidParameterException"
    pages = world.ecs.get_paginator("list_tasks").paginate(cluster="main", PaginationConfig={"PageSize": 2})
    sizes = [len(page["taskArns"]) for page in pages]
    assert sizes == [2, 2, 1]
    world.ecs.stop_task(cluster="main", task=next(iter(alone)))
    assert len(listed(desiredStatus="STOPPED")) == 1
    assert len(listed()) == 4
    assert refused(world.ecs.stop_task, cluster="main", task="0" * 32)[1] == "The referenced task was not found."


def test_deployments_are_listed_by_status_and_time(world: Any) -> None:
    world.create(world.register("good-1"))
    world.until(world.completed, within=200)
    moment = world.clock.now()
    world.step(1)
    world.update(forceNewDeployment=True)

    def listed(**filters: Any) -> list[str]:
        answer = world.ecs.list_service_deployments(cluster="main", service="shop", **filters)
        return [each["status"] for each in answer["serviceDeployments"]]

    assert listed() == ["PENDING", "SUCCESSFUL"]
    assert listed(createdAt={"after": moment}) == ["PENDING"]
    assert listed(createdAt={"before": moment}) == ["SUCCESSFUL"]
    assert listed(status=["SUCCESSFUL"]) == ["SUCCESSFUL"]
    first = world.ecs.list_service_deployments(cluster="main", service="shop", maxResults=1)
    assert listed(nextToken=first["nextToken"]) == ["SUCCESSFUL"]


def test_services_and_tasks_have_tags(world: Any) -> None:
    service = world.create(world.register("good-1"), tags=[{"key": "team", "value": "shop"}], propagateTags="SERVICE")[
        "serviceArn"
    ]
    world.until(world.tasks, within=60)
    assert world.ecs.list_tags_for_resource(resourceArn=world.tasks()[0]["taskArn"])["tags"][0]["value"] == "shop"
    world.ecs.tag_resource(resourceArn=service, tags=[{"key": "stage", "value": "test"}])
    world.ecs.untag_resource(resourceArn=service, tagKeys=["team"])
    assert world.ecs.list_tags_for_resource(resourceArn=service)["tags"] == [{"key": "stage", "value": "test"}]
    assert "tags" not in world.service()
    shown = world.ecs.describe_services(cluster="main", services=["shop"], include=["TAGS"])["services"][0]
    assert shown["tags"] == [{"key": "stage", "value": "test"}]


def test_a_cluster_counts_its_services_and_tasks(world: Any) -> None:
    world.create(world.register("good-1"))
    world.until(world.completed, within=200)
    cluster = world.ecs.describe_clusters(clusters=["main"])["clusters"][0]
    assert (cluster["activeServicesCount"], cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (1, 1, 0)


def test_a_service_gives_back_what_it_was_given(world: Any) -> None:
    service = world.create(world.register("good-1"), healthCheckGracePeriodSeconds=30, enableECSManagedTags=True)
    configuration = service["deploymentConfiguration"]
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True, "resetOnHealthyTask": True}
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (100, 200)
    assert service["healthCheckGracePeriodSeconds"] == 30
    assert service["enableECSManagedTags"] is True
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    assert service["createdAt"] - world.clock.now() == timedelta(0)


def test_an_image_pushed_by_hand_under_another_tag_does_what_the_same_image_does(world: Any) -> None:
    ecr = world.client("ecr")
    asked = [{"imageTag": "crash-on-start"}]
    manifest = ecr.batch_get_image(repositoryName="shop", imageIds=asked)["images"][0]["imageManifest"]
    ecr.create_repository(repositoryName="mine")
    ecr.put_image(repositoryName="mine", imageManifest=manifest, imageTag="v1")
    image = {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:v1"}
    world.create(world.register("", image))
    world.until(lambda: world.tasks("STOPPED"), within=100)
    assert world.tasks("STOPPED")[0]["containers"][0]["exitCode"] == 1


def test_another_region_has_services_of_its_own(world: Any) -> None:
    world.create(world.register("good-1"))
    import boto3

    other = boto3.client("ecs", region_name="us-east-1")
    other.create_cluster(clusterName="main")
    assert other.list_services(cluster="main")["serviceArns"] == []


def test_a_host_port_other_than_the_containers_is_refused(world: Any) -> None:
    with pytest.raises(ClientError, match="the host ports and container ports in port mappings must match"):
        world.register("good-1", {"portMappings": [{"containerPort": 5001, "hostPort": 80}]})
    assert world.register("good-1", {"portMappings": [{"containerPort": 5001, "hostPort": 5001}]})
