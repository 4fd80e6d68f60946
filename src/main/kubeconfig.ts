import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { PemFiles } from '#apiserver/pki/pki.ts';
import { CliError } from '#cli/errors.ts';
import {
  emptyKubeConfig,
  formatKubeConfig,
  kubeConfigFor,
  mergeKubeConfig,
  parseKubeConfig,
  removeContext,
} from '#client/kubeconfig.ts';

/** The name of a cluster's context, cluster and user. */
export function contextName(cluster: string): string {
  return cluster === 'coxswain' ? cluster : `coxswain-${cluster}`;
}

function adminConfig(cluster: string, port: number, pki: PemFiles) {
  const config = kubeConfigFor(contextName(cluster), {
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: pki['ca.crt'],
    clientCertificate: pki['admin.crt'],
    clientKey: pki['admin.key'],
  });
  return { ...config, 'current-context': contextName(cluster) };
}

/** The administrator's kubeconfig, YAML. */
export function kubeconfigOf(cluster: string, port: number, pki: PemFiles): string {
  return formatKubeConfig(adminConfig(cluster, port, pki));
}

/** The file that kubectl would write to. */
export function userKubeconfigPath(): string {
  const listed = (process.env.KUBECONFIG ?? '').split(delimiter).find(path => path !== '');
  return listed ?? join(homedir(), '.kube', 'config');
}

async function readUserConfig(path: string) {
  try {
    return parseKubeConfig(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyKubeConfig();
    throw new CliError(`${path}: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}`);
  }
}

async function writeUserConfig(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.coxswain-tmp`, text, { mode: 0o600 });
  await rename(`${path}.coxswain-tmp`, path);
}

/** Adds the cluster's context to the user's kubeconfig and switches to it, as kind does. */
export async function mergeIntoUserConfig(cluster: string, port: number, pki: PemFiles): Promise<string> {
  const path = userKubeconfigPath();
  const merged = mergeKubeConfig(await readUserConfig(path), adminConfig(cluster, port, pki));
  await writeUserConfig(path, formatKubeConfig(merged));
  return path;
}

/** Puts what was made anew where the cluster's context is still there. */
export async function renewInUserConfig(cluster: string, port: number, pki: PemFiles): Promise<void> {
  const config = await readUserConfig(userKubeconfigPath());
  if (!config.contexts?.some(context => context.name === contextName(cluster))) return;
  const merged = mergeKubeConfig(config, adminConfig(cluster, port, pki));
  const current = config['current-context'] ?? '';
  await writeUserConfig(userKubeconfigPath(), formatKubeConfig({ ...merged, 'current-context': current }));
}

/** Takes the cluster's context out again; other contexts stay as they are. */
export async function removeFromUserConfig(cluster: string): Promise<void> {
  const path = userKubeconfigPath();
  const config = await readUserConfig(path);
  if (!config.contexts?.some(context => context.name === contextName(cluster))) return;
  await writeUserConfig(path, formatKubeConfig(removeContext(config, contextName(cluster))));
}
