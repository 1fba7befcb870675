from reporting.selectors.changes import changed_deals
from reporting.selectors.dashboards import Dashboard, dashboard
from reporting.selectors.questions import Asked, ask
from reporting.selectors.reports import BY, HEADER, Report, figures, report, report_on

__all__ = [
    "BY",
    "HEADER",
    "Asked",
    "Dashboard",
    "Report",
    "ask",
    "changed_deals",
    "dashboard",
    "figures",
    "report",
    "report_on",
]
