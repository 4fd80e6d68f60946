// What any Node from 18 on runs: makes sure that the dependencies and the pinned Node are there.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');
const installed = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');

/** The lock file is not newer than what is installed, and the pinned Node is of this machine's kind. */
function isInstalled() {
  if (!existsSync(pinnedNode) || !existsSync(installed)) return false;
  return !existsSync(lock) || statSync(lock).mtimeMs <= statSync(installed).mtimeMs;
}

/** Installs the npm dependencies when they are missing; ends the process when that fails. */
export function ensureDependencies() {
  if (!existsSync(lock) || isInstalled()) return;
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const count = Object.keys(JSON.parse(readFileSync(lock, 'utf8')).packages).length - 1;
  console.error(
    `Installing ${count} npm packages into node_modules (Node ${dependencies.node} among them) …`,
  );
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (npm.status === 0 && existsSync(pinnedNode)) return;
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
