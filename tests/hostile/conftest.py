from tests.access.conftest import lean_pages, world

__all__ = ["lean_pages", "world"]
