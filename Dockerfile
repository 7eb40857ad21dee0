# The image of the action. The build image is an argument, so that it can be
# pinned, as a release does,
#
#     docker build --build-arg BUILD_IMAGE=golang:1.26-bookworm@sha256:... .
#
# or built elsewhere, where no registry is reached: .ci/container does that. It
# has to have Go, CA certificates and /bin/sh.
ARG BUILD_IMAGE=golang:1.26-bookworm

# Go compiles for the other architectures, so nothing is emulated. Builders that
# know of no BUILDPLATFORM build for their own.
FROM --platform=${BUILDPLATFORM:-linux} ${BUILD_IMAGE} AS build
ARG TARGETOS TARGETARCH
COPY . /src
# The same source and the same Go give the same binary, byte for byte: it holds
# no path, no time and no commit. time/tzdata is compiled in, the demo is not.
# Without inlining (-l) it has 1.3 MB less, and stays below 15 MB.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -C /src -trimpath -buildvcs=false -tags nodemo -gcflags=all=-l -ldflags="-s -w -buildid=" \
    -o /advisory-reminders ./cmd/advisory-reminders
RUN sh /src/.ci/licenses >/licenses.txt

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /licenses.txt /licenses/
COPY --from=build /advisory-reminders /advisory-reminders

# What a release knows of itself. None of it is in the binary.
ARG VERSION=dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Advisory Reminders" \
      org.opencontainers.image.description="Reminds maintainers of draft security advisories" \
      org.opencontainers.image.source="https://github.com/openedx/advisory-reminders" \
      org.opencontainers.image.documentation="https://github.com/openedx/advisory-reminders#readme" \
      org.opencontainers.image.vendor="Open edX" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

# No USER, which is root: the runner mounts the workspace and the files for
# outputs and summary as they belong to its own user, whose number isn't known
# here, so that another user could not write them. GitHub asks for it:
# https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support#user
ENTRYPOINT ["/advisory-reminders"]
