"""What is stored: tables, migrations and the connection to PostgreSQL. Imports nothing else of the project."""

import os

os.environ.setdefault("PICCOLO_CONF", "db.piccolo_conf")
