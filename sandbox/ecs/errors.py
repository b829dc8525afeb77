"""ECS's errors, as moto serialises them: code and message."""

from moto.core.exceptions import ServiceException


class EcsError(ServiceException):  # type: ignore[misc]  # moto has no types
    """An error of ECS; `code` is AWS's name of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ClientError(EcsError):
    """The request asks for something that cannot be."""

    code = "ClientException"


class InvalidParameterError(EcsError):
    """A parameter is wrong."""

    code = "InvalidParameterException"


class PlatformUnknownError(EcsError):
    """There is no such platform version."""

    code = "PlatformUnknownException"


class ClusterNotFoundError(EcsError):
    """There is no such cluster, or it is INACTIVE."""

    code = "ClusterNotFoundException"


class ClusterContainsServicesError(EcsError):
    """The cluster still has services."""

    code = "ClusterContainsServicesException"


class ServiceNotFoundError(EcsError):
    """There is no such service."""

    code = "ServiceNotFoundException"


class ServiceNotActiveError(EcsError):
    """The service is DRAINING or INACTIVE."""

    code = "ServiceNotActiveException"


class ServiceDeploymentNotFoundError(EcsError):
    """There is no such service deployment."""

    code = "ServiceDeploymentNotFoundException"


class ConflictError(EcsError):
    """The resource is not in a state that allows it."""

    code = "ConflictException"


class UnsupportedFeatureError(EcsError):
    """The feature is not to be had here."""

    code = "UnsupportedFeatureException"
