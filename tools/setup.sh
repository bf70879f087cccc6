# Sourced by ./dev: what must be installed, by Debian's names.

packages_of() {
  case $1 in
    base)
      echo g++ cmake ninja-build pkg-config libisal-dev libcli11-dev libfmt-dev \
        nlohmann-json3-dev libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev \
        python3 git ca-certificates
      ;;
    python) echo python3-venv python3-dev rabbitmq-server ;;
    lint) echo clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev ;;
    bench) echo librocksdb-dev libleveldb-dev liblmdb-dev libsqlite3-dev libwiredtiger-dev libbenchmark-dev ;;
    *)
      echo "./dev setup: no set of packages is called $1 (base, python, lint, bench)" >&2
      return 1
      ;;
  esac
}

is_installed() {
  [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == "install ok installed" ]]
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

# Elsewhere the names and their packages are the user's to match.
check_tools() {
  local missing=() tool
  for tool in c++ cmake ninja pkg-config python3 git; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  pkg-config --exists libisal 2>/dev/null || missing+=(libisal)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "Please install: ${missing[*]}. The packages' names in Debian: $*" >&2
  return 1
}

# setup_packages SET...: installs what is missing; silent when nothing is.
setup_packages() {
  local wanted=() missing=() set package names
  for set in "$@"; do
    names=$(packages_of "$set") || return 1
    read -ra names <<<"$names"
    wanted+=("${names[@]}")
  done
  if ! command -v apt-get >/dev/null; then
    check_tools "${wanted[@]}"
    return
  fi
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "installing: ${missing[*]}"
  apt update
  apt install --no-install-recommends -y "${missing[@]}" >/dev/null
}
