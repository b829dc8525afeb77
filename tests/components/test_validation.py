"""Wrong arguments are reported all at once, before anything is made, each with what to write instead."""

import pulumi
import pytest

from components.errors import ArgumentError
from components.validation import read


def problems(args, name="shop"):
    """Return what is wrong with the arguments: path to (what, instead, control)."""
    with pytest.raises(ArgumentError) as caught:
        read(name, args)
    found = {problem.path: problem.complaint for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), "a path was complained about twice"
    return {path: (complaint.what, complaint.instead, complaint.control) for path, complaint in found.items()}


def test_every_error_is_reported_at_once_and_nothing_is_made(deploy, balanced):
    balanced["load_balancer"]["listener_priority"] = 0
    with pytest.raises(ArgumentError) as caught:
        deploy(balanced, image="shop:latest", cpu=300, subnet_ids=[], environment={"DB_PASSWORD": "x"}, imagee="y")
    assert {problem.path for problem in caught.value.problems} == {
        "image", "cpu", "subnet_ids", "environment.DB_PASSWORD", "load_balancer.listener_priority", "imagee",
    }  # fmt: skip


def test_nothing_is_registered_before_the_arguments_are_read(run, worker):
    from components import FargateService

    def program():
        with pytest.raises(ArgumentError):
            FargateService("shop", {**worker, "cpu": 1})

    assert run(program).resources == []


def test_the_message_begins_with_a_line_that_a_program_can_recognise(worker):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, "image": "registry.example.com/shop", "cpu": 512, "memory": 700})
    assert str(caught.value) == (
        'error[invalid-arguments]: FargateService "shop" has 2 invalid argument(s)\n'
        "  --> image: `registry.example.com/shop` has no tag, which means `latest` [DEP-15]\n"
        "      help: write registry/repository:tag or registry/repository@sha256:<64 hexadecimal digits>\n"
        "  --> memory: is 700 MiB, which Fargate does not offer with cpu 512 [TSK-13]\n"
        "      help: with cpu 512 take memory 1024, 2048, 3072 or 4096"
    )


def test_pulumi_prints_the_message_without_a_traceback():
    assert issubclass(ArgumentError, pulumi.RunError)


def test_what_is_required_is_missed():
    assert set(problems({})) == {"image", "cluster_arn", "vpc_id", "subnet_ids"}


@pytest.mark.parametrize("args", [None, "shop", ["shop"]])
def test_arguments_that_are_no_map_are_refused(args):
    with pytest.raises(ArgumentError, match="--> args: is "):
        read("shop", args)


def test_an_unknown_argument_is_refused_with_the_nearest_one(worker):
    found = problems({**worker, "enviroment": {}, "deployment": {"grace": 1, "maximum_precent": 200}})
    assert found["enviroment"][1] == "did you mean `environment`?"
    assert found["deployment.maximum_precent"][1] == "did you mean `maximum_percent`?"
    assert "minimum_healthy_percent" in found["deployment.grace"][1]


