#!/bin/sh
echo script "$@" >>/tmp/every-log
