resource "docker_image" "database" {
  name = "postgres:16.3" # image = "decoy:1"
}
resource "kubernetes_deployment_v1" "api" {
  spec {
    template {
      spec {
        init_container {
          image = "busybox"
        }
        container {
          image = "ghcr.io/acme/api:1.4.0"
          name  = "api:v1"
        }
      }
    }
  }
}
resource "google_compute_instance" "vm" {
  boot_disk { initialize_params { image = "debian-cloud/debian-12" } }
}
resource "helm_release" "redis" {
  repository = "https://charts.example.org/stable/"
  chart      = "redis"
  version    = "18.19.4"
  values     = [<<-EOT
    image: "decoy:1.0"
  EOT
  ]
}
resource "helm_release" "podinfo" {
  chart   = "oci://ghcr.io/stefanprodan/charts/podinfo"
  version = "6.6.1"
}
resource "helm_release" "local" {
  chart   = "./charts/local"
  version = "0.1.0"
}
module "network" {
  source = "github.com/acme/modules//network?ref=v0.10.1"
}
module "registry" {
  source  = "acme/network/aws"
  version = "5.1.0"
}
variable "image" { default = "x" }
locals { app_image = "ghcr.io/acme/app:${var.tag}" }
