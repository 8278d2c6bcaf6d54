module "exact" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.0"
}
module "folder" {
  source  = "registry.opentofu.org/acme/network/aws//modules/subnet"
  version = "~> 2.0"
}
module "private" {
  source  = "app.terraform.io/acme/network/aws"
  version = "1.0.0"
}
module "local" {
  source = "./network"
}
module "templated" {
  source  = "acme/network/aws"
  version = "${var.version}"
}
module "git" {
  source = "git::https://git.example.org/network.git?ref=v1.2.0"
}
