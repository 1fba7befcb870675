"""The library finds providers in the module of this name in installed apps; ours takes the place of its own."""

from people.provider.checked import CheckedOIDCProvider

provider_classes = [CheckedOIDCProvider]
