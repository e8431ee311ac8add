"""What Piccolo reads: the engine that its tables run on and the applications that have migrations."""

from piccolo.conf.apps import AppRegistry

from db.engine import engine

DB = engine
APP_REGISTRY = AppRegistry(apps=["db.piccolo_app"])
