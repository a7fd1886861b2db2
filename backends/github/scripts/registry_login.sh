#!/usr/bin/env bash
# Logs docker in to a registry of Amazon ECR. Needs REGISTRY.
set -euo pipefail

aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"
