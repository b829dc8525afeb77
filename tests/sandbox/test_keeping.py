"""What a kept sandbox is after its process was killed: in this process, on a stepped clock."""

import json
import random
import shutil
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.journal import KeepError
from tests.sandbox.kept import REGION, Kept, kept

IMAGES = "images:\n  - {repository: own, tag: one, platforms: [linux/amd64], size_mib: 5}\n"


def killed(directory: Path, to: Path) -> Path:
    """Return a copy of what is on disk at this moment: all that a killed process leaves."""
    shutil.copytree(directory, to)
    return to


@pytest.mark.parametrize("tag", ["port-5201", "crash-on-start", "good-2"])
def test_a_deployment_in_flight_is_the_same_after_a_kill_and_ends_as_it_would_have(tmp_path: Path, tag: str) -> None:
    with kept(tmp_path / "first") as first:
        first.prepare()
        first.create("shop", "good-1")
        start = first.clock.now()
        first.until(start + timedelta(seconds=400))
        first.update("shop", tag)
        first.until(start + timedelta(seconds=470))
        deploying, around = first.deployments(), first.everything()
        left = killed(tmp_path / "first", tmp_path / "second")
        first.until(start + timedelta(seconds=2400))
        ended = first.deployments()
    assert ended["service"] != deploying["service"]
    assert len(ended["rollouts"]) == 2

    with kept(left) as second:
        assert second.clock.now() < start + timedelta(seconds=471)
        assert second.deployments() == deploying
        assert second.everything() == around
        for seconds in range(480, 2401, 37):
            second.until(start + timedelta(seconds=seconds))
            second.everything()  # whoever only looks changes nothing
        second.until(start + timedelta(seconds=2400))
        assert second.deployments() == ended


def calls(sandbox: Kept, number: int) -> list[Callable[[], object]]:
    """Changes of many kinds; some are refused, which is an answer too."""
    ecs, sqs, client = sandbox.client("ecs"), sandbox.client("sqs"), sandbox.client
    tags = ["good-1", "good-2", "port-5201", "crash-on-start", "no-such-tag", "out-of-memory"]

    def receive_and_delete() -> None:
        url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def encrypt() -> None:
        key = client("kms").create_key()["KeyMetadata"]["KeyId"]
        secret = client("kms").encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
        client("secretsmanager").create_secret(Name=f"encrypted-{number}", SecretBinary=secret)

    return [
        lambda: sandbox.create(f"service-{number}", tags[number % len(tags)]),
        lambda: sandbox.update("service-0", tags[number % len(tags)]),
        lambda: ecs.update_service(cluster="sandbox", service="service-0", desiredCount=number % 4),
        lambda: ecs.stop_task(cluster="sandbox", task=ecs.list_tasks(cluster="sandbox")["taskArns"][0]),
        lambda: ecs.delete_service(cluster="sandbox", service="service-0", force=True),
        lambda: ecs.create_cluster(clusterName=f"other-{number}"),
        lambda: client("ecs", "us-east-1").describe_clusters(),
        lambda: client("ec2", "us-east-1").describe_vpcs(),
        lambda: sqs.create_queue(QueueName="queue"),
        lambda: sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="queue")["QueueUrl"], MessageBody=str(number)),
        receive_and_delete,
        encrypt,
        lambda: client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/execution", RoleSessionName="some"),
        lambda: client("secretsmanager").get_secret_value(SecretId="database"),
        lambda: client("secretsmanager").put_secret_value(SecretId="database", SecretString=str(number)),
        lambda: client("s3").create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": REGION}),
        lambda: client("s3").put_object(Bucket="a-bucket", Key=f"key-{number}", Body=bytes(range(256))),
        lambda: client("iam").delete_role_policy(RoleName="execution", PolicyName="all"),
        lambda: client("logs").delete_log_group(logGroupName="shop"),
        lambda: client("ssm").put_parameter(Name="/a", Value=str(number), Type="SecureString", Overwrite=True),
        lambda: client("cloudwatch").put_metric_alarm(
            AlarmName="alarm", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=number
        ),
        lambda: sandbox.post("hosts", {f"host-{number}": "down", "host-0": None}),
        lambda: sandbox.post("hosts", {"host-1": "up", "host-2": "nonsense"}),
    ]


@pytest.mark.parametrize("chance", range(2))
def test_whatever_was_done_it_is_the_same_after_each_of_many_kills(tmp_path: Path, chance: int) -> None:
    choose = random.Random(chance)  # noqa: S311 - it is to be the same each time
    before: dict[str, Any] = {}
    directory = tmp_path / "0"
    for life in range(1, 5):
        with kept(directory) as sandbox:
            if life == 1:
                sandbox.prepare()
                sandbox.create("service-0", "good-1")
            else:
                assert sandbox.everything() == before
            for number in range(12):
                with suppress(ClientError, IndexError):
                    choose.choice(calls(sandbox, number))()
                sandbox.step(choose.choice([0, 0.01, 5, 90]))
            sandbox.settle()
            before = sandbox.everything()
            directory = killed(directory, tmp_path / str(life))


