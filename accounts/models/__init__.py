from accounts.models.account import Account, AccountOwnership, Contact

__all__ = ["Account", "AccountOwnership", "Contact"]
