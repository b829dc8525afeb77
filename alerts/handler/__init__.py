"""The function: what happens between an event on the queue and a message in the channel."""
