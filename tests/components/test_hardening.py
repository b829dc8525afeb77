"""One test for each thing that the component promises about what it makes."""

import json
import re

import pulumi

LISTENER = "listener/app/web/50dc6c495c0c9188/0467ef3c"


def statements(policy):
    return json.loads(policy)["Statement"]


# --- the container


def test_containers_cannot_write_to_their_root_filesystem(deploy):
    assert deploy().container["readonlyRootFilesystem"] is True


def test_containers_can_write_to_tmp_and_nowhere_else(deploy):
    graph = deploy()
    assert graph.container["mountPoints"] == [{"containerPath": "/tmp", "readOnly": False, "sourceVolume": "tmp"}]  # noqa: S108
    assert graph.one("TaskDefinition").inputs["volumes"] == [{"name": "tmp"}]


def test_writable_paths_replace_tmp_and_each_has_a_volume_of_its_own(deploy):
    graph = deploy(writable_paths=["/var/run", "/cache.d"])
    mounts = {mount["containerPath"]: mount["sourceVolume"] for mount in graph.container["mountPoints"]}
    assert mounts == {"/var/run": "var-run", "/cache.d": "cache_d"}
    assert [volume["name"] for volume in graph.one("TaskDefinition").inputs["volumes"]] == ["cache_d", "var-run"]


def test_containers_do_not_run_as_root(deploy):
    assert deploy().container["user"] == "1000:1000"


def test_containers_have_no_linux_capabilities(deploy):
    assert deploy().container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_containers_are_not_privileged(deploy):
    assert deploy().container["privileged"] is False


def test_containers_have_an_init_process(deploy):
    assert deploy().container["linuxParameters"]["initProcessEnabled"] is True


def test_containers_have_a_minute_to_stop(deploy):
    assert deploy().container["stopTimeout"] == 60


def test_logging_never_blocks_the_program(deploy):
    logs = deploy().container["logConfiguration"]
    assert logs["logDriver"] == "awslogs"
    assert logs["options"]["mode"] == "non-blocking"
    assert logs["options"]["max-buffer-size"] == "25m"


def test_a_tag_is_resolved_once_for_each_deployment(deploy):
    assert deploy().container["versionConsistency"] == "enabled"


def test_containers_are_not_restarted_in_place(deploy):
    # A container that restarts inside a running task hides its crashes from the circuit breaker.
    assert "restartPolicy" not in deploy().container


def test_secrets_are_named_and_never_written_into_the_task_definition(deploy, secret_arn, parameter_arn):
    container = deploy(secrets={"PASSWORD": secret_arn, "API_KEY": parameter_arn}).container
    assert container["secrets"] == [
        {"name": "API_KEY", "valueFrom": parameter_arn},
        {"name": "PASSWORD", "valueFrom": secret_arn},
    ]
    assert container["environment"] == []


# --- the task definition


def test_the_family_is_stable_and_old_revisions_stay(deploy):
    task = deploy(service_name="checkout").one("TaskDefinition").inputs
    assert (task["family"], task["skipDestroy"], task["trackLatest"]) == ("checkout", True, False)


def test_tasks_run_on_fargate_in_a_network_of_their_own(deploy):
    task = deploy().one("TaskDefinition").inputs
    assert task["requiresCompatibilities"] == ["FARGATE"]
    assert task["networkMode"] == "awsvpc"
    assert "pidMode" not in task
    assert "ipcMode" not in task


def test_the_platform_of_the_image_is_explicit(deploy):
    platform = deploy(cpu_architecture="ARM64").one("TaskDefinition").inputs["runtimePlatform"]
    assert platform == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}


def test_fault_injection_is_off(deploy):
    assert deploy().one("TaskDefinition").inputs["enableFaultInjection"] is False


def test_the_same_arguments_give_the_same_task_definition(deploy):
    one = deploy(environment={"A": "1", "B": "2"}).one("TaskDefinition").inputs["containerDefinitions"]
    other = deploy(environment={"B": "2", "A": "1"}).one("TaskDefinition").inputs["containerDefinitions"]
    assert one == other


# --- roles


def test_the_program_does_not_get_the_role_that_starts_it(deploy):
    task = deploy().one("TaskDefinition").inputs
    assert task["executionRoleArn"].endswith("shop-execution-role")
    assert task["taskRoleArn"].endswith("shop-task-role")


