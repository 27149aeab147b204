# Not yet built: no Docker engine was at hand. Two stages: build with development packages, run without.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY apps apps
COPY libs libs
COPY models models
COPY test/pacs-simulator test/pacs-simulator
COPY test/phantoms test/phantoms
COPY tsconfig.json tsconfig.base.json ./
ENV ONNXRUNTIME_NODE_INSTALL=skip
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && npx tsc -b \
 && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir -p /var/lib/prelector && chown node:node /var/lib/prelector
USER node
ENTRYPOINT ["node", "/app/apps/prelector/dist/main.js"]
CMD ["start", "all"]
