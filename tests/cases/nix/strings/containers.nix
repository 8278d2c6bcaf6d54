{ pkgs, ... }:
{
  virtualisation.oci-containers.containers = {
    api.image = "ghcr.io/acme/api:1.4.0";
    web = { image = "docker.io/acme/web@sha256:6e491c02882ac36e3bcaaac4d151d4b2793135d4482adf227b1b730cdd90b46d"; };
    plain.image = "nginx:1.25";
    built.image = "${registry}/acme/built:1.0"; # image = "ghcr.io/acme/comment:1.0"
  };
  /* image = "ghcr.io/acme/old:1.0"; */
  args = [ "--sidecar-image=ghcr.io/acme/side:1.0" "ghcr.io/acme/list:2.0.0" "https://example.org/x:1" ];
  loaded = pkgs.dockerTools.pullImage {
    imageName = "ghcr.io/acme/base";
    imageDigest = "sha256:6e491c02882ac36e3bcaaac4d151d4b2793135d4482adf227b1b730cdd90b46d";
    sha256 = "0000000000000000000000000000000000000000000000000000";
  };
  fetched = { src = "ghcr.io/acme/hashed:1.0"; hash = "sha256-AAAA"; };
  start = ''
    # docker run ghcr.io/acme/no:1
    docker run --rm ghcr.io/acme/run:1.2.0 ''${x}
    docker run alpine:3.18
  '';
}
