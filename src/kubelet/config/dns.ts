import type { SandboxConfig } from '../runtime.ts';
import type { Pod } from '../types.ts';

export type DnsConfig = SandboxConfig['dns'];

export interface ClusterDns {
  readonly servers: readonly string[];
  /** E.g. cluster.local. */
  readonly domain: string;
}

/** Reads a resolv.conf. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) servers.push(rest[0]);
    if (word === 'search') searches = rest.filter(domain => domain !== '.').map(d => d.replace(/\.$/, ''));
    if (word === 'options') options = rest;
  }
  return { servers, searches, options };
}

/** Writes a resolv.conf. */
export function formatResolvConf(config: DnsConfig): string {
  const lines = [];
  if (config.searches.length > 0) lines.push(`search ${config.searches.join(' ')}`);
  for (const server of config.servers) lines.push(`nameserver ${server}`);
  if (config.options.length > 0) lines.push(`options ${config.options.join(' ')}`);
  return lines.map(line => `${line}\n`).join('');
}

const serversMax = 3;
const searchesMax = 32;

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function mergeOptions(
  base: readonly string[],
  extra: readonly { name?: string; value?: string }[],
): string[] {
  const merged = new Map(base.map(option => [option.split(':')[0]!, option]));
  for (const { name, value } of extra) if (name) merged.set(name, value ? `${name}:${value}` : name);
  return [...merged.values()];
}

function byPolicy(pod: Pod, cluster: ClusterDns, host: DnsConfig): DnsConfig {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec!;
  if (dnsPolicy === 'None') return { servers: [], searches: [], options: [] };
  const clusterFirst =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!clusterFirst || cluster.servers.length === 0) return host;
  const { domain } = cluster;
  return {
    servers: cluster.servers,
    searches: unique([`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.searches]),
    options: ['ndots:5'],
  };
}

/** The resolver settings of a pod by its dnsPolicy and dnsConfig. */
export function podDns(pod: Pod, cluster: ClusterDns, host: DnsConfig): DnsConfig {
  const base = byPolicy(pod, cluster, host);
  const extra = pod.spec?.dnsConfig;
  return {
    servers: unique([...base.servers, ...(extra?.nameservers ?? [])]).slice(0, serversMax),
    searches: unique([...base.searches, ...(extra?.searches ?? [])]).slice(0, searchesMax),
    options: mergeOptions(base.options, extra?.options ?? []),
  };
}
