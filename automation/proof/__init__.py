"""What serves in the end, proven; and the tasks that are added for a while to prove it."""
