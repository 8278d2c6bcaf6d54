terraform {
  required_providers {
    a = { source = "acme/a", version = ">= 3.2.1" }
  }
}
module "m" {
  source = "github.com/acme/m//sub?ref=v0.10.1"
}
resource "helm_release" "x" {
  chart      = "redis"
  repository = "https://charts.example.org/stable"
  version    = "19.5.0"  
}
