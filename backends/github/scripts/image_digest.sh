#!/usr/bin/env bash
# What the registry holds under a name: from here on the image is known by its digest. Needs IMAGE.
set -euo pipefail

name=${IMAGE%:*}
digest=$(aws ecr describe-images --repository-name "${name#*/}" --image-ids "imageTag=${IMAGE##*:}" --output json |
  jq --raw-output --exit-status '.imageDetails[0].imageDigest')
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]]
{
  echo "digest=$digest"
  echo "uri=$name@$digest"
} >>"$GITHUB_OUTPUT"
echo "$IMAGE is $name@$digest"
