"""A failed first deployment is scaled to zero and restored by the next run, never against somebody else's will."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automation.ending.first_deployment import restore_counts, scale_to_zero
from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal, Kind

TARGET = ServiceTarget("urn:shop", "shop", "prod", "shop:1", Operation.CREATE, "eu-west-1", deploys=True)


@dataclass
class Ecs:
    count: int | None = 3
    refusal: Exception | None = None
    noted_before: list[int] = field(default_factory=list)
    journal: Journal | None = None

    def desired_count(self, _target: ServiceTarget) -> int | None:
        return self.count

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        assert (target.name, target.cluster, target.region) == ("shop", "prod", "eu-west-1")
        if self.journal:
            self.noted_before.append(len(self.journal.outstanding()))
        if self.refusal:
            raise self.refusal
        self.count = count


def restore(ecs: Ecs, journal: Journal) -> tuple[list[str], list[str]]:
    done: list[str] = []
    left: list[str] = []
    restore_counts(ecs, journal, done.append, left.append)
    return done, left


def test_the_count_is_noted_before_it_is_changed_and_restored_by_the_next_run(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    ecs = Ecs(journal=journal)
    done_now = scale_to_zero(TARGET, ecs, journal)
    assert done_now == "its desired count is 0 now; the next `up` puts 3 back first"
    assert (ecs.count, ecs.noted_before) == (0, [1])
    (done, left) = restore(ecs, journal)
    assert (ecs.count, left) == (3, [])
    assert "desired count 3 is restored" in done[0]
    assert journal.outstanding() == ()
    assert restore(ecs, journal) == ([], [])


def test_a_count_that_somebody_has_changed_meanwhile_is_theirs(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    ecs = Ecs()
    scale_to_zero(TARGET, ecs, journal)
    ecs.count = 1
    done, left = restore(ecs, journal)
    assert (ecs.count, left) == (1, [])
    assert "somebody" in done[0]
    assert journal.outstanding() == ()


@pytest.mark.parametrize("count", [0, None])
def test_nothing_is_noted_where_there_is_nothing_to_scale(tmp_path: Path, count: int | None) -> None:
    journal = Journal(tmp_path, "dev")
    assert scale_to_zero(TARGET, Ecs(count), journal) is None
    assert journal.outstanding() == ()


def test_a_service_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    scale_to_zero(TARGET, Ecs(), journal)
    assert restore(Ecs(None), journal) == ([], [])
    assert journal.outstanding() == ()


def test_a_refusal_leaves_no_note_of_a_change_that_was_not_made(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    with pytest.raises(PermissionError):
        scale_to_zero(TARGET, Ecs(refusal=PermissionError("ecs:UpdateService")), journal)
    assert journal.outstanding() == ()


def test_what_could_not_be_restored_is_told_and_stays_noted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    ecs = Ecs()
    scale_to_zero(TARGET, ecs, journal)
    ecs.refusal = PermissionError("ecs:UpdateService")
    done, left = restore(ecs, journal)
    assert done == []
    assert "could not be restored: ecs:UpdateService" in left[0]
    assert len(journal.outstanding()) == 1


def test_a_second_failure_keeps_one_note_with_the_newest_count(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    scale_to_zero(TARGET, Ecs(2), journal)
    scale_to_zero(TARGET, Ecs(5), journal)
    (change,) = journal.outstanding()
    assert change.desired_before == 5


def test_other_temporary_changes_are_not_touched(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    surge = journal.note(Kind.SURGE, TARGET, desired_before=1, desired_set=3)
    assert restore(Ecs(3), journal) == ([], [])
    assert journal.outstanding() == (surge,)
