"""What is asked of AWS, by whom, when, and what is lost without it: one list, its policies and its page."""

from automation.permissions.asked import PERMISSIONS, actions_of
from automation.permissions.model import Permission, Use
from automation.permissions.policies import POLICIES, Policy

__all__ = ["PERMISSIONS", "POLICIES", "Permission", "Policy", "Use", "actions_of"]
