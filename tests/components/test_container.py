"""The container definition as a pure function."""

from components.container import Container, Logs, definition, volume_name

LOGS = Logs("/ecs/blue/shop", "eu-west-1")


def test_lists_are_sorted_by_name_whatever_order_the_program_has():
    container = Container(
        name="app",
        image="ghcr.io/team/shop:1",
        port=None,
        environment={"B": "2", "A": "1"},
        secrets={"D": "arn:d", "C": "arn:c"},
        writable_paths=["/var/run", "/cache"],
    )
    made = definition(container, LOGS)
    assert [entry["name"] for entry in made["environment"]] == ["A", "B"]
    assert [entry["name"] for entry in made["secrets"]] == ["C", "D"]
    assert [entry["containerPath"] for entry in made["mountPoints"]] == ["/cache", "/var/run"]


def test_a_container_is_hardened_without_being_asked():
    made = definition(Container(name="sidecar", image="ghcr.io/team/proxy:1", port=None), LOGS)
    assert made["readonlyRootFilesystem"] is True
    assert made["user"] == "1000:1000"
    assert made["linuxParameters"]["capabilities"]["drop"] == ["ALL"]


def test_the_name_of_a_volume_has_only_characters_that_ecs_takes():
    assert volume_name("/var/lib/app.d") == "var-lib-app_d"
