package main

func init() { flag.StringVar(&c, "img", "kindest/node:v1.35.1", "") }
