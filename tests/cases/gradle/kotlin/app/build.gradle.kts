jib.from.image = "gcr.io/distroless/java21-debian12:nonroot"
tasks.named<BootBuildImage>("bootBuildImage") {
    builder.set("paketobuildpacks/builder-jammy-tiny:0.0.230")
    // runImage.set("decoy:1.0")
}
