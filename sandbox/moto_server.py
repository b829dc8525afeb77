"""moto's server in the sandbox's process: its application, and the HTTP in front of it."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox.front import AwsError, fail
from sandbox.origins import programs_only

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.serving import BaseWSGIServer

_HOST = "127.0.0.1"
_RESET = "/moto-api/reset"
_NO_RESET = AwsError(
    "400 Bad Request",
    "UnsupportedOperation",
    "A sandbox is not reset while it runs, because its tasks would stay without what they run on. "
    "Run `deploy.py sandbox stop`, and start a new one.",
)


def share_botocores_files() -> None:
    """Have every session of this process read botocore's data files once; moto makes a session for each service."""
    import botocore.loaders
    import botocore.session

    botocore.session.create_loader = cache(botocore.loaders.create_loader)


def aws() -> "WSGIApplication":
    """Return moto as a WSGI application.

    It lets exceptions through, so that the front can word them as AWS does, and refuses moto's own reset: that clears
    moto's services alone, and the sandbox's ECS would go on without them.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    def create(service: str) -> Any:
        app = create_backend_app(service)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    moto = DomainDispatcherApplication(create)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if str(environ.get("PATH_INFO")).rstrip("/") == _RESET:
            return fail(environ, start_response, _NO_RESET)
        answered: Iterable[bytes] = moto(environ, start_response)
        return answered

    return answer


def listen(application: "WSGIApplication", port: int) -> "BaseWSGIServer":
    """Return an HTTP server for this machine's programs on a port, 0 for a free one; it exits where that is taken."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto has no types
        """moto's handler without a line for each request, and without HTML for what is no HTTP."""

        error_content_type = "text/xml"
        error_message_format = (
            "<ErrorResponse><Error><Code>MalformedHttpRequestException</Code>"
            "<Message>%(message)s</Message></Error></ErrorResponse>"
        )

        def log_request(self, *_args: object) -> None:
            """Say nothing."""

        def send_response(self, code: int, message: str | None = None) -> None:
            """Leave `Date` to the application, whose clock is the sandbox's; the handler adds the machine's time."""
            self.send_response_only(code, message)

    return make_server(_HOST, port, programs_only(application), threaded=True, request_handler=QuietHandler)
