"""The little programs that the Python captures run."""

PACKAGES = (
    *("gunicorn", "flask", "uvicorn", "fastapi", "django", "psycopg[binary]", "psycopg2-binary", "pymysql", "redis"),
    *("sqlalchemy", "alembic", "boto3", "pydantic-settings"),
)
_ANSWER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass

print("listening on 8000", flush=True)
ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
_URL = "import os\n\nurl = os.environ['DATABASE_URL']\n"
_FROM_URL = "from urllib.parse import urlsplit\n\nparts = urlsplit(url)\n"
FILES = {
    "answers.py": _ANSWER,
    "flask_app.py": """from flask import Flask

app = Flask(__name__)

@app.get("/")
@app.get("/healthz")
def health():
    return "ok"
""",
    "broken.py": """import os

DATABASE_URL = os.environ["DATABASE_URL"]
app = None
""",
    "fast_app.py": """from fastapi import FastAPI

app = FastAPI()

@app.get("/")
@app.get("/healthz")
def health():
    return "ok"
""",
    "fast_fails.py": """from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    raise RuntimeError("the price list is empty")
    yield

app = FastAPI(lifespan=lifespan)
""",
    "syntax.py": "def prices(:\n    return 1\n",
    "manage.py": """import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "shop_settings.py": """import os
from urllib.parse import urlsplit
SECRET_KEY = "x" * 60
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HOSTS", "*").split(",")
ROOT_URLCONF = "shop_urls"
SECURE_SSL_REDIRECT = "HTTPS_ONLY" in os.environ
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {}
if url := os.environ.get("DATABASE_URL"):
    parts = urlsplit(url)
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql", "HOST": parts.hostname, "PORT": parts.port, "USER": parts.username,
        "PASSWORD": parts.password, "NAME": "shop", "OPTIONS": {"connect_timeout": 5},
    }
""",
    "shop_urls.py": """from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("ok")), path("healthz", lambda request: HttpResponse("ok"))]
""",
    "django_migrates.py": """import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--noinput"])
""",
    "segfault.py": "import ctypes\n\nprint('reading the price list', flush=True)\nctypes.string_at(0)\n",
    "abort.py": "import os\n\nprint('reading the price list', flush=True)\nos.abort()\n",
    "exits-cleanly.py": "print('nothing left to do')\n",
    "module-missing.py": "import requests_oauthlib\n",
    "settings.py": """from typing import Literal
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    api_key: str
    log_level: Literal["debug", "info"]

settings = Settings()
"""
    + _ANSWER,
    "json_secret.py": """import json
import os

secret = json.loads(os.environ["DB_SECRET"])
user, password = secret["username"], secret["password"]
"""
    + _ANSWER,
    "writes.py": """from pathlib import Path

Path("/srv/cache/prices.json").write_text("{}")
"""
    + _ANSWER,
    "fills.py": """with open("/srv/data/orders.log", "ab") as log:
    while True:
        log.write(b"x" * 1024 * 1024)
        log.flush()
""",
    "opens.py": """import socket

connections = []
while True:
    connections.append(socket.socket())
""",
    "pg3.py": _URL + "import psycopg\n\npsycopg.connect(url, connect_timeout=5)\n",
    "pg2.py": _URL + "import psycopg2\n\npsycopg2.connect(url, connect_timeout=5)\n",
    "sqlalchemy_pg.py": _URL
    + """from sqlalchemy import create_engine, text

engine = create_engine(url.replace("postgresql", "postgresql+psycopg"), connect_args={"connect_timeout": 5})
with engine.connect() as connection:
    connection.execute(text("select 1"))
""",
    "mysql_client.py": _URL
    + _FROM_URL
    + """import pymysql

pymysql.connect(host=parts.hostname, port=parts.port, user="shop", password="wrong", database="shop", connect_timeout=5)
""",
    "redis_client.py": _URL
    + """import redis

redis.Redis.from_url(url.replace("shop:wrong", ":wrong").rpartition("/")[0], socket_connect_timeout=5).ping()
""",
    "migrates.py": _URL
    + """from alembic.config import main

url = url.replace("postgresql", "postgresql+psycopg") + "?connect_timeout=5"
os.environ["ALEMBIC_URL"] = url
main(["--raiseerr", "upgrade", "head"])
""",
    "alembic.ini": "[alembic]\nscript_location = /srv/app/alembic_scripts\n",
    "alembic_scripts/env.py": """import os
from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["ALEMBIC_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
""",
    "alembic_scripts/versions/a1_orders.py": """from alembic import op

revision, down_revision = "a1", None

def upgrade():
    op.execute("ALTER TABLE orders ADD COLUMN total numeric")
""",
    "bucket.py": """import boto3

objects = boto3.client("s3").list_objects_v2(Bucket="shop-data")
print("found", len(objects["Contents"]))
""",
    "bucket_server.py": '''from http.server import BaseHTTPRequestHandler, HTTPServer

BODY = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>\
User: arn:aws:sts::123456789012:assumed-role/a-role/session is not authorized to \
perform: s3:ListBucket on resource: "arn:aws:s3:::shop-data" because no identity-based policy allows the s3:ListBucket \
action</Message></Error>"""

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(403)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

HTTPServer(("127.0.0.1", 8099), Handler).serve_forever()
''',
}
