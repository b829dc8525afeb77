"""Runs an update and decides: engine, driver, abort, proof."""
