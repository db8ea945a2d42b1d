#!/usr/bin/env bash
# Runs once in a new PostgreSQL: the two roles that own nothing (their rights: manage.py grant_roles).
set -euo pipefail
psql -v ON_ERROR_STOP=1 -U postgres -d gridhour \
  -v app="$DATABASE_PASSWORD" -v reader="$READER_PASSWORD" <<'SQL'
CREATE ROLE gridhour_app LOGIN PASSWORD :'app';
CREATE ROLE gridhour_reader LOGIN PASSWORD :'reader';
SQL
