"""Northwind Robotics: an invented company to look around in, made by the same imports and services that people use."""

from integrations.demo.first_start import make_now, set_up
from integrations.demo.logins import offered
from integrations.demo.making import DemoRefused, make_by_id
from integrations.demo.parts import PARTS

__all__ = ["PARTS", "DemoRefused", "make_by_id", "make_now", "offered", "set_up"]
