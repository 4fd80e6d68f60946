import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { startCluster } from '#main/embedded.ts';

/** The cluster that rows run on. */
export interface Target extends AsyncDisposable {
  /** YAML, for tools. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  /** Pods do not really run. */
  readonly hollow: boolean;
}

/** The cluster that KUBECONFIG names, or one of our own in this process, with two simulated nodes. */
export async function openTarget(path = process.env.KUBECONFIG): Promise<Target> {
  if (path) {
    const kubeconfig = readFileSync(path, 'utf8');
    return { kubeconfig, config: load(kubeconfig), hollow: false, [Symbol.asyncDispose]: async () => {} };
  }
  const cluster = await startCluster({ nodes: 2, hollow: { startLatencyMs: 100, stopLatencyMs: 50 } });
  const kubeconfig = await cluster.kubeconfig();
  return {
    kubeconfig,
    config: load(kubeconfig),
    hollow: true,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

function load(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
}
