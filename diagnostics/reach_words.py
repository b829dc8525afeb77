"""How drivers and clients say that a service does not answer.

Source: what psycopg2, psycopg, asyncpg, PyMySQL, mysql-connector, redis-py, PyMongo, pika, aio-pika, elasticsearch,
requests, httpx, aiohttp, pg, mysql2, mongodb, mongoose, ioredis, redis, kafkajs, amqplib, axios, undici, Sequelize,
TypeORM, tedious, pgx, lib/pq, go-sql-driver and go-redis print, provoked. The wordings of the JDBC drivers, Lettuce,
Jedis, kafka-clients, librdkafka, Npgsql, StackExchange.Redis, PDO, Predis, Active Record, Postgrex and sqlx are known
from reports of failures; no source of theirs is cited here.
"""

from diagnostics.said import Wording

_HOST = r"(?<![\w.-])(?P<host>\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z][\w-]*(?:\.[\w-]+)*|\[[0-9a-f:]+\])"
_NO_FILE = r"(?<!\.(?:go|js|kt|py|rb|ts))(?<!\.(?:cpp|erl|exs|jsx|lua|mjs|php|tsx))(?<!\.java)"
"""What a place in a program's source ends in, as `migrations.lua:212`: its number is a line, not a port."""
_DOTTED = rf"(?<![\w.-])(?P<host>[\w-]+(?:\.[\w-]+)+{_NO_FILE}|localhost|\[[0-9a-f:]+\])"
_PORT = r"(?P<port>\d{2,5})"
_PEER = (
    r"(?:(?:the|a|an|your|any|our) )?(?:[\w-]+ ){0,2}(?:databases?|db|postgres\w*|mysql|mariadb|mssql|sql server|oracle"
    r"|redis|valkey|memcached|mongo\w*+|cassandra|clickhouse|neo4j|influxdb|elastic\w*+|opensearch|solr|kafka|rabbit\w*"
    r"|amqp|nats|zookeeper|etcd|consul|vault|temporal|minio|brokers?|cluster|upstream|backend|ldap|smtp|server)"
)
"""A service, as people call it in a sentence of their own."""

