"""Captures what real programs print, when, and how they end: each module prints the YAML of its images.

    python -m sandbox.capture.python > sandbox/catalogue/python.yaml

A capture installs its programs from their package registries into a temporary folder and runs them on this machine, in
a mount namespace of their own (Linux, as root). Nothing of it is needed to run the sandbox.
"""
