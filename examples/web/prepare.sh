#!/bin/sh
# Builds the example's image out of this machine's static busybox and imports it, without any network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
coxswain="node $here/../../bin/coxswain.js"

is_static() { [ -n "$1" ] && ldd "$1" 2>&1 | grep -q 'not a dynamic'; }
busybox=$(command -v busybox || true)
if ! is_static "$busybox"; then
  echo "Installing busybox-static with apt-get …"
  apt-get install -y --no-install-recommends busybox-static >/dev/null
  busybox=$(command -v busybox)
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/tmp" "$root/etc" "$root/www"
cp "$busybox" "$root/bin/busybox"
for tool in $("$busybox" --list); do
  [ "$tool" = busybox ] || ln -s busybox "$root/bin/$tool"
done
echo 'root:x:0:0:root:/:/bin/sh' > "$root/etc/passwd"
$coxswain image build "$root" --tag coxswain-web:1 --entrypoint /bin/sh --env PATH=/bin "$@"
$coxswain image build "$root" --tag coxswain-web:2 --entrypoint /bin/sh --env PATH=/bin "$@"