NO_ANSWER_FROM = (
    Wording.of("econnrefused", rf"ECONNREFUSED,? {_HOST}:{_PORT}"),
    Wording.of("etimedout", rf"ETIMEDOUT,? {_HOST}:{_PORT}"),
    Wording.of("unreach", rf"E(?:HOST|NET)UNREACH,? {_HOST}:{_PORT}"),
    Wording.of(
        "dial tcp",
        rf"dial tcp {_HOST}:{_PORT}: (?:connect: (?:connec|no route|network|timeout)"
        r"|(?:connection|timeout|no route|network|i/o t))",
    ),
    Wording.of("eaddrnotavail", rf"\bconnect EADDRNOTAVAIL (?P<host>[\w.:-]{{1,60}}?):{_PORT}\b(?!:)"),
    Wording.of("cannot assign requested", rf"dial tcp {_HOST}:{_PORT}: connect: cannot assign requested address"),
    Wording.of(
        "cannot assign requested",
        rf"cannot assign requested address(?: - connect\(2\) for)? [\"'(]?{_DOTTED}[\"']?(?::| port ){_PORT}",
    ),
    Wording.of(
        "connection to server at",
        rf"connection to server at \"{_HOST}\"[^\n]{{0,60}}port {_PORT} failed: (?!FATAL|ERROR|server does|SSL"
        rf"|fe_send)",
    ),
    Wording.of(
        "is the server running", rf"is the server running [^\n]{{0,30}}host \"{_HOST}\"[^\n]{{0,60}}port {_PORT}"
    ),
    Wording.of("connect call failed", rf"Connect call failed \('{_HOST}', {_PORT}"),
    Wording.of("connection refused", rf"{_DOTTED}(?:/[\d.]+)?:{_PORT}[^\n]{{0,80}}connection refused"),
    Wording.of("connection refused", rf"connection refused[^\n]{{0,40}}?{_DOTTED}(?:/[\d.]+)?:{_PORT}"),
    Wording.of("connecting to", rf"Error (?:111|110|113) connecting to {_HOST}:{_PORT}"),
    Wording.of(
        "can't connect to",
        rf"can't connect to (?:MySQL|MariaDB) server on '{_HOST}(?::{_PORT})?'[^\n]{{0,99}}(?:refused|timed out|111|110"
        rf"|113|unreachable|no route)",
    ),
    Wording.of("can't reach database server", rf"can't reach database server at `?{_HOST}`?:`?{_PORT}"),
    Wording.of(
        "the tcp/ip connection to the host", rf"the TCP/IP connection to the host {_HOST}, port {_PORT} has failed"
    ),
    Wording.of(
        "failed to connect to",
        rf"failed to connect to (?:host )?`?{_HOST}`?:{_PORT}(?![^\n]{{0,300}}(?:FATAL|password))",
    ),
    Wording.of(
        "unable to connect to", rf"unable to connect to (?:[\w-]+://)?(?:[^@\s]*@)?{_HOST}(?:/<?\w+>?)?:{_PORT}"
    ),
    Wording.of(
        "cannot connect to host",
        rf"cannot connect to host {_HOST}:{_PORT}[^\n]{{0,300}}(?:refused|timed out|call failed|unreachable)",
    ),
    Wording.of("connection to ", rf"connection to {_HOST}:{_PORT} (?:refuse|timed out|failed)"),
    Wording.of(
        "tcp connect", rf"tcp connect \({_HOST}:{_PORT}\): (?:connection refused|timeout|host is unreachable|no route)"
    ),
    Wording.of(
        "timeout occurred after waiting",
        rf"timeout occurred after waiting [^\n]{{0,300}}waiting (?:\w+ ){{0,4}}for {_HOST}:{_PORT}",
    ),
    *Wording.any_of(("timed out", "timeout"), rf"(?:timeout|timed out)[^\n]{{0,60}}?{_DOTTED}:{_PORT}"),
    Wording.of(
        "connect to ", rf"connect to {_HOST} port {_PORT}[^\n]{{0,40}}(?:fail|refused|timed out|couldn't connect)"
    ),
    Wording.of("connect_to ", rf"connect_to {_HOST} port {_PORT}: failed"),
    *Wording.any_of(
        ("available", "ready", "reachable"),
        rf"{_HOST}:{_PORT} is (?:not (?:yet )?(?:available|ready|reachable)|unavailable|unreachable)\b",
    ),
    Wording.of(" - no response", rf"{_HOST}:{_PORT} - no response"),
    Wording.of(" - rejecting connections", rf"{_HOST}:{_PORT} - rejecting connections"),
    Wording.of("error connecting to redis on", rf"error connecting to Redis on {_HOST}:{_PORT}"),
    Wording.of("bootstrap broker", rf"bootstrap broker {_HOST}:{_PORT} [^\n]{{0,40}}disconnected"),
    Wording.of(
        "could not be established",
        rf"connection to node -?\d+ \({_HOST}(?:/[\d.]+)?:{_PORT}\) could not be established",
    ),
    Wording.of("max retries exceeded with url", rf"host='{_HOST}', port={_PORT}\): max retries exceeded with url"),
)
"""Each names who does not answer."""

