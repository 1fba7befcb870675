"""The parts of the demo company in order. A room that comes later adds its own (core.registry.DemoPart)."""

from __future__ import annotations

from core.registry import DemoPart
from integrations.demo import atlas, cash, compensation, errands, pay, selling, staffing

PARTS = (
    DemoPart("people", 10, staffing.people),
    DemoPart("pay", 15, pay.pay),
    DemoPart("basics", 20, selling.basics),
    DemoPart("market", 30, selling.market),
    DemoPart("territories", 35, atlas.territories),
    DemoPart("targets", 40, selling.targets),
    DemoPart("weeks", 50, selling.weeks),
    DemoPart("days", 60, selling.days),
    DemoPart("cash", 65, cash.cash),
    DemoPart("errands", 70, errands.errands),
    DemoPart("compensation", 80, compensation.compensation),
)
