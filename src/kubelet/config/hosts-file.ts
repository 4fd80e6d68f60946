import type { Pod } from '../types.ts';

/** The pod's host name, and its domain when it has a subdomain. */
export function podHostname(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  const { hostname, hostnameOverride, subdomain } = pod.spec!;
  if (hostnameOverride) return { hostname: hostnameOverride, domain: '' };
  // The kernel takes 63 characters: longer pod names are cut, and must not end in a separator then.
  const name = hostname || pod.metadata.name!.slice(0, 63).replace(/[-.]+$/, '');
  const domain = subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  return { hostname: name, domain };
}

const localLines = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** /etc/hosts of a pod that has a network of its own. */
export function podHostsFile(pod: Pod, podIps: readonly string[], clusterDomain: string): string {
  const { hostname, domain } = podHostname(pod, clusterDomain);
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  return [
    '# Kubernetes-managed hosts file.',
    ...localLines,
    ...podIps.map(ip => `${ip}\t${names}`),
    ...aliasLines(pod),
    '',
  ].join('\n');
}

/** /etc/hosts of a pod on the host's network: the host's own with the pod's aliases. */
export function hostNetworkHostsFile(pod: Pod, hostsFile: string): string {
  return [
    '# Kubernetes-managed hosts file (host network).',
    hostsFile.trimEnd(),
    ...aliasLines(pod),
    '',
  ].join('\n');
}

function aliasLines(pod: Pod): string[] {
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length === 0) return [];
  return [
    '',
    '# Entries added by HostAliases.',
    ...aliases.map(alias => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}`),
  ];
}
