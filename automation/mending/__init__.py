"""What a kill left behind is put right: locks, operations that were cut off, counts that were changed for a while."""
