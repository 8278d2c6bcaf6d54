resource "docker_container" "x" {
  image = "docker.io/library/redis:7.2.5"
}
