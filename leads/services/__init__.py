from leads.services.records import LeadConflict, archive_leads, restore_leads, save_lead

__all__ = ["LeadConflict", "archive_leads", "restore_leads", "save_lead"]
