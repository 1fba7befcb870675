from people.adapters.accounts import (
    InvitedOnlyAdapter,
    LoginBackend,
    PasswordForm,
    PasswordLinkForm,
    SealedFactorAdapter,
    SecondFactorForm,
    address_of,
    password_link,
    sign_in_invited,
)
from people.adapters.identity import InvitedIdentityAdapter
from people.adapters.locks import attempted_login, locked_out

__all__ = [
    "InvitedIdentityAdapter",
    "InvitedOnlyAdapter",
    "LoginBackend",
    "PasswordForm",
    "PasswordLinkForm",
    "SealedFactorAdapter",
    "SecondFactorForm",
    "address_of",
    "attempted_login",
    "locked_out",
    "password_link",
    "sign_in_invited",
]
