# shellcheck shell=bash
# Logs in to the registry of this account: registry HOST REGION
registry() { aws ecr get-login-password --region "$2" | docker login --username AWS --password-stdin "$1"; }
