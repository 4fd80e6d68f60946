import { readFile, writeFile } from 'node:fs/promises';
import { ipBlock } from '#machinery/ip-block.ts';
import { familyOf, parseIp } from '#machinery/ip.ts';
import type { EngineLayout } from './layout.ts';
import { run } from './process.ts';

/** Adapter: makes the pods' bridge with `ip`. */

export interface Gateway {
  readonly address: string;
  readonly prefixLength: number;
}

/** The first address of a network, which host-local gives to the gateway. */
export function gatewayOf(podCidr: string): Gateway {
  const network = ipBlock(podCidr);
  if (network.size < 4) throw new Error(`${podCidr} is not a network with room for pods`);
  return { address: network.addressAt(1), prefixLength: Number(podCidr.split('/')[1]) };
}

/** A locally administered address that follows from the IP address, of IPv6 from the middle of its network and from its end. */
export function macOf(address: string): string {
  const { bytes } = parseIp(address)!;
  const octets = bytes.length === 4 ? bytes : [...bytes.slice(4, 6), ...bytes.slice(14)];
  return ['0a', '58', ...[...octets].map(octet => octet.toString(16).padStart(2, '0'))].join(':');
}

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/**
 * Makes the bridge with its addresses before the first pod: the host is then reachable from pods at once, and the CNI
 * plugin does not fail forever on a bridge that a failed first attempt left without an address.
 */
export async function ensureBridge(
  { bridge }: EngineLayout,
  gateways: readonly [Gateway, ...Gateway[]],
): Promise<void> {
  const mac = macOf(gateways[0].address);
  const shown = await run('ip', ['-o', 'address', 'show', 'dev', bridge]);
  if (shown.code !== 0) await ip('link', 'add', bridge, 'address', mac, 'type', 'bridge');
  const missing = gateways
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`)
    .filter(address => shown.code !== 0 || !shown.stdout.includes(` ${address} `));
  if (missing.length === 0) return;
  if (shown.code === 0) await ip('link', 'set', bridge, 'address', mac);
  await ip('link', 'set', bridge, 'up');
  for (const address of missing) {
    // Nobody else can have it, and a server can listen there only once that is decided.
    const flags = familyOf(address) === 'IPv6' ? ['nodad'] : [];
    await ip('address', 'replace', address, 'dev', bridge, ...flags);
  }
}

const ipv6Settings = '/proc/sys/net/ipv6/conf';

/**
 * Lets IPv6 be forwarded, between the pods of a bridge through the packet filter too. A router listens to no other router
 * unless it is told to (accept_ra 2): the machine must keep the routes that it has from one.
 */
export async function forwardIpv6(interfaces: readonly string[]): Promise<void> {
  for (const name of interfaces) {
    const path = `${ipv6Settings}/${name}/accept_ra`;
    const value = await readFile(path, 'utf8').catch(() => '');
    if (value.trim() === '1') await writeFile(path, '2');
  }
  await writeFile(`${ipv6Settings}/all/forwarding`, '1');
  await writeFile('/proc/sys/net/bridge/bridge-nf-call-ip6tables', '1').catch(
    (error: NodeJS.ErrnoException) => {
      // Without bridge netfilter pods have links of their own.
      if (error.code !== 'ENOENT') throw error;
    },
  );
}
