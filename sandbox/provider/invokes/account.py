"""Functions about the account and its region."""

from sandbox.provider.connection import Connection
from sandbox.provider.invokes.arguments import allow, filters
from sandbox.provider.wire import Values

_SUFFIX = "amazonaws.com"


def caller_identity(connection: Connection, arguments: Values) -> Values:
    """`aws:index/getCallerIdentity`."""
    allow("getCallerIdentity", arguments, "id")
    identity = connection.client("sts").get_caller_identity()
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "userId": identity["UserId"],
        "id": identity["Account"],
    }


def region(connection: Connection, arguments: Values) -> Values:
    """`aws:index/getRegion`."""
    allow("getRegion", arguments, "id", "name", "region", "endpoint")
    name = arguments.get("region") or arguments.get("name") or connection.region
    return {
        "region": name,
        "name": name,
        "id": name,
        "description": _description(name),
        "endpoint": f"ec2.{name}.{_SUFFIX}",
    }


def partition(_connection: Connection, arguments: Values) -> Values:
    """`aws:index/getPartition`."""
    allow("getPartition", arguments, "id")
    return {"id": "aws", "partition": "aws", "dnsSuffix": _SUFFIX, "reverseDnsPrefix": "com.amazonaws"}


def availability_zones(connection: Connection, arguments: Values) -> Values:
    """`aws:index/getAvailabilityZones`."""
    allow(
        "getAvailabilityZones",
        arguments,
        "allAvailabilityZones",
        "excludeNames",
        "excludeZoneIds",
        "filters",
        "region",
        "state",
    )
    where = arguments.get("region") or connection.region
    request = filters(arguments)
    if state := arguments.get("state"):
        request.append({"Name": "state", "Values": [state]})
    found = connection.client("ec2", where).describe_availability_zones(
        AllAvailabilityZones=bool(arguments.get("allAvailabilityZones")), **({"Filters": request} if request else {})
    )["AvailabilityZones"]
    excluded = {*(arguments.get("excludeNames") or []), *(arguments.get("excludeZoneIds") or [])}
    zones = sorted(
        (zone for zone in found if not excluded & {zone["ZoneName"], zone["ZoneId"]}),
        key=lambda zone: str(zone["ZoneName"]),
    )
    return {
        **arguments,
        "id": where,
        "region": where,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or where for zone in zones}),
    }


def _description(name: str) -> str:
    """Return the region's long name from the SDK's own table: `Europe (Ireland)`."""
    import botocore.session

    for partition_ in botocore.session.get_session().get_component("data_loader").load_data("endpoints")["partitions"]:
        if name in partition_["regions"]:
            return str(partition_["regions"][name].get("description", name))
    return name
