"""The operating systems that the demo's images stand on, wave by wave. Names are real, versions near to real; later ones are made up."""

from datetime import UTC, datetime
from typing import Final

from bot.sandbox.demo.packages import Database, System, packages

_BEFORE: Final = datetime(2025, 10, 13, 4, 0, tzinfo=UTC)
_FIX: Final = datetime(2026, 1, 6, 4, 0, tzinfo=UTC)
_LATER: Final = datetime(2026, 1, 20, 4, 0, tzinfo=UTC)

DEBIAN: Final = System(
    release="""\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
""",
    database=Database.DPKG,
    instruction="# debian.sh --arch 'amd64' out/ 'bookworm'",
    built=_BEFORE,
    base=packages("""
apt 2.6.1
base-files 12.4+deb12u12
base-passwd 3.6.1
bash 5.2.15-2+b9 bash (5.2.15-2)
coreutils 9.1-1
dash 0.5.12-2
debian-archive-keyring 2023.3+deb12u2
dpkg 1.21.22
findutils 4.9.0-4
gcc-12-base 12.2.0-14+deb12u1 gcc-12
gpgv 2.2.40-1.1+deb12u1 gnupg2
grep 3.8-5
gzip 1.12-1
libc-bin 2.36-9+deb12u13 glibc
libc6 2.36-9+deb12u13 glibc
libgcc-s1 12.2.0-14+deb12u1 gcc-12
libgcrypt20 1.10.1-3
libgnutls30 3.7.9-2+deb12u5 gnutls28
liblzma5 5.4.1-1 xz-utils
libpam0g 1.5.2-6+deb12u1 pam
libselinux1 3.4-1+b6 libselinux (3.4-1)
libstdc++6 12.2.0-14+deb12u1 gcc-12
libsystemd0 252.39-1~deb12u1 systemd
libtasn1-6 4.19.0-2+deb12u1
libtinfo6 6.4-4 ncurses
login 1:4.13+dfsg1-1+deb12u1 shadow
mawk 1.3.4.20200120-3.1
perl-base 5.36.0-7+deb12u3 perl
sed 4.9-1
tar 1.34+dfsg-1.2+deb12u1
util-linux 2.38.1-5+deb12u3
zlib1g 1:1.2.13.dfsg-1 zlib
"""),
    available=packages("""
apache2-bin 2.4.65-1~deb12u1 apache2
ca-certificates 20230311+deb12u1
git 1:2.39.5-0+deb12u2
libcurl4 7.88.1-10+deb12u14 curl
libexpat1 2.5.0-1+deb12u2 expat
libffi8 3.4.4-1 libffi
libreadline8 8.2-1.3 readline
libsqlite3-0 3.40.1-2+deb12u2 sqlite3
libssl3 3.0.17-1~deb12u2 openssl
netbase 6.4
openssl 3.0.17-1~deb12u2
tzdata 2025b-0+deb12u2
"""),
)
DEBIAN_FIXED: Final = DEBIAN.updated({"openssl": "3.0.18-1~deb12u1", "sqlite3": "3.40.1-2+deb12u3"}, at=_FIX)
DEBIAN_LATER: Final = DEBIAN_FIXED.updated({"glibc": "2.36-9+deb12u14", "pam": "1.5.2-6+deb12u2"}, at=_LATER)

UBUNTU: Final = System(
    release="""\
PRETTY_NAME="Ubuntu 24.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.3 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
""",
    database=Database.DPKG,
    instruction="/bin/sh -c #(nop) ADD file:ubuntu-noble-oci-amd64-root.tar.gz in /",
    built=_BEFORE,
    base=packages("""
base-files 13ubuntu10.3
bash 5.2.21-2ubuntu4
coreutils 9.4-3ubuntu6.1
dpkg 1.22.6ubuntu6.5
gpgv 2.4.4-2ubuntu17.3 gnupg2
libc6 2.39-0ubuntu8.6 glibc
libgnutls30t64 3.8.3-1.1ubuntu3.4 gnutls28
libssl3t64 3.0.13-0ubuntu3.6 openssl
libsystemd0 255.4-1ubuntu8.11 systemd
perl-base 5.38.2-3.2ubuntu0.2 perl
tar 1.35+dfsg-3build1
zlib1g 1:1.3.dfsg-3.1ubuntu2.1 zlib
"""),
    available=packages("""
ca-certificates 20240203
fontconfig 2.15.0-1.1ubuntu2
libexpat1 2.6.1-2ubuntu0.3 expat
openssl 3.0.13-0ubuntu3.6
tzdata 2025b-0ubuntu0.24.04.1
"""),
)
UBUNTU_FIXED: Final = UBUNTU.updated({"openssl": "3.0.13-0ubuntu3.7"}, at=_LATER)

