"""How drivers of what runs on several machines say that no member of it answers, or that a pool has no connection left.

The wordings are those of gocql, the DataStax drivers, Neo4j's drivers, ClickHouse's, MongoDB's for .NET, redis-py,
Jedis, phpredis, kafka-clients, NATS's, the Elasticsearch clients, MassTransit, Npgsql, EF Core, Hibernate,
Active Record, node-oracledb, ODBC, Prisma, gRPC and RDS Proxy, as known from their sources and from reports of
failures; no source of theirs is cited here.
"""

from diagnostics.said import Wording

NO_MEMBER = (
    # Cassandra
    Wording.of("gocql: no ", r"\bgocql: no (?:hosts available|response received|connections were made)"),
    Wording.of("to initial hosts", r"\bunable to connect to initial hosts: (?!provided username)"),
    Wording.of("no node was available to execute"),
    Wording.of("tried for query failed"),
    Wording.of("could not reach any contact point"),
    Wording.of("operationtimedout: "),
    # Neo4j
    Wording.of("unable to retrieve routing information"),
    Wording.of("no routing server", r"\bno routing servers? (?:is |are )?available"),
    Wording.of("could not perform discovery"),
    # ClickHouse, MongoDB, Redis
    Wording.of("db::netexception"),
    Wording.of("all_connection_tries_failed"),
    Wording.of("while opening a connection to the server"),
    Wording.of("clusterdown", r"\bCLUSTERDOWN\b"),
    Wording.of("could not initialize cluster slots cache"),
    Wording.of("read error on connection"),
    # Kafka, RabbitMQ, NATS
    *Wording.any_of(
        ("disconnectexception", "being disconnected"),
        r"\bDisconnectException\b|\bdue to node -?\d{1,9} being disconnected",
    ),
    Wording.of("broker may not be available"),
    Wording.of("mqconnectionexception", r"\b\w{0,20}MqConnectionException: "),
    *Wording.any_of(
        ("nats", "natserror"), r"(?:^|[ :])nats: (?:timeout|connection closed)\b|\bNatsError: '?(?:TIMEOUT|CONNECTION_)"
    ),
    # Elasticsearch
    Wording.of("unable to revive connection"),
    Wording.of("unexpectedelasticsearchclientexception"),
    # Databases, and the pools before them
    Wording.of("mysql connection not available"),
    Wording.of("pool has been exhausted"),
    Wording.of("likely due to a transient failure"),
    Wording.of("retrylimitexceeded", r"\bRetryLimitExceededException\b"),
    *Wording.any_of(
        ("jdbc connection", "jdbcconnection"),
        r"\bunable to (?:obtain|acquire) (?:an? )?(?:isolated )?JDBC Connection|\bJDBCConnectionException\b",
    ),
    Wording.of("[postgresql error]", r"\[PostgreSQL error\][^\n]{0,80}: (?:timeout|closed)\b"),
    Wording.of("activerecord::databaseconnectionerror"),
    Wording.of("pg::unabletosend"),
    Wording.of("njs-5", r"\bNJS-5(?:00|01|03|10|11)\b"),
    Wording.of("prisma", r"\bP(?:1008|1017|2024)\b[^\n]{0,200}\bprisma|\bprisma[^\n]{0,200}\bP(?:1008|1017|2024)\b"),
    Wording.of("error: p", r"\bError: P(?:1008|1017|2024)\b"),
    *(
        Wording.of(f"'{state}'", rf"\('{state}', [\"'][^\n]{{0,80}}(?:TCP Provider|Communication link|Client unable)")
        for state in ("08001", "08s01")
    ),
    *Wording.any_of(
        ("rate limit exceeded", "connections exceeded", "connections to the proxy", "connection to proxy"),
        r"\bconnections? rate limit exceeded|\bsimultaneous connections exceeded"
        r"|\bclient connections to the proxy exceeded|\brate of connection to proxy exceeded",
    ),
    Wording.of("timed-out waiting to acquire database connection"),
    Wording.of("connections on unix domain socket"),
    Wording.of(
        "connection to server on socket", r"connection to server on socket [^\n]{1,120} failed: (?!FATAL|ERROR)"
    ),
    # What a program's own health check says of each: Spring's, Terminus's
    Wording.of(
        "status",
        r"\"(?:db|database|typeorm|prisma|sequelize|postgres\w{0,3}|mysql|mongo\w{0,5}|redis|rabbit\w{0,2}|kafka"
        r"|elasticsearch|r2dbc)\"\s{0,3}:\s{0,3}\{\s{0,3}\"status\"\s{0,3}:\s{0,3}\"(?:down|unhealthy)\"",
    ),
    # Services behind HTTP and gRPC
    Wording.of("max retries exceeded", r"\bport=\d{1,5}\): max retries exceeded"),
    Wording.of("14 unavailable", r"\b14 UNAVAILABLE\b"),
)
"""Each says that nobody of those who serve answers, and may not say who."""

CLOSED = (
    *Wording.any_of(
        ("serviceunavailable",), r"(?-i:\b[\w.]{0,80}ServiceUnavailable(?:Exception|Error)?: )|'ServiceUnavailable'"
    ),
    Wording.of("clientclosederror"),
    Wording.of("channel/connection is not open"),
    Wording.of("incompatibleprotocolerror"),
    Wording.of("before secure tls connection was established"),
    Wording.of("ssleoferror"),
)
"""Each says that who was there does not go on; a program that lives says so of single requests as well."""