def test_images_hosts_and_faults_come_back(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(IMAGES)
    with kept(tmp_path / "a") as first:
        assert first.post("images", {"file": str(file)}) == {"added": ["own:one"]}
        assert "error" in first.post("images", {"file": str(tmp_path / "missing.yaml")})
        first.post("hosts", {"database": "refusing-login", "file": "down"})
        assert "error" in first.post("hosts", {"broker": "up", "cache": "nonsense"})
        first.post("faults", {"operation": "ecs:ListClusters", "kind": "denied", "count": 3})
        first.post("faults", {"operation": "ecs:DescribeClusters", "kind": "error", "rate": 0.5})
        with pytest.raises(ClientError, match="AccessDenied"):
            first.client("ecs").list_clusters()
        before = first.everything()
        left = killed(tmp_path / "a", tmp_path / "b")
        luck = [lucky(first) for _ in range(6)]
    assert before["hosts"] == {"hosts": {"database": "refusing-login", "file": "down"}}
    assert before["faults"]["faults"][0]["left"] == 2
    file.unlink()
    with kept(left) as second:
        assert second.everything() == before
        assert [lucky(second) for _ in range(6)] == luck


def lucky(sandbox: Kept) -> bool:
    try:
        sandbox.client("ecs").describe_clusters()
    except ClientError:
        return False
    return True


def test_a_change_of_which_nobody_was_told_is_dropped(tmp_path: Path) -> None:
    with kept(tmp_path / "a") as first:
        first.client("ecs").create_cluster(clusterName="told")
    journal = tmp_path / "a" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"at":"2030-01-01T00:0')
    for _ in range(2):
        with kept(tmp_path / "a") as again:
            assert len(again.client("ecs").list_clusters()["clusterArns"]) == 2
            again.client("ecs").create_cluster(clusterName="told")


def change_line(journal: Path, change: Callable[[dict[str, Any]], None], holding: str) -> int:
    """Change the first line that holds a text; return its number."""
    lines = journal.read_text().splitlines(keepends=True)
    index = next(index for index, line in enumerate(lines) if holding in line)
    document = json.loads(lines[index])
    change(document)
    lines[index] = json.dumps(document) + "\n"
    journal.write_text("".join(lines))
    return index + 1


def test_another_outcome_is_reported_with_its_line_and_nothing_is_changed(tmp_path: Path) -> None:
    with kept(tmp_path) as first:
        first.client("ecs").create_cluster(clusterName="one")
        first.client("ecs").create_cluster(clusterName="two")
    journal = tmp_path / "journal.jsonl"
    line = change_line(journal, lambda entry: entry.update(body=entry["body"].replace("one", "eins")), '"one')
    before = journal.read_bytes()
    expected = (
        rf"line {line} of journal.jsonl .*ecs:CreateCluster was answered `200 OK`, now `200 OK` with another content"
    )
    with pytest.raises(KeepError, match=expected), kept(tmp_path):
        pass
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda header: header["made_with"].update(moto="4.0.0"), r"made with moto 4\.0\.0, not \d"),
        (lambda header: header["made_with"].update(sandbox="0"), "made with sandbox 0, not"),
        (lambda header: header.update(seed=7), "made with seed 7, not 0"),
        (lambda header: header.update(format="sandbox-journal/9"), "line 1 is no header of a journal"),
        (lambda header: header.pop("speed"), "line 1 is no header of a journal"),
    ],
)
def test_what_another_sandbox_kept_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with kept(tmp_path):
        pass
    change_line(tmp_path / "journal.jsonl", change, "format")
    with pytest.raises(KeepError, match=said), kept(tmp_path):
        pass


def test_a_line_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    with kept(tmp_path):
        pass
    journal = tmp_path / "journal.jsonl"
    journal.write_text(journal.read_text() + "nonsense\n")
    with pytest.raises(KeepError, match="line 3 cannot be read"), kept(tmp_path):
        pass


def test_a_directory_is_kept_by_one_process_at_a_time(tmp_path: Path) -> None:
    with kept(tmp_path), pytest.raises(KeepError, match="another process runs the sandbox"):
        Kept(tmp_path)


def test_signatures_and_session_tokens_are_not_kept_and_only_the_owner_reads_the_rest(tmp_path: Path) -> None:
    with kept(tmp_path) as first:
        first.client("ecs", token="SESSION-TOKEN").create_cluster(clusterName="one")
        first.post("faults", {"operation": "*", "kind": "error", "count": 1})
    text = (tmp_path / "journal.jsonl").read_text()
    assert "SESSION-TOKEN" not in text
    assert "Signature=0" in text
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("journal.jsonl", "clock", "faults.json")} == {
        0o600
    }


def test_who_waits_for_a_message_keeps_nobody_waiting(tmp_path: Path) -> None:
    with kept(tmp_path) as sandbox:
        sqs = sandbox.client("sqs")
        url = sqs.create_queue(QueueName="queue")["QueueUrl"]
        found: list[Any] = []
        waiting = threading.Thread(
            target=lambda: found.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"])
        )
        waiting.start()
        sqs.send_message(QueueUrl=url, MessageBody="here")
        waiting.join(timeout=15)
        assert [each["Body"] for each in found] == ["here"]
