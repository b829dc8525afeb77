"""The record of each run that changed a stack, and the stores that keep them."""
