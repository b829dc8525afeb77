"""How drivers and clients say that a service hung up on them, or was reached and did not answer in time.

The wordings are those of libpq, psycopg2, pgx, pgJDBC, HikariCP, Npgsql, SqlClient, Postgrex, redis-py, node-redis,
PyMongo, amqplib, pika, RabbitMQ, http.client, Node's http, OkHttp, urllib3, database/sql, gRPC, etcd, Consul, Envoy,
Couchbase and Snowflake, as known from reports of failures; no source of theirs is cited here.
"""

import re

from diagnostics.said import Wording

_DATABASE = (
    r"\b(?:database|db|postgres\w*+|mysql|mariadb|mongo\w*+|redis|kafka|rabbitmq|elasticsearch|opensearch|broker)"
)

HUNG_UP = (
    # Databases and caches
    Wording.of("ssl syscall error"),
    Wording.of("ssl connection has been closed unexpectedly"),
    Wording.of("terminating connection due to"),
    Wording.of("connection already closed", r"\bInterfaceError: connection already closed"),
    Wording.of("pqsocket() can't get socket descriptor"),
    Wording.of("failed to receive message", r"failed to receive message[^\n]{0,40}\bEOF\b"),
    Wording.of("driver: bad connection"),
    Wording.of("an i/o error occurred while sending to the backend"),
    Wording.of(
        "the connection attempt failed", r"PoolInitializationException[^\n]{0,100}the connection attempt failed"
    ),
    Wording.of("exception while reading from stream"),
    Wording.of("a transport-level error has occurred"),
    Wording.of("dbconnection.connectionerror", r"\(DBConnection\.ConnectionError\)"),
    Wording.of("connection closed by server"),
    Wording.of("socket closed", r"\bsocket closed (?:unexpectedly|abruptly)"),
    Wording.of("autoreconnect: ", r"\bAutoReconnect: "),
    Wording.of("ambiguoustimeoutexception"),
    Wording.of("250003", r"\b250003[^\n]{0,20}: failed to execute request"),
    # Brokers, and what holds a cluster together
    Wording.of("connection_forced", r"\bCONNECTION_FORCED\b"),
    Wording.of("missed heartbeats"),
    Wording.of("streamlost", r"\bStreamLostE"),
    Wording.of("stream connection lost"),
    Wording.of("etcdserver: request timed out"),
    Wording.of("failed to join: ", r"failed to join: \d{1,3} errors? occurred"),
    # Services behind HTTP and gRPC
    Wording.of("remote end closed connection without response"),
    Wording.of("serverdisconnectederror"),
    Wording.of("socket hang up"),
    Wording.of("unexpected end of stream"),
    Wording.of("broken pipe", r"\bwrite tcp [^\n]{0,120}: broken pipe"),
    Wording.of("code = deadlineexceeded"),
    Wording.of("cannot get new connection from pool"),
    Wording.of("upstream connect error or disconnect/reset before headers"),
    Wording.of("no healthy upstream"),
    Wording.of(
        "read timed out", r"\b(?:ReadTimeout|SocketTimeoutException|HTTPS?ConnectionPool)[^\n]{0,160}\bread timed out"
    ),
    *(
        Wording.of(
            f"50{number}",
            r"\b(?:HTTPError: |HttpServerErrorException\S{0,40}: |failed with status(?: code)? |status code:? )"
            rf"50{number}\b",
        )
        for number in (2, 3, 4)
    ),
    # In a sentence of the author's own
    *Wording.any_of(
        ("dialing", "dialling", "contacting"),
        r"\b(?:timed out|timeout) (?:when |while |after )?(?:dialing|dialling|contacting)\b",
    ),
    Wording.of("did not respond", rf"{_DATABASE}[^\n]{{0,80}}\bdid not respond"),
    Wording.of(
        "not ",
        rf"{_DATABASE} (?:(?:is|was) )?(?:still )?not (?:yet )?(?:ready|up|online|available|reachable|responding"
        r"|running)\b",
    ),
    Wording.of("connection ", rf"{_DATABASE} connection (?:has )?(?:failed|failure|timed out|timeout|lost|refused)\b"),
    Wording.of(
        "waiting for ",
        r"\b(?:timed out|timeout|failed|gave up|giving up)\b[^\n]{0,40}? waiting for (?:port )?(?:[\w.-]{1,80}:)?"
        r"\d{2,5}\b",
    ),
)
"""Each says that somebody who was there does not go on, and may not say who.

Programs that live say so of single requests as well: it counts where the program died of itself.
"""

