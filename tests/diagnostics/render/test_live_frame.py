"""Frames of any scene fit the terminal, say what matters first, and let nothing from AWS steer it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnostics.render.live_frame import frame, summary
from diagnostics.scene import DeploymentRow, LogTail, Mood, Said, Scene, ServiceView, TaskRow, Working

BEGAN = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(seconds=95)
ROW = DeploymentRow("shop:2", "PRIMARY", "IN_PROGRESS", 2, 1, 1, 1, mine=True, healthy=0)
SHOP = ServiceView(
    key="shop",
    name="shop",
    cluster="prod",
    mood=Mood.WARNING,
    thought="it may recover: the check fails",
    revision="shop:2",
    created_at=BEGAN,
    breaker="2 of 3",
    alarms=(("shop/5xx", "ALARM"), ("shop/cpu", "")),
    deployments=(ROW,),
    tasks=(TaskRow("2e2950", "RUNNING", "unhealthy", BEGAN, None, "", stopped=False),),
    log=LogTail("app (task 2e2950)", (Said(BEGAN, "Traceback"), Said(BEGAN, "  File x"))),
    events=(Said(BEGAN, "(service shop) has started 1 tasks: (task 2e2950)."),),
)
SCENE = Scene("up: shop (dev)", BEGAN, (SHOP,), (Said(BEGAN, "shop: the engine begins"),), has_engine=True)
words = st.text(max_size=200)


def text_of(scene: Scene, width: int = 80, height: int = 24) -> str:
    return "\n".join(line.text for line in frame(scene, NOW, width, height))


def others(count: int, mood: Mood = Mood.OK) -> tuple[ServiceView, ...]:
    return tuple(replace(SHOP, key=f"s{n}", name=f"s{n}", mood=mood, thought="fine") for n in range(count))


@given(words, words, words, words, st.integers(1, 250), st.integers(1, 80), st.integers(0, 30))
def test_a_frame_fits_and_no_word_steers_the_terminal(
    name: str, thought: str, log: str, event: str, width: int, height: int, count: int
) -> None:
    service = replace(
        SHOP,
        name=name,
        thought=thought,
        log=LogTail(name, (Said(None, log),) * 30),
        events=(Said(BEGAN, event),) * 30,
        tasks=SHOP.tasks * 30,
    )
    scene = replace(
        SCENE,
        title=name,
        services=(service, *others(count)),
        working=(Working("u", "creating", name, thought, BEGAN),) * 5,
        failed=(log,) * 3,
    )
    for lines in (frame(scene, NOW, width, height), summary(scene, NOW, width, events=True)):
        for line in lines:
            whole = "".join(part for part, _ in line.parts)
            assert cell_len(whole) <= width
            assert not any(character < " " or "\x7f" <= character < "\xa0" for character in whole)
    assert len(frame(scene, NOW, width, height)) <= height


def test_what_the_watcher_thinks_and_how_far_the_breaker_is_come_first() -> None:
    lines = text_of(SCENE).splitlines()
    assert lines[0] == "up: shop (dev)                                        1:35 elapsed  12:01:35 UTC"
    assert lines[1] == "warning   it may recover: the check fails"
    assert lines[3].endswith("breaker 2 of 3  deploying for 1:35")
    assert lines[4].split() == [">", "shop:2", "IN_PROGRESS", "2", "1", "1", "1", "0", "of", "2"]
    assert lines[5] == "  alarms  5xx ALARM, cpu quiet"


def test_the_worst_service_is_in_focus_and_the_others_have_a_row_each() -> None:
    lines = text_of(replace(SCENE, services=(*others(3), SHOP))).splitlines()
    assert lines[1] == "warning   shop: it may recover: the check fails"
    assert [line.split()[0] for line in lines[6:9]] == ["s0", "s1", "s2"]


def test_of_a_hundred_services_those_that_fail_are_shown_and_the_others_counted() -> None:
    scene = replace(SCENE, services=(*others(98), SHOP, replace(SHOP, key="w", name="worse", mood=Mood.ERROR)))
    lines = text_of(scene).splitlines()
    assert lines[1].startswith("failing   worse: ")
    shown = [line for line in lines if line.startswith(("shop", "and "))]
    assert shown[0].startswith("shop ")
    assert shown[1].startswith("and 9")
    assert shown[1].endswith("ok")


def test_a_log_keeps_its_indentation() -> None:
    assert "  12:00:00    File x" in text_of(SCENE).splitlines()


def test_long_names_of_aws_are_cut_to_what_a_person_tells_apart() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-tg/84a5243e35fef19c"
    event = f"(service shop) (task e6fd68e8d69c91c278601602bb4a06cb) is unhealthy in (target-group {arn})"
    text = text_of(replace(SCENE, services=(replace(SHOP, events=(Said(BEGAN, event),)),)))
    assert "ECS: (task e6fd68) is unhealthy in (target-group shop-tg)" in text


def test_without_a_service_there_is_the_engine() -> None:
    working = (Working("u", "creating", "aws:kms/key:Key", "shop-key", BEGAN),)
    text = text_of(replace(SCENE, services=(), working=working, done=3))
    assert "no ECS service is deployed yet" in text
    assert "engine: 3 done, 1 under way" in text
    assert "  creating     1:35  aws:kms/key:Key shop-key" in text


def test_a_summary_has_what_the_tool_did_and_with_verbose_what_ecs_did() -> None:
    lines = [line.text for line in summary(SCENE, NOW, 80)]
    assert lines[-2:] == ["  12:00:00  shop: the engine begins", "engine: starting"]
    assert not any("has started" in line for line in lines)
    assert any("has started" in line.text for line in summary(SCENE, NOW, 80, events=True))