def test_only_ecs_of_this_account_and_region_may_take_the_roles(deploy):
    for role in deploy().all("Role"):
        (statement,) = statements(role.inputs["assumeRolePolicy"])
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "210987654321"},
            "ArnLike": {"aws:SourceArn": "arn:aws-us-gov:ecs:us-gov-west-1:210987654321:*"},
        }


def test_the_execution_role_may_pull_only_the_image_of_the_service(deploy):
    for statement in statements(deploy().one("RolePolicy").inputs["policy"]):
        if "ecr:BatchGetImage" in statement["Action"]:
            assert statement["Resource"] == ["arn:aws-us-gov:ecr:us-gov-west-1:210987654321:repository/team/shop"]
            return
    raise AssertionError("no statement allows the pull")


def test_the_only_wildcard_of_the_execution_role_is_the_one_that_ecr_needs(deploy, secret_arn):
    policy = deploy(secrets={"PASSWORD": secret_arn}).one("RolePolicy").inputs["policy"]
    wild = [statement["Action"] for statement in statements(policy) if "*" in statement["Resource"]]
    assert wild == [["ecr:GetAuthorizationToken"]]


def test_the_execution_role_writes_only_to_the_log_group_of_the_service(deploy):
    (logs,) = [s for s in statements(deploy().one("RolePolicy").inputs["policy"]) if "logs:PutLogEvents" in s["Action"]]
    assert logs["Resource"] == ["arn:aws-us-gov:logs:us-gov-west-1:210987654321:log-group:/ecs/blue/shop:*"]


def test_the_execution_role_reads_only_the_given_secrets(deploy, secret_arn, parameter_arn):
    policy = deploy(secrets={"A": f"{secret_arn}:user::", "B": parameter_arn}).one("RolePolicy").inputs["policy"]
    reads = {
        s["Action"][0]: s["Resource"] for s in statements(policy) if not s["Action"][0].startswith(("ecr", "logs"))
    }
    assert reads == {"secretsmanager:GetSecretValue": [secret_arn], "ssm:GetParameters": [parameter_arn]}


def test_the_program_gets_no_permission_that_it_was_not_given(deploy):
    graph = deploy()
    assert [policy.inputs["role"] for policy in graph.all("RolePolicy")] == ["shop-execution-role-id"]
    assert not any("managedPolicyArns" in role.inputs for role in graph.all("Role"))


def test_no_partition_is_assumed(deploy, secret_arn):
    for made in deploy(secrets={"A": secret_arn}).resources:
        assert not re.search(r"arn:aws:", json.dumps(made.inputs)), made.name


# --- network


def test_only_the_load_balancer_reaches_the_tasks_and_only_on_their_port(deploy):
    graph = deploy(container_port=5001)
    ingress = graph.one("SecurityGroupIngressRule").inputs
    assert ingress["referencedSecurityGroupId"] == "sg-0a1b"
    assert (ingress["ipProtocol"], ingress["fromPort"], ingress["toPort"]) == ("tcp", 5001, 5001)
    assert "cidrIpv4" not in ingress
    assert not graph.one("SecurityGroup").inputs.get("ingress")


def test_tasks_reach_https_and_the_resolvers_of_the_vpc_and_nothing_else(deploy):
    rules = [made.inputs for made in deploy().all("SecurityGroupEgressRule")]
    reachable = {(rule["ipProtocol"], rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for rule in rules}
    assert reachable == {
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("udp", 53, 53, "10.20.0.0/16"),
        ("tcp", 53, 53, "10.20.0.0/16"),
    }


def test_every_rule_of_the_security_group_says_what_it_is_for(deploy):
    graph = deploy()
    rules = graph.all("SecurityGroupEgressRule") + graph.all("SecurityGroupIngressRule")
    assert len(rules) == 4
    assert all(rule.inputs["description"] for rule in [*rules, graph.one("SecurityGroup")])


def test_tasks_have_no_public_address(deploy):
    assert deploy().one("Service").inputs["networkConfiguration"]["assignPublicIp"] is False


# --- load balancing


def test_an_unhealthy_task_is_found_within_half_a_minute(deploy):
    check = deploy().one("TargetGroup").inputs["healthCheck"]
    assert (check["path"], check["matcher"], check["protocol"]) == ("/healthz", "200", "HTTP")
    assert check["interval"] * check["unhealthyThreshold"] <= 30
    assert check["timeout"] == 5
    assert check["healthyThreshold"] == 2


def test_requests_in_flight_end_before_a_task_is_killed(deploy):
    graph = deploy()
    assert graph.one("TargetGroup").inputs["deregistrationDelay"] == 30 < graph.container["stopTimeout"]


def test_a_target_group_can_be_replaced_while_it_is_in_use(deploy):
    target_group = deploy(service_name="checkout_api").one("TargetGroup").inputs
    assert "name" not in target_group
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,4}-", target_group["namePrefix"])


