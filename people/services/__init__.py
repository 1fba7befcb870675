from people.services.lines import LineError, occupy, place, rebuild_closure, report_to, seat, seats_of, vacate

__all__ = ["LineError", "occupy", "place", "rebuild_closure", "report_to", "seat", "seats_of", "vacate"]
