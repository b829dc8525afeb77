"""Each rule fires on its hits and is silent on its near misses; module, page, table line and cases belong together."""

import json
import re
from pathlib import Path

import pytest

from diagnostics import rules
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.rules import RULES, Rule, page

HERE = Path(__file__).parent
BY_ID = {rule.ID: rule for rule in RULES}


def cases(kind: str) -> list[Path]:
    return sorted(HERE.glob(f"*/{kind}-*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def evidence_of(path: Path) -> Evidence:
    return Evidence.parse(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", cases("hit"), ids=named)
def test_a_hit_names_the_rule_as_the_root_cause(path: Path) -> None:
    diagnosis = diagnose(evidence_of(path))
    assert diagnosis.root_cause == path.parent.name, diagnosis.what
    assert diagnosis.verdict in {Verdict.DOOMED, Verdict.SUSPECT}
    assert diagnosis.evidence
    assert all((diagnosis.what, diagnosis.why, diagnosis.fix))


@pytest.mark.parametrize("path", cases("near-miss"), ids=named)
def test_a_near_miss_leaves_the_rule_silent(path: Path) -> None:
    assert BY_ID[path.parent.name].match(evidence_of(path)) is None


@pytest.mark.parametrize("path", [*cases("hit"), *cases("near-miss")], ids=named)
def test_only_a_rule_calls_a_deployment_doomed_and_a_suspect_case_is_not(path: Path) -> None:
    diagnosis = diagnose(evidence_of(path))
    if "suspect" in path.stem:
        assert diagnosis.verdict is Verdict.SUSPECT
    assert diagnosis.verdict is not Verdict.DOOMED or diagnosis.root_cause in BY_ID


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_rule_has_a_module_a_page_and_several_cases_of_each_kind(rule: Rule) -> None:
    assert Path(str(rule.__file__)).stem.replace("_", "-") == rule.ID  # type: ignore[attr-defined]
    first, _, rest = page(rule).partition("\n")
    assert re.fullmatch(r"[A-Z].*\.", first)
    for heading in ("What it looks for", "Why waiting cannot help", "What to do", "What it is not", "References"):
        assert f"\n## {heading}\n" in rest
    assert re.search(r"^- https://docs\.aws\.amazon\.com/\S+$", rest, re.MULTILINE)
    for kind in ("hit", "near-miss"):
        assert len(list((HERE / rule.ID).glob(f"{kind}-*.json"))) >= 3


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("out-of-memory/hit-container-limit-in-stopped-reason", ["`orders`", "512 MiB for the container"]),
        ("out-of-memory/hit-killed-at-the-limit", ["1024 MiB for the task"]),
        ("image-not-found/hit-fargate-tag-missing", ["210987654321.dkr.ecr.eu-central-1.amazonaws.com/orders:2.8.0"]),
        ("image-not-found/hit-ecr-repository-missing", ["the repository `orderz` does not exist"]),
        ("image-platform-mismatch/hit-no-matching-manifest-arm", ["ghcr.io/acme/orders:2.8.0", "linux/arm64"]),
        ("image-platform-mismatch/hit-exec-format-error-in-log", ["/usr/local/bin/node", "linux/amd64"]),
        ("secret-not-found/hit-secrets-manager", ["secret:orders/database-AbC12d` does not exist"]),
        ("secret-not-found/hit-ssm-parameter", ["/live/orders/stripe"]),
        ("secret-not-found/hit-marked-for-deletion", ["is marked for deletion"]),
        ("app-crash-exception/hit-python-traceback", ["`ZeroDivisionError: division by zero` with exit code 3"]),
        ("app-crash-exception/hit-spring-caused-by", ["java.lang.IllegalStateException: two policies for tenant 17"]),
        ("elb-health-port-mismatch/hit-express", ["probes port 8080", "listens on 3000", "orders-http"]),
        ("elb-health-port-mismatch/hit-uvicorn-loopback", ["port 8080 of 127.0.0.1 only"]),
        ("elb-health-port-mismatch/hit-nothing-at-the-fixed-health-port", ["probes port 9901", "listens on 8080"]),
        ("elb-health-port-mismatch/hit-speaks-tls", ["speaks HTTP", "speaks HTTPS on port 8080"]),
        ("elb-health-code-mismatch/hit-two-codes", ["`/ready` on port 8080", "502 and 503", "wants 200-299"]),
        ("elb-health-code-mismatch/hit-access-log-in-json", ["`/` is answered with 401"]),
        ("elb-health-timeout/hit-target-suspect", ["of `/ready`", "within 5 s on port 8080", "`orders-http`"]),
        ("elb-health-failed-unspecified/hit-stopped-reason-suspect", ["`orders-http`"]),
        ("health-grace-period-too-short/hit-spring-boot-suspect", ["ready 94 s after", "count after 30 s"]),
        ("health-grace-period-too-short/hit-container-check", ["ready 63 s after", "count after 20 s"]),
        ("container-health-check-failing/hit-stopped-reason-suspect", ["`orders` fails", "`curl -f http://localhost"]),
        ("container-health-check-command-invalid/hit-dash-has-no-curl", ["`curl` is not in the image"]),
        ("container-health-check-command-invalid/hit-localhost-is-ipv6", ["`localhost`, which is `::1`"]),
        ("container-health-check-command-invalid/hit-asks-another-port", ["`orders` asks port 80", "listens on 8080"]),
        ("security-group-blocks-traffic/hit-admits-another-port", ["sg-0aa11bb22cc33dd44", "on port 8080"]),
        ("security-group-blocks-traffic/hit-load-balancer-not-let-out", ["sg-0ee55ff66aa77bb88", "out on port 8080"]),
        ("load-balancer-config-invalid/hit-target-type", ["`orders-http`", "`instance`", "`awsvpc`"]),
        ("load-balancer-config-invalid/hit-container-port", ["port 8080 of the container `web`"]),
        ("load-balancer-config-invalid/hit-registration-in-another-vpc", ["IP address '10.1.2.3' must be 'all'"]),
        ("deployment-alarm-triggered/hit-triggered-names", ["`orders-5xx` went off"]),
        ("deployment-blocked/hit-five-active-suspect", ["another change is in progress"]),
        ("deployment-blocked/hit-missing", ["the service does not exist in that cluster"]),
        ("task-definition-invalid/hit-memory-missing", ["for the container `web`", "'memoryReservation' must be"]),
        ("task-definition-invalid/hit-network-mode", ["`Fargate only supports network mode"]),
        ("task-definition-inactive/hit-not-found", ["`orders:99`"]),
        ("service-mesh-or-discovery-failed/hit-namespace-gone", ["the namespace `live.internal` does not exist"]),
        ("service-mesh-or-discovery-failed/hit-envoy-not-ready-suspect", ["the Service Connect proxy"]),
        ("dependency-container-failed/hit-init-container-exited-1", ["`migrate` failed (exit code 1)"]),
        ("dependency-container-failed/hit-agent-says-timed-out", ["`migrate` took too long"]),
        ("log-driver-misconfigured/hit-journald", ["`journald is not enabled on this host`"]),
        ("log-driver-misconfigured/hit-syslog-refused-suspect", ["cannot reach where it sends to", "127.0.0.1:514"]),
        ("ec2-insufficient-resources/hit-memory", ["enough memory left"]),
        ("ec2-insufficient-resources/hit-waits-for-an-instance-suspect", ["capacity provider `orders-asg`"]),
        ("no-container-instances/hit-agent-not-connected", ["the ECS agent", "not connected"]),
        ("placement-constraint-unmet/hit-attribute", ["an attribute that the task needs"]),
        ("api-throttled/hit-register", ["the call `RegisterTaskDefinition` is throttled"]),
        ("api-throttled/hit-target-health", ["the call `DescribeTargetHealth` is throttled"]),
    ],
)
def test_what_is_said_names_the_things_involved(case: str, named: list[str]) -> None:
    what = diagnose(evidence_of(HERE / f"{case}.json")).what
    assert [words for words in named if words not in what] == []


@pytest.mark.parametrize(
    ("case", "fix"),
    [
        (
            "image-not-found/hit-fargate-tag-missing",
            "aws ecr describe-images --registry-id 210987654321 --region eu-central-1",
        ),
        ("image-platform-mismatch/hit-descriptor", "docker buildx build --platform linux/amd64"),
        ("secret-not-found/hit-ssm-parameter", "aws ssm get-parameters --names /live/orders/stripe"),
        ("app-crash-exception/hit-node-type-error", "`/srv/orders/dist/rates.js:41`"),
        ("elb-health-port-mismatch/hit-express", "set `containerPort` to 3000"),
        ("elb-health-port-mismatch/hit-uvicorn-loopback", "listen on 0.0.0.0:8080"),
        ("elb-health-port-mismatch/hit-nothing-at-the-fixed-health-port", "--health-check-port traffic-port"),
        ("elb-health-code-mismatch/hit-redirect-to-login", "--matcher HttpCode=200-399"),
        ("elb-health-code-mismatch/hit-404-path", "--health-check-path PATH"),
        ("out-of-memory/hit-jvm-heap", "-XX:MaxRAMPercentage=75"),
        ("elb-health-timeout/hit-two-tasks-stopped", "aws elbv2 describe-target-groups --target-group-arns arn:aws:"),
        (
            "health-grace-period-too-short/hit-spring-boot-suspect",
            "--service orders --health-check-grace-period-seconds 142",
        ),
        (
            "container-health-check-failing/hit-stopped-reason-suspect",
            "docker exec probe sh -c 'curl -f http://localhost:8080/ready || exit 1'",
        ),
        ("container-health-check-command-invalid/hit-localhost-is-ipv6", "ask `127.0.0.1` instead of `localhost`"),
        ("container-health-check-command-invalid/hit-shell-operators-after-cmd", "use `CMD-SHELL`"),
        ("security-group-blocks-traffic/hit-admits-another-group", "--port 8080 --source-group sg-0ee55ff66aa77bb88"),
        ("load-balancer-config-invalid/hit-zone-not-enabled", "a subnet in every zone"),
        ("deployment-alarm-triggered/hit-triggered-names", "aws cloudwatch describe-alarms --alarm-names orders-5xx"),
        ("deployment-blocked/hit-percentages", "raise `maximumPercent` (200)"),
        ("deployment-blocked/hit-percentages", "aws ecs describe-services --cluster live --services orders"),
        ("task-definition-inactive/hit-not-found", "--task-definition orders:99"),
        ("log-driver-misconfigured/hit-options-missing", "`logConfiguration.options` (`awslogs-region`)"),
        ("stopped-externally/hit-stop-task-with-a-reason-suspect", "AttributeKey=EventName,AttributeValue=StopTask"),
        ("spot-interruption/hit-stop-code-suspect", "capacityProvider=FARGATE,base=1,weight=1"),
    ],
)
def test_the_fix_is_the_exact_change_or_a_command_to_paste(case: str, fix: str) -> None:
    assert fix in diagnose(evidence_of(HERE / f"{case}.json")).fix


def test_a_check_that_another_task_passes_is_only_suspect() -> None:
    document = json.loads((HERE / "elb-health-code-mismatch" / "hit-500.json").read_text(encoding="utf-8"))
    second = json.loads(
        json.dumps(document["tasks"][0]).replace("10.20.1.1", "10.20.1.2").replace("task/live/01", "task/live/02")
    )
    document["tasks"].append(second)
    well = {"Target": {"Id": "10.20.1.2", "Port": 8080}, "TargetHealth": {"State": "healthy"}}
    assert diagnose(Evidence.parse(document)).verdict is Verdict.DOOMED
    document["target_health"][0]["descriptions"].append(well)
    assert diagnose(Evidence.parse(document)).verdict is Verdict.SUSPECT


@pytest.mark.parametrize("rule_id", ["image-not-found", "image-platform-mismatch", "secret-not-found"])
@pytest.mark.parametrize(("started", "verdict"), [("09:29", Verdict.DOOMED), ("09:40", Verdict.SUSPECT)])
def test_a_start_that_succeeded_later_makes_a_failed_one_only_suspect(
    rule_id: str, started: str, verdict: Verdict
) -> None:
    hits = {"image-not-found": "hit-fargate-tag-missing", "image-platform-mismatch": "hit-descriptor"}
    path = HERE / rule_id / f"{hits.get(rule_id, 'hit-secrets-manager')}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    running = document["tasks"][0] | {"taskArn": "t/9", "lastStatus": "RUNNING", "desiredStatus": "RUNNING"}
    for key in ("stopCode", "stoppedReason", "stoppingAt", "stoppedAt", "executionStoppedAt"):
        running.pop(key)
    running["startedAt"] = f"2026-11-18T{started}:00+00:00"
    document["tasks"].append(running)
    assert diagnose(Evidence.parse(document)).verdict is verdict


def test_a_hostile_name_does_not_become_a_command_to_paste() -> None:
    hostile = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x;curl$IFS-evil:1"
    reason = f"CannotPullContainerError: failed to resolve ref {hostile}: {hostile}: not found"
    task = {"taskArn": "t/1", "lastStatus": "STOPPED", "stoppedReason": reason}
    fix = diagnose(Evidence.parse({"schema": "evidence/1", "tasks": [task]})).fix
    assert "--repository-name 'x;curl$IFS-evil'" in fix


def test_every_module_is_in_the_table_and_every_case_folder_belongs_to_a_rule() -> None:
    folder = Path(str(rules.__file__)).parent
    modules = {path.stem.replace("_", "-") for path in folder.glob("*.py") if path.stem != "__init__"}
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert modules == folders == set(BY_ID)
    assert len(BY_ID) == len(RULES)


def test_every_case_file_says_whether_it_is_a_hit_or_a_near_miss() -> None:
    stray = [path for path in HERE.glob("*/*.json") if not path.name.startswith(("hit-", "near-miss-"))]
    assert stray == []
