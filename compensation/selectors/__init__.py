from compensation.selectors.plan_files import plan_data, plan_text, table_rows, write_table

__all__ = ["plan_data", "plan_text", "table_rows", "write_table"]
