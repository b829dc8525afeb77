"""
A database, cache, broker or other service answers and refuses the program's login, TLS or database name.

## What it looks for
In the last words of a program that died or never became healthy: `password authentication failed`, `Access denied for
user`, `no pg_hba.conf entry`, `certificate verify failed`, `WRONGPASS`, `NOAUTH`, `database "x" does not exist`, `SASL
authentication failed`, `401` of a service that it calls.

## Why waiting cannot help
The other side is up and says no. User, password, certificate and database name are settings; a password that was rotated
a moment ago may be put right, so one death is only suspect.

## What to do
Compare what the secret holds with what the service wants, without printing it; deploy anew after a rotation, since tasks
read secrets only at their start:

    aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment

`no pg_hba.conf entry … no encryption` means that the server wants TLS: add `sslmode=require`.

## What it is not
- No answer: `app-dependency-unreachable`. An AWS API that refuses: `task-role-missing-or-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
- https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
- https://dev.mysql.com/doc/refman/8.4/en/problems-connecting.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_at_death, tasks_of

ID = "app-dependency-auth-failed"
VERDICT = Verdict.SUSPECT

_WHO = r"[‘'\"`]?(?P<who>[\w.@%-]+)[’'\"`]?"
_WORDINGS = (
    # PostgreSQL
    Wording.of("password authentication failed", rf"password authentication failed for user {_WHO}"),
    Wording.of("no pg_hba.conf entry"),
    Wording.of("pam authentication failed"),
    Wording.of("role ", rf"role {_WHO} does not exist"),
    Wording.of("database ", r"database [‘'\"`](?P<what>[\w.-]+)[’'\"`] does not exist"),
    Wording.of("server does not support ssl"),
    Wording.of("scram", r"SASL[^\n]*SCRAM[^\n]*(?:must be|fail|error)"),
    Wording.of("permission denied for", r"permission denied for (?:table|schema|relation|database|sequence) (?P<what>\S+)"),
    Wording.of("fe_sendauth: no password supplied"),
    # MySQL, MariaDB
    Wording.of("access denied for user", rf"access denied for user {_WHO}"),
    Wording.of("unknown database", r"unknown database '(?P<what>[^']+)'"),
    Wording.of("er_access_denied_error"),
    Wording.of("authentication plugin", r"authentication plugin[^\n]*(?:cannot be loaded|not supported|failed)"),
    Wording.of("er_not_supported_auth_mode"),
    Wording.of("public key retrieval is not allowed"),
    Wording.of("connections using insecure transport are prohibited"),
    # SQL Server, Oracle
    Wording.of("login failed for user", rf"login failed for user {_WHO}"),
    Wording.of("cannot open database", r"cannot open database \"(?P<what>[^\"]+)\""),
    Wording.of("ora-01017"), Wording.of("ora-12514"), Wording.of("ora-28000"),
    # Redis, Mongo, Kafka, RabbitMQ, Elasticsearch, LDAP, SMTP
    Wording.of("wrongpass"), Wording.of("noauth"), Wording.of("noperm", r"\bNOPERM\b"),
    Wording.of("err auth", r"ERR (?:AUTH|invalid password)[^\n]*"),
    Wording.of("invalid username-password pair"),
    Wording.of("authentication failed", r"(?:mongo\w*|sasl|scram|kafka|amqp|rabbit\w*|redis|ldap|smtp|elastic\w*|database|login|MongoServerError)[^\n]*authentication failed|authentication failed"),
    Wording.of("authenticationfailed"),
    Wording.of("requires authentication", r"(?:command \w+ )?requires authentication"),
    Wording.of("bad auth"),
    Wording.of("access_refused"),
    Wording.of("access refused", r"ACCESS[_ ]REFUSED|login was refused"),
    Wording.of("topic authorization failed"), Wording.of("topicauthorization"), Wording.of("saslauthentication"),
    Wording.of("security_exception", r"security_exception[^\n]*(?:authenticat|unable)"),
    Wording.of("invalid credentials"),
    Wording.of("invalid password"),
    # TLS
    Wording.of("certificate verify failed"), Wording.of("certificate_verify_failed"), Wording.of("self signed certificate"), Wording.of("self-signed certificate"),
    Wording.of("unable to verify the first certificate"), Wording.of("unable to get local issuer certificate"), Wording.of("unable_to_verify_leaf"),
    Wording.of("pkix path building failed"), Wording.of("x509:", r"x509: (?P<what>[^\n]{5,80})"),
    Wording.of("certificate has expired"), Wording.of("certificate signed by unknown authority"),
    Wording.of("hostname mismatch", r"hostname mismatch|hostname/IP does not match certificate"),
    Wording.of("err_tls_cert_altname_invalid"),
    Wording.of("remotecertificate", r"RemoteCertificate(?:NameMismatch|ChainErrors)|remote certificate is invalid"),
    Wording.of("sslhandshakeexception"), Wording.of("ssl handshake failed"), Wording.of("handshake failure"),
    Wording.of("wrong version number", r"SSL[^\n]*wrong version number"),
    # services behind HTTP
    Wording.of("401", r"(?:\b401\b[^\n]{0,20}unauthorized|unauthorized[^\n]{0,20}\b401\b|status(?: code)?:? ?401)"),
    Wording.of("unauthorized", r"(?:HttpError|request failed|response)[^\n]{0,60}unauthorized"),
    Wording.of("invalid api key"), Wording.of("incorrect api key"), Wording.of("invalid_api_key"), Wording.of("invalid_grant"), Wording.of("invalid_client"),
    Wording.of("bad credentials"),
)  # fmt: skip
_OTHER = re.compile(
    r"is not authorized to perform|AccessDenied(?:Exception)?\b|ECR|docker|pull access|S3|sts:|\bIAM\b|UnrecognizedClient|InvalidClientTokenId"
    r"|ELB-HealthChecker|\" 401 ",
    re.IGNORECASE,
)
_TLS = re.compile(r"certificate|x509|ssl|tls|pkix|handshake", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return what a service that the program needs refuses."""
    said = [each for each in said_at_death(evidence, _WORDINGS, unhealthy=True) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    first = said[0]
    who, what = first.group("who"), first.group("what")
    tls = bool(_TLS.search(first.passage.text)) and "pg_hba" not in first.passage.lower
    if "pg_hba" in first.passage.lower:
        fact = "the database admits no such connection (no entry in pg_hba.conf), usually because it wants TLS"
    elif tls:
        fact = "the TLS connection to a service that the program needs is refused: its certificate is not trusted"
    elif who:
        fact = f"a service that the program needs refuses the login of {quoted(who)}"
    elif what:
        fact = f"a service that the program needs refuses {quoted(what)}"
    else:
        fact = "a service that the program needs refuses its credentials"
    return Finding(
        what=fact,
        why="the other side is up and says no; user, password, certificate and database name are settings",
        fix="put the service's certificate authority into the image or the settings (of RDS: the bundle of the region), and "
        "use the name that the certificate is for"
        if tls
        else "correct the user, password or database name in the secret, and deploy anew: tasks read secrets only at "
        "their start (`aws ecs update-service --force-new-deployment`)",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
