from accounts.services.records import AccountError, save_account, save_contact

__all__ = ["AccountError", "save_account", "save_contact"]
