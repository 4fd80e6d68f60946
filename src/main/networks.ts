import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Ipv4Block } from '#machinery/ipv4-block.ts';
import { bridgeName } from '#kubelet/engine/layout.ts';
import type { ClusterRecord } from './cluster-record.ts';

/** Addresses of a cluster's own, as CIDRs. */
export type Networks = Pick<ClusterRecord, 'podCidr' | 'serviceCidr'>;

const networksMax = 11;

/**
 * What a new cluster may use, the best first: 10.244.0.0/16 and 10.96.0.0/16, or a pair further up. Clusters with
 * other names start elsewhere, so that two of them rarely have to move. Who chose the Services' network gets that.
 */
export function networksFor(name: string, serviceCidr?: string): readonly [Networks, ...Networks[]] {
  const start = name === 'coxswain' ? 0 : 1 + (hash(name) % (networksMax - 1));
  const pair = (i: number): Networks => {
    const at = (start + i) % networksMax;
    return { podCidr: `10.${244 + at}.0.0/16`, serviceCidr: serviceCidr ?? `10.${96 + at}.0.0/16` };
  };
  return [pair(0), ...Array.from({ length: networksMax - 1 }, (_, i) => pair(i + 1))];
}

function hash(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum;
}

/**
 * Takes the networks of a cluster with real containers until they are disposed of, or this process ends. A new
 * cluster gets the first pair that no other cluster runs with and no route of this machine leads to; one that is
 * there already keeps its own, and this throws where another runs with them. `chosen`: the Services' network, if a user has.
 */
export async function claimNetworks(
  record: ClusterRecord,
  isNew: boolean,
  chosen?: string,
): Promise<AsyncDisposable & { readonly networks: Networks }> {
  const routes = isNew ? await routedBlocks(bridgeName(record.name)) : [];
  const candidates = isNew ? networksFor(record.name, chosen) : [record];
  for (const { podCidr, serviceCidr } of candidates) {
    const own = chosen === undefined ? [podCidr, serviceCidr] : [podCidr];
    if (routes.some(route => own.some(cidr => overlap(route, cidr)))) continue;
    if (chosen !== undefined && new Ipv4Block(podCidr).contains(chosen.split('/')[0]!)) continue;
    const claim = await claimName(`coxswain ${podCidr}`);
    if (claim) return Object.assign(claim, { networks: { podCidr, serviceCidr } });
  }
  throw new Error(
    isNew
      ? 'every network that Coxswain would use for pods is in use on this machine already'
      : `another cluster of this machine runs with the pods' network ${record.podCidr}, which is this cluster's too: stop that one first`,
  );
}

/**
 * A name that one process of this machine's network namespace has at a time, as long as it lives. Undefined: another
 * has it. It is the name of an abstract socket, so nothing is left behind whatever happens to the process.
 */
async function claimName(name: string): Promise<AsyncDisposable | undefined> {
  const server = createServer(socket => socket.destroy());
  try {
    server.listen(`\0${name}`);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** An IPv4 block: the address and the mask as numbers. */
type Block = readonly [address: number, mask: number];

/** Where this machine's routes lead, but for the default one and `own`'s: networks that are up or down, and tunnels. */
async function routedBlocks(own: string): Promise<Block[]> {
  const lines = (await readFile('/proc/net/route', 'utf8')).trim().split('\n').slice(1);
  return lines
    .map(line => line.split('\t'))
    .filter(([name]) => name !== own)
    .map(fields => [hostOrder(fields[1]!), hostOrder(fields[7]!)] as const)
    .filter(([, mask]) => mask !== 0);
}

function hostOrder(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE();
}

/** `cidr` is one of a /16. */
function overlap([address, mask]: Block, cidr: string): boolean {
  const [first = 0, second = 0] = cidr.split('.').map(Number);
  const shared = mask & 0xffff0000;
  return (address & shared) === (((first << 24) | (second << 16)) & shared);
}
