from quotas.services.targets import DayClosed, end_target, set_target

__all__ = ["DayClosed", "end_target", "set_target"]
