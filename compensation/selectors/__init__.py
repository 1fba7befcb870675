from compensation.selectors.plan_files import file_text, plan_data, plan_text, table_rows, write_table

__all__ = ["file_text", "plan_data", "plan_text", "table_rows", "write_table"]