ALPINE: Final = System(
    release="""\
NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.2
PRETTY_NAME="Alpine Linux v3.22"
HOME_URL="https://alpinelinux.org/"
""",
    database=Database.APK,
    instruction="ADD alpine-minirootfs-3.22.2.tar.gz / # buildkit",
    built=_BEFORE,
    base=packages("""
alpine-baselayout 3.7.0-r0
alpine-keys 2.5-r0
alpine-release 3.22.2-r0 alpine-base
apk-tools 2.14.9-r3
busybox 1.37.0-r19
busybox-binsh 1.37.0-r19 busybox
ca-certificates-bundle 20250911-r0 ca-certificates
libapk2 2.14.9-r3 apk-tools
libcrypto3 3.5.4-r0 openssl
libssl3 3.5.4-r0 openssl
musl 1.2.5-r10
musl-utils 1.2.5-r10 musl
scanelf 1.3.8-r1 pax-utils
ssl_client 1.37.0-r19 busybox
zlib 1.3.1-r2
"""),
    available=packages("""
curl 8.17.0-r0
icu-libs 76.1-r1 icu
libcurl 8.17.0-r0 curl
libgcc 14.2.0-r6 gcc
libstdc++ 14.2.0-r6 gcc
libxml2 2.13.9-r0
nghttp2-libs 1.65.0-r0 nghttp2
pcre2 10.43-r1
setpriv 2.41-r9 util-linux
tzdata 2025b-r0
"""),
)
ALPINE_FIXED: Final = ALPINE.updated({"openssl": "3.5.5-r0", "curl": "8.14.1-r2"}, at=_FIX)
"""With the distribution's own curl again, which is older: where an image has it, it goes back."""

ALPINE_PAST_ITS_END: Final = System(
    release=ALPINE.release.replace("3.22.2", "3.19.9").replace("v3.22", "v3.19"),
    database=Database.APK,
    instruction="ADD alpine-minirootfs-3.19.9.tar.gz / # buildkit",
    built=_BEFORE,
    base=packages("""
alpine-baselayout 3.4.3-r2
alpine-keys 2.4-r1
alpine-release 3.19.9-r0 alpine-base
apk-tools 2.14.4-r0
busybox 1.36.1-r20
ca-certificates-bundle 20250911-r0 ca-certificates
libcrypto3 3.1.8-r1 openssl
libssl3 3.1.8-r1 openssl
musl 1.2.4_git20230717-r5
ssl_client 1.36.1-r20 busybox
zlib 1.3.1-r0
"""),
    available=packages("""
icu-libs 74.1-r1 icu
libxml2 2.11.8-r3
tzdata 2025b-r0
"""),
)

DISTROLESS: Final = System(
    release="""\
PRETTY_NAME="Distroless"
NAME="Debian GNU/Linux"
ID="debian"
VERSION_ID="12"
VERSION="Debian GNU/Linux 12 (bookworm)"
HOME_URL="https://github.com/GoogleContainerTools/distroless"
""",
    database=Database.DPKG_FOLDER,
    instruction="",
    built=_BEFORE,
    base=packages("""
base-files 12.4+deb12u12
netbase 6.4
tzdata 2025b-0+deb12u2
"""),
)
DISTROLESS_FIXED: Final = DISTROLESS.updated({"tzdata": "2025c-0+deb12u1"}, at=_FIX)

BARE: Final = System(release="", database=Database.NONE, instruction="", built=_BEFORE)
"""A program on an empty image: nobody can tell from outside what is in it."""
