"""The documentation: pages in `docs/`, the facts in them, search, and files to download."""
