#!/usr/bin/env bash
# Makes sure that Slurm's programs are here for `make test-slurm`; its tests start them themselves.
# Ends with 1, and says why, where they are not and cannot be had.
set -u
export PATH="$PATH:/usr/sbin:/sbin"
packages="slurmctld slurmd slurmdbd slurmrestd slurm-client slurm-wlm-jwt-plugin slurm-wlm-mysql-plugin
          munge mariadb-server-core mariadb-client-core faketime openssh-server openssh-client"
complete() {
  for name in slurmctld slurmd slurmdbd slurmrestd sacctmgr munged mariadbd mariadb-install-db faketime; do
    command -v "$name" >/dev/null || return 1
  done
  ls /usr/lib/*/slurm*/auth_jwt.so /usr/lib/*/slurm*/accounting_storage_mysql.so >/dev/null 2>&1
}
if [ "$(id -u)" != 0 ]; then
  echo "Slurm's tests are skipped: its servers need root."; exit 1
fi
if complete; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "Slurm's tests are skipped: its programs are not here, and without apt-get they cannot be had."; exit 1
fi
echo "Installing Slurm for its tests ..."
export DEBIAN_FRONTEND=noninteractive
# Nothing that is installed here starts by itself.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made=1; fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
# shellcheck disable=SC2086
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } \
  >/tmp/gridhour-slurm-packages.log 2>&1
if ! complete; then
  echo "Slurm's tests are skipped: its packages cannot be had (see /tmp/gridhour-slurm-packages.log)."; exit 1
fi
