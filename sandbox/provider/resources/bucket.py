"""S3: `aws:s3/bucket:Bucket`, and the resources that each set one part of a bucket."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, text, whole
from sandbox.provider.wire import Values

_GONE = frozenset({"NoSuchBucket", "404", "NotFound"})
_HOSTED_ZONES = {"eu-west-1": "Z1BKCTXD74EZPE", "us-east-1": "Z3AQBSTGFYJSTF", "eu-central-1": "Z21DNDUVLTQW6Q"}
"""Those of S3's websites, empty for a region that is not here: https://docs.aws.amazon.com/general/latest/gr/s3.html"""


class Bucket(Plain):
    """A bucket; its id is its name. What other resources set is theirs: inline parts are not taken."""

    type_name = "aws:s3/bucket:Bucket"
    label = "S3 Bucket"
    service = "s3"
    service_id = "S3"
    name_limit = 63
    name_property = "bucket"
    prefix_property = "bucketPrefix"
    properties: ClassVar[Properties] = {
        "bucket": text(computed=True, force_new=True),
        "bucketPrefix": text(force_new=True, program_only=True),
        "forceDestroy": flag(default=False, program_only=True),
        "objectLockEnabled": flag(computed=True, force_new=True),
    }
    outputs = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId")
    gone = _GONE

    def check(self, name: str, olds: Values, news: Values, seed: bytes) -> Any:
        """A name that is made up has no capitals: S3 takes none."""
        return super().check(name.lower(), olds, news, seed)

    def create(self, call: Call) -> str:
        """Create it in the region."""
        name = str(call.inputs["bucket"])
        place = {"CreateBucketConfiguration": {"LocationConstraint": call.region}}
        self.client(call).create_bucket(
            Bucket=name,
            **({} if call.region == "us-east-1" else place),
            **({"ObjectLockEnabledForBucket": True} if call.inputs.get("objectLockEnabled") else {}),
        )
        return name

    def settle(self, call: Call) -> None:
        """Put its tags."""
        self._put_tags(call, call.tags)

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return whether it locks objects, None where there is no bucket."""
        s3 = self.client(call)
        try:
            s3.head_bucket(Bucket=call.id)
        except ClientError as error:
            if code(error) in self.gone:
                return None
            raise
        try:
            locked = s3.get_object_lock_configuration(Bucket=call.id)["ObjectLockConfiguration"]
        except ClientError:
            locked = {}
        return {"ObjectLockEnabled": locked.get("ObjectLockEnabled") == "Enabled", "Bucket": call.id}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return its names and tags."""
        del found
        return {
            "arn": f"arn:aws:s3:::{call.id}",
            "bucketDomainName": f"{call.id}.s3.amazonaws.com",
            "bucketRegion": call.region,
            "bucketRegionalDomainName": f"{call.id}.s3.{call.region}.amazonaws.com",
            "hostedZoneId": _HOSTED_ZONES.get(call.region, ""),
            "tagsAll": self._tags(call),
        }

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Put all tags anew: S3 takes them only together."""
        kept = {key: value for key, value in self._tags(call).items() if key not in remove}
        self._put_tags(call, {**kept, **put})

    def delete(self, call: Call) -> None:
        """Delete it, emptied first where `forceDestroy` says so."""
        s3 = self.client(call)
        if self.find(call) is None:
            return
        if call.state.get("forceDestroy"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=call.id):
                for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    s3.delete_object(Bucket=call.id, Key=item["Key"], VersionId=item["VersionId"])
        s3.delete_bucket(Bucket=call.id)

    def _tags(self, call: Call) -> dict[str, str]:
        try:
            found = self.client(call).get_bucket_tagging(Bucket=call.id)["TagSet"]
        except ClientError as error:
            if code(error) != "NoSuchTagSet":
                raise
            found = []
        return {tag["Key"]: tag["Value"] for tag in found}

    def _put_tags(self, call: Call, tags: Mapping[str, str]) -> None:
        if tags:
            given = [{"Key": key, "Value": value} for key, value in tags.items()]
            self.client(call).put_bucket_tagging(Bucket=call.id, Tagging={"TagSet": given})
        elif call.state:
            self.client(call).delete_bucket_tagging(Bucket=call.id)


class _Part(Plain):
    """One part of a bucket; its id is the bucket's name.

    Attributes:
        puts: the operation that sets it.
        around: the member that holds it in the request and in the answer.
    """

    service = "s3"
    service_id = "S3"
    taggable = False
    puts: ClassVar[str]
    around: ClassVar[str]
    gone = _GONE | {
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "NoSuchLifecycleConfiguration",
    }

    def title(self, call: Call) -> str:
        """Errors name the bucket."""
        return str(call.inputs["bucket"])

    def create(self, call: Call) -> str:
        """Set it."""
        self._put(call, call.inputs)
        return str(call.inputs["bucket"])

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its bucket."""
        del found
        return {"bucket": call.id}

    def update(self, call: Call) -> None:
        """Set it again."""
        self._put(call, call.inputs)

    def _put(self, call: Call, inputs: Values) -> None:
        given = self.members(inputs, *(key for key in self.properties if key != "bucket"))
        getattr(self.client(call), self.puts)(Bucket=inputs["bucket"], **{self.around: given})


_BUCKET = text(required=True, force_new=True)


class BucketPolicy(_Part):
    """Who may use a bucket."""

    type_name = "aws:s3/bucketPolicy:BucketPolicy"
    label = "S3 Bucket Policy"
    properties: ClassVar[Properties] = {"bucket": _BUCKET, "policy": text(required=True, json=True)}
    reads = Ask("get_bucket_policy", lambda call: {"Bucket": call.id})
    deletes = Ask("delete_bucket_policy", lambda call: {"Bucket": call.id})

    def _put(self, call: Call, inputs: Values) -> None:
        self.client(call).put_bucket_policy(Bucket=inputs["bucket"], Policy=inputs["policy"])


