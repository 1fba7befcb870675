from quotas.models.reliefs import Relief
from quotas.models.targets import Target

__all__ = ["Relief", "Target"]
