"""What an update would come to: its plan, what would change of each service, what the gate says."""