def test_tasks_are_targets_by_address(deploy):
    target_group = deploy().one("TargetGroup").inputs
    assert (target_group["targetType"], target_group["protocol"], target_group["port"]) == ("ip", "HTTP", 8080)


def test_the_listener_gets_one_rule_with_the_given_conditions(deploy, balanced):
    balanced["load_balancer"] |= {"listener_priority": 7, "path_patterns": ["/a/*"], "host_headers": ["a.example.com"]}
    rule = deploy(balanced).one("ListenerRule").inputs
    assert rule["listenerArn"].endswith(LISTENER)
    assert rule["priority"] == 7
    assert rule["conditions"] == [{"pathPattern": {"values": ["/a/*"]}}, {"hostHeader": {"values": ["a.example.com"]}}]
    assert rule["actions"][0]["type"] == "forward"


# --- the service and its deployments


def test_a_revision_that_does_not_start_is_rolled_back(deploy):
    assert deploy().one("Service").inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_a_revision_that_serves_badly_is_rolled_back(deploy):
    graph = deploy()
    assert graph.one("Service").inputs["alarms"] == {
        "alarmNames": ["ecs/blue/shop/http-5xx-rate", "ecs/blue/shop/latency-p99"],
        "enable": True,
        "rollback": True,
    }
    made = {alarm.inputs["name"] for alarm in graph.all("MetricAlarm")}
    assert made >= set(graph.one("Service").inputs["alarms"]["alarmNames"])


def test_alarms_of_the_program_watch_a_deployment_too(deploy):
    alarms = deploy(deployment_alarms={"extra_alarm_names": ["orders-lost"]}).one("Service").inputs["alarms"]
    assert alarms["alarmNames"][-1] == "orders-lost"


def test_a_worker_without_alarms_says_so_instead_of_leaving_the_block_out(deploy, worker):
    assert deploy(worker).one("Service").inputs["alarms"] == {"alarmNames": [], "enable": False, "rollback": False}


def test_a_worker_may_have_alarms_of_the_program(deploy, worker):
    alarms = deploy(worker, deployment_alarms={"extra_alarm_names": ["queue-stuck"]}).one("Service").inputs["alarms"]
    assert alarms == {"alarmNames": ["queue-stuck"], "enable": True, "rollback": True}


def test_a_few_failed_requests_do_not_roll_back_a_deployment(deploy):
    alarm = deploy().one("MetricAlarm", "5xx-rate").inputs
    rate = next(query for query in alarm["metricQueries"] if query["returnData"])
    assert rate["expression"] == "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"
    metrics = {query["id"]: query["metric"] for query in alarm["metricQueries"] if "metric" in query}
    assert metrics["errors"]["metricName"] == "HTTPCode_Target_5XX_Count"
    assert metrics["requests"]["metricName"] == "RequestCount"
    assert alarm["threshold"] == 1
    assert alarm["comparisonOperator"] == "GreaterThanThreshold"


def test_one_slow_request_does_not_roll_back_a_deployment(deploy):
    alarm = deploy().one("MetricAlarm", "latency-p99").inputs
    assert (alarm["metricName"], alarm["extendedStatistic"], alarm["threshold"]) == ("TargetResponseTime", "p99", 2)
    assert alarm["evaluateLowSampleCountPercentiles"] == "ignore"


