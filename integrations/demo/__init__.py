"""Northwind Robotics: an invented company to look around in, made by the same imports and services that people use."""

from integrations.demo.first_start import begin_demo, set_up
from integrations.demo.making import DemoRefused, make_by_id
from integrations.demo.parts import PARTS

__all__ = ["PARTS", "DemoRefused", "begin_demo", "make_by_id", "set_up"]
