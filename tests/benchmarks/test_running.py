"""How a command is run and what is noted of it; the peers' configurations; the requests that a sandbox counts."""

import sys
import time
from pathlib import Path

from benchmarks.proof.binaries import terraform_configuration
from benchmarks.proof.case import refusals
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.running import Ran, run
from benchmarks.proof.stage import Case, cases_of, neutral_images
from benchmarks.proof.tools import Launch
from sandbox.counting import Requests
from sandbox.images import load_catalogue
from sandbox.requests import Request
from sandbox.timings import at_end, load_timings

LATER = 3600.0


def launch(*programs: str) -> Launch:
    return Launch([[sys.executable, "-c", program] for program in programs], {"PATH": "/usr/bin:/bin"}, Path.cwd())


def test_lines_are_noted_with_their_moments_and_the_processor_with_them() -> None:
    busy = "while time.process_time() < 0.3: pass"
    work = f"import sys, time\nprint('one', flush=True)\n{busy}\nprint('two', file=sys.stderr)"
    ran = run(launch(work), time.monotonic() + LATER)
    assert [line for _, line in ran.lines] == ["one", "two"]
    assert ran.lines[1][0] - ran.lines[0][0] >= 0.2
    assert ran.exit_code == 0
    assert ran.cpu_seconds >= 0.3


def test_the_memory_is_that_of_the_program_and_not_of_what_forked_it() -> None:
    held = "import time\nheld = bytes(range(256)) * 2**17\nwhile time.process_time() < 1: pass"
    assert run(launch(held), time.monotonic() + LATER).mib > 32


def test_the_second_command_is_run_only_where_the_first_one_ends_well() -> None:
    assert run(launch("print('a')", "print('b')"), time.monotonic() + LATER).text == "a\nb"
    failed = run(launch("import sys; print('a'); sys.exit(7)", "print('b')"), time.monotonic() + LATER)
    assert (failed.text, failed.exit_code) == ("a", 7)


def test_what_still_runs_when_the_time_is_over_has_not_ended() -> None:
    ran = run(launch("import time; print('waiting', flush=True); time.sleep(3600)"), time.monotonic())
    assert (ran.exit_code, ran.ended) == (None, None)


def test_the_checks_that_refused_are_read_once_each() -> None:
    lines = [
        "error[image-exists]: no",
        "  --> somewhere",
        "error[image-exists]: no",
        "error[role-exists]: no",
        "help: x",
    ]
    assert refusals(Ran(0.0, [(0.0, line) for line in lines])) == ("image-exists", "role-exists")


def test_a_case_is_called_by_a_number() -> None:
    names = [case.name for case in cases_of(list(KINDS), (1, 5), (False, True))]
    assert len(set(names)) == len(names)
    assert not [kind for kind in KINDS for name in names if kind in name]
    assert Case(KINDS["crash"], 5, breaker=False).cluster.startswith("svc-")


def test_healthy_deployments_have_a_breaker_each_and_failures_both() -> None:
    cases = cases_of(["crash", "healthy"], (1, 5), (False, True))
    assert [(case.kind.id, case.desired, case.breaker) for case in cases] == [
        ("crash", 1, False),
        ("crash", 1, True),
        ("healthy", 1, True),
        ("crash", 5, False),
        ("crash", 5, True),
        ("healthy", 5, True),
    ]


def test_images_do_what_they_did_under_tags_that_tell_nothing(tmp_path: Path) -> None:
    images = {image.name: image for image in load_catalogue(neutral_images(tmp_path / "images.yaml")).images}
    assert images["bench:v7"].listens is not None
    assert images["bench:v7"].listens.port == 5201
    assert images["bench:v4"].platforms == ("linux/arm64",)
    assert "bench:v3" not in images, "nobody pushed it"


def test_terraform_is_given_the_same_service() -> None:
    service = {
        "cluster": "c",
        "serviceName": "s",
        "desiredCount": 1,
        "healthCheckGracePeriodSeconds": 60,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"], "securityGroups": ["g"]}},
        "loadBalancers": [{"targetGroupArn": "t", "containerName": "app", "containerPort": 5001}],
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    }
    definition = {
        "family": "s",
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "r",
        "containerDefinitions": [{"name": "app"}],
    }
    made = terraform_configuration({"definition": definition, "service": service}, "eu-west-1", wait=True)
    block = made["resource"]["aws_ecs_service"]["it"]
    assert block["wait_for_steady_state"] is True
    assert block["load_balancer"] == [{"target_group_arn": "t", "container_name": "app", "container_port": 5001}]
    assert block["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_requests_are_counted_by_key_and_operation() -> None:
    requests = Requests()
    for key, operation in (("a", "ListTasks"), ("a", "ListTasks"), ("b", "ListTasks"), ("a", "")):
        requests.count(Request("ecs", operation, "eu-west-1", "json", b"", key))
    assert requests.listed() == {"requests": {"a": {"ecs:ListTasks": 2}, "b": {"ecs:ListTasks": 1}}}


def test_timings_at_an_end_are_that_end() -> None:
    ranges = load_timings()
    for end in ("low", "high"):
        fixed = at_end(ranges, end)
        assert fixed.keys() == ranges.keys()
        assert all(each.low == each.typical == each.high for each in fixed.values())
        assert all(fixed[name].low == getattr(ranges[name], end) for name in ranges)
