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
from tests.diagnostics.rules.said import NAME, said

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


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_what_a_rule_says_of_its_hits_is_what_was_reviewed(rule: Rule) -> None:
    reviewed = (HERE / rule.ID / NAME).read_text(encoding="utf-8")
    assert said(rule) == reviewed, "if the new sentences are better: python -m tests.diagnostics.rules.said"


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
        ("app-config-missing/hit-pydantic-settings", ["`orders`", "`database_url`"]),
        ("app-config-missing/hit-zod", ["`DATABASE_URL`"]),
        ("app-config-missing/hit-go-envconfig-invalid-value", ["`SHOP_PORT`"]),
        ("app-module-not-found/hit-node-own-file", ["`./dist/server.js`", "`orders`"]),
        ("app-module-not-found/hit-shared-library", ["`libssl.so.1.1`"]),
        ("app-migration-failed/hit-django-table-exists", ["`orders.0001_initial`"]),
        ("app-migration-failed/hit-alembic-unknown-revision", ["`9f3c1d2e4b5a`"]),
        ("app-dependency-unreachable/hit-go-mysql", ["`127.0.0.1:3306`"]),
        ("app-dependency-unreachable/hit-phoenix", ["`10.20.8.4:5432`"]),
        ("app-dependency-auth-failed/hit-asyncpg-password", ["the login of `postgres`"]),
        ("app-dependency-auth-failed/hit-rds-wants-tls", ["only connections with TLS"]),
        ("dns-resolution-failed/hit-psycopg", ["`orders-db.prod.internal`"]),
        ("dns-resolution-failed/hit-nginx-compose-name", ["`app`"]),
        ("task-role-missing-or-denied/hit-boto3-denied", ["`orders-task`", "`dynamodb:Query`", "table/orders"]),
        ("elb-health-port-mismatch/hit-express", ["probes port 8080", "listens on 3000", "orders-http"]),
        ("elb-health-port-mismatch/hit-uvicorn-loopback", ["port 8080 of 127.0.0.1 only"]),
        ("elb-health-port-mismatch/hit-nothing-at-the-fixed-health-port", ["probes port 9901", "listens on 8080"]),
        ("elb-health-port-mismatch/hit-speaks-tls", ["speaks HTTP", "speaks HTTPS on port 8080"]),
        ("elb-health-code-mismatch/hit-two-codes", ["`/ready` on port 8080", "502 and 503", "wants 200-299"]),
        ("app-command-not-found/hit-runtime-not-in-path", ["`gunicorn --bind 0.0.0.0:8080 orders.wsgi`"]),
        ("app-command-not-found/hit-two-shell-deaths", ["`newrelic-admin`", "container `orders`"]),
        ("app-command-not-found/hit-suspect-npm-missing-script", ["the package has no script `start:prod`"]),
        ("app-permission-denied/hit-entry-point-not-executable", ["may not execute `/app/entrypoint.sh`"]),
        ("app-permission-denied/hit-suspect-low-port", ["port 80"]),
        ("app-permission-denied/hit-suspect-uvicorn-port", ["port 443"]),
        ("app-permission-denied/hit-two-node-mkdir", ["`/home/node/.cache/prisma`"]),
        ("app-readonly-filesystem/hit-suspect-nginx-cache", ["`/var/cache/nginx/client_temp`"]),
        ("app-readonly-filesystem/hit-two-node-erofs", ["`/app/.next/cache/images.json`"]),
        ("app-readonly-filesystem/hit-suspect-ruby", ["`/app/tmp/pids`"]),
        ("app-segfault/hit-suspect-139-alone", ["`orders`", "139: SIGSEGV"]),
        ("app-exited-cleanly/hit-suspect-sidecar-killed-after-it", ["`orders` ended by itself with exit code 0"]),
        ("disk-full/hit-image-does-not-fit", ["unpacked image", "30 GiB"]),
        ("disk-full/hit-suspect-python-log", ["`/tmp/orders/batch-17.parquet`", "20 GiB"]),
        ("ulimit-exceeded/hit-two-file-descriptors", ["the container `orders` reached the limit of open files"]),
        ("port-conflict/hit-two-gunicorn", ["port 8000"]),
        ("port-conflict/hit-suspect-placement", ["the host port is taken on every instance"]),
        ("port-conflict/hit-mapped-twice", ["host port 8080 is mapped by two containers of the task"]),
        ("port-conflict/hit-suspect-docker-proxy", ["host port 8080"]),
        ("fargate-capacity-unavailable/hit-suspect-spot", ["Fargate Spot"]),
        ("subnet-ip-exhausted/hit-two-tasks", ["`subnet-05d93362e947058bc`"]),
        ("account-quota-reached/hit-suspect-vcpus", ["quota of vCPUs"]),
        ("account-quota-reached/hit-above-the-limit", ["more CPU than"]),
        ("efs-mount-network/hit-two-timeouts", ["`fs-0aa11bb22cc33dd44`", "connection timed out"]),
        ("efs-mount-network/hit-suspect-name", ["`fs-0e4a39a0b7bb8b885` does not resolve"]),
        ("efs-access-denied/hit-two-changes-of-owner", ["`/data/db`"]),
        ("volume-configuration-invalid/hit-unknown-volume", ["volume `config` is not defined"]),
        ("volume-configuration-invalid/hit-file-over-directory", ["`/etc/prometheus/prometheus.yml`"]),
        ("image-digest-stale/hit-fargate-retirement", ["orders:2.8.0@sha256:5de487da52320ad9978f3a7a4f67009103"]),
        ("private-registry-auth-failed/hit-ghcr-denied", ["`ghcr.io`", "`ghcr.io/acme/orders:2.8.0`"]),
        ("private-registry-auth-failed/hit-docker-hub-wrong-password", ["refuses the credentials", "`amazonlinux:1`"]),
        ("registry-rate-limited/hit-docker-hub", ["`registry-1.docker.io`", "`debian:latest`"]),
        ("image-pull-interrupted/hit-reset", ["orders:2.8.0"]),
        (
            "image-format-unsupported/hit-zstd-in-docker-manifest",
            ["`application/vnd.docker.image.rootfs.diff.tar.zstd`"],
        ),
        ("registry-server-error/hit-suspect-harbor-502", ["`harbor.example.com`", "502", "eks/pause:3.5"]),
        ("platform-version-unsupported/hit-unknown", ["`1.4`"]),
        (
            "registry-unreachable/hit-login-without-a-route",
            ["`subnet-0ab1c2d3e4f5a6b7c` has no route out", "`ecr.api`"],
        ),
        ("registry-unreachable/hit-public-subnet-without-address", ["internet gateway", "no public address"]),
        ("aws-endpoint-unreachable/hit-parameter-store-without-a-route", ["AWS Systems Manager", "endpoint for `ssm`"]),
        ("eni-provisioning-failed/hit-tag-policy", ["EC2 refused it (`TagPolicyViolation`)"]),
        ("network-configuration-invalid/hit-security-group-gone", ["the security group `sg-01607c94e2d82ca08`"]),
        ("ecr-permission-denied/hit-agent-names-the-action", ["`MyBrokenRole`", "`ecr:BatchGetImage`", "my_image:1"]),
        ("secrets-permission-denied/hit-parameter-on-ec2", ["`orders-execution`", "the parameter", "/orders/stripe"]),
        ("secrets-permission-denied/hit-suspect-secret", ["may not read the secret `arn:aws:secretsmanager"]),
        ("secrets-permission-denied/hit-twice-and-not-there-either", ["which does not exist either"]),
        ("kms-permission-denied/hit-parameter", ["key/1234abcd-12ab-34cd-56ef-1234567890ab", "`kms:Decrypt`"]),
        ("role-missing-or-not-assumable/hit-suspect-task-role", ["MythicalMysfitsCoreStack-ECSTaskRole-FXO3A6J08BN"]),
        ("deployer-permission-denied/hit-pass-role", ["user/parking-airflow-user", "`iam:PassRole`", "ecs-parking"]),
        ("secret-reference-invalid/hit-json-key", ["secret:orders/database-AbC12d` has no JSON key `GOOGLE_API_KEY`"]),
        ("env-file-unavailable/hit-agent-names-the-object", ["arn:aws:s3:::orders-env/app/prod.env"]),
        ("log-group-missing/hit-suspect-on-ec2", ["`/ecs/orders`"]),
        (
            "log-permission-denied/hit-create-stream",
            ["`unified-trading-role-prod`", "CreateLogStream` on `arn:aws:logs"],
        ),
        ("log-permission-denied/hit-cut-off", ["may not call `logs:CreateLogGroup`, so"]),
        ("image-platform-mismatch/hit-exec-format-error-and-the-registry-knows", ["it is for linux/arm64"]),
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
        ("app-config-missing/hit-go-caarlos-env", "add `DATABASE_URL` to the container's `environment`"),
        ("app-module-not-found/hit-python", "docker run --rm --entrypoint sh"),
        ("app-migration-failed/hit-knex", "aws ecs run-task"),
        ("app-dependency-unreachable/hit-go-mysql", "in another task or in RDS it is not `localhost`"),
        ("app-dependency-unreachable/hit-phoenix", "its security group admits the tasks on port 5432"),
        ("app-dependency-auth-failed/hit-rds-wants-tls", "sslmode=require"),
        ("app-dependency-auth-failed/hit-rds-certificate", "global-bundle.pem"),
        ("dns-resolution-failed/hit-nginx-compose-name", "in one task use `localhost`"),
        ("task-role-missing-or-denied/hit-boto3-denied", "aws iam put-role-policy --role-name orders-task"),
        ("out-of-memory/hit-jvm-heap", "-XX:MaxRAMPercentage=75"),
        ("app-command-not-found/hit-runtime-not-in-path", 'a command is a list of words (["gunicorn", "--bind"'),
        ("app-command-not-found/hit-volume-mounted-over-it", "mount the volume `data` elsewhere"),
        ("app-command-not-found/hit-suspect-carriage-return", "sed -i 's/\\r$//' SCRIPT"),
        ("app-command-not-found/hit-two-shell-deaths", "docker run --rm --entrypoint sh 210987654321.dkr.ecr"),
        ("app-permission-denied/hit-entry-point-not-executable", "RUN chmod +x /app/entrypoint.sh"),
        ("app-permission-denied/hit-suspect-low-port", "set `containerPort`"),
        ("app-readonly-filesystem/hit-suspect-python", "write `/app/celerybeat-schedule` to a directory of its own"),
        ("app-readonly-filesystem/hit-two-node-erofs", "volume at `/app/.next/cache` (`writable_paths`"),
        ("disk-full/hit-image-does-not-fit", "more than 30 GiB with `ephemeralStorage.sizeInGiB`"),
        ("disk-full/hit-two-shared-memory", "`linuxParameters.sharedMemorySize`"),
        ("ulimit-exceeded/hit-two-file-descriptors", '{"name": "nofile", "softLimit": 65535, "hardLimit": 65535}'),
        ("sigkill-unexplained/hit-suspect-137-alone", "Name=ClusterName,Value=live Name=ServiceName,Value=orders"),
        ("fargate-capacity-unavailable/hit-suspect-spot", "add `FARGATE` with a base"),
        ("subnet-ip-exhausted/hit-two-tasks", "--subnet-ids subnet-05d93362e947058bc"),
        ("account-quota-reached/hit-suspect-targets", "--service-code elasticloadbalancing"),
        ("account-quota-reached/hit-suspect-vcpus", "--service-code fargate"),
        ("efs-mount-network/hit-two-timeouts", "aws efs describe-mount-targets --file-system-id fs-0aa11bb22cc33dd44"),
        ("efs-access-denied/hit-suspect-mount", "elasticfilesystem:ClientMount"),
        ("volume-configuration-invalid/hit-directory-missing", "`CreationInfo`"),
        ("image-digest-stale/hit-fargate-retirement", "--service orders --force-new-deployment"),
        ("image-format-unsupported/hit-mixed-compression", "compression=gzip,force-compression=true"),
        ("registry-unreachable/hit-login-without-a-route", "make a VPC endpoint for `ecr.api`"),
        ("platform-version-unsupported/hit-unknown", "--service orders --platform-version LATEST"),
        (
            "network-configuration-invalid/hit-security-group-gone",
            "describe-security-groups --group-ids sg-01607c94e2d",
        ),
        ("ecr-permission-denied/hit-host-refuses", "attach-role-policy --role-name orders-execution --policy-arn"),
        ("ecr-permission-denied/hit-service-control-policy", "`Deny` of the service control policy"),
        ("secrets-permission-denied/hit-suspect-secret", "aws iam put-role-policy --role-name orders-execution"),
        ("kms-permission-denied/hit-disabled", "aws kms enable-key --key-id arn:aws:kms:eu-central-1:210987654321"),
        ("service-linked-role-missing/hit-run-task", "create-service-linked-role --aws-service-name ecs.amazonaws.com"),
        ("deployer-permission-denied/hit-service-control-policy", "`Deny` of the service control policy"),
        ("secret-reference-invalid/hit-json-key", "`GROQ_API_KEY`, `DATABASE_URL`"),
        ("secret-reference-invalid/hit-registry-credentials", '{"username": "USER", "password": "TOKEN"}'),
        ("env-file-unavailable/hit-suspect-refused", "aws s3 ls s3://orders-env/prod.env"),
        ("log-group-missing/hit-fargate", "create-log-group --log-group-name /ecs/orders --region eu-central-1"),
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


