"""What differs from the last revision that completed is said, and values of environment variables are never shown."""

from typing import Any

from diagnostics.changes import changes
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Change
from diagnostics.render.lines import all_notes
from diagnostics.render.markdown import to_markdown

BASE = "arn:aws:ecs:eu-west-1:1"
PULL = "CannotPullContainerError: failed to resolve ref shop:2: not found"


def definition(number: int, container: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    app = {"name": "app", "image": "shop:1", "essential": True} | (container or {})
    arn = f"{BASE}:task-definition/web:{number}"
    return {"taskDefinitionArn": arn, "cpu": "256", "containerDefinitions": [app]} | more


def seen(before: dict[str, Any] | None, after: dict[str, Any], **more: Any) -> Evidence:
    document = {"schema": "evidence/1", "task_definition": after, "previous_task_definition": before} | more
    return Evidence.parse(document)


def test_each_kind_of_change_is_named_by_its_path() -> None:
    before = definition(
        1,
        {
            "portMappings": [{"containerPort": 5001}],
            "command": ["serve"],
            "secrets": [{"name": "DB", "valueFrom": "arn:a"}, {"name": "OLD", "valueFrom": "arn:o"}],
            "healthCheck": {"command": ["CMD", "true"], "retries": 3},
        },
        taskRoleArn="arn:aws:iam::1:role/old",
    )
    after = definition(
        2,
        {
            "image": "shop:2",
            "portMappings": [{"containerPort": 5201}],
            "command": ["serve", "--fast"],
            "memory": 128,
            "secrets": [{"name": "DB", "valueFrom": "arn:b"}, {"name": "NEW", "valueFrom": "arn:n"}],
            "healthCheck": {"command": ["CMD", "true"], "retries": 1},
        },
        taskRoleArn="arn:aws:iam::1:role/new",
        cpu="512",
    )
    found = {change.path: (change.before, change.after) for change in changes(seen(before, after))}
    app = "containerDefinitions[app]"
    assert found == {
        "cpu": ("256", "512"),
        "taskRoleArn": ("arn:aws:iam::1:role/old", "arn:aws:iam::1:role/new"),
        f"{app}.image": ("shop:1", "shop:2"),
        f"{app}.portMappings": ("5001/tcp", "5201/tcp"),
        f"{app}.command": ("serve", "serve --fast"),
        f"{app}.memory": (None, "128"),
        f"{app}.healthCheck.retries": ("3", "1"),
        f"{app}.secrets.DB": ("arn:a", "arn:b"),
        f"{app}.secrets.OLD": ("arn:o", None),
        f"{app}.secrets.NEW": (None, "arn:n"),
    }


def test_values_of_the_environment_and_of_log_options_are_never_shown() -> None:
    def variables(*pairs: tuple[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in pairs]

    logging = {"logDriver": "splunk", "options": {"splunk-token": "canary-3"}}
    evidence = seen(
        definition(1, {"environment": variables(("MODE", "canary-1"), ("GONE", "canary-2"))}),
        definition(
            2, {"environment": variables(("MODE", "canary-4"), ("ADDED", "canary-5")), "logConfiguration": logging}
        ),
        tasks=[{"taskArn": "a/b", "lastStatus": "STOPPED", "stoppedReason": PULL}],
    )
    found = [
        (each.path.removeprefix("containerDefinitions[app]."), each.before, each.after) for each in changes(evidence)
    ]
    assert set(found) == {
        ("logConfiguration.logDriver", None, "splunk"),
        ("environment.MODE", "set", "set to another value"),
        ("environment.GONE", "set", None),
        ("environment.ADDED", None, "set"),
        ("logConfiguration.options.splunk-token", None, "set"),
    }
    diagnosis = diagnose(evidence)
    assert "canary" not in str(diagnosis.to_document()) + to_markdown(diagnosis)


def test_a_tag_that_was_pushed_again_differs_in_its_digest_alone() -> None:
    revision = f"{BASE}:service-revision/prod/web"
    images = [
        {
            "serviceRevisionArn": f"{revision}/{n}",
            "containerImages": [{"containerName": "app", "imageDigest": f"sha256:{n}"}],
        }
        for n in (2, 1)
    ]
    evidence = seen(
        definition(1),
        definition(1),
        service_revisions=images,
        service_deployment={"targetServiceRevision": {"arn": f"{revision}/2"}},
    )
    assert changes(evidence) == (Change("containerImages[app].imageDigest", "sha256:1", "sha256:2"),)


def test_containers_that_came_and_went_are_named_with_their_image() -> None:
    after = definition(2)
    after["containerDefinitions"] = [{"name": "web", "image": "web:1"}]
    assert changes(seen(definition(1), after)) == (
        Change("containerDefinitions[app]", "shop:1", None),
        Change("containerDefinitions[web]", None, "web:1"),
    )


def test_without_an_earlier_revision_nothing_is_said_to_have_changed() -> None:
    assert changes(seen(None, definition(2))) == ()
    assert changes(seen(definition(2), definition(2, {"image": "other"}))) == ()


def test_the_report_has_one_note_with_the_first_changes() -> None:
    after = definition(
        2,
        {"image": "shop:2", "environment": [{"name": f"V{n}", "value": "x"} for n in range(9)], "command": ["x" * 200]},
    )
    diagnosis = diagnose(
        seen(definition(1), after, tasks=[{"taskArn": "a/b", "lastStatus": "STOPPED", "stoppedReason": PULL}])
    )
    note = next(note for note in all_notes(diagnosis, ()) if note.startswith("changed since web:1: "))
    assert "app.image `shop:1` -> `shop:2`; app.command is new (`xxx" in note
    assert "…`); app.environment.V0 is new; " in note
    assert note.endswith("app.environment.V3 is new; and 5 more")
    assert len(note) < 400


def test_a_deployment_that_serves_has_no_changes_to_blame(serving_document: Any) -> None:
    document = serving_document()
    document["previous_task_definition"] = definition(1, {"image": "other:1"})
    assert diagnose(Evidence.parse(document)).changes == ()
