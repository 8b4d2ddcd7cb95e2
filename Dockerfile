# syntax=docker/dockerfile:1
#
# The images of carrierflow, one target for each program; without --target the worker is built.
#
#   docker build --target worker  --tag ghcr.io/carrierflow/worker:dev .
#   docker build --target starter --tag ghcr.io/carrierflow/starter:dev .
#   docker build --target sandbox --tag ghcr.io/carrierflow/sandbox:dev .
#
# What --version of the programs says: --build-arg VERSION=v1.2.3 --build-arg REVISION=$(git rev-parse HEAD)

# The patch release that the tests run with.
ARG GO_VERSION=1.26.8

# Cross-compiled on the builder's own platform: no program needs cgo, so nothing has to be emulated.
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-bookworm AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
# The repository is no part of what is built from, so the programs are told their version.
ARG VERSION="" REVISION=""
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w \
        -X github.com/carrierflow/carrierflow/internal/version.number=$VERSION \
        -X github.com/carrierflow/carrierflow/internal/version.revision=$REVISION" -o /out/ ./worker ./starter ./carriers/sandboxes/cmd/sandbox

# What every image has: certificate authorities, time zones, the user nonroot (65532), and no shell. So the programs themselves
# have a command that asks, "healthcheck"; Kubernetes and other machines ask over HTTP: /healthz and /readyz at the worker's port
# 8091, /_sandbox/health at the sandbox's port 8088.
FROM gcr.io/distroless/static-debian12:nonroot AS runtime
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.source="https://github.com/carrierflow/carrierflow" \
      org.opencontainers.image.documentation="https://github.com/carrierflow/carrierflow/blob/main/README.md" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER nonroot:nonroot

FROM runtime AS sandbox
LABEL org.opencontainers.image.title="carrierflow sandbox" \
      org.opencontainers.image.description="Every carrier as one local server, for development and tests"
# The program's own default is the loopback address, which nobody outside the container reaches.
ENV SANDBOX_ADDRESS=0.0.0.0:8088
EXPOSE 8088
HEALTHCHECK --interval=10s --timeout=5s CMD ["/usr/local/bin/sandbox", "healthcheck"]
COPY --from=build /out/sandbox /usr/local/bin/sandbox
ENTRYPOINT ["/usr/local/bin/sandbox"]

FROM runtime AS starter
LABEL org.opencontainers.image.title="carrierflow starter" \
      org.opencontainers.image.description="Starts and follows carrierflow's operations from a terminal"
COPY --from=build /out/starter /usr/local/bin/starter
ENTRYPOINT ["/usr/local/bin/starter"]

FROM runtime AS worker
LABEL org.opencontainers.image.title="carrierflow worker" \
      org.opencontainers.image.description="Provisions mobile subscriptions at carriers as durable Temporal workflows"
# Again instead of loopback. The worker refuses to start like this with callbacks that anybody could send; see
# DISH_CALLBACK_AUTH. 8090 is for the carriers, 8091 (health and metrics) for whoever operates the worker.
ENV CARRIERFLOW_CALLBACK_ADDRESS=0.0.0.0:8090 \
    CARRIERFLOW_HEALTH_ADDRESS=0.0.0.0:8091
EXPOSE 8090 8091
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/worker", "healthcheck"]
COPY --from=build /out/worker /usr/local/bin/worker
ENTRYPOINT ["/usr/local/bin/worker"]
