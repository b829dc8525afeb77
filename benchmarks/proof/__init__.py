"""Us and the peers on the same failures, side by side: what each says, when, and whether it is true."""
