"""What a bad minute costs the alerts' function: `python -m benchmarks.alerts` prints calls, memory and time.

A thousand failures of five hundred services arrive within a minute of a stepped clock and go through the function in
this process; the table, the queue, ECS and the webhook are in memory, so that the time is the function's own. What is
measured is the processor's time. The memory is the whole process's, with the stand-ins and everything that they keep.
"""

import argparse
import resource
import sys

from tests.alerts.load import bad_minute


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--services", type=int, default=500)
    parser.add_argument("--failures", type=int, default=1000)
    given = parser.parse_args()
    found = bad_minute(given.services, given.failures)
    print(f"{found.failures} failures of {given.services} services: {found.messages} messages,", end=" ")
    print(
        f"{found.in_dead_letter_queue} events in the dead-letter queue, all handled after {found.minutes:.1f} minutes"
    )
    for name, calls in found.buckets.calls.items():
        print(f"  {name}: {calls} calls, {found.buckets.refused[name]} beyond ECS's bucket", end="")
        print(f" (lowest level {found.buckets.lowest[name]:.0f})")
    print(f"a batch of ten: median {found.median_batch_seconds:.3f} s, slowest {found.slowest_batch_seconds:.3f} s")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    print(f"memory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.0f} MiB")


if __name__ == "__main__":
    main()
