# shellcheck shell=bash
# A profile of the AWS tools that takes on a role; its credentials are renewed when they expire: role FILE ARN REGION
role() {
  printf '[default]\nrole_arn = %s\ncredential_source = EcsContainer\nrole_session_name = %s\nregion = %s\n' \
    "$2" "${CODEBUILD_BUILD_ID##*:}" "$3" >"$1"
}
