# The base image is an argument, so that the image can be built where no
# registry is reached.
ARG BUILD_IMAGE=golang:1.26-bookworm
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /advisory-reminders ./cmd/advisory-reminders

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /advisory-reminders /advisory-reminders
# No USER: the runner mounts the workspace and its command files as root's.
ENTRYPOINT ["/advisory-reminders"]
