"""A database, cache, broker or other service answers and refuses the program's login, TLS or database name.

## What it looks for
In the last words of a program that died by itself, or never became healthy: `password authentication failed`, `Access
denied for user`, `Login failed for user`, `no pg_hba.conf entry`, `database "x" does not exist`, `WRONGPASS`,
`NOAUTH`, `ACCESS_REFUSED`, SASL errors, a refusal by RDS Proxy or a pooler, `401` of a service that it calls; and TLS
on which the two sides do not agree: a certificate that is not trusted, a server that wants TLS, or that has none.

## Why waiting cannot help
The other side is up and says no. User, password, certificate and database name are settings; a password that was
rotated a moment ago may be put right, so one death is only suspect.

## What to do
Compare what the secret holds with what the service wants, without printing it; deploy anew after a rotation, since
tasks read secrets only at their start:

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
from diagnostics.last_words import last_words
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage
from diagnostics.refused_words import REFUSED_BY_NAME, REFUSED_LOGIN, REFUSED_TLS
from diagnostics.said import Said, find, tasks_of

ID = "app-dependency-auth-failed"
VERDICT = Verdict.SUSPECT

_OTHER = re.compile(
    r"is not authorized to perform|\bAccessDenied(?:Exception)?\b|\.dkr\.ecr\.|docker login|pull access|\bsts:"
    r"|\bIAM\b(?! (?:authentication|token for this|or (?:MD5|SCRAM)|is allowed only)|, )"
    r"|UnrecognizedClient|InvalidClientTokenId|ELB-HealthChecker|\" 401 "
    r"|TLS handshake error from|\bConfigException\b",
    re.IGNORECASE,
)
"""Refusals of AWS and of registries, access logs, and what a server says of its own clients."""
_WANTS_TLS = re.compile(
    r"no encryption|SSL off|SSL required|SSL connection is required|requires (?:SSL|TLS|encryption)|insecure transport"
    r"|allowed only with SSL"
    r"|require_secure_transport|client certificate",
    re.IGNORECASE,
)
_HAS_NO_TLS = re.compile(
    r"does not support (?:SSL|TLS|encryption)|not enabled on the server|rejected SSL upgrade|refused TLS"
    r"|wrong.version.number"
    r"|does not look like a TLS handshake|HTTP response to HTTPS client|ssl not available",
    re.IGNORECASE,
)
_OLD_DRIVER = re.compile(
    r"authentication type \d|authentication requires libpq|authentication plugin|support authentication protocol"
    r"|NOT_SUPPORTED_AUTH_MODE|authentication method unknown|RDS supports only|ORA-28040|DPY-3015|NJS-116",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return what a service that the program needs refuses."""
    said = [
        *last_words(
            evidence,
            (*REFUSED_TLS, *REFUSED_LOGIN),
            names=("who", "what"),
            unless=_OTHER,
            unhealthy=True,
            passing=True,
        )
    ]
    said = said or [*last_words(evidence, REFUSED_BY_NAME, unless=_OTHER, passing=True)]
    if not said:
        return None
    what, fix = _words(said[0])
    return Finding(
        what=what,
        why="the other side is up and says no; user, password, certificate and database name are settings",
        fix=fix,
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _words(said: Said) -> tuple[str, str]:
    """Return the fact and the fix."""
    if find(said.passage, REFUSED_TLS):
        return _tls(said.passage)
    if _OLD_DRIVER.search(said.passage.text):
        fix = (
            "update the driver to a release that knows `scram-sha-256` or `caching_sha2_password`, or give the user an "
            "older way at the service"
        )
        return "the program's driver does not know the way in which a service that it needs wants logins proven", fix
    fix = (
        "correct the user, password or database name in the secret, and deploy anew, since tasks read secrets only at "
        "their start:\naws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment"
    )
    if who := said.group("who"):
        return f"a service that the program needs refuses the login of {quoted(who)}", fix
    if what := said.group("what"):
        return f"a service that the program needs refuses {quoted(what)}", fix
    return "a service that the program needs refuses its credentials", fix


def _tls(passage: Passage) -> tuple[str, str]:
    if _WANTS_TLS.search(passage.text):
        return (
            "the service admits only connections with TLS, and the program asks for one without",
            "turn TLS on in the connection's settings: `sslmode=require` (PostgreSQL), `ssl` (Node), `useSSL` (JDBC)",
        )
    if _HAS_NO_TLS.search(passage.text):
        return (
            "the program asks for TLS, and the service has none on that port",
            "turn TLS on at the service, or off in the connection's settings: `sslmode=disable` (PostgreSQL)",
        )
    return (
        "the certificate of a service that the program needs is not trusted",
        (
            "put the service's certificate authority into the image or the settings, and use the name that the "
            "certificate is for; of RDS:\ncurl -O https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
        ),
    )
