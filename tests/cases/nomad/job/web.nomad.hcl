job "web" {
  group "web" {
    task "nginx" {
      driver = "docker"
      config {
        image = "nginx:1.27.0"
        ports = ["http"]
      }
    }
    task "podman" {
      driver = "podman"
      config { image = "docker://ghcr.io/acme/app:${NOMAD_META_tag}" }
    }
  }
}
