module acme.example/fxrates

go 1.25