NO_ANSWER = (
    Wording.of("econnrefused"),
    Wording.of("econnreset"),
    Wording.of("econnaborted"),
    Wording.of("etimedout"),
    Wording.of("ehostunreach"),
    Wording.of("enetunreach"),
    Wording.of("connection refused"),
    Wording.of("connectionrefusederror"),
    Wording.of("connection timed out"),
    Wording.of("connect timed out"),
    Wording.of("connection reset by peer"),
    Wording.of("connection timeout expired"),
    Wording.of("no route to host"),
    Wording.of("network is unreachable"),
    Wording.of("connection timeout", r"\bconnection timeout\b(?! ?[:=(]| of\b| set\b| is\b)"),
    Wording.of(
        "context deadline exceeded",
        r"\b(?:connect|dial|ping|database|server|broker)[^\n]{0,300}context deadline exceeded",
    ),
    Wording.of("timeout during connection attempt"),
    Wording.of(
        "connection to ", rf"\bconnection to {_PEER}\b[^\n]{{0,40}}(?:timed out|refused|failed|was lost|could not)"
    ),
    # The other side hangs up, is full, or is not ready yet
    Wording.of("remaining connection slots are reserved"),
    Wording.of("too many connections"),
    Wording.of("too many clients already"),
    Wording.of("max number of clients reached"),
    Wording.of(
        "lost connection to", r"lost connection to (?:MySQL|MariaDB|the )?[^\n]{0,20}(?:server|database|broker)"
    ),
    Wording.of("connection lost: the server closed"),
    Wording.of("server closed the connection"),
    Wording.of("connection terminated unexpectedly"),
    Wording.of("server has gone away"),
    Wording.of("protocol_connection_lost"),
    Wording.of("protocol_sequence_timeout"),
    Wording.of("handshake inactivity timeout"),
    Wording.of("database system is ", r"database system is (?:starting up|shutting down|in recovery mode)"),
    Wording.of("not yet accepting connections"),
    Wording.of("redis is loading the dataset"),
    Wording.of("connection is closed", r"^\W*(?:Error: )?connection is closed\.?\W*$"),
    # Databases
    Wording.of("could not connect to server"),
    Wording.of("[2002]", r"SQLSTATE\[HY000\] \[2002\]"),
    Wording.of("can't connect to", r"can't connect to (?:local )?(?:MySQL|MariaDB|server)"),
    Wording.of("communications link failure"),
    Wording.of("communicationsexception"),
    Wording.of("connection attempt failed", r"PSQLException: the connection attempt failed"),
    Wording.of("unable to obtain connection from database"),
    Wording.of("no usable database connection"),
    Wording.of("login timeout expired"),
    Wording.of("no reachable servers"),
    Wording.of("nohostavailable", r"\bNoHostAvailable(?:Exception)?\b"),
    Wording.of("unable to connect to any servers"),
    *Wording.any_of(("sql state", "sqlstate"), r"SQL ?State\W{1,4}08\w{3}\b"),
    Wording.of("unable to create connection", r"ResourceException[^\n]{0,300}unable to create connection"),
    Wording.of("network adapter could not establish"),
    Wording.of("ora-12541"),
    Wording.of("ora-12170"),
    Wording.of("network-related or instance-specific error"),
    Wording.of(
        "failed to connect to", r"(?:NpgsqlException|ConnectionError|SocketException)[^\n]{0,300}failed to connect to"
    ),
    Wording.of("unable to connect to any of the specified mysql hosts"),
    Wording.of("it was not possible to connect to the redis server"),
    Wording.of("connection is not available, re"),
    Wording.of("connection not available and request was dropped"),
    Wording.of("timeout acquiring a connection"),
    Wording.of("sequelizeconnection", r"SequelizeConnection(?:TimedOut|AcquireTimeout|HostNotReachable|)Error"),
    Wording.of("connectionacquiretimeouterror"),
    Wording.of("sequelizeconnectionrefused"),
    Wording.of("pool timed out while waiting for an open connection"),
    Wording.of("pooltimedout"),
    Wording.of("none of the configured nodes are available"),
    Wording.of("timeout expired", r"(?:connection )?timeout expired\b"),
    Wording.of("p1001", r"\bP1001\b"),
    Wording.of("p1002", r"\bP1002\b"),
    Wording.of("activerecord::connectionnotestablished"),
    Wording.of("couldn't get a connection after"),
    Wording.of("psycopg_pool.pooltimeout"),
    # Redis, MongoDB, Kafka, RabbitMQ, search
    Wording.of("dalli::ringerror"),
    Wording.of("could not establish tcp connection to any of the configured hosts"),
    Wording.of("connectionloss", r"KeeperErrorCode = ConnectionLoss"),
    Wording.of("cannot execute request on any known server"),
    Wording.of("unable to bootstrap from"),
    Wording.of("expired due to timeout", r"record\(s\) expired due to timeout"),
    Wording.of("has passed since batch creation"),
    Wording.of("not present in metadata after"),
    Wording.of("vault is sealed"),
    Wording.of("waiting on dependencies to become available"),
    Wording.of("unable to connect to redis"),
    Wording.of("could not connect to redis"),
    Wording.of("redisconnectionexception"),
    Wording.of("jedisconnectionexception"),
    Wording.of("redis", r"\bRedis(?:Client)?::(?:Cannot)?(?:Timeout|Connect\w*)Error\b"),
    Wording.of("timeout connecting to server"),
    Wording.of("clusterallfailederror"),
    Wording.of("failed to refresh slots cache"),
    Wording.of("redis cluster cannot be connected"),
    Wording.of("cannot retrieve initial cluster partitions"),
    Wording.of("cannotconnecterror"),
    Wording.of("connectionexception", r"Predis\\Connection\\ConnectionException"),
    Wording.of("maxretriesperrequesterror"),
    Wording.of("serverselection", r"(?:Mongo(?:ose)?ServerSelectionError|ServerSelectionTimeoutError)"),
    Wording.of("server selection", r"server selection (?:timed out|timeout|error)"),
    Wording.of("no suitable servers found"),
    Wording.of("mongotimeoutexception"),
    Wording.of("timed out after", r"timed out after \d+ ms while waiting (?:for a server|to connect)"),
    Wording.of("mongonetworkerror"),
    Wording.of("nobrokersavailable"),
    Wording.of("no brokers available"),
    Wording.of("client has run out of available brokers"),
    Wording.of("failed to update metadata after"),
    Wording.of("kafkajsconnectionerror"),
    Wording.of("kafkajsnumberofretriesexceeded"),
    Wording.of("broker transport failure"),
    Wording.of("in state connect", r"\bfailed: [^\n]{1,120} \(after \d{1,9}ms in state CONNECT\b"),
    Wording.of("brokers are down", r"\b(\d{1,4})/\1 brokers are down"),
    Wording.of("brokers but found only", r"\bexpected \d{1,4} brokers but found only \d"),
    Wording.of("connection setup time", r"connection setup time(?:d )?out"),
    Wording.of("failed to connect to seed broker"),
    Wording.of("failed to connect to broker"),
    Wording.of("all broker connections are down"),
    Wording.of("timed out waiting for a node assignment"),
    Wording.of("amqpconnectionerror"),
    Wording.of("amqpconnectexception"),
    Wording.of("none of the specified endpoints were reachable"),
    Wording.of("brokerunreachableexception"),
    *Wording.any_of(
        ("connection error", "connectionerror"),
        r"(?:redis|elastic\w*+|opensearch|kafka|rabbit\w*+|mongo\w*+|memcached)[^\n]{0,300}connection ?error",
    ),
    Wording.of("connectexception: cannot assign requested"),
    Wording.of("no living connections"),
    Wording.of("no servers available for connection"),
    # A connection that does not come about, or ends, in the words of one driver
    Wording.of("timeout exceeded when trying to connect"),
    *Wording.any_of(
        tuple(f"connect{ion}_{end}" for ion in ("", "ion") for end in ("timeout", "closed", "ended", "refused")),
        r"\bCONNECT(?:ION)?_(?:TIMEOUT|CLOSED|ENDED|REFUSED)\b",
    ),
    Wording.of("server has closed the connection"),
    Wording.of("fetching a new connection from the connection pool"),
    Wording.of("connection was closed in the middle of operation"),
    Wording.of("acquisition timeout while waiting for new connection"),
    Wording.of("adaptive server is una"),
    Wording.of("ora-125", r"\bORA-125(?:16|18|20|28|35|37|43|47|60|71)\b"),
    Wording.of("ora-031", r"\bORA-031(?:13|14|35)\b"),
    Wording.of("dpy-", r"\bDPY-(?:4011|6000|6005)\b"),
    Wording.of("packets.go", r"\bpackets\.go:\d{1,5}: (?:unexpected EOF|closing bad idle connection|read tcp)"),
    Wording.of("invalid connection", r"(?:^|[: ])invalid connection$"),
    Wording.of("no alive nodes"),
    Wording.of("transport error: ", r"\btransport error: [^\n]{0,100}\bconnection (?:closed|refused|reset)"),
    Wording.of("is available in cluster", r"\bno (?:\w{1,20} )?server is available in cluster"),
    *Wording.any_of(
        ("opentimeout", "readtimeout", "execution expired"), r"\bNet::(?:Open|Read)Timeout\b|\bexecution expired\b"
    ),
    Wording.of("redix.connectionerror"),
    Wording.of("is the computer able to access the url"),
    *Wording.any_of(
        ("postgreserror: connection closed", "err_postgres_connection"),
        r"\bPostgresError: Connection closed|\bERR_POSTGRES_CONNECTION_\w{1,20}",
    ),
    Wording.of("did not start up in", r"\bdid not start up in \d{1,5} seconds"),
    Wording.of("connecting to", r"\bfail(?:ed|ure)? connecting to\b"),
    Wording.of("server connection error"),
    Wording.of("transport::error(transport"),
    Wording.of("connection unexpectedly closed"),
    Wording.of("exception (501)", r"\bException \(501\) Reason: \"EOF\""),
    Wording.of("no elasticsearch node available"),
    Wording.of("no cluster leader"),
    Wording.of("mongosocket", r"\bMongoSocket\w{0,20}Exception\b"),
    Wording.of("timeout(", r"\bTimeout\((?:Wait|Create|Recycle)\)"),
    *Wording.any_of(
        ("no response", "rejecting connections", "no attempt"),
        r":\d{2,5} - (?:no response|rejecting connections|no attempt)\b",
    ),
    # gRPC, and settings from a server
    Wording.of("code = unavailable"),
    Wording.of("statuscode.unavailable"),
    Wording.of("failed to connect to all addresses"),
    Wording.of("failed to connect before the deadline"),
    Wording.of("unavailable: io exception"),
    Wording.of("could not locate propertysource and the fail fast property is set"),
    Wording.of("connection error", r"^elastic_transport\.ConnectionError"),
    # Services behind HTTP, and waiting scripts
    Wording.of("failed to establish a new connection"),
    Wording.of("max retries exceeded with url"),
    Wording.of("all connection attempts failed"),
    Wording.of(
        "timeout",
        r"\b(?:Connect(?:ion)?Timeout(?:Error|Exception)?|HttpConnectTimeoutException|UND_ERR_CONNECT_TIMEOUT)\b",
    ),
    Wording.of("connection attempt failed because the connected party did not"),
    Wording.of("timeout occurred after waiting"),
    *Wording.any_of(
        ("timed out", "timeout", "gave up", "giving up"),
        r"(?:timed out|timeout|gave up|giving up)[^\n]{0,60}(?:connecting to|waiting for (?:the )?(?:database|db"
        r"|postgres\w*+|mysql|mariadb|redis|kafka|rabbit\w*+|mongo\w*+|server|connection)\b)",
    ),
    *Wording.any_of(
        ("database", "postgres", "mysql", "redis"),
        r"(?:database|postgres\w*+|mysql|redis)\b[^\n]{0,40}\b(?:unreachable|not reachable|unavailable"
        r"|is not available|not responding)\b",
    ),
    *(
        Wording.of(
            verb,
            rf"\b(?:could not|couldn't|cannot|can't|(?:unable|fail|fails|failed|failure) to|error) "
            rf"(?:re)?{verb}\w* (?:to |with )?{_PEER}\b",
        )
        for verb in ("connect", "reach", "contact")
    ),
    Wording.of(
        "connection ",
        rf"\b(?:could not|cannot|(?:unable|failed) to) (?:establish|open|get|make|create|obtain|acquire) (?:an? |the )?"
        rf"(?:\w+ )?connection (?:to|with) {_PEER}\b",
    ),
    Wording.of(
        " connection",
        rf"\b(?:could not|couldn't|cannot|can't|(?:unable|failed) to) (?:establish|open|get|make|create|obtain|acquire)"
        rf" (?:an? |the )?{_PEER} connection\b",
    ),
    Wording.of("connecting with your hostname"),
    Wording.of("last connection error"),
    Wording.of("java.net.connectexception"),
    Wording.of("dial error ("),
    # A line that is cut in the words of Go's net: whoever is dialled by his address has been resolved
    Wording.of("dial tcp", r"\bdial tcp (?P<host>\d{1,3}(?:\.\d{1,3}){3}):(?P<port>\d{0,5})(?:: [a-z/]{0,7})?$"),
    Wording.of("connect to server at", rf"\bconnect to server at '{_HOST}' failed"),
    Wording.of("error when performing the request to"),
    Wording.of("idx2080", r"\bIDX2080[34]\b"),
    Wording.of("a database connection", r"\berror (?:creating|opening|establishing|acquiring) a database connection"),
    Wording.of("waiting for", rf"^\W*(?:\S+ )?\W?waiting for {_PEER}\b(?![^\n]{{0,300}}migrat)"),
)
"""Each says that somebody does not answer, and may not say who."""