@pytest.mark.parametrize(
    ("argument", "value", "what"),
    [
        ("image", 3, "is a number"),
        ("cpu", "256", "is text"),
        ("cpu", True, "is a boolean"),
        ("cpu", 256.5, "is a number"),
        ("cpu", float("nan"), "is a number"),
        ("subnet_ids", "subnet-0a", "is text"),
        ("environment", ["A=1"], "is a list"),
        ("load_balancer", "web", "is text"),
        ("user", {"uid": 1}, "is a map"),
        ("vpc_id", "", "is empty"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(worker, argument, value, what):
    assert problems({**worker, argument: value})[argument][0] == what


def test_a_whole_number_may_arrive_as_a_float(worker):
    settings = read("shop", {**worker, "cpu": 1024.0, "memory": 2048.0, "desired_count": 3.0, "container_port": 5001.0})
    for value in (settings.cpu, settings.memory, settings.desired_count, settings.container_port):
        assert isinstance(value, int)


def test_numbers_in_the_environment_become_text_as_configuration_files_write_them(worker):
    environment = read("shop", {**worker, "environment": {"WORKERS": 3, "RATIO": 0.5, "PORT": 80.0}}).containers[0][
        "environment"
    ]
    assert environment == {"WORKERS": "3", "RATIO": "0.5", "PORT": "80"}


def test_a_boolean_in_the_environment_is_refused_because_programs_read_it_differently(worker):
    assert problems({**worker, "environment": {"DEBUG": True}})["environment.DEBUG"][0] == "is a boolean"


@pytest.mark.parametrize("port", [0, 80, 1023, 65536])
def test_a_port_that_the_container_cannot_bind_is_refused(balanced, port):
    what, instead, control = problems({**balanced, "container_port": port})["container_port"]
    assert what.startswith(f"is {port}")
    assert instead == "write a whole number from 1024 to 65535"
    assert control == "TSK-04"


def test_the_memory_that_goes_with_the_cpu_is_named(worker):
    assert problems({**worker, "cpu": 256, "memory": 4096})["memory"][1] == "with cpu 256 take memory 512, 1024 or 2048"
    found = problems({**worker, "cpu": 16384, "memory": 1024})["memory"]
    assert found[1] == "with cpu 16384 take memory from 32768 to 122880 in steps of 8192"
    assert found[2] == "TSK-13"
    assert problems({**worker, "cpu": 32768})["memory"][1] == "with cpu 32768 take memory 61440, 122880 or 249856"


def test_a_cpu_that_fargate_does_not_have_is_refused_once(worker):
    found = problems({**worker, "cpu": 300})
    assert list(found) == ["cpu"]
    assert found["cpu"][1] == "take one of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768"


@pytest.mark.parametrize("count", [-1, 5001])
def test_a_desired_count_that_ecs_does_not_take_is_refused(worker, count):
    assert "desired_count" in problems({**worker, "desired_count": count})


def test_a_health_check_path_begins_with_a_slash(balanced):
    found = problems({**balanced, "target_group": {"health_check": {"path": "healthz"}}})
    assert found["target_group.health_check.path"][2] == "DEP-13"


@pytest.mark.parametrize("name", ["", "a" * 256, "shop.web", "shop web", "shop/web"])
def test_a_name_that_ecs_does_not_take_is_refused(worker, name):
    assert "service_name" in problems({**worker, "service_name": name})


def test_a_component_name_that_is_no_service_name_needs_another(worker):
    assert problems(worker, name="shop.web")["service_name"][0].startswith("is the component's name, and")
    assert read("shop.web", {**worker, "service_name": "shop-web"}).service_name == "shop-web"


def test_names_that_are_too_long_for_an_alarm_are_refused(worker):
    assert "shorten it" in problems({**worker, "service_name": "s" * 217})["service_name"][1]
    assert read("shop", {**worker, "service_name": "s" * 216}).cluster_name == "blue"


@pytest.mark.parametrize(
    "arn",
    [
        "hunter2",
        "shop/database",
        "arn:aws:secretsmanager:eu-west-1:210987654321:secret:",
        "arn:aws:s3:::bucket/key",
        "arn:aws:ssm:eu-west-1:210987654321:parameter",
    ],
)
def test_a_secret_is_named_by_its_full_arn_and_never_shown(worker, arn):
    what, instead, control = problems({**worker, "secrets": {"PASSWORD": arn}})["secrets.PASSWORD"]
    assert control == "TSK-07"
    assert arn not in what + instead


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA", "db_password", "API_KEY", "TOKEN"])
def test_credentials_are_refused_by_name(worker, name):
    what, instead, control = problems({**worker, "environment": {name: "hunter2"}})[f"environment.{name}"]
    assert control == "TSK-06"
    assert instead.endswith(f"secrets.{name}")
    assert "hunter2" not in what + instead


@pytest.mark.parametrize(
    "value", ["AKIA" + "A" * 16, "-----BEGIN RSA " + "PRIVATE KEY-----", "postgres://shop:hunter2@db/shop"]
)
def test_credentials_are_refused_by_value(worker, value):
    what, instead, control = problems({**worker, "environment": {"SETTING": value}})["environment.SETTING"]
    assert control == "TSK-06"
    assert value not in what + instead


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD_MIN_LENGTH", "12"),
        ("TOKEN_URL", "https://id.example.com/token"),
        ("URL", "postgres://db:5432/shop"),
        ("EMPTY", ""),
    ],
)
def test_what_only_resembles_a_credential_is_taken(worker, name, value):
    assert read("shop", {**worker, "environment": {name: value}}).containers[0]["environment"] == {name: value}


def test_a_credential_that_becomes_known_later_is_refused_before_the_task_definition_is_made(run, worker):
    from components import FargateService

    late = pulumi.Output.from_input("AKIA" + "A" * 16)
    with pytest.raises(ArgumentError, match=r"environment\.SETTING"):
        run(lambda: FargateService("shop", {**worker, "environment": {"SETTING": late}}))


@pytest.mark.parametrize("whole", [True, False])
def test_a_secret_of_pulumi_does_not_become_a_plain_variable(run, worker, whole):
    from components import FargateService

    def program():
        value = pulumi.Output.secret("hunter2")
        environment = pulumi.Output.secret({"GREETING": "hunter2"}) if whole else {"GREETING": value}
        return FargateService("shop", {**worker, "environment": environment})

    with pytest.raises(ArgumentError) as caught:
        run(program)
    (problem,) = caught.value.problems
    assert problem.path == ("environment" if whole else "environment.GREETING")
    assert problem.complaint.control == "TSK-06"
    assert "hunter2" not in str(caught.value)


def test_a_variable_is_either_plain_or_secret(worker, secret_arn):
    found = problems({**worker, "environment": {"HOST": "a"}, "secrets": {"HOST": secret_arn}})
    assert found["secrets"][0] == "has HOST, which environment has too"


@pytest.mark.parametrize("subnets", [[], ["subnet-0a"]])
def test_a_service_needs_two_subnets(worker, subnets):
    assert problems({**worker, "subnet_ids": subnets})["subnet_ids"][1:] == ("give at least 2", "DEP-10")


@pytest.mark.parametrize(("count", "maximum", "least"), [(1, 150, 200), (2, 140, 150), (3, 133, 134), (10, 109, 110)])
def test_percentages_between_which_nothing_can_move_are_refused(worker, count, maximum, least):
    args = {**worker, "desired_count": count, "deployment": {"maximum_percent": maximum}}
    what, instead, control = problems(args)["deployment.maximum_percent"]
    assert (instead, control) == (f"write at least {least}", "DEP-08")
    assert "no new task may start" in what
    args["deployment"] = {"maximum_percent": least}
    assert read("shop", args).deployment.maximum_percent == least


def test_percentages_say_nothing_about_no_task_at_all(worker):
    assert read("shop", {**worker, "desired_count": 0, "deployment": {"maximum_percent": 101}}).desired_count == 0


def test_what_serves_may_not_be_stopped_first(worker):
    assert (
        problems({**worker, "deployment": {"minimum_healthy_percent": 50}})["deployment.minimum_healthy_percent"][2]
        == "DEP-08"
    )


def test_percentages_that_become_known_later_are_checked_then(run, worker):
    from components import FargateService

    late = pulumi.Output.from_input(100.0)
    args = {**worker, "deployment": {"minimum_healthy_percent": late, "maximum_percent": 110}}
    with pytest.raises(ArgumentError, match=r"deployment\.maximum_percent"):
        run(lambda: FargateService("shop", args))


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:app", "00", "1000:0", "a b", ":1"])
def test_a_container_may_not_be_root(worker, user):
    assert "user" in problems({**worker, "user": user})


@pytest.mark.parametrize("user", ["1000", "1000:1000", "app", "app:app"])
def test_a_container_may_be_anyone_else(worker, user):
    assert read("shop", {**worker, "user": user}).containers[0]["user"] == user


@pytest.mark.parametrize("path", ["/", "cache", "/cache/", "/a/../b", "/a b", "//a"])
def test_a_writable_path_is_an_absolute_directory(worker, path):
    assert "writable_paths[0]" in problems({**worker, "writable_paths": [path]})


def test_two_writable_paths_do_not_share_a_volume(worker):
    assert problems({**worker, "writable_paths": ["/a/b", "/a-b"]})["writable_paths"][2] == "TSK-12"


def test_a_check_ends_before_the_next_one_begins(balanced):
    found = problems({**balanced, "target_group": {"health_check": {"interval": 5, "timeout": 5}}})
    assert found["target_group.health_check.timeout"][1] == "write less than 5"


def test_a_task_is_not_killed_while_it_still_gets_requests(balanced):
    found = problems({**balanced, "stop_timeout": 45, "target_group": {"deregistration_delay": 60}})
    assert found["target_group.deregistration_delay"][2] == "DEP-14"


def test_an_alarm_cannot_want_more_datapoints_than_it_looks_at(balanced):
    found = problems({**balanced, "deployment_alarms": {"evaluation_periods": 2, "datapoints_to_alarm": 3}})
    assert found["deployment_alarms.datapoints_to_alarm"][1] == "write at most 2"


@pytest.mark.parametrize("share", [0, -1, 101])
def test_an_alarm_needs_a_share_that_can_be_exceeded(balanced, share):
    assert "deployment_alarms.http_5xx_rate_percent" in problems(
        {**balanced, "deployment_alarms": {"http_5xx_rate_percent": share}}
    )


def test_a_rule_needs_a_condition(balanced):
    del balanced["load_balancer"]["path_patterns"]
    assert "neither path_patterns nor host_headers" in problems(balanced)["load_balancer"][0]


def test_a_rule_has_five_conditions_at_most(balanced):
    balanced["load_balancer"] |= {"path_patterns": ["/a", "/b", "/c"], "host_headers": ["a.test", "b.test", "c.test"]}
    assert problems(balanced)["load_balancer"][0].startswith("has 6 path patterns and host headers together")


def test_a_listener_of_a_network_load_balancer_is_refused(balanced):
    balanced["load_balancer"]["listener_arn"] = balanced["load_balancer"]["listener_arn"].replace("/app/", "/net/")
    assert "load_balancer.listener_arn" in problems(balanced)


def test_a_target_group_without_a_load_balancer_is_refused(worker):
    assert problems({**worker, "target_group": {"deregistration_delay": 10}})["target_group"][0].startswith(
        "has no effect"
    )


def test_a_name_cannot_be_an_output(worker):
    found = problems({**worker, "service_name": pulumi.Output.from_input("shop")})
    assert found["service_name"][0] == "is an output, and must be known when the program runs"


def test_the_name_of_a_cluster_that_is_not_made_yet_is_asked_for(worker):
    found = problems({**worker, "cluster_arn": pulumi.Output.from_input(worker["cluster_arn"])})
    assert found["cluster_name"][1] == "give the name that the cluster has"


def test_the_name_of_the_cluster_is_the_one_in_its_arn(worker):
    assert "leave cluster_name out" in problems({**worker, "cluster_name": "green"})["cluster_name"][1]


def test_the_name_of_a_cluster_that_is_known_later_is_checked_then(run, worker):
    from components import FargateService

    args = {**worker, "cluster_arn": pulumi.Output.from_input(worker["cluster_arn"]), "cluster_name": "green"}
    with pytest.raises(ArgumentError, match="leave cluster_name out"):
        run(lambda: FargateService("shop", args))


@pytest.mark.parametrize("days", [0, 2, 366, 4000])
def test_a_retention_that_cloudwatch_does_not_take_is_refused(worker, days):
    assert "log_retention_in_days" in problems({**worker, "log_retention_in_days": days})


@pytest.mark.parametrize("tag", ["aws:owner", "", "a" * 129, "a#b"])
def test_a_tag_that_aws_does_not_take_is_refused(worker, tag):
    assert f"tags.{tag}" in problems({**worker, "tags": {tag: "x"}})
