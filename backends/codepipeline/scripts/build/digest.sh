# shellcheck shell=bash
# The digest under which the registry has stored an image: digest REPOSITORY TAG REGION
digest() {
  aws ecr describe-images --region "$3" --repository-name "$1" --image-ids "imageTag=$2" \
    --query 'imageDetails[0].imageDigest' --output text | grep -Ex 'sha256:[0-9a-f]{64}'
}
