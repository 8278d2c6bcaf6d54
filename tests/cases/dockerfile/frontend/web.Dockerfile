# build file of team blue
# syntax=docker/dockerfile:1.7.0
FROM alpine:3.19.1
