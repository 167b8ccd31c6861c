"""Stores that share tokens between processes and machines."""
