from integrations.views.imports import (
    export_file,
    exports,
    import_decide,
    import_errors,
    import_fix,
    import_list,
    import_map,
    import_new,
    import_page,
    import_run,
    import_sheet,
    import_undo,
)
from integrations.views.today import imports_today
from integrations.views.tokens import token_list, token_new, token_page, token_revoke

__all__ = [
    "export_file",
    "exports",
    "import_decide",
    "import_errors",
    "import_fix",
    "import_list",
    "import_map",
    "import_new",
    "import_page",
    "import_run",
    "import_sheet",
    "import_undo",
    "imports_today",
    "token_list",
    "token_new",
    "token_page",
    "token_revoke",
]
