import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { startCluster } from '#main/embedded.ts';
import { realNodeSkipReason, succeeded, TestCluster } from '#test/e2e/harness.ts';
import { imageCmd, imageEntrypoint, writeImageRoot } from './containers/image.ts';
import { testImage } from './containers/image.ts';

/** A cluster that rows run on. */
export interface Target extends AsyncDisposable {
  /** For the ledger: 'an embedded cluster with two simulated nodes'. */
  readonly title: string;
  /** YAML, for tools. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  /** Pods do not really run. */
  readonly hollow: boolean;
}

/** The cluster that a kubeconfig names, such as KUBECONFIG's. */
export async function outsideTarget(path: string): Promise<Target> {
  const kubeconfig = await readFile(path, 'utf8');
  const title = `the cluster of ${path}`;
  return {
    title,
    kubeconfig,
    config: load(kubeconfig),
    hollow: false,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A cluster in this process, with two simulated nodes. */
export async function embeddedTarget(): Promise<Target> {
  const cluster = await startCluster({ nodes: 2, hollow: { startLatencyMs: 100, stopLatencyMs: 50 } });
  const kubeconfig = await cluster.kubeconfig();
  return {
    title: 'an embedded cluster with two simulated nodes',
    kubeconfig,
    config: load(kubeconfig),
    hollow: true,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

/** A cluster of its own on this machine, whose node runs containers, with the conformance image in it. */
export async function containerTarget(): Promise<Target> {
  const cluster = await TestCluster.create('conformance');
  try {
    await cluster.up();
    await importImage(cluster);
    const kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
    return {
      title: 'a cluster with one node that runs containers',
      kubeconfig,
      config: load(kubeconfig),
      hollow: false,
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Why there can be no container target here; false where there can. */
export function containerSkipReason(): Promise<string | false> {
  return realNodeSkipReason();
}

async function importImage(cluster: TestCluster): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-image-'));
  try {
    await writeImageRoot(folder);
    const words = ['image', 'build', folder, '--tag', testImage, '--env', 'PATH=/bin'];
    const program = ['--entrypoint', imageEntrypoint.join(','), '--cmd', imageCmd.join(',')];
    succeeded(await cluster.coxswain([...words, ...program], { timeoutMs: 120_000 }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function load(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
}
