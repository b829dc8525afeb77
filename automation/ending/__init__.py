"""How an update is ended: aborts, interrupts, and what a failed first deployment is left as."""
