"""What holds for all tests: properties are judged by what they find, never by time, and no CI system is recognized."""

import os
import signal

from hypothesis import HealthCheck, settings

# The same is drawn each time, so that a change is judged by what it changed; `--hypothesis-profile anew` draws others.
settings.register_profile("anew", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("unhurried", settings.get_profile("anew"), derandomize=True)
settings.load_profile("unhurried")

for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
    os.environ.pop(name, None)

# A run in the background, or under nohup, hands these down as ignored, and whoever is started here would too.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
