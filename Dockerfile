# The image of every part that is Tierworks' own: Airflow's, MLflow's, the dashboard's, the workers'.
# The base needs Python 3.11 to 3.13 with venv, as Debian 12 and later or python:3.12-slim have.
ARG BASE_IMAGE=python:3.12-slim-bookworm

FROM ${BASE_IMAGE} AS environment
ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
COPY requirements-uv.txt requirements-cluster.txt /tmp/
RUN python3 -m venv /opt/environment \
 && /opt/environment/bin/python -m pip install -q --no-cache-dir --require-hashes -r /tmp/requirements-uv.txt \
 && /opt/environment/bin/uv pip sync -q --no-cache --compile-bytecode --python /opt/environment/bin/python \
      --require-hashes /tmp/requirements-cluster.txt

FROM ${BASE_IMAGE}
# Volumes that are empty take the owner of the folder they are mounted on.
RUN useradd --uid 10001 --create-home tierworks \
 && install -d -o tierworks -g tierworks /var/lib/tierworks /var/lib/airflow /var/lib/airflow/logs
COPY --from=environment /opt/environment /opt/environment
COPY . /opt/tierworks
RUN /opt/environment/bin/python -m pip install -q --no-cache-dir --no-index --no-deps --no-build-isolation \
      -e /opt/tierworks \
 && /opt/environment/bin/python -m compileall -q /opt/tierworks
ENV PATH=/opt/environment/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/opt/tierworks TIERWORKS_HOME=/var/lib/tierworks AIRFLOW_HOME=/var/lib/airflow \
    GIT_PYTHON_REFRESH=quiet MPLBACKEND=Agg
WORKDIR /opt/tierworks
USER 10001:10001
