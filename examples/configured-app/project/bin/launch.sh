#!/bin/sh
exec /usr/sbin/hull-init launch --launcher "$0" "$@"
