"""What AWS gave an address of is read there, within its bounds; nothing of the address's signature is told."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from diagnostics.aws import download
from diagnostics.reads import ReadError

SIGNED = "X-Amz-Signature=abc"


class Bucket(BaseHTTPRequestHandler):
    """Answers by the path."""

    def do_GET(self) -> None:
        status = {"/there": 200, "/moved": 302}.get(self.path.partition("?")[0], 404)
        self.send_response(status)
        self.send_header("Location", "/there")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Bucket)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    serving.join()


def test_what_is_there_is_returned(bucket: str) -> None:
    assert download(f"{bucket}/there?{SIGNED}", 10) == b"0123456789"


@pytest.mark.parametrize(
    ("url", "limit", "code"),
    [
        ("{bucket}/there?{signed}", 9, "TooLong"),
        ("{bucket}/gone?{signed}", 99, "404"),
        ("{bucket}/moved?{signed}", 99, "302"),
        ("http://bucket.example/there?{signed}", 99, "NotHttps"),
        ("file:///etc/hostname?{signed}", 99, "NotHttps"),
        ("http://127.0.0.1:1/there?{signed}", 99, "EndpointConnectionError"),
    ],
)
def test_what_is_not_read_says_why_and_keeps_the_signature_to_itself(
    bucket: str, url: str, limit: int, code: str
) -> None:
    with pytest.raises(ReadError) as refusal:
        download(url.format(bucket=bucket, signed=SIGNED), limit)
    assert refusal.value.answer.code == code
    assert SIGNED not in str(refusal.value)
