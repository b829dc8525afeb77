"""The report as one HTML file that needs no network: diagnosis, timeline, counts, logs, changes, gaps and evidence."""
