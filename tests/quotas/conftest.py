from tests.api.conftest import calls
from tests.integrations.conftest import bring, undo

__all__ = ["bring", "calls", "undo"]