def test_silence_is_no_alarm_and_one_bad_minute_is_none(deploy):
    for alarm in deploy(operational_alarms={"enabled": False}).all("MetricAlarm"):
        assert alarm.inputs["treatMissingData"] == "notBreaching"
        assert (alarm.inputs["evaluationPeriods"], alarm.inputs["datapointsToAlarm"]) == (3, 2)
        periods = {query["metric"]["period"] for query in alarm.inputs.get("metricQueries", []) if "metric" in query}
        assert periods | {alarm.inputs.get("period", 60)} == {60}


def test_alarms_look_at_this_target_group_of_this_load_balancer(deploy):
    graph = deploy()
    expected = {"LoadBalancer": "app/web/50dc6c495c0c9188", "TargetGroup": "targetgroup/shop-target-group/0a"}
    assert graph.one("MetricAlarm", "latency-p99").inputs["dimensions"] == expected
    for query in graph.one("MetricAlarm", "5xx-rate").inputs["metricQueries"][:2]:
        assert query["metric"]["dimensions"] == expected


def test_what_serves_keeps_its_full_strength_during_a_deployment(deploy):
    service = deploy().one("Service").inputs
    assert service["deploymentMinimumHealthyPercent"] == 100
    assert service["deploymentMaximumPercent"] == 200


def test_the_controller_and_the_strategy_are_explicit(deploy):
    service = deploy().one("Service").inputs
    assert service["deploymentController"] == {"type": "ECS"}
    assert service["deploymentConfiguration"]["strategy"] == "ROLLING"


def test_tasks_have_a_minute_before_failed_health_checks_count(deploy):
    assert deploy().one("Service").inputs["healthCheckGracePeriodSeconds"] == 60


def test_a_worker_has_no_grace_period_because_ecs_would_refuse_it(deploy, worker):
    service = deploy(worker).one("Service").inputs
    assert "healthCheckGracePeriodSeconds" not in service
    assert not service["loadBalancers"]


def test_two_tasks_spread_over_the_zones(deploy):
    service = deploy().one("Service").inputs
    assert service["desiredCount"] == 2
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    assert len(service["networkConfiguration"]["subnets"]) == 2


def test_nobody_gets_a_shell_in_a_task(deploy):
    assert deploy().one("Service").inputs["enableExecuteCommand"] is False


def test_tasks_carry_the_tags_of_the_service(deploy):
    service = deploy(tags={"team": "orders"}).one("Service").inputs
    assert service["propagateTags"] == "SERVICE"
    assert service["enableEcsManagedTags"] is True
    assert service["tags"] == {"failwell:service": "shop", "team": "orders"}


def test_everything_that_can_carry_tags_does(deploy):
    graph = deploy()
    untagged = {made.type.rpartition(":")[2] for made in graph.resources if "tags" not in made.inputs}
    without_tags = {"RolePolicy", "TopicPolicy", "QueuePolicy", "EventTarget", "Alias"}
    assert untagged - {"Stack"} == {"FargateService"} | without_tags


def test_an_update_waits_for_the_outcome_of_its_deployment(deploy):
    made = deploy().one("Service")
    assert made.inputs["waitForSteadyState"] is True
    assert made.options.customTimeouts.update == made.options.customTimeouts.create
    assert int(made.options.customTimeouts.update.removesuffix("m")) > 20


def test_an_update_without_a_change_is_no_deployment(deploy):
    assert deploy().one("Service").inputs["forceNewDeployment"] is False


def test_the_provider_does_not_roll_back_by_itself(deploy):
    assert deploy().one("Service").inputs["sigintRollback"] is False


def test_the_platform_version_follows_aws(deploy):
    assert "platformVersion" not in deploy().one("Service").inputs


def test_the_service_has_a_name_that_does_not_change(deploy):
    made = deploy(service_name="checkout").one("Service")
    assert made.inputs["name"] == "checkout"
    assert made.options.deleteBeforeReplace


def test_nothing_starts_before_what_it_needs_is_there(deploy):
    needed = {urn.rpartition("::")[2] for urn in deploy().one("Service").options.dependencies}
    assert needed >= {
        "shop-log-group", "shop-execution-policy", "shop-rule", "shop-from-load-balancer", "shop-to-https",
        "shop-to-dns-udp", "shop-to-dns-tcp", "shop-http-5xx-rate", "shop-latency-p99",
    }  # fmt: skip


