import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import { agnhost, execute } from '../containers/programs.ts';
import type { Trial } from '../trial.ts';
import { pod, runningPod } from '../workloads.ts';

/** Makes pods that answer their host name on 8080/TCP and 8081/UDP, all ready; answers them by name. */
export async function servers(
  t: Trial,
  names: readonly string[],
  labels: Record<string, string> = { app: 'server' },
): Promise<Map<string, V1Pod>> {
  const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
  await Promise.all(
    names.map(name => t.api.pods.create(pod(name, labels, agnhost(['netexec'], { readinessProbe })))),
  );
  return new Map(await Promise.all(names.map(async name => [name, await runningPod(t, name)] as const)));
}

/** A pod to ask from. */
export async function client(t: Trial, spec = agnhost(['pause'])): Promise<void> {
  await t.api.pods.create(pod('client', {}, spec));
  await runningPod(t, 'client');
}

/** What the client gets from so many connections to http://ADDRESS/hostname; a refused one is left out. */
export async function namesAt(t: Trial, address: string, times = 1): Promise<string[]> {
  const command = ['agnhost', 'fetch', `http://${address}/hostname`, `${times}`];
  const { stdout } = await execute(t, 'client', command);
  return stdout.split('\n').filter(line => line !== '' && !line.startsWith('failed: '));
}

/** Waits until an address answers with exactly these names over some connections. */
export function reaches(t: Trial, address: string, names: readonly string[]): Promise<unknown> {
  const wanted = [...names].sort();
  return t.until(
    `${address} to answer ${wanted}`,
    async () => {
      const found = new Set(await namesAt(t, address, 4 * wanted.length));
      return [...found].sort().join() === wanted.join();
    },
    60_000,
  );
}

/** Waits until nothing answers at an address. */
export function isClosed(t: Trial, address: string): Promise<unknown> {
  return t.until(`${address} to be closed`, async () => (await namesAt(t, address)).length === 0);
}

/** Waits until a UDP address answers with this name. */
export function reachesUdp(t: Trial, host: string, port: number, name: string): Promise<unknown> {
  return t.until(`${host}:${port}/UDP to answer`, async () => {
    const { stdout } = await execute(t, 'client', ['agnhost', 'udp', host, `${port}`, 'hostname']);
    return stdout.trim() === name;
  });
}

/** Waits until a name has such records for the client; answers them. */
export function resolves<T>(
  t: Trial,
  type: string,
  name: string,
  fits: (records: T[]) => boolean,
): Promise<unknown> {
  return t.until(`${type} records of ${name}`, async () => {
    const { code, stdout, stderr } = await execute(t, 'client', ['agnhost', 'lookup', type, name]);
    assert.equal(code, 0, stderr);
    return fits(JSON.parse(stdout) as T[]);
  });
}

/** The internal address of the node of a pod. */
export async function nodeAddress(t: Trial): Promise<string> {
  const [node] = (await t.api.nodes.list()).items;
  return node!.status!.addresses!.find(({ type }) => type === 'InternalIP')!.address;
}
