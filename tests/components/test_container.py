"""The container definition as a pure function."""

from components.container import Container, Logs, Mount, definition, volume_name, writable

LOGS = Logs("/ecs/blue/shop", "eu-west-1")


def test_lists_are_sorted_by_name_whatever_order_the_program_has():
    container = Container(
        name="app",
        image="ghcr.io/team/shop:1",
        environment={"B": "2", "A": "1"},
        secrets={"D": "arn:d", "C": "arn:c"},
        depends_on=[{"container_name": "z", "condition": "START"}, {"container_name": "b", "condition": "HEALTHY"}],
    )
    made = definition(container, LOGS, [Mount("app", "var-run", "/var/run"), Mount("app", "cache", "/cache")])
    assert [entry["name"] for entry in made["environment"]] == ["A", "B"]
    assert [entry["name"] for entry in made["secrets"]] == ["C", "D"]
    assert [entry["containerPath"] for entry in made["mountPoints"]] == ["/cache", "/var/run"]
    assert [entry["containerName"] for entry in made["dependsOn"]] == ["b", "z"]


def test_a_container_is_hardened_without_being_asked():
    made = definition(Container(name="sidecar", image="ghcr.io/team/proxy:1"), LOGS)
    assert made["readonlyRootFilesystem"] is True
    assert made["user"] == "1000:1000"
    assert made["linuxParameters"]["capabilities"]["drop"] == ["ALL"]


def test_what_is_not_given_is_left_to_ecs():
    made = definition(Container(name="app", image="ghcr.io/team/shop:1"), LOGS)
    absent = {
        "command",
        "entryPoint",
        "workingDirectory",
        "healthCheck",
        "restartPolicy",
        "ulimits",
        "dependsOn",
        "cpu",
    }
    assert not absent & made.keys()


def test_the_name_of_a_volume_has_only_characters_that_ecs_takes():
    assert volume_name("app", "/var/lib/app.d") == "var-lib-app_d"


def test_containers_do_not_share_their_writable_directories():
    containers = [{"name": "app", "writable_paths": ["/tmp"]}, {"name": "proxy", "writable_paths": ["/tmp"]}]  # noqa: S108
    assert [(mount.container, mount.volume) for mount in writable(containers)] == [
        ("proxy", "proxy-tmp"),
        ("app", "tmp"),
    ]
