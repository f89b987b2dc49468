#!/usr/bin/env bash
# Builds onnxruntime's Node binding with CUDA and TensorRT on a Jetson, and lays it over the CPU-only one that npm brings for arm64.
# Nobody publishes such a build. It takes hours on the board; see docs/jetson.md. --dry-run prints every step and takes none.
#
# Sources: onnxruntime's "Build with different EPs" (Jetson), tools/ci_build/build.py --help, js/node/CMakeLists.txt at the tag below.
set -euo pipefail

# The version of onnxruntime-node in package.json: binding and libraries must be of one version.
VERSION=1.30.0
# Orin: compute capability 8.7. Xavier is 72, Thor 110.
ARCHITECTURE=87
WORK=${XDG_CACHE_HOME:-$HOME/.cache}/anomalyclip/onnxruntime-$VERSION
# onnxruntime's cmake/CMakeLists.txt, cmake_minimum_required, since 1.21; what the sources say themselves is looked at when they are there.
CMAKE=3.28
CUDA_HOME=${CUDA_HOME:-/usr/local/cuda}
CUDNN_HOME=${CUDNN_HOME:-/usr/lib/aarch64-linux-gnu}
TENSORRT_HOME=${TENSORRT_HOME:-/usr/lib/aarch64-linux-gnu}
TENSORRT=yes
TARGET=
JOBS=
DRY=

usage() {
  cat <<END
Usage: build-onnxruntime-node.sh [OPTIONS]

Options:
  --package DIR       the onnxruntime-node to lay the build over
                      (default: node_modules/onnxruntime-node where you stand, e.g. in ~/.node-red)
  --work DIR          sources and build, a folder of each for every version (default: $WORK)
  --architecture N    compute capability of the GPU (default: $ARCHITECTURE, Orin)
  --jobs N            compilers at a time (default: one for every 4 GB of memory)
  --without-tensorrt  with CUDA alone
  --dry-run           print every step and take none
  -h, --help          show this

CUDA_HOME, CUDNN_HOME and TENSORRT_HOME say where JetPack has them, where it is not the usual place.
END
}

fail() {
  echo "build-onnxruntime-node.sh: $1" >&2
  exit 1
}

# Prints a step, and takes it unless this is a dry run.
step() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [ -n "$DRY" ] || "$@"
}

needs_value() {
  if [ $# -lt 2 ] || [ -z "$2" ]; then fail "$1 needs a value. See --help."; fi
}

while [ $# -gt 0 ]; do
  case $1 in
    --package) needs_value "$@" && TARGET=$2 && shift ;;
    --work) needs_value "$@" && WORK=$2 && shift ;;
    --architecture) needs_value "$@" && ARCHITECTURE=$2 && shift ;;
    --jobs) needs_value "$@" && JOBS=$2 && shift ;;
    --without-tensorrt) TENSORRT= ;;
    --dry-run) DRY=yes ;;
    -h | --help) usage && exit 0 ;;
    *) fail "there is no option $1. See --help." ;;
  esac
  shift
done

[[ $ARCHITECTURE =~ ^[0-9]+$ ]] || fail "--architecture was given '$ARCHITECTURE'; expected a number such as 87."
[[ -z $JOBS || $JOBS =~ ^[1-9][0-9]*$ ]] || fail "--jobs was given '$JOBS'; expected a number of at least 1."
TARGET=${TARGET:-$PWD/node_modules/onnxruntime-node}
LIBRARIES=$TARGET/bin/napi-v6/linux/arm64
# Of this version alone: after an update, the sources of the former one must not be built over the new package.
SOURCE=$WORK/source-$VERSION
BUILD=$WORK/build-$VERSION

# One nvcc takes up to 4 GB for a kernel of attention; a board of 8 GB that builds two at a time is killed for want of memory.
if [ -z "$JOBS" ]; then
  kilobytes=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  JOBS=$((kilobytes / 4000000))
  [ "$JOBS" -ge 1 ] || JOBS=1
fi

needs_cmake() {
  local found
  found=$(cmake --version | awk 'NR == 1 { print $3 }')
  [ "$(printf '%s\n' "$1" "$found" | sort -V | head -n 1)" = "$1" ] ||
    fail "CMake is ${found:-of an unknown version}, and onnxruntime $VERSION needs $1 or later: python3 -m pip install --user cmake, with ~/.local/bin first in PATH."
}

