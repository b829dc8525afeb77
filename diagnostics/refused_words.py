"""How drivers and clients say that a service answers, and refuses the login, the database's name or the terms of TLS.

Source: what psycopg, asyncpg, pg, Sequelize, pgx and lib/pq on PostgreSQL 15 print, provoked. The wordings of MySQL,
SQL Server, Oracle, Redis, MongoDB, RabbitMQ, Kafka, Elasticsearch and of the TLS libraries are known from reports of
failures; no source of theirs is cited here.
"""

from diagnostics.said import Wording

_Q = r"[\u2018\u2019'\"`]"

REFUSED_LOGIN = (
    # PostgreSQL
    Wording.of(
        "password authentication failed", rf"password authentication failed(?: for user {_Q}?(?P<who>[\w.@%-]+))?"
    ),
    Wording.of(
        "authentication failed for user",
        rf"(?:PAM|Peer|Ident|GSSAPI|LDAP|RADIUS|certificate) authentication failed for user {_Q}?(?P<who>[\w.@%-]+)",
    ),
    Wording.of("no pg_hba.conf entry", r"no pg_hba\.conf entry for host [^\n]*?user \"(?P<who>[^\"\n]+)\""),
    Wording.of("no pg_hba.conf entry"),
    Wording.of("pg_hba.conf rejects connection"),
    Wording.of("does not exist", rf"\brole {_Q}(?P<who>[\w.@-]+){_Q} does not exist"),
    Wording.of("does not exist", rf"\bdatabase {_Q}(?P<what>[\w.-]+){_Q} does not exist"),
    Wording.of("no password supplied"),
    # libpq repeats what the server answers: one that is up, and not full, refuses
    Wording.of(
        "failed: fatal: ",
        r" failed: FATAL: {1,3}+(?!the database system|too many|sorry|remaining|terminat|could not|cancel|out of|\W*$)",
    ),
    Wording.of("password must be a string", r"SASL: [^\n]{0,300}client password must be"),
    Wording.of("server requested ", r"\bserver requested [\w-]{1,40}(?:-based)? authentication"),
    Wording.of("no password was provided", r"requested [^\n]{0,40}no password was provided"),
    Wording.of("no password has been provided"),
    Wording.of(
        "permission denied for",
        r"permission denied for (?:database|schema|table|relation|sequence|view) (?P<what>[\w.\"]+)",
    ),
    Wording.of("must be owner of", r"must be owner of \w+ (?P<what>\w+)"),
    Wording.of("no such database", r"no such database: (?P<what>\w+)"),
    Wording.of("permission denied to", r"permission denied to (?:create|set|alter|drop|copy) (?P<what>\w+)"),
    Wording.of("is not permitted to log in", rf"\brole {_Q}(?P<who>[\w.@-]+){_Q} is not permitted to log in"),
    Wording.of("authentication type", r"authentication type \d+ is not supported"),
    Wording.of("authentication requires libpq"),
    Wording.of("could not find your database", r"could not find your database: (?P<what>[\w.-]+)"),
    Wording.of("connecting to your database with your user"),
    # MySQL, MariaDB
    Wording.of("access denied for user", rf"access denied for user\b(?: {_Q}?(?P<who>[\w.%-]+))?"),
    Wording.of("unknown database", r"unknown database '(?P<what>[^'\n]+)'"),
    Wording.of("er_access_denied_error"),
    Wording.of(
        "authentication plugin", r"authentication plugin[^\n]{0,300}(?:cannot be loaded|not supported|reported error)"
    ),
    Wording.of("er_not_supported_auth_mode"),
    Wording.of("does not support authentication protocol"),
    Wording.of("public key retrieval is not allowed"),
    Wording.of("is not allowed to connect to this", r"host '(?P<who>[^'\n]+)' is not allowed to connect to this"),
    Wording.of("command denied to user", r"command denied to user '(?P<who>[^'\n]+)'"),
    Wording.of("is blocked because of many", r"host '(?P<who>[^'\n]+)' is blocked because of many"),
    # SQL Server, Oracle
    Wording.of("login failed for user", r"login failed for user '(?P<who>[^'\n]+)'"),
    Wording.of("cannot open database", r"cannot open database \"(?P<what>[^\"\n]+)\""),
    Wording.of("ora-01017"),
    Wording.of("ora-12514"),
    Wording.of("ora-12505"),
    Wording.of("ora-28000"),
    Wording.of("ora-28001"),
    # Redis, MongoDB, Kafka, RabbitMQ, Elasticsearch
    Wording.of("wrongpass"),
    Wording.of("noauth", r"\bNOAUTH\b"),
    Wording.of("noperm", r"\bNOPERM\b"),
    Wording.of("err auth", r"ERR AUTH\b"),
    Wording.of("err invalid password"),
    Wording.of("authorization violation"),
    Wording.of("there was an authentication failure"),
    Wording.of("requested authentication method unknown"),
    Wording.of("username or password not allowed"),
    Wording.of("exception authenticating"),
    Wording.of("ldapinvalidcredentials"),
    Wording.of("ldapbinderror"),
    Wording.of("incorrect username or pass"),
    Wording.of("unable to authenticate using mechanism"),
    Wording.of("sasl conversation error"),
    Wording.of("p1000", r"\bP1000\b"),
    Wording.of("p1010", r"\bP1010\b"),
    Wording.of("authentication failed against", r"authentication failed against [^\n]*"),
    Wording.of("no postgresql user name specified"),
    Wording.of("auth failed", r"\bAUTH failed\b"),
    Wording.of("err client sent auth"),
    Wording.of("invalid username-password pair"),
    Wording.of(
        "authentication failed",
        r"(?:mongo\w*+|sasl|scram|kafka\w*+|amqp\w*+|rabbit\w*+|redis\w*+|ldap|smtp|elastic\w*+|database"
        r"|login)\b[^\n]{0,300}authentication failed",
    ),
    Wording.of("authentication failed", r"^\W*(?:\w+(?:Error|Exception)(?: \[\w+\])?:? )?authentication failed\b"),
    Wording.of("not authorized on ", r"\bnot authorized on \w{1,40} to execute command"),
    Wording.of("without any password configured"),
    Wording.of("invalid role or secret id"),
    Wording.of(
        "permission denied", r"(?:vault|code: 403)[^\n]{0,120}permission denied[^\n]{0,60}|permission denied, code: 403"
    ),
    Wording.of("invalid_auth", r"'invalid_auth'|\"invalid_auth\""),
    Wording.of("request unauthorized", r"\brequest unauthorized\b"),
    Wording.of("failed to fetch a valid google oauth2"),
    Wording.of("authenticationfailed", r"\bAuthenticationFailed(?:Exception)?\b"),
    Wording.of("code: 18", r"code: 18\b"),
    Wording.of("requires authentication", r"command \w+ requires authentication|command requires authentication"),
    # Of a bot: python-telegram-bot, discord.js
    Wording.of("rejected by the server", r"\btoken [^\n]{0,100}\b(?:was )?rejected by the server"),
    Wording.of("an invalid token was provided"),
    Wording.of("improper token has been passed"),
    Wording.of("bad auth", r"\bbad auth\b"),
    Wording.of("access_refused"),
    Wording.of("access-refused"),
    Wording.of("probableauthenticationerror"),
    Wording.of("not_allowed - vhost", r"NOT_ALLOWED - vhost (?P<what>\S+) not found"),
    *Wording.any_of(
        ("authorization failed", "authorizationfailed"), r"(?:topic|group|cluster)\w* authorization ?failed"
    ),
    Wording.of("authorizationexception", r"(?:Topic|Group|Cluster|TransactionalId)AuthorizationException"),
    Wording.of("saslauthentication"),
    Wording.of("sasl authentication error"),
    Wording.of("local: authentication failure"),
    Wording.of("security_exception", r"security_exception[^\n]{0,300}(?:authenticat|unable|missing)"),
    Wording.of(
        "invalid credentials",
        r"(?:LDAP|SMTP|error code 49|535)[^\n]{0,99}invalid credentials|\binvalid credentials\b[^\n]{0,40}(?:login|user"
        r"|database|broker)",
    ),
    Wording.of("username and password not accepted"),
    Wording.of("535", r"\b535\b[^\n]{0,80}\b(?:auth\w*|credentials?|password)\b"),
    # Neo4j, ClickHouse, Vault's client
    Wording.of("neo.clienterror.security"),
    Wording.of("password is incorrect, or there is no user"),
    Wording.of("hvac.exceptions.forbidden"),
    # Services behind HTTP
    Wording.of(
        "401",
        r"\b401:? (?:client error:? )?unauthorized|\b401 Client Error\b|\b401:? \{[^\n]{0,120}unauthorized"
        r"|unauthorized \(401\)|status code:? 401\b",
    ),
    Wording.of("asked for the client to provide credentials"),
    Wording.of("invalid api key"),
    Wording.of("incorrect api key"),
    Wording.of("invalid_api_key"),
    Wording.of("invalid_grant"),
    Wording.of("invalid_client"),
    Wording.of("bad credentials", r"\bBad credentials\b"),
)
"""The other side refuses who asks, or what is asked for."""

