module example.org/acme

go 1.22.0

toolchain go1.22.4 // built with it
