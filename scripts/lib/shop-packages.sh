# Sourced after env.sh. bring_shop_packages [fpm] installs what a shop needs from the system's packages.
# CAUSEWAY_SYSTEM_PACKAGES=no leaves the package manager alone.

missing_shop_packages() {
  local loaded module
  if command -v php >/dev/null 2>&1; then
    loaded=" $(php -m | tr '\n' ' ') "
    for module in mysqli:php-mysql curl:php-curl mbstring:php-mbstring dom:php-xml intl:php-intl \
      gd:php-gd zip:php-zip; do
      case "$loaded" in *" ${module%%:*} "*) ;; *) echo "${module#*:}" ;; esac
    done
  else
    echo php-cli php-mysql php-curl php-mbstring php-xml php-intl php-gd php-zip
  fi
  command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || echo mariadb-server
  [ "${1:-}" = fpm ] || return 0
  compgen -G '/usr/sbin/php-fpm*' >/dev/null || echo php-fpm
  command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || echo nginx-light
}

bring_shop_packages() {
  local missing
  missing="$(missing_shop_packages "${1:-}" | tr '\n' ' ')"
  if [ -z "${missing// /}" ] || [ "${CAUSEWAY_SYSTEM_PACKAGES:-yes}" = no ]; then return 0; fi
  command -v apt-get >/dev/null 2>&1 || return 0
  echo "Installing ${missing% } for the shop …"
  as_root apt-get update -qq >/dev/null 2>&1 || true
  # shellcheck disable=SC2086
  if ! as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
    echo "  They could not be installed; as root: apt-get install --no-install-recommends ${missing% }" >&2
    return 0
  fi
  quiet_services $missing
}

# A shop runs servers of its own. Those which the packages started just now are not wanted.
quiet_services() {
  local package unit
  for package in "$@"; do
    case "$package" in
      mariadb-server) unit=mariadb ;;
      nginx-light) unit=nginx ;;
      php-fpm) unit="$(basename "$(compgen -G '/usr/sbin/php-fpm*' | sort | tail -1)" | sed 's/php-fpm\(.*\)/php\1-fpm/')" ;;
      *) continue ;;
    esac
    if [ -d /run/systemd/system ]; then
      as_root systemctl disable --now "$unit" >/dev/null 2>&1 || true
    elif [ -x "/etc/init.d/$unit" ]; then
      as_root "/etc/init.d/$unit" stop >/dev/null 2>&1 || true
    fi
  done
}
