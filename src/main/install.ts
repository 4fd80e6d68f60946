import { spawn } from 'node:child_process';
import { access, rm, writeFile } from 'node:fs/promises';

/** The Debian and Ubuntu packages that a real node needs. */
export const nodePackages = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'nftables',
  'iproute2',
  'iptables',
  'conntrack',
];

export async function hasApt(): Promise<boolean> {
  return access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own place-holders.
const queryFormat = '${Package} ${db:Status-Status}\n';

/** Which of the packages are not installed. */
export async function missingPackages(wanted: readonly string[] = nodePackages): Promise<string[]> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', queryFormat, ...wanted]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0]!),
  );
  return wanted.filter(name => !installed.has(name));
}

/** Installs packages with apt-get. No service of theirs is started: the engine is our own. */
export async function installPackages(
  names: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const refused = await refuseServices();
  try {
    let result = await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], env);
    if (result.code !== 0) {
      report('  reading the package lists (apt-get update) …');
      await run('apt-get', ['update'], env);
      result = await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], env);
    }
    if (result.code === 0) return;
    const reason = result.stderr.trim().split('\n').slice(-3).join('\n');
    throw new Error(`apt-get install ${names.join(' ')} failed:\n${reason}`);
  } finally {
    await refused();
  }
}

const policy = '/usr/sbin/policy-rc.d';

/** Debian's own way to install without starting services (invoke-rc.d(8)); undone by what it resolves to. */
async function refuseServices(): Promise<() => Promise<void>> {
  try {
    await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return async () => {};
    throw error;
  }
  return () => rm(policy, { force: true });
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.on('error', error => resolve({ code: 127, stdout, stderr: error.message }));
    child.on('close', code => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
