target "app" {
  tags     = ["registry.example.com/acme/app:7.1.0"]
  contexts = {
    base = "docker-image://debian:12.5-slim"
    src  = "./src"
  }
}

variable "BASE" {
  default = "ghcr.io/acme/base:4.2.0" # filled in by the environment
}

variable "IMAGE" {
  default = "ghcr.io/acme/app:1.0"
}

target "tool" {
  contexts = {
    base  = "docker-image://${BASE}"
    other = "docker-image://${UNKNOWN}"
    part  = "docker-image://alpine:${VERSION}"
  }
  tags = ["${IMAGE}"]
}

target "other" {
  contexts = { base = "docker-image://${BASE}" }
}

target "inline" {
  dockerfile-inline = <<EOT
FROM alpine:3.19.1
RUN echo "FROM fake:1.0"
EOT
  output = ["type=image,name=ghcr.io/acme/out:1.0"]
}

target "filled" {
  dockerfile-inline = <<EOT
FROM alpine:${VERSION}
EOT
}
