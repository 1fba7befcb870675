from accounts.services.records import (
    AccountError,
    RecordConflict,
    archive_accounts,
    archive_contacts,
    restore_accounts,
    restore_contacts,
    save_account,
    save_contact,
)

__all__ = [
    "AccountError",
    "RecordConflict",
    "archive_accounts",
    "archive_contacts",
    "restore_accounts",
    "restore_contacts",
    "save_account",
    "save_contact",
]
