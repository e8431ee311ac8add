"""What a developer's machine does with the API alone: it knows an address and a key, and no database."""
