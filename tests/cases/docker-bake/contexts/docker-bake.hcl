target "app" {
  tags     = ["registry.example.com/acme/app:7.1.0"]
  contexts = {
    base = "docker-image://debian:12.5-slim"
    src  = "./src"
  }
}