GAVE_UP = (
    *Wording.any_of(("timed out", "timed-out"), r"\btimed[ -]out\b"),
    *Wording.any_of(("timeouterror", "timeoutexception"), r"\b\w{0,60}Timeout(?:Error|Exception)\b"),
    *Wording.any_of(
        ("timeout exceeded", "timeout while", "timeout waiting", "timeout connecting"),
        r"\btimeout (?:exceeded|while|waiting|connecting)\b",
    ),
    *Wording.any_of(
        ("timeout", "time-out", "exhausted"),
        r"\b(?:connection|connect|pool|dial|read|write|request|socket|i/o|gateway|handshake|network) "
        r"(?:time-?out|exhausted)\b",
    ),
    *Wording.any_of(
        (" connection", "connections"),
        r"\b(?:could not|couldn't|cannot|can't|(?:unable|failed) to) (?:open|establish|create|get|acquire|obtain) "
        r"(?:an? |the |any |new )?(?:\w{1,20} )?connections?\b",
    ),
    *Wording.any_of(("deadline exceeded", "deadline_exceeded"), r"\bdeadline[ _]exceeded\b"),
    Wording.of("before the deadline"),
    *Wording.any_of(
        ("connect", "reach", "contact", "ping", "dial"),
        r"\b(?:fail(?:ed|ure|s)? (?:to|on|in|while|when)|could not|couldn't|cannot|can't|unable to|not able to"
        r"|error(?: while| when)?|giving up|gave up)(?: on)? (?:re-?)?(?:connect|reach|contact|ping|dial)(?:ing)?\b",
    ),
    *Wording.any_of(
        ("connection", "connecting"),
        r"\b(?:connection|connecting)\b[^\n]{0,60}\b(?:failed|failure|refused|lost|dropped|aborted|unsuccessful"
        r"|closed (?:by|before|unexpectedly))\b",
    ),
    *Wording.any_of(("reached", "reachable"), r"\b(?:(?:can ?not|could not|can't) be reached|(?:not |un)reachable)\b"),
    *Wording.any_of(
        ("respond", "answer", "response from"),
        r"\b(?:(?:did|does|do) not|didn't|doesn't|isn't|is not) (?:respond|answer)\w{0,4}\b"
        r"|\bno (?:response|answer) from\b",
    ),
    *Wording.any_of(
        ("service unavailable", "temporarily unavailable"), r"(?<!resource )\b(?:service|temporarily) unavailable\b"
    ),
)
"""How a program says in its closing words, in whatever sentence, that it gave up on somebody."""

NOT_GIVEN_UP = re.compile(
    r"not (?:set|defined|configured|provided|found|installed|supported|valid|permitted)|\b(?:missing|undefined|invalid"
    r"|malformed|required|unsupported|unknown|unrecogni[sz]ed|must (?:be|have|start)|no such|pars(?:e|ing)|syntax"
    r"|already|in use|bind(?:ing)?|listen(?:ing)?|0\.0\.0\.0|denied|unauthori[sz]ed|forbidden"
    r"|credentials?|password|migrat\w*|lock(?:ed)?|worker|navigation|statement|transaction|chrom\w+|browser|display"
    r"|camera|device|port is|memory|heap|compil\w+)\b",
    re.IGNORECASE,
)
"""Closing words that name another cause, or something of the program's own that took too long."""
