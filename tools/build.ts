import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { filesBelow, root, sourceFiles } from './sources.ts';

/**
 * `npm run build [FOLDER]`: the package as npm publishes it, in dist/. Node runs TypeScript in a checkout but never
 * below node_modules, so there it is JavaScript with declarations; everything else is as in the checkout.
 */
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const staging = join(root, '.cache', `build-${process.pid}`);

/** What somebody imports, runs, or starts as a thread; all else is what these import. */
const entryPoints = [
  'src/main/index.ts',
  'src/main/bin.ts',
  'src/explore/index.ts',
  'src/apiserver/http/yaml-thread.ts',
  'src/store/sqlite/thread.ts',
];
const launcher = ['bin/coxswain.js', 'bin/bootstrap.js'];
const documents = ['LICENSE', 'README.md', 'CHANGELOG.md'];

/** Node 18 can read this much, and so is able to say that it is too old. */
const language = 'es2022';

interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const published = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'type',
  'engines',
  'bin',
  'dependencies',
] as const;

/** What package.json says of the package to who installs it. */
function publishedManifest(): Manifest {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return {
    ...Object.fromEntries(
      published.filter(field => own[field] !== undefined).map(field => [field, own[field]]),
    ),
    exports: {
      '.': { types: './src/main/index.d.ts', default: './src/main/index.js' },
      './explore': { types: './src/explore/index.d.ts', default: './src/explore/index.js' },
      './package.json': './package.json',
    },
    imports: Object.fromEntries(
      Object.entries(own.imports).filter(([, folder]) => folder.startsWith('./src/')),
    ),
  };
}

/** Names of our own files in the text: './x.ts', '#room/x.ts', 'src/main/bin.ts'. */
const ownFile = /(?<=(['"]))((?:\.{1,2}|#[a-z]+|src)\/[\w./-]+)\.ts(?=\1)/g;

function asJavaScript(text: string): string {
  return text.replace(ownFile, '$2.js');
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Compiles a copy of the sources whose imports name what they will be: the compiler then checks them as such. */
function compile(manifest: Manifest): void {
  rmSync(staging, { recursive: true, force: true });
  for (const file of sourceFiles().filter(file => file.startsWith('src/'))) {
    write(join(staging, file), asJavaScript(readFileSync(join(root, file), 'utf8')));
  }
  write(join(staging, 'package.json'), json(manifest));
  const options = {
    target: language,
    noEmit: false,
    allowImportingTsExtensions: false,
    declaration: true,
    rootDir: '.',
    outDir: target,
  };
  write(
    join(staging, 'tsconfig.json'),
    json({ extends: '../../tsconfig.json', compilerOptions: options, include: [], files: entryPoints }),
  );
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(compiler, ['-p', staging], { stdio: 'inherit' });
  rmSync(staging, { recursive: true });
  if (status === 0) return;
  console.error('error: the sources do not compile (see above)');
  process.exit(1);
}

function copyRest(manifest: Manifest): void {
  for (const file of documents) cpSync(join(root, file), join(target, file));
  for (const file of launcher)
    write(join(target, file), asJavaScript(readFileSync(join(root, file), 'utf8')));
  chmodSync(join(target, launcher[0]!), 0o755);
  write(join(target, 'package.json'), json(manifest));
}

/** Own files that the package names but has not: an entry point that is missing above, most likely. */
function missingFiles(manifest: Manifest): string[] {
  const files = filesBelow(target, 'src', '.js');
  return files.flatMap(file =>
    Array.from(
      readFileSync(join(target, file), 'utf8').matchAll(/(['"])((?:\.{1,2}|#[a-z]+)\/[\w./-]+\.js)\1/g),
    )
      .map(([, , name]) => ownPath(manifest, file, name!))
      .filter(path => !existsSync(join(target, path)))
      .map(path => `${file} names ${path}`),
  );
}

function ownPath(manifest: Manifest, from: string, name: string): string {
  if (name.startsWith('.')) return join(dirname(from), name);
  const room = name.slice(0, name.indexOf('/'));
  const folder = manifest.imports[`${room}/*`]!.slice(0, -1);
  return join(folder, name.slice(room.length + 1));
}

rmSync(target, { recursive: true, force: true });
const manifest = publishedManifest();
compile(manifest);
copyRest(manifest);
const missing = missingFiles(manifest);
for (const problem of missing) console.error(`error: ${problem}, which is not there`);
if (missing.length > 0) process.exitCode = 1;
else console.log(`Built ${relative(process.cwd(), target)}`);
