# shellcheck shell=bash
# Puts a program on the path, after its archive was compared with its digest: tool NAME URL SHA256 [MEMBER]
tool() {
  local file=/tmp/pipec/$1.download
  curl --fail --silent --show-error --location --retry 3 --output "$file" "$2"
  echo "$3  $file" | sha256sum --check --quiet
  case "$2:${4:-}" in
    *:) install -m 755 "$file" "/tmp/pipec/bin/$1" ;;
    *.zip:*) unzip -p "$file" "$4" >"/tmp/pipec/bin/$1" ;;
    *) tar --extract --to-stdout --file "$file" "$4" >"/tmp/pipec/bin/$1" ;;
  esac
  chmod 755 "/tmp/pipec/bin/$1"
  PATH=/tmp/pipec/bin:$PATH
}
