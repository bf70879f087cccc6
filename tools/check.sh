# Sourced by ./dev: the steps of `./dev check`, each with the time it took.

# step NAME COMMAND...: runs it and stops the check when it fails.
step() {
  local name=$1 begin=$SECONDS
  shift
  echo "--- $name"
  # Not within a condition: that would switch off `set -e` in the functions called.
  "$@"
  echo "--- $name: $((SECONDS - begin)) s"
}

check_format() { sources | xargs clang-format-19 --dry-run -Werror; }

check_tidy() { python3 tools/tidy.py build/release; }

# run_ctest_quietly PRESET [ARGS]: the last lines, or all of it when a test fails.
run_ctest_quietly() {
  local preset=$1 log=build/$1/ctest.log
  shift
  ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" "$@" >"$log" || {
    cat "$log"
    return 1
  }
  tail -4 "$log"
}

# check_threads PRESET: writers, readers and rounds on one log of real files, and calls whose
# allocations fail beside writers, watched by a sanitizer; fewer calls than in a usual run, for the
# thread sanitizer makes them ten times slower.
check_threads() {
  build_targets "$1" process_test alloc_test
  SEAWALL_TEST_CALLS=5000 run_ctest_quietly "$1" -R '^ProcessCrowd\.|AllocationExplorer\..*/Threads'
}

# check_sanitizer PRESET [ARGS]: the unit tests alone; building them takes most of the time.
check_sanitizer() {
  build_targets "$1" unit_tests
  run_ctest_quietly "$@" -L unit
}

# The library as a consumer may build it: shared, without this project's tests and warnings.
check_shared_install() {
  cmake -S . -B build/shared -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=ON -DSEAWALL_CLI=OFF -DSEAWALL_UNITY=ON
  cmake --build build/shared -j "$jobs" -- --quiet
  tests/install/run build/shared
}

# A minute of fuzzing in all finds what a change broke plainly; ./dev fuzz looks longer. The targets
# are among the unit tests of the asan preset.
check_fuzz() {
  local target targets
  targets=($(fuzz_targets))
  for target in "${targets[@]}"; do
    run_fuzz "$target" -max_total_time=$((60 / ${#targets[@]}))
  done
}

# Ratios to the bare flush, with room for a noisy machine. No peers are needed.
check_ratios() {
  mkdir -p build/bench
  python3 tools/bench/smoke.py build/release/bin/seawall_bench build/bench/smoke.jsonl
}

check_all() {
  local begin=$SECONDS
  step "setup" setup_packages base lint
  step "format" check_format
  step "build, warnings are errors" build_targets release
  step "documents" python3 tools/docs.py
  step "lint" check_tidy
  step "tests" verb_test
  step "ratios to the bare flush" check_ratios
  step "Python package: types, sdist, wheel" check_python
  step "shared library, installed" check_shared_install
  step "unit tests by clang, address and undefined behaviour sanitizers" check_sanitizer asan
  step "fuzz targets" check_fuzz
  # Left out: long tests with one thread, on a simulated file system.
  step "unit tests, thread sanitizer" check_sanitizer tsan -E '^FileCrash'
  step "threads on one log, address sanitizer" check_threads asan
  step "threads on one log, thread sanitizer" check_threads tsan
  echo "--- all of it: $((SECONDS - begin)) s"
}
