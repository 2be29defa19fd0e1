// The plugin under PHP 7.4, the oldest it runs on: each file is parsed, and its unit tests run.
// PHP is WebAssembly from npm (scripts/lib/lint-plugin.sh brings it); files are copied into its memory.
//   node php74.mjs PACKAGES PLUGIN [PHPUNIT]      PHPUNIT is the folder that PHPUnit's classes lie in
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, plugin, phpunit] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { PHP, loadPHPRuntime } = await load('@php-wasm/universal');
const { getPHPLoaderModule } = await load('@php-wasm/node-7-4');
const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule()));

function copy(from, to, wanted) {
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (statSync(source).isDirectory()) {
      copy(source, target, wanted);
    } else if (wanted.test(name)) {
      php.mkdirTree(to);
      php.writeFile(target, readFileSync(source));
    }
  }
}

const PARSE = `<?php
$count = 0;
foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( '/project/wp-plugin', FilesystemIterator::SKIP_DOTS ) ) as $file ) {
	if ( 'php' === $file->getExtension() ) {
		++$count;
		try {
			token_get_all( file_get_contents( $file ), TOKEN_PARSE );
		} catch ( ParseError $error ) {
			$bad = true;
			echo "$file:{$error->getLine()}: {$error->getMessage()}\\n";
		}
	}
}
echo PHP_VERSION . ": $count files read\\n";
exit( isset( $bad ) ? 1 : 0 );`;

const TEST = `<?php
ini_set( 'include_path', '.:/usr/share/php' );
$_SERVER['argv'] = array( 'phpunit', '-c', '/project/wp-plugin/tests/phpunit.xml.dist', '--no-coverage', '--colors=never' );
$_SERVER['argc'] = count( $_SERVER['argv'] );
require 'PHPUnit/Autoload.php';
exit( PHPUnit\\TextUI\\Command::main( false ) );`;

async function run(code) {
  let answer;
  try {
    answer = await php.run({ code });
  } catch (error) {
    answer = error.response ?? { text: '', errors: String(error), exitCode: 1 };
  }
  process.stdout.write(answer.text.trimEnd() + '\n');
  if (answer.exitCode) {
    process.stderr.write(answer.errors);
    process.exit(answer.exitCode);
  }
}

copy(plugin, '/project/wp-plugin', /\.(php|dist)$/);
await run(PARSE);
if (phpunit) {
  copy(join(dirname(plugin), 'tests', 'contract'), '/project/tests/contract', /\.json$/);
  copy(realpathSync(phpunit), '/usr/share/php', /\.(php|xsd|dist|tpl)$/);
  await run(TEST);
}
process.exit(0);
