#!/bin/bash
# preStop: until no client is led to the pod any more.
set -eu
sleep 5
