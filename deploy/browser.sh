#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium and fonts for Chinese, where that is allowed.
# Never fails: without them the browser tests skip themselves and say so.
set -u
chromium=${CHROMIUM:-/usr/bin/chromium}
if [ -x "$chromium" ] && fc-list ':lang=zh-cn' 2>/dev/null | grep -q .; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "No $chromium or no Chinese font: browser tests will be skipped." \
       "As an administrator: apt-get install chromium fonts-noto-cjk fonts-inter"
  exit 0
fi
echo "Installing Chromium and fonts for the browser tests ..."
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends \
    chromium fonts-noto-cjk fonts-inter fontconfig; } >/tmp/gridhour-browser.log 2>&1 \
  || echo "Chromium could not be installed (see /tmp/gridhour-browser.log); browser tests will be skipped."
exit 0
