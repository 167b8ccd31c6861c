"""Both sides of the wire held to the document, by tools that this project did not write."""
