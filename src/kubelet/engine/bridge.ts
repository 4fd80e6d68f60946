import type { EngineLayout } from './layout.ts';
import { run } from './process.ts';

/** Adapter: makes the pods' bridge with `ip`. */

export interface Gateway {
  readonly address: string;
  readonly prefixLength: number;
}

/** The first address of a network, which host-local gives to the gateway. */
export function gatewayOf(podCidr: string): Gateway {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(podCidr);
  if (!match) throw new Error(`${podCidr} is not an IPv4 network such as 10.244.0.0/24`);
  const octets = match.slice(1, 5).map(Number);
  const prefixLength = Number(match[5]);
  if (octets.some(octet => octet > 255) || prefixLength > 30) {
    throw new Error(`${podCidr} is not an IPv4 network with room for pods`);
  }
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = Math.floor(address / 2 ** (32 - prefixLength)) * 2 ** (32 - prefixLength) + 1;
  const dotted = [24, 16, 8, 0].map(shift => (first >>> shift) & 0xff).join('.');
  return { address: dotted, prefixLength };
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
