from leads.services.records import save_lead

__all__ = ["save_lead"]
