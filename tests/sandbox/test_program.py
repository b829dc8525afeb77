"""What a process does in a situation, on a clock that is stepped by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sandbox.hosts import Hosts, UnknownStateError, address_of
from sandbox.image_keys import Level
from sandbox.images import Image
from sandbox.needs import Mount, Situation
from sandbox.program import Process, reaches

BASE = {"repository": "shop", "tag": "a", "platforms": ["linux/amd64"], "size_mib": 5}
SERVES = {"start_seconds": 2, "listens": 80, "health": {"/": 200}}
ROLE = "arn:aws:iam::123456789012:role/task"
DIES = {"code": 3, "logs": ["no"]}


class OnlyThisRole:
    """Lets one role do everything, and no other anything."""

    def refuses(self, role_arn: str, _action: str, _resource: str) -> bool:
        return role_arn != ROLE


class Run:
    """A process, its clock, what it printed and how it ended."""

    def __init__(self, keys: dict[str, Any], situation: Situation) -> None:
        self.now = 0.0
        self.plans: list[tuple[float, int, Callable[[], None]]] = []
        self.lines: list[tuple[float, str]] = []
        self.ended: tuple[float, int, bool] | None = None
        self.process = Process(Image.model_validate({**BASE, **keys}), situation, self)
        self.process.start()

    def later(self, seconds: float, step: Callable[[], None]) -> None:
        self.plans.append((self.now + seconds, len(self.lines) + len(self.plans), step))

    def say(self, lines: Sequence[str]) -> None:
        self.lines += [(self.now, line) for line in lines]

    def end(self, code: int, *, killed_for_memory: bool) -> None:
        self.ended = (self.now, code, killed_for_memory)

    def seconds(self) -> float:
        return self.now

    def until(self, seconds: float) -> "Run":
        while due := [plan for plan in self.plans if plan[0] <= seconds]:
            first = min(due, key=lambda plan: plan[:2])
            self.plans.remove(first)
            self.now = first[0]
            first[2]()
        self.now = seconds
        return self


@pytest.fixture
def hosts() -> Hosts:
    return Hosts()


@pytest.fixture
def situation(hosts: Hosts) -> Situation:
    return Situation(
        environment={},
        memory_mib=512,
        disk_mib=20480,
        open_files=65535,
        user=0,
        readonly_root=False,
        mounts=(),
        reach=hosts.reach,
        aws=OnlyThisRole(),
        role_arn=ROLE,
    )


def connects(**reactions: Any) -> dict[str, Any]:
    ways = {"refused": DIES, "timed_out": DIES, "name_not_found": DIES} | reactions
    return {**SERVES, "needs": {"connections": [{"host": "db", "port": 5432, "at": 1, "variable": "DB", **ways}]}}


def test_nothing_answers_before_it_listens_or_on_another_port_or_after_its_end(situation: Situation) -> None:
    run = Run({**SERVES, "exits": {"after": 9, "code": 0}}, situation).until(1)
    assert run.process.answer(80, "/") is None
    run.until(3)
    assert run.process.answer(80, "/?full=1") == 200
    assert run.process.answer(80, "/nothing") == 404
    assert run.process.answer(81, "/") is None
    assert run.until(10).process.answer(80, "/") is None
    assert run.ended == (9, 0, False)


def test_a_port_of_the_environment_goes_before_its_own_and_is_in_the_log(situation: Situation) -> None:
    keys = {**SERVES, "listens": {"port": 80, "variable": "PORT"}, "listening_log": "on {port}"}
    run = Run(keys, replace(situation, environment={"PORT": "9000"})).until(3)
    assert (run.process.answer(9000, "/"), run.process.answer(80, "/")) == (200, None)
    assert run.lines == [(2, "on 9000")]


def test_one_that_is_bound_to_loopback_answers_only_the_task_itself(situation: Situation) -> None:
    run = Run({**SERVES, "listens": {"port": 80, "bind": "127.0.0.1"}}, situation).until(3)
    assert run.process.answer(80, "/") is None
    assert run.process.answer(80, "/", loopback=True) == 200


def test_a_program_that_speaks_tls_answers_no_plain_request(situation: Situation) -> None:
    run = Run({**SERVES, "listens": {"port": 80, "protocol": "https"}}, situation).until(3)
    assert (run.process.answer(80, "/"), run.process.answer(80, "/", tls=True)) == (None, 200)
    assert run.process.answer(80, "/", tls=None) == 200


def test_a_path_follows_its_schedule(situation: Situation) -> None:
    schedule = [{"at": 0, "status": 503}, {"at": 20, "status": 200}, {"at": 40, "status": "timeout"}]
    run = Run({**SERVES, "health": {"/": schedule}}, situation)
    assert [run.until(at).process.answer(80, "/") for at in (5, 25, 45)] == [503, 200, "timeout"]


def test_lines_without_a_time_come_in_their_order_before_it_listens(situation: Situation) -> None:
    run = Run({**SERVES, "logs": ["a", {"line": "late", "at": 5}, "b"], "listening_log": "up"}, situation).until(9)
    assert [line for _, line in run.lines] == ["a", "b", "up", "late"]


@pytest.mark.parametrize(
    ("environment", "ended"), [({}, 3), ({"LEVEL": "loud"}, 4), ({"LEVEL": "info"}, None), ({"LEVEL": ""}, 4)]
)
def test_a_variable_that_is_absent_or_illegal(
    situation: Situation, environment: dict[str, str], ended: int | None
) -> None:
    need = {"name": "LEVEL", "legal": ["info", "debug"], "absent": {"code": 3}, "illegal": {"code": 4}}
    run = Run({**SERVES, "needs": {"environment": [need]}}, replace(situation, environment=environment)).until(9)
    assert (run.ended[1] if run.ended else None) == ended


@pytest.mark.parametrize(
    ("value", "ended"),
    [(None, 3), ("postgres://", 4), ('{"user": "a"}', 4), ("[]", 4), ('{"user": 1, "key": 2}', None)],
)
def test_a_secret_of_several_values(situation: Situation, value: str | None, ended: int | None) -> None:
    need = {"name": "DB", "keys": ["user", "key"], "absent": {"code": 3}, "malformed": {"code": 4}}
    environment = {} if value is None else {"DB": value}
    run = Run({**SERVES, "needs": {"secrets": [need]}}, replace(situation, environment=environment)).until(9)
    assert (run.ended[1] if run.ended else None) == ended


FILES = [
    ({}, None),
    ({"readonly_root": True}, 30),
    ({"readonly_root": True, "mounts": (Mount("/data", readonly=False),)}, None),
    ({"readonly_root": True, "mounts": (Mount("/dat", readonly=False),)}, 30),
    ({"mounts": (Mount("/data", readonly=True),)}, 30),
    ({"user": 1000}, None),
    ({"user": 1001}, 13),
    ({"user": 1000, "mounts": (Mount("/data", readonly=False),)}, 13),
    ({"user": 1000, "mounts": (Mount("/data", readonly=False, owner=1000),)}, None),
]


@pytest.mark.parametrize(("found", "ended"), FILES)
def test_a_path_can_be_written_where_its_file_system_and_its_owner_let_it(
    situation: Situation, found: dict[str, Any], ended: int | None
) -> None:
    need = {"path": "/data/x", "owner": 1000, "readonly": {"code": 30}, "denied": {"code": 13}}
    run = Run({**SERVES, "needs": {"files": [need]}}, replace(situation, **found)).until(9)
    assert (run.ended[1] if run.ended else None) == ended


def test_a_user_and_open_files(situation: Situation) -> None:
    needs = {"user": {"id": 0, "other": {"code": 5}}, "open_files": {"at_least": 70000, "fewer": {"code": 6}}}
    assert (Run({"needs": needs}, replace(situation, user=7, open_files=99999)).until(1).ended or ())[1:2] == (5,)
    assert (Run({"needs": needs}, situation).until(1).ended or ())[1:2] == (6,)
    assert Run({"needs": needs}, replace(situation, open_files=70000)).until(1).ended is None


@pytest.mark.parametrize(
    ("role", "line"), [(None, "none"), (ROLE, ""), (ROLE + "-gone", "task-gone may not s3:ListBucket on *")]
)
def test_a_call_of_aws_with_the_task_role(situation: Situation, role: str | None, line: str) -> None:
    denied = {"code": 1, "logs": ["{role} may not {action} on {resource}"]}
    need = {"action": "s3:ListBucket", "denied": denied, "no_credentials": {"code": 1, "logs": ["none"]}}
    run = Run({**SERVES, "needs": {"aws": [need]}}, replace(situation, role_arn=role)).until(9)
    assert [said for _, said in run.lines] == [line] * bool(line)
    assert (run.ended is None) == (not line)


@pytest.mark.parametrize(
    ("state", "way"),
    [("down", "refused"), ("unreachable", "timed_out"), (None, "name_not_found"), ("refusing-login", "login_refused")],
)
def test_each_way_in_which_a_host_cannot_be_had(
    situation: Situation, hosts: Hosts, state: str | None, way: str
) -> None:
    if state:
        hosts.set("db", state)
    reaction = {"after": 4, "code": 7, "logs": ["{host}:{port} ({address}) " + way]}
    run = Run(connects(**{way: reaction}), situation).until(30)
    assert run.ended == (5, 7, False)
    assert run.lines == [(5, f"db:5432 ({address_of('db')}) {way}")]


@pytest.mark.parametrize(
    ("given", "port"), [("postgres://u:p@other:6543/x", 6543), ("other:6543", 6543), ("other", 5432)]
)
def test_the_variable_goes_before_the_host(situation: Situation, hosts: Hosts, given: str, port: int) -> None:
    hosts.set("other", "up", frozenset({port}))
    run = Run(connects(), replace(situation, environment={"DB": given})).until(9)
    assert run.ended is None
    assert run.process.answer(80, "/") == 200


def test_a_program_that_asks_again_listens_once_it_succeeds(situation: Situation, hosts: Hosts) -> None:
    hosts.set("db", "down")
    run = Run(connects(refused={"retry": 10, "logs": ["again"]}), situation).until(25)
    assert [at for at, _ in run.lines] == [1, 11, 21]
    assert run.process.answer(80, "/") is None
    hosts.set("db", "up")
    run.until(33)
    assert run.process.listens_since == 32
    assert run.process.answer(80, "/") == 200


def test_a_program_that_has_asked_often_enough_ends(situation: Situation, hosts: Hosts) -> None:
    hosts.set("db", "down")
    refused = {"retry": 10, "attempts": 3, "code": 1, "logs": ["no"], "last_logs": ["giving up"]}
    run = Run(connects(refused=refused), situation).until(99)
    assert run.ended == (21, 1, False)
    assert [line for _, line in run.lines] == ["no", "no", "no", "giving up"]


def test_a_program_that_goes_on_answers_otherwise_until_the_host_is_there(situation: Situation, hosts: Hosts) -> None:
    hosts.set("db", "down")
    run = Run(connects(refused={"logs": ["without"], "health": {"/": 503}}), situation).until(9)
    assert run.process.answer(80, "/") == 503
    hosts.set("db", "up")
    assert run.process.answer(80, "/") == 200
    hosts.set("db", "down")
    assert run.process.answer(80, "/") == 503


def test_a_full_disk_and_too_many_files_come_when_the_limit_is_reached(situation: Situation) -> None:
    disk = {"mib": 40960, "after": 100, "full": {"logs": ["ENOSPC"], "health": {"/": 500}}}
    run = Run({**SERVES, "disk": disk}, situation)
    assert [run.until(at).process.answer(80, "/") for at in (49, 51)] == [200, 500]
    assert run.lines == [(50, "ENOSPC")]
    assert Run({**SERVES, "disk": disk}, replace(situation, disk_mib=50000)).until(200).lines == []
    files = {"count": 131070, "after": 100, "full": {"code": 1}}
    assert Run({**SERVES, "open_files": files}, situation).until(200).ended == (50, 1, False)


@pytest.mark.parametrize(("limit", "when"), [(100, 10), (200, None), (150, 30), (50, 5)])
def test_memory_over_time_passes_a_limit_where_its_course_does(limit: int, when: float | None) -> None:
    course = (Level(at=10, level=100), Level(at=20, level=100), Level(at=40, level=200))
    found = reaches(course, limit)
    assert found == (20 if limit == 100 else when)


def test_a_program_is_killed_for_its_memory_and_not_below_its_limit(situation: Situation) -> None:
    keys = {**SERVES, "memory": {"mib": 1024, "after": 20}}
    assert Run(keys, situation).until(99).ended == (10, 137, True)
    assert Run(keys, replace(situation, memory_mib=1024)).until(99).ended is None
    assert Run(keys, replace(situation, memory_mib=None)).until(99).ended is None


def test_hosts_know_their_states_and_refuse_others(hosts: Hosts) -> None:
    with pytest.raises(UnknownStateError, match="no state `broken`; there are: up, down, unreachable, refusing-login"):
        hosts.set("db", "broken")
    hosts.set("DB.internal", "up")
    assert hosts.states() == {"db.internal": "up"}
    hosts.remove("db.internal")
    assert hosts.states() == {}
    assert [hosts.reach(name, 1).value for name in ("10.0.0.9", "db")] == ["timed out", "name not found"]
