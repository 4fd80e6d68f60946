// What any Node from 18 on runs: makes sure that the dependencies and the pinned Node are there.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');
const pinnedNode = findPinnedNode();
const oldestMajor = 26;

const engineThreadsMax = 4;

/**
 * How the engine is run. A young generation (MiB) that does not begin small: what a start or a burst of writes makes is not
 * copied over and over; nor does it grow, for that is resident twice, and what buffers it holds on to as well. A page of it
 * of which a fifth survives a full collection stays where it is: to copy it is most of what such a collection stops for. What
 * is made is young, whatever became of its like before: an old object that is dead keeps alive all that is young and that it
 * knows, the text of a request with what describes it, so that a fifth of all that was made was copied for nothing. The
 * costly compiler is for what runs in loops: by V8's default (3,000 calls) it is let loose on every step of a request in the
 * midst of the first burst of them, and takes a fifth of its time. Memory is not given back in a hurry: what collects and
 * compacts for that when little is made stops everything for some 40 ms, five times as long as a usual full collection, and
 * 35 of 325 MiB went after 5,000 pods had come and gone. And no more threads for collecting and compiling than
 * there are processors: more would hold up the main thread while it waits for them.
 */
export const engineFlags = [
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
  '--page-promotion-threshold=20',
  '--no-allocation-site-pretenuring',
  '--no-memory-reducer',
  '--invocation-count-for-turbofan=60000',
  `--v8-pool-size=${Math.max(1, Math.min(engineThreadsMax, cpus().length))}`,
];

/** Where the package `node` has its binary: in a checkout's own node_modules, or where npm put it for a package. */
function findPinnedNode() {
  const own = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(lock)) return own;
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    return own;
  }
}

/** What is installed is not older than the lock file, and has what developing needs too where that is asked for. */
function isInstalled(development) {
  if (!existsSync(pinnedNode) || !existsSync(installed)) return false;
  if (development && !existsSync(join(root, 'node_modules', 'typescript'))) return false;
  return statSync(lock).mtimeMs <= statSync(installed).mtimeMs;
}

/** Installs the npm dependencies when they are missing; ends the process when that fails. */
export function ensureDependencies({ development = false } = {}) {
  // Coxswain as an installed package has no lock file: npm has seen to its dependencies.
  if (!existsSync(lock) || isInstalled(development)) return;
  const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
  const wanted = Object.entries(packages).filter(
    ([path, entry]) => path !== '' && (development || !entry.dev),
  );
  const node = packages['node_modules/node'].version;
  console.error(
    `Installing ${wanted.length} npm packages into node_modules, the pinned Node ${node} among them …`,
  );
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(development ? [] : ['--omit=dev'])];
  const npm = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (npm.status === 0 && existsSync(pinnedNode)) {
    const now = new Date();
    utimesSync(installed, now, now);
    return;
  }
  console.error(
    npm.error
      ? `Could not run npm: ${npm.error.message}. Install npm, then run this again.`
      : 'npm ci failed (see above). Check the connection to the npm registry, then run this again.',
  );
  process.exit(1);
}

/** The pinned Node, or this one where it is recent enough and the package `node` came without its binary. */
function nodePath() {
  if (existsSync(pinnedNode)) return pinnedNode;
  if (Number.parseInt(process.versions.node, 10) >= oldestMajor) return process.execPath;
  console.error(
    `Coxswain needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}. The npm package \`node\` brings one, but its\n` +
      'install script did not run. Run: npm rebuild node --ignore-scripts=false',
  );
  process.exit(1);
}

/** Runs a file under the pinned Node with this terminal, passes signals on, and ends as it ends; `name` is the process' own. */
export function run(file, args, nodeArguments = [], name = undefined) {
  // From the first file on: what takes the types out of TypeScript is never loaded once all that is run is in the cache.
  const env = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'), ...process.env };
  const child = spawn(nodePath(), [...nodeArguments, join(root, file), ...args], {
    stdio: 'inherit',
    env,
    argv0: name,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`Could not start ${nodePath()}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