def test_log_lines_are_kept_for_a_year(deploy):
    group = deploy().one("LogGroup").inputs
    assert group["retentionInDays"] == 365
    assert group["name"] == "/ecs/blue/shop"


def test_containers_log_to_the_group_of_the_service(deploy):
    graph = deploy()
    assert graph.container["logConfiguration"]["options"]["awslogs-group"] == graph.one("LogGroup").inputs["name"]


# --- the component


def test_every_child_belongs_to_the_component(deploy):
    for made in deploy().resources:
        if made.type != "pulumi:pulumi:Stack" and not made.type.startswith("failwell:"):
            assert made.options.parent.endswith("failwell:index:FargateService::shop"), made.name
            assert made.name.startswith("shop-")


def test_the_component_registers_exactly_its_outputs(deploy):
    from components import FargateService

    graph = deploy(image="registry.example.com/shop@sha256:" + "0a" * 32)
    missing = set(FargateService.__annotations__) - set(graph.registered_outputs)
    # What was not made here has no output.
    own = {"load_balancer_arn", "load_balancer_dns_name", "load_balancer_zone_id", "url"}
    assert missing == own | {"alternate_target_group_arn"}
    assert set(graph.registered_outputs) <= set(FargateService.__annotations__)
    assert graph.registered_outputs["image_digest"] == "sha256:" + "0a" * 32
    assert graph.registered_outputs["cluster_name"] == "blue"
    assert graph.registered_outputs["task_definition_revision"] == 7
    assert graph.registered_outputs["deployment_alarm_names"] == [
        "ecs/blue/shop/http-5xx-rate",
        "ecs/blue/shop/latency-p99",
    ]


def test_a_worker_has_neither_port_nor_load_balancing(deploy, worker):
    graph = deploy(worker)
    assert graph.container["portMappings"] == []
    assert not graph.all("TargetGroup") + graph.all("ListenerRule")
    assert {alarm.name for alarm in graph.all("MetricAlarm")} == {"shop-cpu", "shop-memory", "shop-missing-tasks"}
    assert not graph.all("SecurityGroupIngressRule")
    assert "target_group_arn" not in graph.registered_outputs


def test_values_may_be_outputs_that_are_known_later(deploy, balanced, secret_arn):
    later = pulumi.Output.from_input
    balanced["load_balancer"]["listener_arn"] = later(balanced["load_balancer"]["listener_arn"])
    graph = deploy(
        balanced,
        image=later(balanced["image"]),
        subnet_ids=later(["subnet-0c", "subnet-0d"]),
        environment={"HOST": later("db.internal"), "PORT": "5432"},
        secrets={"PASSWORD": later(secret_arn)},
        desired_count=later(4.0),
        memory=later(2048),
    )
    assert graph.container["environment"] == [
        {"name": "HOST", "value": "db.internal"},
        {"name": "PORT", "value": "5432"},
    ]
    assert graph.container["image"] == balanced["image"]
    assert graph.one("Service").inputs["networkConfiguration"]["subnets"] == ["subnet-0c", "subnet-0d"]
    assert graph.one("Service").inputs["desiredCount"] == 4
    assert graph.one("TaskDefinition").inputs["memory"] == "2048"
    assert graph.one("MetricAlarm", "latency-p99").inputs["dimensions"]["LoadBalancer"] == "app/web/50dc6c495c0c9188"
    assert graph.registered_outputs["expected_settle_minutes"] == 11


def test_a_cluster_of_the_same_stack_is_named_beside_its_arn(deploy, balanced):
    graph = deploy(balanced, cluster_arn=pulumi.Output.from_input(balanced["cluster_arn"]), cluster_name="blue")
    assert graph.one("LogGroup").inputs["name"] == "/ecs/blue/shop"
    assert graph.one("Service").inputs["cluster"] == balanced["cluster_arn"]


def test_transformations_of_the_program_reach_every_child(run, balanced):
    from components import FargateService

    seen = []

    def look(args):
        seen.append(args.type_)

    run(lambda: FargateService("shop", balanced, pulumi.ResourceOptions(transformations=[look])))
    assert "aws:ecs/service:Service" in seen
    assert "aws:ecs/taskDefinition:TaskDefinition" in seen
