#!/bin/sh
# The servers and judges that the tests use for real, from Debian's packages. Only what is missing.
set -eu
missing=
want() { # command, package
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
want Orthanc orthanc
want redis-server redis-server
want dciodvfy dicom3tools
want dsrdump dcmtk
want openssl openssl
want java default-jre-headless
[ -e /usr/share/java/pixelmed.jar ] || missing="$missing libpixelmed-java"
ls /usr/share/orthanc/plugins/libOrthancDicomWeb* >/dev/null 2>&1 || missing="$missing orthanc-dicomweb"
[ -z "$missing" ] && exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root="sudo -n"
  if [ -z "$as_root" ]; then
    echo "The tests need these Debian packages, and this user may not install them:$missing" >&2
    echo "Install them once with: sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 69
  fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests need what Debian packages as:$missing. Install that by this system's own means." >&2
  exit 69
fi
echo "Installing for the tests:$missing" >&2
# The packages would start their servers on the machine's ports; the tests start their own.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null && $as_root chmod 755 "$policy" && trap '$as_root rm -f "$policy"' EXIT; }
$as_root apt-get update -qq >&2 || echo "apt-get update failed; trying with the lists that are there." >&2
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 \
  $missing >/dev/null
