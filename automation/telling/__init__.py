"""What a run says: on its way, on a terminal, in the end, as a page."""