REFUSED_BY_NAME = (
    *(
        Wording.of(name.lower(), rf"(?-i:\b\w{{0,40}}{name})[:(] ?\S")
        for name in (
            *("AuthenticationError", "AuthenticationException", "AuthenticationFailure", "AuthError", "AuthException"),
            *("LoginError", "LoginException", "LoginFailure"),
        )
    ),
    Wording.of(
        "authentication failed",
        r"\b(?:Vault|IAM|Exception: \w{1,40}:|proxy|service|client|server|api) authentication failed",
    ),
    Wording.of("failed to authenticate", r"\bfailed to authenticate (?:with|to|against|at|as)\b"),
)
"""The name of an error, or a sentence, says that a login failed; a program that lives says so of its own users."""

REFUSED_TLS = (
    Wording.of("no pg_hba.conf entry", r"no pg_hba\.conf entry [^\n]{0,300}(?:no encryption|SSL off)"),
    Wording.of("requires a valid client certificate"),
    Wording.of("ssl required", r"\bSSL required\b"),
    Wording.of("connection is required", r"(?:SSL|TLS|encrypted) connection is required"),
    Wording.of(
        "requires ", r"\b(?:server|database|host|connection|client)\b[^\n]{0,60}requires (?:SSL|TLS|encryption)"
    ),
    Wording.of("insecure transport are prohibited"),
    Wording.of("require_secure_transport"),
    Wording.of("server does not support ssl"),
    Wording.of("server does not support tls"),
    Wording.of("ssl is not enabled on the server"),
    Wording.of("rejected ssl upgrade"),
    Wording.of("server refused tls", r"server refused TLS connection"),
    Wording.of("root certificate file", r"root certificate file \"(?P<what>[^\"\n]+)\" does not exist"),
    Wording.of("certificate verify failed"),
    Wording.of("certificate_verify_failed"),
    Wording.of("self signed certificate"),
    Wording.of("self-signed certificate"),
    Wording.of("self_signed_cert"),
    Wording.of("depth_zero_self_signed"),
    Wording.of("unable_to_get_issuer_cert"),
    Wording.of("cert_has_expired"),
    Wording.of("invalidcertificate", r"\bInvalidCertificate\("),
    Wording.of("could not establish a secure connection"),
    Wording.of('"trustservercertificate" property is set to'),
    Wording.of("error performing tls handshake"),
    Wording.of("sslerror(sslce"),
    Wording.of("occurred during the login process"),
    Wording.of("unable to verify the first certificate"),
    Wording.of("unable to get local issuer certificate"),
    Wording.of("unable_to_verify_leaf"),
    Wording.of("pkix path building failed"),
    Wording.of("pkix path validation failed"),
    Wording.of("x509: ", r"x509: (?:certificate|cannot validate)[^\n]{0,80}"),
    Wording.of("certificate signed by unknown authority"),
    Wording.of("certificate has expired"),
    Wording.of("certificate is not trusted"),
    Wording.of("invalid peer certificate"),
    Wording.of("hostname mismatch", r"certificate verify failed: hostname mismatch|hostname mismatch, certificate"),
    Wording.of("does not match certificate", r"hostname/IP does not match certificate"),
    Wording.of("altname", r"ERR_TLS_CERT_ALTNAME_INVALID"),
    Wording.of("no subject alternative", r"no subject alternative (?:DNS )?names?"),
    Wording.of("remote certificate", r"remote certificate (?:is invalid|was rejected)"),
    Wording.of("sslhandshakeexception"),
    Wording.of("ssl handshake failed"),
    Wording.of("tls handshake failed"),
    Wording.of("handshake failure", r"(?:ssl|tls|alert)[^\n]{0,300}handshake[ _]failure"),
    Wording.of("wrong version number", r"\bSSL\w*+[^\n]{0,300}wrong[ _]version[ _]number"),
    Wording.of("does not look like a tls handshake"),
    Wording.of("server gave http response to https client"),
    Wording.of("during the pre-login handshake", r"an error occurred during the pre-login handshake"),
    Wording.of("ssl not available", r"\bssl not available\b"),
    Wording.of("unknown_ca"),
    Wording.of("remote error: tls: "),
    Wording.of("unknown ca", r"\bunknown CA\b"),
)
"""The two sides do not come to terms on TLS."""
