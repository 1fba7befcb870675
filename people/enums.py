from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REP = "rep", _("Sales rep")
    MANAGER = "manager", _("Sales manager")
    EXECUTIVE = "executive", _("VP of Sales or executive")
    SALES_OPS = "sales_ops", _("Sales ops manager")
    COMP_ADMIN = "comp_admin", _("Comp admin")
    FINANCE = "finance", _("Finance")
    PLANNER = "planner", _("Operations planner")
    MARKETING = "marketing", _("Marketing")
    ADMIN = "admin", _("Admin")


# Roles that see every record in sales, whatever the reporting line says.
SEES_ALL_SALES = (Role.EXECUTIVE, Role.SALES_OPS, Role.FINANCE)
# Roles whose grant shows pay; a second person approves them.
PAY_ROLES = (Role.COMP_ADMIN, Role.FINANCE)


class TeamKind(models.TextChoices):
    REGION = "region", _("Region")
    TEAM = "team", _("Team")
