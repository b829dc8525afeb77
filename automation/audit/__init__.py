"""Reads a live service and what it depends on, in the shape that controls judge: (type, inputs)."""

from .reading import Seen
from .service import look

__all__ = ["Seen", "look"]
