import { Ipv4Block } from '#machinery/ipv4-block.ts';
import type { EngineLayout } from './layout.ts';
import { run } from './process.ts';

/** Adapter: makes the pods' bridge with `ip`. */

export interface Gateway {
  readonly address: string;
  readonly prefixLength: number;
}

/** The first address of a network, which host-local gives to the gateway. */
export function gatewayOf(podCidr: string): Gateway {
  const network = new Ipv4Block(podCidr);
  if (network.prefixLength > 30) throw new Error(`${podCidr} is not an IPv4 network with room for pods`);
  return { address: network.addressAt(1), prefixLength: network.prefixLength };
}

/** A locally administered address that follows from the IP address. */
export function macOf(address: string): string {
  const octets = address.split('.').map(octet => Number(octet).toString(16).padStart(2, '0'));
  return ['0a', '58', ...octets].join(':');
}

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/**
 * Makes the bridge with its address before the first pod: the host is then reachable from pods at once, and the CNI
 * plugin does not fail forever on a bridge that a failed first attempt left without an address.
 */
export async function ensureBridge(layout: EngineLayout, gateway: Gateway): Promise<void> {
  const { bridge } = layout;
  const address = `${gateway.address}/${gateway.prefixLength}`;
  const shown = await run('ip', ['-o', '-4', 'address', 'show', 'dev', bridge]);
  if (shown.code === 0 && shown.stdout.includes(` ${address} `)) return;
  if (shown.code !== 0) await ip('link', 'add', bridge, 'address', macOf(gateway.address), 'type', 'bridge');
  else await ip('link', 'set', bridge, 'address', macOf(gateway.address));
  await ip('address', 'replace', address, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
}
