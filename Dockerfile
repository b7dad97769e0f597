# One machine of the playground, with what PostgreSQL and an object store need (compose.yaml).
FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock requirements-cluster.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock \
 && pip install --no-cache-dir -r requirements-cluster.txt
COPY app.py ./
COPY backend backend
COPY ui ui
COPY assets assets
RUN useradd --create-home playground && install -d -o playground /data
USER playground
ENV PLAYGROUND_DATA_DIR=/data PLAYGROUND_HOST=0.0.0.0 PLAYGROUND_PORT=7860
VOLUME /data
EXPOSE 7860
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PLAYGROUND_PORT\"]}/readyz')"]
CMD ["python", "app.py", "--no-browser"]
