from quotas.selectors.reliefs import CannotRelieve
from quotas.services.reliefs import relieve_quota, undo_relief
from quotas.services.targets import DayClosed, end_target, set_target

__all__ = ["CannotRelieve", "DayClosed", "end_target", "relieve_quota", "set_target", "undo_relief"]
