# shellcheck shell=bash
# Containers beside a command, by docker; behind port_answers.sh. PIPEC_SERVICES is a folder that knows them: NAME.container
# holds the id, NAME.port the port of this machine.

# How long a service may take until its port answers.
pipec_service_seconds=${PIPEC_SERVICE_SECONDS:-120}

# Starts a container and waits until its port answers: start_service NAME PREFIX IMAGE PORT VARIABLE…
# Each variable of the container has the value of PIPEC_SERVICE_<PREFIX>_<VARIABLE>, which is taken away. Sets PREFIX_HOST and PREFIX_PORT.
start_service() {
  local name=$1 prefix=$2 image=$3 port=$4 file=$PIPEC_SERVICES/$1.container variable address
  mkdir -p "$PIPEC_SERVICES"
  docker pull --quiet "$image" >/dev/null || service_failed "$name" "cannot fetch $image" || return
  run_container "$file" "${@:2}" >/dev/null || service_failed "$name" "docker cannot run $image" || return
  # The command that follows does not see them.
  for variable in "${@:5}"; do unset "PIPEC_SERVICE_${prefix}_$variable"; done
  # A port of its own choice: elements that run at the same time do not meet.
  address=$(docker port "$(<"$file")" "$port/tcp") || service_failed "$name" "its container has ended" || return
  address=${address%%$'\n'*}
  printf '%s\n' "${address##*:}" >"$PIPEC_SERVICES/$name.port"
  export "${prefix}_HOST=127.0.0.1" "${prefix}_PORT=${address##*:}"
  wait_for_service "$name" "$(<"$file")" "${address##*:}"
}

# Fails with a reason.
service_failed() {
  echo "service $1: $2" >&2
  return 1
}

# A subshell: the variables are the container's. They are not arguments, which every process of the machine can read.
run_container() (
  PIPEC_COMMAND=("$(command -v docker)" run --detach --cidfile "$1" --label pipec.service --publish "127.0.0.1::$4")
  PIPEC_PREFIX=PIPEC_SERVICE_$2
  PIPEC_IMAGE=$3
  for PIPEC_VARIABLE in "${@:5}"; do
    PIPEC_COMMAND+=(--env "$PIPEC_VARIABLE")
    PIPEC_SOURCE=${PIPEC_PREFIX}_$PIPEC_VARIABLE
    export "$PIPEC_VARIABLE=${!PIPEC_SOURCE}"
  done
  exec "${PIPEC_COMMAND[@]}" "$PIPEC_IMAGE"
)

wait_for_service() {
  local until=$((SECONDS + pipec_service_seconds))
  until port_answers "$3"; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$2")" != true ]; then
      service_failed "$1" "its container has ended" || return
    fi
    if [ "$SECONDS" -ge "$until" ]; then
      service_failed "$1" "its port does not answer after $pipec_service_seconds seconds" || return
    fi
    sleep 0.2
  done
}

# Removes all that were started, also those that did not get ready.
stop_services() {
  local file containers=()
  for file in "$PIPEC_SERVICES"/*.container; do
    if [ -s "$file" ]; then containers+=("$(<"$file")"); fi
  done
  [ "${#containers[@]}" -eq 0 ] || docker rm --force --volumes "${containers[@]}" >/dev/null
}