class BucketPublicAccessBlock(_Part):
    """What keeps a bucket from being public."""

    type_name = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    label = "S3 Bucket Public Access Block"
    properties: ClassVar[Properties] = {
        "blockPublicAcls": flag(default=False),
        "blockPublicPolicy": flag(default=False),
        "bucket": _BUCKET,
        "ignorePublicAcls": flag(default=False),
        "restrictPublicBuckets": flag(default=False),
    }
    puts, around = "put_public_access_block", "PublicAccessBlockConfiguration"
    reads = Ask("get_public_access_block", lambda call: {"Bucket": call.id}, around)
    deletes = Ask("delete_public_access_block", lambda call: {"Bucket": call.id})


class BucketVersioning(_Part):
    """Whether a bucket keeps old versions. Deleted, it is suspended: there is no way back to never."""

    type_name = "aws:s3/bucketVersioning:BucketVersioning"
    label = "S3 Bucket Versioning"
    properties: ClassVar[Properties] = {
        "bucket": _BUCKET,
        "versioningConfiguration": block(
            {"mfaDelete": text(computed=True), "status": text(required=True)}, required=True
        ),
    }
    reads = Ask("get_bucket_versioning", lambda call: {"Bucket": call.id})
    deletes = Ask(
        "put_bucket_versioning",
        lambda call: {"Bucket": call.id, "VersioningConfiguration": {"Status": "Suspended"}},
    )

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it; a bucket whose versioning was never set has none."""
        found = super().find(call)
        return found if found and found.get("Status") else None

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """AWS has the two texts without an object around them."""
        told = {"status": found.get("Status"), "mfaDelete": found.get("MFADelete")}
        return {"bucket": call.id, "versioningConfiguration": {key: value for key, value in told.items() if value}}

    def _put(self, call: Call, inputs: Values) -> None:
        given = inputs["versioningConfiguration"]
        members = {"Status": given["status"], **({"MFADelete": given["mfaDelete"]} if given.get("mfaDelete") else {})}
        self.client(call).put_bucket_versioning(Bucket=inputs["bucket"], VersioningConfiguration=members)


class BucketServerSideEncryptionConfiguration(_Part):
    """How a bucket encrypts."""

    type_name = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    label = "S3 Bucket Server-side Encryption Configuration"
    properties: ClassVar[Properties] = {
        "bucket": _BUCKET,
        "rules": blocks(
            {
                "applyServerSideEncryptionByDefault": block(
                    {
                        "kmsMasterKeyId": text(member="KMSMasterKeyID"),
                        "sseAlgorithm": text(required=True, member="SSEAlgorithm"),
                    }
                ),
                "bucketKeyEnabled": flag(computed=True),
            },
            required=True,
        ),
    }
    puts, around = "put_bucket_encryption", "ServerSideEncryptionConfiguration"
    reads = Ask("get_bucket_encryption", lambda call: {"Bucket": call.id}, around)
    deletes = Ask("delete_bucket_encryption", lambda call: {"Bucket": call.id})


class BucketOwnershipControls(_Part):
    """Whose the objects of a bucket are."""

    type_name = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    label = "S3 Bucket Ownership Controls"
    properties: ClassVar[Properties] = {
        "bucket": _BUCKET,
        "rule": block({"objectOwnership": text(required=True)}, required=True),
    }
    reads = Ask("get_bucket_ownership_controls", lambda call: {"Bucket": call.id}, "OwnershipControls")
    deletes = Ask("delete_bucket_ownership_controls", lambda call: {"Bucket": call.id})

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """There is one rule, in a list of AWS's."""
        return {"bucket": call.id, "rule": self.from_aws(self.properties["rule"], found["Rules"][0])}

    def _put(self, call: Call, inputs: Values) -> None:
        rule = self.to_aws(self.properties["rule"], inputs["rule"])
        self.client(call).put_bucket_ownership_controls(Bucket=inputs["bucket"], OwnershipControls={"Rules": [rule]})


_RULE: Mapping[str, Property] = {
    "abortIncompleteMultipartUpload": block({"daysAfterInitiation": whole()}),
    "expiration": block({"days": whole(), "expiredObjectDeleteMarker": flag(computed=True)}),
    "filter": block({"prefix": text()}, computed=True),
    "id": text(required=True, member="ID"),
    "noncurrentVersionExpiration": block({"newerNoncurrentVersions": whole(), "noncurrentDays": whole(required=True)}),
    "status": text(required=True),
    "transitions": blocks({"days": whole(), "storageClass": text(required=True)}),
}


class BucketLifecycleConfiguration(_Part):
    """When the objects of a bucket expire or move."""

    type_name = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    label = "S3 Bucket Lifecycle Configuration"
    properties: ClassVar[Properties] = {"bucket": _BUCKET, "rules": blocks(_RULE, required=True)}
    reads = Ask("get_bucket_lifecycle_configuration", lambda call: {"Bucket": call.id})
    deletes = Ask("delete_bucket_lifecycle", lambda call: {"Bucket": call.id})

    def _put(self, call: Call, inputs: Values) -> None:
        rules = self.to_aws(self.properties["rules"], inputs["rules"])
        for rule in rules:
            rule["Filter"] = {"Prefix": (rule.get("Filter") or {}).get("Prefix", "")}
        self.client(call).put_bucket_lifecycle_configuration(
            Bucket=inputs["bucket"], LifecycleConfiguration={"Rules": rules}
        )
