"""The groups of arguments: as the program writes them, how they are read, and the form that the parts get."""
