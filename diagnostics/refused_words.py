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
    Wording.of("sasl: scram-", r"\bSASL: SCRAM-(?:SERVER|CLIENT)-"),
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
    # What stands between: RDS Proxy, PgBouncer, Supavisor
    Wording.of("iam authentication failed"),
    Wording.of("has no credentials for the role", r"has no credentials for the role (?P<who>[\w.-]+)"),
    Wording.of("provided for the role", r"password that was provided for the role (?P<who>[\w.-]+) is wrong"),
    Wording.of("rds supports only", r"\bRDS supports only (?:IAM|MD5|SCRAM)"),
    Wording.of("is missing from the connection startup packet"),
    Wording.of("no such user: ", r"\b(?:FATAL|ERROR):\s{1,4}no such user: (?P<who>[\w.-]+)"),
    Wording.of("server_login_retry"),
    Wording.of("tenant or user not found", r"(?:^|:)\s{0,4}tenant or user not found"),
    # MySQL, MariaDB
    Wording.of("access denied for user", rf"access denied for user\b(?: {_Q}?(?P<who>[\w.%-]+))?"),
    Wording.of("unknown database", r"unknown database '(?P<what>[^'\n]+)'"),
    Wording.of(
        "er_",
        r"\bER_(?:ACCESS_DENIED|DBACCESS_DENIED|TABLEACCESS_DENIED|SPECIFIC_ACCESS_DENIED|HOST_NOT_PRIVILEGED"
        r"|HOST_IS_BLOCKED|BAD_DB_ERROR|MUST_CHANGE_PASSWORD|ACCOUNT_HAS_BEEN_LOCKED|SECURE_TRANSPORT_REQUIRED)",
    ),
    Wording.of(
        "authentication plugin", r"authentication plugin[^\n]{0,300}(?:cannot be loaded|not supported|reported error)"
    ),
    Wording.of("er_not_supported_auth_mode"),
    Wording.of("does not support authentication protocol"),
    Wording.of("authentication method unknown to the client"),
    Wording.of("authentication to host", r"authentication to host '[^'\n]+' for user '(?P<who>[^'\n]*)'"),
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
    Wording.of("ora-28", r"\bORA-28(?:000|001|009|040)\b"),
    Wording.of("dpy-", r"\bDPY-(?:3015|6001|6003)\b"),
    Wording.of("njs-", r"\bNJS-(?:116|517|518)\b"),
    # Redis, MongoDB, Kafka, RabbitMQ, Elasticsearch
    Wording.of("wrongpass"),
    Wording.of("noauth", r"\bNOAUTH\b"),
    Wording.of("noperm", r"\bNOPERM\b"),
    Wording.of("err auth", r"ERR AUTH\b"),
    Wording.of("'auth' command", r"wrong number of arguments for 'auth' command"),
    Wording.of("has no permissions to ", r"\bthis user has no permissions to (?:run the '|access one of the )"),
    Wording.of("authenticationfailure on "),
    Wording.of("err invalid password"),
    # NATS
    Wording.of("authorization violation"),
    Wording.of("nats", r"\bnats[^\n]{0,40}\b(?:authentication[ _](?:expired|revoked)|permissions[ _]violation)\b"),
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
    Wording.of("unsupported mechanism [ -301 ]"),
    Wording.of("is not allowed to do action", r"\buser is not allowed to do action \[(?P<what>\w+)"),
    Wording.of("mongo::auth::unauthorized"),
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
    # RabbitMQ; amqplib says no more than that the broker closed where it should have opened
    Wording.of("access_refused"),
    Wording.of("access-refused"),
    *Wording.any_of(
        ("probableauthentication", "probableaccessdenied", "possibleauthenticationfailure"),
        r"\bProbable(?:Authentication|AccessDenied)Error|\bPossibleAuthenticationFailure",
    ),
    Wording.of("not_allowed - vhost", r"NOT_ALLOWED - vhost (?P<what>\S+) not found"),
    Wording.of("not_allowed - access to", r"NOT_ALLOWED - access to vhost '(?P<what>[^'\n]*)' refused"),
    Wording.of("got <connectionclose"),
    *Wording.any_of(
        ("authorization failed", "authorizationfailed"), r"(?:topic|group|cluster)\w* authorization ?failed"
    ),
    Wording.of("authorizationexception", r"(?:Topic|Group|Cluster|TransactionalId)AuthorizationException"),
    Wording.of("saslauthentication"),
    Wording.of("sasl authentication error"),
    Wording.of("sasl ", r"\bSASL (?:\w{1,20} )?(?:handshake|authentication|negotiation) (?:has )?failed"),
    Wording.of("saslmechanism", r"\bUnsupportedSaslMechanism"),
    Wording.of("illegalsaslstate"),
    Wording.of("not authorized to access", r"\bnot authorized to access (?:this )?(?:topic|group|cluster)"),
    Wording.of("local: authentication failure"),
    Wording.of(
        "security_exception",
        r"security_exception[^\n]{0,300}(?:authenticat|unable|missing|no permissions|unauthori[sz]ed)",
    ),
    Wording.of(
        "invalid credentials",
        r"(?:LDAP|SMTP|error code 49|535)[^\n]{0,99}invalid credentials|\binvalid credentials\b[^\n]{0,40}(?:login|user"
        r"|database|broker)",
    ),
    Wording.of("username and password not accepted"),
    Wording.of("535", r"\b535\b[^\n]{0,80}\b(?:auth\w*|credentials?|password)\b"),
    # Neo4j, ClickHouse, Cassandra, Vault, Consul
    Wording.of("neo.clienterror.security"),
    Wording.of("unauthorized due to authentication failure"),
    Wording.of("password is incorrect, or there is no user"),
    Wording.of("unknown_database", r"\bdatabase (?P<what>[\w.-]+) does not exist[^\n]{0,20}\bUNKNOWN_DATABASE\b"),
    Wording.of("db::exception", r"\bCode: 81\b[^\n]{0,40}DB::Exception"),
    Wording.of("not enough privileges", r"\bDB::Exception[^\n]{0,80}\bnot enough privileges"),
    Wording.of("and/or password are"),
    Wording.of("keyspace ", rf"\bkeyspace {_Q}?(?P<what>\w+){_Q}? does not exist"),
    Wording.of("hvac.exceptions.", r"\bhvac\.exceptions\.(?:Forbidden|Unauthorized)"),
    *Wording.any_of(
        ("missing client token", "invalid role id", "invalid secret id"),
        r"^\W{0,6}(?:missing client token|invalid (?:role|secret) ID)\b",
    ),
    Wording.of("unexpected response code: 403"),
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
        r"(?:\b(?:Vault|IAM|Exception: \w{1,40}:|proxy|service|client|server|api)|[\w)\]\"'][.:])"
        r" authentication failed",
    ),
    *Wording.any_of(
        ("401", "403"),
        r"does not indicate success: 40[13]\b|\(401\)\s{0,3}Reason: Unauthorized|\bError 401 \(Unauthorized\)"
        r"|\bUnauthorized: \[401\]|\bForbidden: \[403\]"
        r"|\b403 (?:Client Error: )?Forbidden for url: (?!https?://\S{0,200}amazonaws)|\bstatus code 403\b",
    ),
    *Wording.any_of(
        ("unauthenticated", "permissiondenied", "permission_denied"),
        r"\bcode = (?:Unauthenticated|PermissionDenied)\b|\b(?:16 |StatusCode\.)UNAUTHENTICATED\b"
        r"|\b(?:7 |StatusCode\.)PERMISSION_DENIED\b",
    ),
    Wording.of("error: unauthorized", r"^\W{0,4}(?-i:[A-Z]\w{0,40})Error: Unauthorized\W*$"),
    Wording.of("failed to authenticate", r"\bfailed to authenticate (?:with|to|against|at|as)\b"),
)
"""The name of an error, or a sentence, says that a login failed; a program that lives says so of its own users."""

