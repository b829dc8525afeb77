"""`aws:acm/certificate:Certificate`, imported or asked for, and the wait until one is issued."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Problem, Properties, block, text, texts
from sandbox.provider.tagging import Tagging
from sandbox.provider.waiting import until
from sandbox.provider.wire import Values

_GONE = frozenset({"ResourceNotFoundException"})
_VALIDATION_TIMEOUT = 75 * 60
_IMPORTED = ("certificateBody", "certificateChain", "privateKey")


class Certificate(Plain):
    """A certificate; its id is its ARN."""

    type_name = "aws:acm/certificate:Certificate"
    label = "ACM Certificate"
    service = "acm"
    service_id = "ACM"
    properties: ClassVar[Properties] = {
        "certificateAuthorityArn": text(force_new=True),
        "certificateBody": text(program_only=True),
        "certificateChain": text(program_only=True),
        "domainName": text(computed=True, force_new=True),
        "keyAlgorithm": text(computed=True, force_new=True),
        "options": block({"certificateTransparencyLoggingPreference": text(), "export": text()}, computed=True),
        "privateKey": text(program_only=True),
        "subjectAlternativeNames": texts(computed=True, force_new=True),
        "validationMethod": text(computed=True, force_new=True),
    }
    outputs = (
        "arn",
        "domainValidationOptions",
        "notAfter",
        "notBefore",
        "pendingRenewal",
        "renewalEligibility",
        "renewalSummaries",
        "status",
        "type",
        "validationEmails",
    )
    reads = Ask("describe_certificate", lambda call: {"CertificateArn": call.id}, "Certificate")
    deletes = Ask("delete_certificate", lambda call: {"CertificateArn": call.id})
    gone = _GONE
    busy = frozenset({"ResourceInUseException"})
    tagging = Tagging(
        "add_tags_to_certificate",
        "remove_tags_from_certificate",
        "CertificateArn",
        keys="",
        listed="list_tags_for_certificate",
    )

    def verify(self, inputs: Values) -> list[Problem]:
        """A certificate is imported with its key, or asked for with a name."""
        if inputs.get("privateKey") is not None or inputs.get("domainName") is not None:
            return []
        return [Problem("domainName", '"domainName": one of `domain_name,private_key` must be specified')]

    def title(self, call: Call) -> str:
        """Errors name the domain."""
        return str(call.inputs.get("domainName") or "imported")

    def create(self, call: Call) -> str:
        """Import it or ask for one."""
        acm, inputs = self.client(call), call.inputs
        tags = {"Tags": [{"Key": key, "Value": value} for key, value in call.tags.items()]} if call.tags else {}
        if inputs.get("privateKey"):
            return str(acm.import_certificate(**_import(inputs), **tags)["CertificateArn"])
        keys = (key for key in self.properties if key not in _IMPORTED)
        return str(acm.request_certificate(**self.members(inputs, *keys), **tags)["CertificateArn"])

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what AWS makes of it."""
        options = found.get("DomainValidationOptions") or []
        imported = found.get("Type") == "IMPORTED"
        names = list(found.get("SubjectAlternativeNames") or [])
        written = (call.inputs or call.state).get("subjectAlternativeNames")
        if written is not None and {*written, found.get("DomainName")} == set(names):
            names = written  # ACM adds the domain itself
        return {
            "arn": call.id,
            "domainName": found.get("DomainName"),
            "subjectAlternativeNames": names,
            "keyAlgorithm": str(found.get("KeyAlgorithm", "RSA_2048")).replace("-", "_"),
            "validationMethod": "NONE" if imported else (options[0].get("ValidationMethod") if options else "NONE"),
            "domainValidationOptions": [
                {
                    "domainName": option["DomainName"],
                    "resourceRecordName": option["ResourceRecord"]["Name"],
                    "resourceRecordType": option["ResourceRecord"]["Type"],
                    "resourceRecordValue": option["ResourceRecord"]["Value"],
                }
                for option in options
                if "ResourceRecord" in option
            ],
            "notAfter": _time(found.get("NotAfter")),
            "notBefore": _time(found.get("NotBefore")),
            "pendingRenewal": False,
            "renewalEligibility": found.get("RenewalEligibility", "INELIGIBLE"),
            "renewalSummaries": [],
            "status": found.get("Status"),
            "type": found.get("Type"),
            "validationEmails": [mail for option in options for mail in option.get("ValidationEmails") or []],
        }

    def update(self, call: Call) -> None:
        """Import it again under the same ARN; change options."""
        if call.changed & set(_IMPORTED):
            self.client(call).import_certificate(CertificateArn=call.id, **_import(call.inputs))
        if "options" in call.changed:
            self.client(call).update_certificate_options(CertificateArn=call.id, **self.members(call.inputs, "options"))


class CertificateValidation(Plain):
    """No resource of AWS's but a wait until a certificate is issued; its id is the time of that."""

    type_name = "aws:acm/certificateValidation:CertificateValidation"
    label = "ACM Certificate Validation"
    service = "acm"
    service_id = "ACM"
    taggable = False
    properties: ClassVar[Properties] = {
        "certificateArn": text(required=True, force_new=True),
        "validationRecordFqdns": texts(force_new=True, program_only=True),
    }
    gone = _GONE
    reads = Ask("describe_certificate", lambda call: {"CertificateArn": _arn(call)}, "Certificate")

    def create(self, call: Call) -> str:
        """Wait."""

        def status() -> str:
            return str((self.find(call) or {}).get("Status"))

        until("ISSUED", status, call.connection.pace, call.timeout or _VALIDATION_TIMEOUT)
        found = self.find(call) or {}
        return _time(found.get("IssuedAt") or found.get("ImportedAt"))

    def delete(self, call: Call) -> None:
        """There is nothing to delete."""


def _arn(call: Call) -> str:
    return str(call.inputs.get("certificateArn") or call.state.get("certificateArn"))


def _import(inputs: Values) -> dict[str, Any]:
    members = {"Certificate": "certificateBody", "PrivateKey": "privateKey", "CertificateChain": "certificateChain"}
    return {member: inputs[key].encode() for member, key in members.items() if inputs.get(key)}


def _time(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else ""
