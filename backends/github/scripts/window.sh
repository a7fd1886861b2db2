#!/usr/bin/env bash
# Fails while the window is closed. Needs OPEN, such as `Mon-Fri 08:00-16:00` or `Sat,Sun 22:00-04:00`, and ZONE.
set -euo pipefail

days=(Mon Tue Wed Thu Fri Sat Sun)

# The number of a day's name, from 0 for Monday.
number() {
  local index
  for index in "${!days[@]}"; do
    if [ "${days[$index]}" = "$1" ]; then echo "$index"; fi
  done
}

# Whether the day of that number is one of the window's.
is_open_day() {
  local part first last
  for part in ${OPEN%% *}; do
    first=$(number "${part%-*}")
    last=$(number "${part#*-}")
    if [ $((($1 - first + 7) % 7)) -le $(((last - first + 7) % 7)) ]; then return 0; fi
  done
  return 1
}

minutes() { echo $((10#${1%:*} * 60 + 10#${1#*:})); }

# An unknown zone would silently be UTC.
if [ ! -f "/usr/share/zoneinfo/$ZONE" ]; then
  echo "there is no time zone $ZONE" >&2
  exit 1
fi
read -r day now < <(TZ=$ZONE date -d "@${PIPEC_NOW:-$(date +%s)}" '+%u %H:%M')
IFS=,
hours=${OPEN#* }
begin=$(minutes "${hours%-*}")
end=$(minutes "${hours#*-}")
minute=$(minutes "$now")
today=$((day - 1))
yesterday=$(((day + 5) % 7))
is_open=false
if [ "$begin" -lt "$end" ]; then
  if is_open_day "$today" && [ "$minute" -ge "$begin" ] && [ "$minute" -lt "$end" ]; then is_open=true; fi
elif is_open_day "$today" && [ "$minute" -ge "$begin" ]; then
  is_open=true
elif is_open_day "$yesterday" && [ "$minute" -lt "$end" ]; then
  is_open=true
fi
if [ "$is_open" = false ]; then
  echo "::error title=pipec window::Closed: it is ${days[$today]} $now in $ZONE, the window is $OPEN. Run the failed job again then."
  exit 1
fi
echo "Open: it is ${days[$today]} $now in $ZONE."