@pytest.mark.parametrize(
    "rule_id", ["image-not-found", "image-platform-mismatch", "secret-not-found", "image-digest-stale"]
)
@pytest.mark.parametrize(("started", "verdict"), [("09:29", Verdict.DOOMED), ("09:40", Verdict.SUSPECT)])
def test_a_start_that_succeeded_later_makes_a_failed_one_only_suspect(
    rule_id: str, started: str, verdict: Verdict
) -> None:
    hits = {
        "image-not-found": "hit-fargate-tag-missing",
        "image-platform-mismatch": "hit-descriptor",
        "image-digest-stale": "hit-fargate-retirement",
    }
    path = HERE / rule_id / f"{hits.get(rule_id, 'hit-secrets-manager')}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    running = document["tasks"][0] | {"taskArn": "t/9", "lastStatus": "RUNNING", "desiredStatus": "RUNNING"}
    for key in ("stopCode", "stoppedReason", "stoppingAt", "stoppedAt", "executionStoppedAt"):
        running.pop(key, None)
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


@pytest.mark.parametrize("case", ["hit-iam-has-no-such-role", "hit-iam-still-has-no-trust"])
def test_a_role_that_iam_itself_denies_a_minute_later_dooms(case: str) -> None:
    path = HERE / "role-missing-or-not-assumable" / f"{case}.json"
    assert diagnose(evidence_of(path)).verdict is Verdict.DOOMED
