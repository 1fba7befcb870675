"""Addresses of compensation: none yet, plans are files so far."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "compensation"
urlpatterns: list[URLPattern] = []
