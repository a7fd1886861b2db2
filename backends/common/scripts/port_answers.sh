# shellcheck shell=bash
# Whether somebody listens behind a port that docker has published: port_answers PORT
# Docker itself takes every connection and closes it when nobody listens in the container. So one counts that stays open,
# or on which something is said.
port_answers() (
  exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
  status=0
  read -r -t 1 -N 1 -u 3 _ || status=$?
  [ "$status" -eq 0 ] || [ "$status" -gt 128 ]
) 2>/dev/null
