from integrations.api.bearer import BearerTokens
from integrations.api.imports import ImportsApi
from integrations.api.me import MeApi

__all__ = ["BearerTokens", "ImportsApi", "MeApi"]
