from quotas.views.reliefs import relief, relief_panel, relief_undo
from quotas.views.targets import target_end, target_list, target_new, target_page

__all__ = ["relief", "relief_panel", "relief_undo", "target_end", "target_list", "target_new", "target_page"]
