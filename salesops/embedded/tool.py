"""Programs of the carried PostgreSQL on this home's database: psql, pg_dump, pg_restore, vacuumdb, pgbench ...

python -m salesops.embedded.tool pg_dump -Fc -f backup.dump
"""

from __future__ import annotations

import os
import subprocess
import sys

from salesops.embedded import home, lease, postgres


def main(name: str, *arguments: str) -> int:
    """Run one of them beside a running instance or without; gives its exit code."""
    program = postgres.binaries() / name
    if not program.exists():
        known = sorted(path.name for path in postgres.binaries().iterdir())
        raise SystemExit(f"There is no program {name}. There are: {', '.join(known)}.")
    lease.take()
    where = {"PGHOST": str(home.socket_folder()), "PGPORT": "5432"}
    where |= {"PGUSER": postgres.OWNER, "PGDATABASE": postgres.OWNER}
    return subprocess.run([str(program), *arguments], env=os.environ | where, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
