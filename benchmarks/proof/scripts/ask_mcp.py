"""Asks every troubleshooting action of awslabs.ecs-mcp-server about a service, as an agent that is asked why it failed.

Runs in that package's environment: python ask_mcp.py CLUSTER SERVICE. Each answer is a line of JSON.
"""

import asyncio
import json
import sys

from awslabs.ecs_mcp_server.api.ecs_troubleshooting import ecs_troubleshooting_tool as tool

cluster, service = sys.argv[1:]
about = {"ecs_cluster_name": cluster, "ecs_service_name": service}
for action, parameters in (
    ("get_ecs_troubleshooting_guidance", about),
    ("fetch_service_events", about),
    ("fetch_task_failures", {"ecs_cluster_name": cluster}),
    ("detect_image_pull_failures", about),
    ("fetch_task_logs", {"ecs_cluster_name": cluster}),
    ("fetch_network_configuration", {"ecs_cluster_name": cluster}),
):
    answer = asyncio.run(tool(action, parameters))
    print(json.dumps(answer, default=str), flush=True)
