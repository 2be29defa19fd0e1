# Sourced after env.sh. lint_plugin holds wp-plugin/ to PHP 7.4 and to WordPress' coding standards; what
# cannot be had on this machine is left out, and said.

PHP74_VERSION=3.1.56

left_out() { echo "Left out: $1"; }

# Needs phpcs with WordPress-Extra (composer global require wp-coding-standards/wpcs).
lint_with_phpcs() {
  if ! command -v phpcs >/dev/null 2>&1; then
    left_out "WordPress' coding standards (no phpcs)"
  elif ! phpcs -i | grep -q WordPress-Extra; then
    left_out "WordPress' coding standards ($(command -v phpcs) does not know WordPress-Extra)"
  else
    (cd wp-plugin && phpcs)
  fi
}

# PHP 7.4 as WebAssembly, 53 MB from npm, kept in the cache folder. Runs PHPUnit too where it is installed.
lint_with_php74() {
  local packages="${CAUSEWAY_CACHE:-$HOME/.cache/causeway}/php-7.4-$PHP74_VERSION" phpunit=""
  if ! command -v node >/dev/null 2>&1 || [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
    left_out "PHP 7.4 (node 20 or newer is needed)"
    return 0
  fi
  if [ ! -f "$packages/ready" ]; then
    echo "Bringing PHP 7.4 (53 MB, once) …"
    mkdir -p "$packages"
    echo '{"private": true}' >"$packages/package.json"
    if ! npm install --prefix "$packages" --silent --no-audit --no-fund --ignore-scripts \
      "@php-wasm/universal@$PHP74_VERSION" "@php-wasm/node-7-4@$PHP74_VERSION" >/dev/null 2>&1; then
      left_out "PHP 7.4 (npm could not install @php-wasm/node-7-4)"
      return 0
    fi
    touch "$packages/ready"
  fi
  [ -f /usr/share/php/PHPUnit/Autoload.php ] && phpunit=/usr/share/php
  node scripts/lib/php74.mjs "$packages" "$PWD/wp-plugin" $phpunit
}

# Needs phpstan (1.10 or newer), and WordPress and WooCommerce as ./scripts/shop keeps them.
lint_with_phpstan() {
  local shop="${CAUSEWAY_CACHE:-$HOME/.cache/causeway}/shop" wordpress woocommerce folder
  wordpress="$(find "$shop" -maxdepth 1 -name 'wordpress-*' 2>/dev/null | sort -V | tail -1)"
  woocommerce="$(find "$shop" -maxdepth 1 -name 'woocommerce-*' 2>/dev/null | sort -V | tail -1)"
  if ! command -v phpstan >/dev/null 2>&1; then
    left_out "PHPStan (no phpstan)"
  elif [ -z "$wordpress" ] || [ -z "$woocommerce" ]; then
    left_out "PHPStan (no WordPress and WooCommerce in $shop for it to look into)"
  else
    folder="$(mktemp -d)"
    printf 'includes:\n\t- %s\nparameters:\n\tscanDirectories:\n\t\t- %s\n\t\t- %s\n' \
      "$PWD/wp-plugin/phpstan.neon.dist" "$wordpress" "$woocommerce" >"$folder/phpstan.neon"
    phpstan analyse --configuration "$folder/phpstan.neon" --no-progress --memory-limit=2G || return 1
    rm -r "$folder"
  fi
}

lint_plugin() {
  lint_with_php74
  lint_with_phpstan
  lint_with_phpcs
}
