// What any Node from 18 on runs: makes sure that the dependencies and the pinned Node are there.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');
const installed = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');

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
  const wanted = Object.entries(packages).filter(([path, entry]) => path !== '' && (development || !entry.dev));
  const node = packages['node_modules/node'].version;
  console.error(`Installing ${wanted.length} npm packages into node_modules, the pinned Node ${node} among them …`);
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

/** The pinned Node, or this one where Coxswain is itself an installed package of a recent enough Node. */
function nodePath() {
  return existsSync(pinnedNode) ? pinnedNode : process.execPath;
}

/** Runs a file under the pinned Node with this terminal, passes signals on, and ends as it ends. */
export function run(file, args, nodeArguments = []) {
  const child = spawn(nodePath(), [...nodeArguments, join(root, file), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`Could not start ${nodePath()}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
