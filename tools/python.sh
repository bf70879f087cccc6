# Sourced by ./dev: the Python package.

# What developing needs beside the package, pinned in pyproject.toml.
python_requirements() {
  build/venv/bin/python -c 'import pathlib, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
print(*project["optional-dependencies"]["dev"])'
}

# The environment with the tools, filled anew when their list changes.
python_environment() {
  local wanted=() names stamp=build/venv/seawall-tools
  setup_packages base python
  [[ -x build/venv/bin/python ]] || python3 -m venv build/venv
  names=$(python_requirements)
  [[ $(cat "$stamp" 2>/dev/null) != "$names" ]] || return 0
  read -ra wanted <<<"$names"
  build/venv/bin/pip install -q --disable-pip-version-check "${wanted[@]}"
  echo "$names" >"$stamp"
}

# Installs the package; only the module is compiled, the library is that of build/release.
build_python() {
  python_environment
  build_targets release seawall
  build/venv/bin/pip install -q --disable-pip-version-check --no-build-isolation --no-deps \
    --force-reinstall . --config-settings=build-dir=build/python \
    --config-settings=cmake.define.SEAWALL_ARCHIVE="$PWD/build/release/libseawall.a" \
    --config-settings=cmake.define.SEAWALL_DEVELOPER=ON
  echo "built build/venv"
}

# The peers are optional: what cannot be installed is left out of the figures.
bench_python() {
  local peer
  for peer in lmdb rocksdict; do
    build/venv/bin/python -c "import $peer" 2>/dev/null ||
      build/venv/bin/pip install -q --disable-pip-version-check "$peer" || true
  done
  build/venv/bin/python python/bench "$@"
}

test_python() { build/venv/bin/python -m pytest "$@"; }

# in_fresh_environment PYTHON: a wheel made from the source distribution alone, and its first steps.
in_fresh_environment() {
  local python=$1 dist=build/dist/$1 fresh=build/fresh-venv
  rm -rf "$dist" "$fresh"
  "$python" -m venv "$fresh"
  "$fresh/bin/pip" wheel -q --disable-pip-version-check --no-deps --wheel-dir "$dist" \
    build/dist/seawall-*.tar.gz
  "$fresh/bin/pip" install -q --disable-pip-version-check "$dist"/seawall-*.whl pytest
  "$fresh/bin/python" -m pytest python/tests/quickstart_test.py
}

# The consumer of each extra, in an environment where the other's library is not.
each_extra_alone() {
  local extra fresh=build/fresh-venv wheel
  wheel=$(echo "$PWD"/build/dist/python3/seawall-*.whl)
  for extra in pika:DurableConsumer aio-pika:AsyncDurableConsumer; do
    rm -rf "$fresh"
    python3 -m venv "$fresh"
    "$fresh/bin/pip" install -q --disable-pip-version-check "${wheel}[${extra%:*}]"
    "$fresh/bin/python" -c "from seawall.rabbitmq import Consumers, Delta, ${extra#*:}"
  done
}

# What users do, with the system's Python and with every other that is found.
check_python() {
  local other
  build/venv/bin/mypy python/seawall examples
  MYPYPATH=python:python/tests/rabbitmq:python/bench build/venv/bin/mypy python/tests/rabbitmq python/bench
  rm -rf build/dist
  build/venv/bin/python -m build -q --sdist --no-isolation --outdir build/dist .
  in_fresh_environment python3
  each_extra_alone
  for other in python3.10 python3.12 python3.13 python3.14; do
    if "$other" -c 'import venv, ensurepip' 2>/dev/null; then in_fresh_environment "$other"; fi
  done
}
