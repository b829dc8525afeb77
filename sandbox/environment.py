"""The environment that ties AWS clients, the engine and its provider to one sandbox and cuts them off from AWS."""

import os
from collections.abc import Mapping
from pathlib import Path

_HERE = "127.0.0.1,localhost"
_KEY = "sandbox"


def environment(
    endpoint: str, region: str, directory: Path, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the variables to lay over an environment, and write the AWS files that they point to.

    Args:
        endpoint: the sandbox's address.
        region: the sandbox's region.
        directory: the sandbox's directory; holds `pulumi-home/`, `state/` and `aws/`.
        inherited: the environment that will be laid over, by default this process's.
    """
    inherited = os.environ if inherited is None else inherited
    return {
        **_aws(endpoint, region, directory / "aws", inherited),
        **_pulumi(directory),
        **_no_proxy(inherited),
    }


def _aws(endpoint: str, region: str, files: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    # An empty AWS_PROFILE is an error to botocore ("The config profile () could not be found"), so it names one
    # of ours, in files of ours: neither credentials nor endpoints of the developer's own files can come in.
    files.mkdir(0o700, parents=True, exist_ok=True)
    config, credentials = files / "config", files / "credentials"
    config.write_text(f"[default]\nregion = {region}\n")
    credentials.write_text(f"[default]\naws_access_key_id = {_KEY}\naws_secret_access_key = {_KEY}\n")
    # AWS_ENDPOINT_URL_ECS and its like win over AWS_ENDPOINT_URL.
    own_endpoints = {key: endpoint for key in inherited if key.startswith("AWS_ENDPOINT_URL_")}
    return {
        **own_endpoints,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": _KEY,
        "AWS_SECRET_ACCESS_KEY": _KEY,
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "default",
        "AWS_DEFAULT_PROFILE": "default",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_ROLE_ARN": "",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_USE_FIPS_ENDPOINT": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
    }


def _pulumi(directory: Path) -> dict[str, str]:
    return {
        "PULUMI_HOME": str(directory / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "PULUMI_DEBUG_PROVIDERS": "",
    }


def _no_proxy(inherited: Mapping[str, str]) -> dict[str, str]:
    """A proxy of the environment must not come between a client and the sandbox."""
    old = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    value = f"{old},{_HERE}" if old else _HERE
    return {"NO_PROXY": value, "no_proxy": value}
