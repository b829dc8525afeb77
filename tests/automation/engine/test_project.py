"""Projects and a run's configuration: what is read, and the sentence that each wrong input gets."""

from pathlib import Path
from typing import Any

import pytest

from automation.engine.project import check_given, check_stack_name, read_project, settings_of_run
from automation.errors import UsageError

PROJECT = """
name: shop
runtime: python
config:
  image: {type: string, description: the image}
  container_port: {type: integer, default: 5001}
  internal: {type: boolean, default: true}
  subnet_ids: {type: array, items: {type: string}, default: []}
  secrets: {type: object, default: {}}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def config(directory: Path, *given: str, **defaults: Any) -> dict[str, Any]:
    found: dict[str, Any] = settings_of_run(read_project(directory), "dev", given, defaults)["config"]
    return found


def test_values_are_read_as_the_declared_types(directory: Path) -> None:
    given = ("image=shop:1", "container_port=5201", "internal=false", "subnet_ids=a, b", 'secrets={"KEY": "arn:x"}')
    assert config(directory, *given) == {
        "shop:image": "shop:1",
        "shop:container_port": 5201,
        "shop:internal": False,
        "shop:subnet_ids": ["a", "b"],
        "shop:secrets": {"KEY": "arn:x"},
    }


def test_a_path_sets_one_entry_of_a_map_and_keeps_the_others(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config:\n  shop:secrets: {A: arn:a}\n", encoding="utf-8")
    assert config(directory, "image=i", "secrets.B=arn:b")["shop:secrets"] == {"A": "arn:a", "B": "arn:b"}


def test_a_run_does_not_change_the_stacks_own_settings(directory: Path) -> None:
    path = directory / "Pulumi.dev.yaml"
    path.write_text("config:\n  shop:image: shop:1\nencryptionsalt: v1:x\n", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    settings = settings_of_run(read_project(directory), "dev", ("image=shop:2",), {})
    assert settings == {"config": {"shop:image": "shop:2"}, "encryptionsalt": "v1:x"}
    assert path.read_text(encoding="utf-8") == before


def test_defaults_give_way_to_the_stack_and_to_the_run(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config:\n  shop:container_port: 1\n", encoding="utf-8")
    found = config(directory, "image=given", image="default", container_port=2, unknown="left out")
    assert found == {"shop:image": "given", "shop:container_port": 1}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("imag=x", "did you mean `image`?"),
        ("image", "expected KEY=VALUE"),
        ("container_port=many", "expected a value of type integer, for example `5001`"),
        ("container_port=true", "expected a value of type integer"),
        ("internal=maybe", "expected a value of type boolean"),
        ("secrets=[1", "expected a value of type object"),
        ("container_port.x=1", "is of type integer and has no entries"),
    ],
)
def test_a_wrong_configuration_is_named_with_what_to_write(directory: Path, given: str, says: str) -> None:
    with pytest.raises(UsageError) as refusal:
        config(directory, "image=i", given)
    assert f"--config {given}" in str(refusal.value)
    assert says in str(refusal.value)


def test_a_missing_required_key_is_named_with_its_description(directory: Path) -> None:
    with pytest.raises(
        UsageError, match=r"stack dev has no value for `image` \(the image\); give it with `--config image=…`"
    ):
        config(directory)


def test_any_key_goes_where_a_project_declares_none(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: other\nruntime: nodejs\n", encoding="utf-8")
    assert config(tmp_path, "whatever=1", "aws:region=eu-west-1") == {"other:whatever": "1", "aws:region": "eu-west-1"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no Pulumi.yaml in it"),
        ("name: [", "is not YAML (line 1)"),
        ("- a\n- b\n", "expected a map of keys"),
        ("name: x\n", "`runtime` is missing"),
        ("runtime: python\n", "`name` is missing"),
        ("name: x\nruntime: python\nconfig: [a]\n", "`config` must be a map"),
        ("name: x\nruntime: python\nstackConfigDir: [a]\n", "`stackConfigDir` must be text"),
        ("name: x\nruntime: {name: python, options: {virtualenv: [a]}}\n", "`runtime.options.virtualenv` must be text"),
        ("name: x\nruntime: python\nfailwell: s3://records\n", "`failwell` must be a map"),
        ("name: x\nruntime: python\nfailwell: {history: [a]}\n", "`failwell` must be a map"),
    ],
)
def test_a_project_that_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        read_project(tmp_path)
    assert says in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("config", ["[a]", "text", "{1: a}"])
def test_settings_of_a_stack_that_are_no_map_are_refused_in_one_sentence(directory: Path, config: str) -> None:
    (directory / "Pulumi.dev.yaml").write_text(f"config: {config}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"Pulumi\.dev\.yaml: `config` must be a map of keys"):
        settings_of_run(read_project(directory), "dev", [], {})


def test_what_a_run_is_given_is_refused_before_the_stack_is_known(directory: Path) -> None:
    project = read_project(directory)
    check_given(project, [])
    with pytest.raises(UsageError):
        check_given(project, ["nonsense"])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        read_project(tmp_path / "nowhere")


def test_a_stack_name_with_a_slash_is_refused_on_a_backend_without_organizations() -> None:
    with pytest.raises(UsageError, match="write `dev`"):
        check_stack_name("acme/dev", "file:///tmp/state")
    check_stack_name("acme/shop/dev", "https://api.pulumi.com")
    check_stack_name("dev", "file:///tmp/state")
    with pytest.raises(UsageError, match="letters, digits"):
        check_stack_name("de v", None)


def test_a_backend_of_ones_own_calls_every_organization_the_same() -> None:
    check_stack_name("organization/shop/dev", "s3://bucket")
    check_stack_name("acme/shop/dev", "https://api.pulumi.com")
    check_stack_name("acme/shop/dev", None)


@pytest.mark.parametrize("stack", ["acme/shop/dev", "organization/shop/dev", "dev"])
def test_the_settings_of_a_stack_are_those_of_its_own_name_in_every_backend(directory: Path, stack: str) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config: {shop:image: 'shop:1'}\n", encoding="utf-8")
    assert settings_of_run(read_project(directory), stack, (), {}) == {"config": {"shop:image": "shop:1"}}


@pytest.mark.parametrize(
    ("file", "document", "settings"),
    [
        ("Pulumi.yaml", "name: shop\nruntime: go\nstackConfigDir: stacks\n", "stacks/Pulumi.dev.yaml"),
        ("Pulumi.yaml", "name: shop\nruntime: go\nconfig: stacks\n", "stacks/Pulumi.dev.yaml"),
        ("Pulumi.yml", "name: shop\nruntime: nodejs\n", "Pulumi.dev.yml"),
        ("Pulumi.json", '{"name": "shop", "runtime": {"name": "dotnet"}}', "Pulumi.dev.json"),
    ],
)
def test_settings_are_where_the_project_keeps_them(tmp_path: Path, file: str, document: str, settings: str) -> None:
    (tmp_path / file).write_text(document, encoding="utf-8")
    (tmp_path / settings).parent.mkdir(exist_ok=True)
    (tmp_path / settings).write_text('{"config": {"aws:region": "us-west-2"}}', encoding="utf-8")
    assert config(tmp_path, "image=i") == {"aws:region": "us-west-2", "shop:image": "i"}


def test_a_key_may_be_declared_with_the_projects_name(tmp_path: Path) -> None:
    document = "name: shop\nruntime: python\nconfig: {'shop:port': {type: integer}, 'aws:region': {value: eu-west-1}}\n"
    (tmp_path / "Pulumi.yaml").write_text(document, encoding="utf-8")
    assert config(tmp_path, "port=5001") == {"shop:port": 5001}


def test_a_required_key_may_come_from_an_environment_of_pulumi_esc(directory: Path) -> None:
    settings = "environment:\n- aws-dev\nconfig: {}\n"
    (directory / "Pulumi.dev.yaml").write_text(settings, encoding="utf-8")
    assert settings_of_run(read_project(directory), "dev", (), {}) == {"environment": ["aws-dev"], "config": {}}


def test_the_program_runs_with_its_own_virtual_environment_where_it_has_one(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: x\nruntime: {name: python, options: {virtualenv: venv}}\n", encoding="utf-8"
    )
    python = tmp_path / "venv" / "bin" / "python"
    assert read_project(tmp_path).python() != str(python)
    python.parent.mkdir(parents=True)
    python.touch()
    assert read_project(tmp_path).python() == str(python)
