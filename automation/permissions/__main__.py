"""`python -m automation.permissions` writes `docs/iam.md`."""

from automation.permissions.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
