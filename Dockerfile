# One image for the workers, the event receiver and the inference server. Not built where this project is built, which
# has no Docker engine. Python comes from the same Debian release in both stages, as a virtual environment cannot move.
FROM node:20.19-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20.19-bookworm-slim AS python
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv
WORKDIR /app/trainer
COPY trainer/requirements.lock ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM node:20.19-bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends python3 ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=python /app/trainer/.venv trainer/.venv
COPY trainer/millrace_trainer trainer/millrace_trainer
COPY trainer/requirements.lock trainer/pyproject.toml trainer/
COPY package.json ./
COPY bin bin
RUN mkdir /scratch && chown node:node /scratch
USER node
ENTRYPOINT ["node", "/app/bin/millrace.cjs"]