check() {
  [ "$(uname -m)" = aarch64 ] || fail "this is $(uname -m); the build is for arm64 and runs on the board itself."
  for tool in git cmake python3 node npm g++; do
    command -v "$tool" >/dev/null || fail "$tool is missing: sudo apt install build-essential git cmake python3, and Node.js."
  done
  needs_cmake "$CMAKE"
  [ -x "$CUDA_HOME/bin/nvcc" ] || fail "there is no nvcc in $CUDA_HOME/bin: sudo apt install nvidia-jetpack, or set CUDA_HOME."
  [ -f "$TARGET/package.json" ] || fail "there is no onnxruntime-node in $TARGET: stand in ~/.node-red, or name it with --package."
  found=$(node -p 'require(process.argv[1]).version' "$TARGET/package.json")
  [ "$found" = "$VERSION" ] || fail "$TARGET is version $found, and this script builds $VERSION. Take the script of the package that is installed."
  mkdir -p "$WORK"
  free=$(df --output=avail -k "$WORK" | tail -n 1)
  [ "$free" -ge 25000000 ] || fail "$WORK has $((free / 1000000)) GB free, and the build takes 25. Name another disk with --work."
}

[ -n "$DRY" ] || check

if [ ! -d "$SOURCE/.git" ]; then
  step git clone --depth 1 --branch "v$VERSION" --recurse-submodules --shallow-submodules \
    https://github.com/microsoft/onnxruntime.git "$SOURCE"
fi
if [ -z "$DRY" ]; then
  asked=$(sed -n 's/^cmake_minimum_required(VERSION \([0-9.]*[0-9]\).*/\1/p' "$SOURCE/cmake/CMakeLists.txt" | head -n 1)
  needs_cmake "${asked:-$CMAKE}"
fi

providers=(--use_cuda --cuda_home "$CUDA_HOME" --cudnn_home "$CUDNN_HOME")
[ -z "$TENSORRT" ] || providers+=(--use_tensorrt --tensorrt_home "$TENSORRT_HOME")
# Flash attention is the largest part of a build and the one that most memory goes to; our graphs run without it.
root=()
[ "$(id -u)" -ne 0 ] || root=(--allow_running_as_root)
step env "CUDACXX=$CUDA_HOME/bin/nvcc" "PATH=$CUDA_HOME/bin:$PATH" "$SOURCE/build.sh" \
  --config Release --build_dir "$BUILD" --update --build --build_shared_lib --build_nodejs \
  "${providers[@]}" "${root[@]}" --skip_tests --parallel "$JOBS" --nvcc_threads 1 --compile_no_warning_as_error \
  --cmake_extra_defines "CMAKE_CUDA_ARCHITECTURES=$ARCHITECTURE" onnxruntime_USE_FLASH_ATTENTION=OFF

# What npm brought is kept once, so that it can be put back.
[ -d "$LIBRARIES.npm" ] || step cp -a "$LIBRARIES" "$LIBRARIES.npm"
names=(libonnxruntime_providers_shared.so libonnxruntime_providers_cuda.so)
[ -z "$TENSORRT" ] || names+=(libonnxruntime_providers_tensorrt.so)
# A Node-RED that runs keeps the files that it has loaded.
step cp --remove-destination "$SOURCE/js/node/bin/napi-v6/linux/arm64/onnxruntime_binding.node" "$LIBRARIES/onnxruntime_binding.node"
step cp -L --remove-destination "$BUILD/Release/libonnxruntime.so.1" "$LIBRARIES/libonnxruntime.so.1"
for name in "${names[@]}"; do
  step cp --remove-destination "$BUILD/Release/$name" "$LIBRARIES/$name"
done

# Loaded once: a library that was linked against another one shows here, not at the next start of Node-RED.
step env ORT_DISABLE_TELEMETRY=1 node -e \
  'const names = require(process.argv[1]).listSupportedBackends().map(({ name }) => name); console.log(names.join(" ")); process.exitCode = names.includes("cuda") ? 0 : 1' \
  "$TARGET"

cat <<END
Done. See what the board makes of it:  npx anomalyclip doctor --device cuda
Back to what npm brought:              rm -r $LIBRARIES && mv $LIBRARIES.npm $LIBRARIES
END
