"""What killed runs left behind is put back once, never against somebody else, and what cannot be is told."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from automation.aws.account import read_provider
from automation.engine.update import Operation, ServiceTarget
from automation.mending.counts import put_back_extra_tasks
from automation.mending.journal import Journal, Kind
from automation.mending.repair import Deploying, killed_runs, remove_runs
from diagnostics.reads import Answer, ReadError

DEAD = 2**22 + 1
"""A process number that Linux does not give out."""


class Ecs:
    """Desired counts of services by name."""

    def __init__(self, *, refuse: bool = False, scaled: tuple[int, int] | None = None, **counts: int) -> None:
        self.counts = counts
        self.refuse = refuse
        self.scaled = scaled
        self.set: list[tuple[ServiceTarget, int]] = []

    def desired_count(self, target: ServiceTarget) -> int | None:
        if self.refuse:
            raise ReadError(Answer("DescribeServices", "AccessDeniedException", "no"))
        return self.counts.get(target.name)

    def scaled_by(self, _target: ServiceTarget) -> tuple[int, int] | None:
        return self.scaled

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        self.counts[target.name] = count
        self.set.append((target, count))


SHOP = ServiceTarget(
    "urn:shop", "shop", "prod", None, Operation.SAME, "eu-west-1", deploys=False, account="123456789012"
)


def noted(project: Path, kind: Kind = Kind.SURGE, before: int = 1, during: int = 3) -> Journal:
    journal = Journal(project, "dev")
    journal.note(kind, SHOP, desired_before=before, desired_set=during)
    return journal


@pytest.mark.parametrize(
    ("kind", "before", "during"), [(Kind.SURGE, 1, 3), (Kind.VERIFY_AT_ZERO, 0, 1)], ids=["surge", "at-zero"]
)
def test_a_count_that_was_changed_for_a_while_is_put_back_once(
    tmp_path: Path, kind: Kind, before: int, during: int
) -> None:
    journal, ecs = noted(tmp_path, kind, before, during), Ecs(shop=during)
    done, left = put_back_extra_tasks(journal, ecs)
    assert (len(done), left) == (1, ())
    assert f"put back from {during} to {before}" in done[0]
    assert ecs.set == [(SHOP, before)]
    assert put_back_extra_tasks(journal, ecs) == ((), ())


def test_a_count_that_is_another_by_now_is_left_alone(tmp_path: Path) -> None:
    journal, ecs = noted(tmp_path), Ecs(shop=5)
    (done,), _ = put_back_extra_tasks(journal, ecs)
    assert "somebody else" in done
    assert ecs.set == []
    assert journal.outstanding() == ()


def test_a_count_that_reads_as_before_is_set_all_the_same_for_reads_lag(tmp_path: Path) -> None:
    journal, ecs = noted(tmp_path), Ecs(shop=1)
    (done,), _ = put_back_extra_tasks(journal, ecs)
    assert "had been put back to 1, or not been made" in done
    assert ecs.set == [(SHOP, 1)]
    assert journal.outstanding() == ()


def test_a_count_that_is_scaled_by_now_is_left_to_the_scaling(tmp_path: Path) -> None:
    journal, ecs = noted(tmp_path), Ecs(shop=3, scaled=(2, 8))
    (done,), left = put_back_extra_tasks(journal, ecs)
    assert "left at 3: Application Auto Scaling sets it by now, between 2 and 8" in done
    assert (ecs.set, left, journal.outstanding()) == ([], (), ())


def test_a_service_that_is_gone_needs_nothing(tmp_path: Path) -> None:
    journal = noted(tmp_path)
    (done,), _ = put_back_extra_tasks(journal, Ecs())
    assert "no such service" in done
    assert journal.outstanding() == ()


def test_what_aws_refuses_stays_noted_and_the_others_are_put_back(tmp_path: Path) -> None:
    journal = noted(tmp_path)
    done, (left,) = put_back_extra_tasks(journal, Ecs(refuse=True))
    assert done == ()
    assert "could not be put back to 1" in left
    assert "AccessDeniedException" in left
    assert len(journal.outstanding()) == 1


def test_a_first_deployment_that_was_scaled_to_zero_is_left_to_the_next_update(tmp_path: Path) -> None:
    journal, ecs = noted(tmp_path, Kind.SCALED_TO_ZERO, 2, 0), Ecs(shop=0)
    assert put_back_extra_tasks(journal, ecs) == ((), ())
    assert len(journal.outstanding()) == 1


def test_the_settings_of_dead_runs_alone_are_removed(tmp_path: Path) -> None:
    runs = tmp_path / ".failwell" / "runs"
    for name in (str(DEAD), str(os.getpid()), "kept"):
        (runs / name).mkdir(parents=True)
        (runs / name / "Pulumi.dev.yaml").write_text("config: {")
    assert [folder.name for folder in killed_runs(tmp_path)] == [str(DEAD)]
    assert remove_runs(tmp_path) == 1
    assert sorted(folder.name for folder in runs.iterdir()) == sorted([str(os.getpid()), "kept"])
    assert remove_runs(tmp_path / "nowhere") == 0


def test_what_still_deploys_is_told_with_the_command_that_follows_it() -> None:
    assert "`deploy.py watch --cluster prod --service shop --region eu-west-1`" in str(Deploying(SHOP, "ecs-svc/1"))
    role = '{"roleArn": "arn:aws:iam::123456789012:role/deploy"}'
    elsewhere = replace(SHOP, provider=read_provider("urn:p", {"profile": "shop", "assumeRole": role}))
    told = str(Deploying(elsewhere, "ecs-svc/1"))
    assert "--region eu-west-1 --profile shop --role-arn arn:aws:iam::123456789012:role/deploy`" in told
