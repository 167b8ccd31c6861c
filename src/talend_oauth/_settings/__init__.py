"""Settings, and where each comes from: an argument, a variable, a file."""