REFUSED_TLS = (
    Wording.of("no pg_hba.conf entry", r"no pg_hba\.conf entry [^\n]{0,300}(?:no encryption|SSL off)"),
    Wording.of("requires a valid client certificate"),
    Wording.of("ssl required", r"\bSSL required\b"),
    Wording.of("connection is required", r"(?:SSL|TLS|encrypted) connection is required"),
    Wording.of(
        "requires ", r"\b(?:server|database|host|connection|client|proxy)\b[^\n]{0,60}requires (?:SSL|TLS|encryption)"
    ),
    Wording.of("insecure transport are prohibited"),
    Wording.of("require_secure_transport"),
    Wording.of("server does not support ssl"),
    Wording.of("server does not support tls"),
    Wording.of("attempted to connect to does not support enc"),
    Wording.of("ssl connections", r"\bIAM (?:authentication )?is allowed only with SSL connections"),
    Wording.of("ssl is not enabled on the server"),
    Wording.of("rejected ssl upgrade"),
    Wording.of("server refused tls", r"server refused TLS connection"),
    Wording.of("root certificate file", r"root certificate file \"(?P<what>[^\"\n]+)\" does not exist"),
    Wording.of("certificate verify fail"),
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
    Wording.of("unsupported or unrecognized ssl message"),
    Wording.of("sslpeerunverified"),
    *Wording.any_of(("certificateexpired", "certificatenotyetvalid"), r"\bCertificate(?:Expired|NotYetValid)Exception"),
    Wording.of("could not establish a secure connection"),
    Wording.of("ssl connection could not be established"),
    Wording.of("ssl authentication error"),
    Wording.of("ora-29024"),
    # Go's alerts, and OpenSSL's, as Python and others write them
    Wording.of("remote error: tls: "),
    *Wording.any_of(
        ("ssl", "tlsv"),
        r"\[SSL: (?:TLSV1\w{0,3}_ALERT_\w+|SSLV3_ALERT_\w+|UNSUPPORTED_PROTOCOL|DH_KEY_TOO_SMALL|HTTP_REQUEST"
        r"|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|NO_PROTOCOLS_AVAILABLE|UNKNOWN_PROTOCOL|EE_KEY_TOO_SMALL)"
        r"|\b(?:tlsv1|tlsv13|sslv3) alert (?:protocol version|bad certificate|certificate \w+|unknown ca)"
        r"|\bSSL routines:[^\n]{0,60}(?:unsupported protocol|dh key too small|unsafe legacy renegotiation)",
    ),
    Wording.of("ssl handshake failed"),
    Wording.of("tls handshake failed"),
    *Wording.any_of(
        ("tls handshake", "ssl handshake"), r"\berror (?:performing|during) (?:the )?(?:TLS|SSL) handshake"
    ),
    Wording.of("handshake failure", r"(?:ssl|tls|alert)[^\n]{0,300}handshake[ _]failure"),
    Wording.of("wrong version number", r"\bSSL\w*+[^\n]{0,300}wrong[ _]version[ _]number"),
    Wording.of("does not look like a tls handshake"),
    Wording.of("server gave http response to https client"),
    Wording.of("an error occurred during the ", r"an error occurred during the (?:pre-login handshake|login process)"),
    Wording.of("provider: ssl provider"),
    Wording.of("ssl not available", r"\bssl not available\b"),
    Wording.of("unknown_ca"),
    Wording.of("remote error: tls: "),
    Wording.of("unknown ca", r"\bunknown CA\b"),
)
"""The two sides do not come to terms on TLS."""
