"""Links lead to the console of the partition that the ARNs are of."""

from typing import Any

import pytest

from diagnostics.evidence import Evidence
from diagnostics.links import links, quote


def evidence(partition: str = "aws", region: str = "eu-west-1", **more: Any) -> Evidence:
    ecs = f"arn:{partition}:ecs:{region}:123456789012"
    group = f"arn:{partition}:elasticloadbalancing:{region}:123456789012:targetgroup/web/0123"
    task = {"taskArn": f"{ecs}:task/prod/0123abcd", "lastStatus": "STOPPED", "stoppedReason": "x"}
    options = {"awslogs-group": "/ecs/web", "awslogs-region": region}
    container = {"name": "app", "logConfiguration": {"logDriver": "awslogs", "options": options}}
    document: dict[str, Any] = {
        "schema": "evidence/1",
        "service": {
            "serviceName": "web",
            "clusterArn": f"{ecs}:cluster/prod",
            "loadBalancers": [{"targetGroupArn": group}],
        },
        "task_definition": {"containerDefinitions": [container]},
        "tasks": [task],
        "logs": [{"task_arn": task["taskArn"], "container": "app", "stream": "web/app/0123abcd", "events": []}],
    }
    return Evidence.parse(document | more)


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_own_console(partition: str, region: str, host: str) -> None:
    found = {link.name: link.url for link in links(evidence(partition, region))}
    log = "log-group/$252Fecs$252Fweb/log-events/web$252Fapp$252F0123abcd"
    group = f"arn:{partition}:elasticloadbalancing:{region}:123456789012:targetgroup/web/0123"
    assert found == {
        "service": f"https://{host}/ecs/v2/clusters/prod/services/web/health?region={region}",
        "task 0123ab": f"https://{host}/ecs/v2/clusters/prod/tasks/0123abcd?region={region}",
        "log of app": f"https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/{log}",
        "target group web": f"https://{host}/ec2/home?region={region}#TargetGroup:targetGroupArn={group}",
    }


def test_without_an_arn_or_in_an_unknown_partition_there_are_no_links() -> None:
    assert links(Evidence()) == ()
    assert links(evidence("aws-elsewhere", "x-1")) == ()


def test_what_a_document_says_cannot_break_out_of_a_link() -> None:
    service = {"serviceName": "web) <script>", "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/prod"}
    urls = [link.url for link in links(evidence(service=service))]
    assert not any(set(url) & set(")<> ") for url in urls)


def test_a_name_that_utf_8_cannot_have_costs_no_diagnosis() -> None:
    assert quote("a\ud800b") == "a%3Fb"
