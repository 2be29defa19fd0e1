#!/usr/bin/env bash
# Reads the plugin's strings into languages/*.pot, merges them into each .po and compiles the .mo.
# What has no translation yet is left empty, for a person to fill in. Needs GNU gettext.
set -euo pipefail
cd "$(dirname "$0")/../../wp-plugin"

domain=causeway-for-woocommerce
pot="languages/$domain.pot"
command -v xgettext >/dev/null || { echo "GNU gettext is missing: apt-get install gettext" >&2; exit 1; }

find . -name '*.php' -not -path './tests/*' -not -path './languages/*' | LC_ALL=C sort | xgettext \
  --files-from=- --from-code=UTF-8 --language=PHP --add-comments=translators: --sort-by-file \
  --keyword=__ --keyword=_e --keyword=esc_html__ --keyword=esc_html_e --keyword=esc_attr__ \
  --keyword=esc_attr_e --keyword=_x:1,2c --keyword=esc_html_x:1,2c --keyword=_n:1,2 \
  --keyword=_nx:1,2,4c --package-name="Causeway for WooCommerce" --no-location --output=- |
  sed -e '/^"POT-Creation-Date/d' -e 's/charset=CHARSET/charset=UTF-8/' \
      -e '1,/^$/{/^#/d}' -e "s/^\"Plural-Forms: .*/\"Plural-Forms: nplurals=2; plural=(n != 1);\\\\n\"/" >"$pot"

for po in languages/"$domain"-*.po; do
  msgmerge --quiet --no-fuzzy-matching --no-location --backup=none --update "$po" "$pot"
  msgattrib --no-obsolete --output-file="$po" "$po"
  msgfmt --check --statistics --output-file="${po%.po}.mo" "$po"
done
