from accounts.services.handing import hand_over, take_back, take_over
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
    "hand_over",
    "restore_accounts",
    "restore_contacts",
    "save_account",
    "save_contact",
    "take_back",
    "take_over",
]
