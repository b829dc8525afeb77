"""The two small components beside the service: the repository that its image is in, and the cluster."""

import json

import pulumi
import pytest

from components.errors import ArgumentError
from tests.components.conftest import waived

KEY = "arn:aws-us-gov:kms:us-gov-west-1:210987654321:key/0a1b"


@pytest.fixture
def repository(run):
    from components import Repository

    return lambda args=None, name="shop": run(lambda: Repository(name, args or {}))


@pytest.fixture
def cluster(run):
    from components import Cluster

    return lambda args=None, name="blue": run(lambda: Cluster(name, args or {}))


def test_a_tag_stays_what_it_is(repository):
    assert repository().one("Repository", "shop-repository").inputs["imageTagMutability"] == "IMMUTABLE"


def test_images_are_scanned_and_encrypted_and_not_deleted_by_accident(repository):
    made = repository({"kms_key_arn": KEY}).one("Repository", "shop-repository").inputs
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    assert made["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    assert made["forceDelete"] is False


def test_a_rollback_finds_its_image_with_a_tag_or_without(repository):
    (rule,) = json.loads(repository({"keep_images": 200.0}).one("LifecyclePolicy").inputs["policy"])["rules"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 200}
    assert rule["action"] == {"type": "expire"}


def test_a_repository_has_the_components_name_or_its_own(repository):
    assert repository().one("Repository", "shop-repository").inputs["name"] == "shop"
    made = repository({"repository_name": "team/shop"}).one("Repository", "shop-repository").inputs
    assert made["name"] == "team/shop"


def test_a_repository_says_where_images_go(repository):
    outputs = repository().registered_outputs
    assert set(outputs) == {"repository_arn", "repository_url", "repository_name", "waivers"}


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({"keep_images": 1}, "keep_images"),
        ({"repository_name": "Shop"}, "repository_name"),
        ({"image_tag_mutability": "MUTABLE"}, "image_tag_mutability"),
        ({"kms_key_arn": "alias/shop"}, "kms_key_arn"),
    ],
)
def test_a_repository_that_a_rollback_could_not_trust_is_refused(repository, args, path):
    with pytest.raises(ArgumentError) as caught:
        repository(args)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_a_name_that_no_repository_can_have_is_refused(repository):
    with pytest.raises(ArgumentError, match="repository_name"):
        repository(name="Shop")


def test_the_cluster_can_be_looked_into(cluster):
    made = cluster().one("Cluster", "blue-cluster").inputs
    assert made["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    command = made["configuration"]["executeCommandConfiguration"]
    assert command["logging"] == "OVERRIDE"
    assert command["logConfiguration"]["cloudWatchLogGroupName"] == "/ecs/blue/exec"


def test_sessions_and_disks_are_encrypted_with_the_given_keys(cluster):
    graph = cluster({"kms_key_arn": KEY, "storage_kms_key_arn": f"{KEY}2"})
    configuration = graph.one("Cluster", "blue-cluster").inputs["configuration"]
    assert configuration["executeCommandConfiguration"]["kmsKeyId"] == KEY
    assert configuration["executeCommandConfiguration"]["logConfiguration"]["cloudWatchEncryptionEnabled"] is True
    assert configuration["managedStorageConfiguration"] == {"fargateEphemeralStorageKmsKeyId": f"{KEY}2"}
    assert graph.one("LogGroup").inputs["kmsKeyId"] == KEY


def test_a_service_without_a_strategy_does_not_land_on_spot(cluster):
    providers = cluster().one("ClusterCapacityProviders").inputs
    assert providers["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers["defaultCapacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}]


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({"container_insights": "disabled"}, "container_insights"),
        ({"cluster_name": "a b"}, "cluster_name"),
        ({"exec_log_retention_in_days": 2}, "exec_log_retention_in_days"),
        ({"service_connect_namespace_arn": "team"}, "service_connect_namespace_arn"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(cluster, args, path):
    with pytest.raises(ArgumentError) as caught:
        cluster(args)
    assert [problem.path for problem in caught.value.problems] == [path]


@pytest.mark.parametrize("made", ["repository", "cluster"])
def test_every_child_is_looked_at(request, made):
    graph = request.getfixturevalue(made)()
    children = [each for each in graph.resources if each.type.startswith("aws:")]
    assert len(children) >= 2
    for each in children:
        (hook,) = each.options.hooks.before_create
        assert hook.startswith(f"failwell-controls-{made.capitalize()}/"), each.name
        assert list(each.options.hooks.before_update) == [hook]
        assert len(each.options.transforms) == 1


def test_two_of_one_name_and_different_parents_are_looked_at_apart(run):
    from components import Repository

    def program():
        for name in ("a", "b"):
            parent = pulumi.ComponentResource("test:index:Team", name)
            Repository("shop", {}, pulumi.ResourceOptions(parent=parent))

    hooks = {hook for each in run(program).resources for hook in each.options.hooks.before_create}
    assert hooks == {"failwell-controls-Repository/a/shop", "failwell-controls-Repository/b/shop"}


TAKEN_BACK = [
    ("repository", "ECR-03", {"keep_images": 10}),
    ("cluster", "CLU-01", {"container_insights": "disabled"}),
    ("cluster", "LOG-01", {"exec_log_retention_in_days": 30}),
]


@pytest.mark.parametrize(("made", "control", "args"), TAKEN_BACK)
def test_an_argument_that_takes_back_a_default_is_refused_unless_waived(request, made, control, args):
    make = request.getfixturevalue(made)
    with pytest.raises(ArgumentError, match=rf"\[{control}\]\n.*or waive {control} with a reason in `waivers`"):
        make(args)
    waivers = waived(control)
    assert make({**args, "waivers": waivers}).registered_outputs["waivers"] == waivers
    with pytest.raises(ArgumentError, match=r"waivers\[0\]\.expires: was 2000-01-01"):
        make({**args, "waivers": [{**waivers[0], "expires": "2000-01-01"}]})


@pytest.mark.parametrize("made", ["repository", "cluster"])
def test_what_has_to_hold_cannot_be_waived(request, made):
    with pytest.raises(ArgumentError, match="`ECR-01` cannot be waived"):
        request.getfixturevalue(made)({"waivers": waived("ECR-01")})
